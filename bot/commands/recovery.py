"""qorgan keys split and join: the recovery key in the hands of several people, and back."""

from __future__ import annotations

import os
from pathlib import Path

import click

from bot import health
from bot import settings as reading
from bot.commands import asking
from bot.commands.opening import Refused, headed, tell_head
from bot.settings import PASSPHRASE, Settings
from bot.store.audit import SHELL
from bot.store.records import Act
from bot.store.store import Store
from bot.vault import KeyringError, Kind, Shares, open_keyring, open_vault
from bot.vault import split as split_seed

FILE = click.Path(path_type=Path, dir_okay=False)
_LARGEST = 4096


@click.command()
@click.option("--shares", default=5, show_default=True, type=click.IntRange(2, 16), help="How many people get a share.")
@click.option("--threshold", default=3, show_default=True, type=click.IntRange(2, 16), help="How many are needed.")
@click.option("--recovery-key", type=FILE, help="The recovery key's file, where it is not beside the settings.")
@click.option("--keyring", type=FILE, help="The keyring it belongs to, where it is not the bot's: the case keyring.")
@click.pass_obj
def split(
    file: Path | None, shares: int, threshold: int, recovery_key: Path | None, keyring: Path | None
) -> None:
    """The recovery key as word shares.

    By SLIP-39; printed once and kept nowhere.
    Fewer shares than the threshold tell nothing of the key. Give each share to another person, on paper.
    """
    if recovery_key is None or keyring is None:
        settings = reading.load(os.environ, file, locked_out=True)
        recovery_key, keyring = recovery_key or settings.recovery_key, keyring or settings.keyring
    seed = read_seed(recovery_key)
    if not 2 <= threshold <= shares:
        raise Refused(f"{threshold} of {shares} shares can't be made", "give a threshold from 2 to their number")
    if keyring.exists():
        open_keyring(keyring, recovery=seed)
        click.echo(f"this recovery key opens {keyring}", err=True)
    else:
        click.echo(f"{keyring} is not here: whether this key opens it was not tried", err=True)
    for number, words in enumerate(split_seed(seed, shares, threshold), 1):
        click.echo(f"\nshare {number} of {shares}; {threshold} open the keyring\n")
        listed = words.split()
        for start in range(0, len(listed), 5):
            row = listed[start : start + 5]
            click.echo("".join(f"{start + place:>4} {word:<10}" for place, word in enumerate(row, 1)).rstrip())
    click.echo(
        "\nThese words are shown once. Write each share on paper, read it back, and give each to another person.\n"
        f"Then destroy {recovery_key}, every copy of it, and what this terminal remembers.",
        err=True,
    )


def read_seed(path: Path) -> bytes:
    """The last line of a recovery key's file."""
    with path.open("rb") as file:
        lines = file.read(_LARGEST).split()
    try:
        seed = bytes.fromhex(lines[-1].decode("ascii"))
    except (IndexError, ValueError):
        seed = b""
    if len(seed) != 32:
        raise Refused(f"{path} is no recovery key", "give the file that was made together with the keyring")
    return seed


@click.command()
@click.option("--keyring", type=FILE, help="The coordinators' case keyring, instead of the bot's keyring.")
@click.pass_obj
def join(file: Path | None, keyring: Path | None) -> None:
    """A new passphrase, by word shares.

    Opens the keyring whose passphrase is lost. Asks for the shares one at a time, in any order, then for the
    passphrase. The bot must be stopped. The shares and the recovery key open the keyring afterwards too; who
    knows the old passphrase still opens old copies.
    """
    if keyring is not None:
        seed = joined()
        opened = open_keyring(keyring, recovery=seed)
        if opened.keys.of(Kind.SERVER):
            raise Refused(f"{keyring} is a server's keyring", "on the server: qorgan keys join, without --keyring")
        opened.with_passphrase(asking.new_passphrase("case keyring"))
        click.echo(f"{keyring} has a new passphrase")
        return
    settings = reading.load(os.environ, file, locked_out=True)
    if not settings.keyring.exists():
        raise Refused(f"keyring {settings.keyring} is missing", "put it back from a backup, or see: qorgan init --help")
    _set_passphrase(settings, joined())
    click.echo(f"{settings.keyring} has a new passphrase; {where_to_tell(file)}")


def joined() -> bytes:
    """The seed, once enough shares are given; one that can't be used is named and asked for again."""
    shares = Shares()
    needed = 1
    while needed:
        try:
            have, threshold = shares.add(asking.share())
        except KeyringError as error:
            click.echo(f"{error}: {error.hint}", err=True)
            continue
        needed = threshold - have
        if needed:
            click.echo(f"good; {needed} more {'is' if needed == 1 else 'are'} needed", err=True)
    return shares.seed()


def _set_passphrase(settings: Settings, seed: bytes) -> None:
    vault = open_vault(settings.keyring, settings.day_keys, recovery=seed)
    # Who lost the passphrase can't bring an older schema up to date by qorgan init.
    with Store.open(settings.database_url, vault, migrate=bool(health.revision(settings))) as store:
        if store.write_now(lambda work: work.processes()):
            tell_head(store)
            raise Refused("the bot is running", "stop it; a minute later run the same command again")
    passphrase = asking.new_passphrase("keyring")
    open_keyring(settings.keyring, recovery=seed).with_passphrase(passphrase)
    vault = open_vault(settings.keyring, settings.day_keys, passphrase)
    with Store.open(settings.database_url, vault) as store, headed(store):
        store.write_now(lambda work: work.note(SHELL, Act.PASSPHRASE))


def where_to_tell(file: Path | None) -> str:
    place, values = reading.given(os.environ, file)
    if f"{PASSPHRASE}_FILE" in values:
        return f"write it into {values[f'{PASSPHRASE}_FILE']}"
    if os.environ.get(PASSPHRASE):
        return f"change {PASSPHRASE} in the environment"
    if PASSPHRASE in values:
        return f"change {PASSPHRASE} in {place}"
    return f"give it to qorgan by {PASSPHRASE} or {PASSPHRASE}_FILE"


COMMANDS = (split, join)
