"""qorgan keys offline-init, offline, online, wraps, apply: who keeps the private case keys.

Two places take part: the server, with the bot's keyring, and the coordinators' machine, with a case keyring of its
own. What travels between them are files: a public key, a list of wraps, a list of new wraps. None of them opens
anything; a public key that someone exchanged on the way would, so its fingerprint is compared aloud.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from bot.commands import asking, files, rotation
from bot.commands.opening import Opened, Refused, opened
from bot.store.audit import SHELL
from bot.store.records import Act, Body
from bot.store.work import Work
from bot.vault import (
    CasePublic,
    Custody,
    Kind,
    Rewrapped,
    WrapsFile,
    create_case_keyring,
    open_keyring,
    read_public,
    rewrap_file,
    write_public,
)

FILE = click.Path(path_type=Path, dir_okay=False)
ASKED_FOR = 24 * 3600
"""Seconds in which administrators may agree to the way back."""
ENOUGH = 2


@click.command("offline-init")
@click.option("--keyring", required=True, type=FILE, help="The case keyring to make.")
@click.option("--public", required=True, type=FILE, help="Where to write its public key, for the server.")
def offline_init(keyring: Path, public: Path) -> None:
    """Make the case keyring, not on the server.

    On the coordinators' machine: makes the keyring, its recovery key, and a public key for the server. Never on
    the server. Asks for a passphrase. Needs no settings and no network.
    """
    recovery_key = keyring.with_name(keyring.name + ".recovery-key")
    for path in (keyring, public, recovery_key):
        files.refuse_existing(path)
    passphrase = asking.new_passphrase("case keyring")
    seed = create_case_keyring(keyring, passphrase)
    try:
        text = f"# qorgan: this key opens the case keyring without its passphrase\n{seed.hex()}\n"
        files.write_new(recovery_key, text.encode())
        made = _public(keyring, passphrase)
        write_public(public, made)
    except BaseException:
        for path in (keyring, recovery_key):
            path.unlink(missing_ok=True)
        raise
    click.echo(f"made case keyring   {keyring}")
    click.echo(f"made recovery key   {recovery_key}")
    click.echo(f"made public key     {public}")
    click.echo(f"fingerprint         {made.fingerprint}")
    click.echo(f"move {recovery_key} to another place, or split it: qorgan keys split --keyring … --recovery-key …")
    click.echo(f"on the server: qorgan keys offline --public {public.name}; read the fingerprint out when it asks")


def _public(keyring: Path, passphrase: str) -> CasePublic:
    active = open_keyring(keyring, passphrase).keys.active(Kind.CASE)
    return CasePublic(active.known.id, active.public)


@click.command()
@click.option("--public", required=True, type=FILE, help="The public key that keys offline-init made.")
@click.option("--fingerprint", help="What the coordinators read out; compared without asking.")
@click.pass_obj
def offline(file: Path | None, public: Path, fingerprint: str | None) -> None:
    """Give the case keys to the coordinators.

    On the server. Everything stored is re-wrapped to their public key, then the server's own private case keys
    are destroyed. From then on no answer that was sent can be read here. Copies of the keyring made before
    still open what was stored before: destroy them too.
    """
    theirs = read_public(public)
    with opened(file) as house:
        if house.vault.custody is Custody.OFFLINE and house.vault.case_public != theirs:
            raise Refused(
                "the case keys are in the coordinators' hands already",
                "another pair of theirs comes by qorgan keys wraps, keys rotate --keyring, keys apply",
            )
        if house.vault.custody is Custody.SERVER:
            asking.require_same_key(theirs, fingerprint)
            rotation.begin(house, theirs)
            house.do(lambda work: work.note(SHELL, Act.CUSTODY))
        rotation.carry_through(house)
        rotation.tell_counts(house)
        if rotation.destroy_spent(house):
            click.echo("custody offline: this server opens no answer that was sent")
        else:
            click.echo("custody offline for what comes from now on; run the same command again for the rest")


@click.command()
@click.option("--public-out", type=FILE, help="Where to write the server's new public key.")
@click.pass_obj
def online(file: Path | None, public_out: Path | None) -> None:
    """Take the case keys back to the server.

    On the server. The first call asks the administrators in their chats. Once two of them have agreed (or the
    only one there is), within 24 hours, the second call makes a new key here and writes its public half; new
    answers are sealed to it. What is stored is re-wrapped by the coordinators: qorgan keys wraps here, keys
    rotate --keyring … --to PUBLIC there, keys apply here.
    """
    with opened(file) as house:
        if house.vault.custody is Custody.SERVER:
            raise Refused("the case keys are here already", "see: qorgan keys status")
        asked, needed = house.do(_ask)
        agreed = len(asked["agreed"])
        if agreed < needed:
            until = datetime.fromtimestamp(asked["at"] + ASKED_FOR, UTC)
            click.echo(f"the administrators are asked in their chats: {agreed} of {needed} have agreed")
            click.echo(f"run the same command again when they have, before {until:%Y-%m-%d %H:%M} UTC")
            return
        if public_out is None:
            raise Refused("a place for the server's public key is missing", "they have agreed: add --public-out FILE")
        files.refuse_existing(public_out)
        house.do(lambda work: _take_back(house, work))
        made = house.vault.case_public
        write_public(public_out, made)
        click.echo(f"made public key     {public_out}")
        click.echo(f"fingerprint         {made.fingerprint}")
        click.echo("new answers can be read here; for the others, go on with: qorgan keys wraps FILE, and on the")
        click.echo(f"coordinators' machine: qorgan keys rotate --keyring … --wraps … --out … --to {public_out.name}")


def _ask(work: Work) -> tuple[Body, int]:
    """The question that stands, put anew where there is none or it is too old; and how many have to agree."""
    state, now = work.state(), int(work.now.timestamp())
    admins = [one for one in work.staff() if one.body["role"] == "admin" and not one.body.get("removed")]
    asked = state.get("return")
    if not asked or not 0 <= now - asked["at"] < ASKED_FOR:
        asked = {"at": now, "agreed": []}
        work.save_state(state | {"return": asked})
    return asked, min(ENOUGH, len(admins))


def _take_back(house: Opened, work: Work) -> None:
    """An ordinary new key with its private half here, made in offline custody, under the writer's lock."""
    house.vault.refresh()
    made = house.vault.rotate(work.now.date())
    work.note(SHELL, Act.KEY_MADE, made)
    work.note(SHELL, Act.CUSTODY)
    work.save_state({name: value for name, value in work.state().items() if name != "return"})


@click.command()
@click.argument("out", metavar="FILE", type=FILE)
@click.pass_obj
def wraps(file: Path | None, out: Path) -> None:
    """Write the wraps to FILE, to be re-wrapped.

    On the server, for keys rotate --keyring on the coordinators' machine. Those that are not under the active
    case key, where there are such; else all of them. The file opens nothing.
    """
    files.refuse_existing(out)
    with opened(file) as house:

        def collect(work: Work) -> WrapsFile:
            counts = {one.state.id: one.wraps for one in rotation.case_keys(work) if one.state}
            return WrapsFile(house.vault.instance, house.vault.entry_key_id, counts, tuple(work.all_wraps()))

        collected = house.do(collect)
        files.write_new(out, collected.write())
        click.echo(f"wrote {rotation.wraps(len(collected.wraps))} to {out}")


def rewrap(keyring: Path, wraps_file: Path, out: Path, to: Path | None) -> None:
    """On the coordinators' machine: the new wraps, to the server's key where ``to`` names it."""
    files.refuse_existing(out)
    collected = WrapsFile.read(files.read(wraps_file))
    public = read_public(to) if to else None
    if public is not None:
        asking.require_same_key(public, None, "administrator")
    opened_keyring = open_keyring(keyring, asking.secret("Passphrase of the case keyring"))
    began = time.monotonic()
    with Console(stderr=True).status(f"re-wrapping {len(collected.wraps)}"):
        done = rewrap_file(opened_keyring, collected, datetime.now(UTC).date(), public)
    files.write_new(out, done.write())
    click.echo(f"re-wrapped {len(done.wraps)} of {len(collected.wraps)} in {time.monotonic() - began:.0f} s: {out}")
    click.echo(f"fingerprint         {done.public.fingerprint}")
    if len(done.wraps) < len(collected.wraps):
        click.echo("the others do not open with this keyring")
    click.echo(f"on the server: qorgan keys apply {out.name}")


@click.command()
@click.argument("made", metavar="FILE", type=FILE)
@click.option("--fingerprint", help="What the coordinators read out; compared without asking.")
@click.pass_obj
def apply(file: Path | None, made: Path, fingerprint: str | None) -> None:
    """Put re-wrapped wraps in place.

    On the server, with the FILE that keys rotate --keyring made. A new public key in FILE is taken into use
    first, once its fingerprint is confirmed. What was sealed meanwhile to the earlier key is left over: then
    the round is made once more.
    """
    done = Rewrapped.read(files.read(made))
    with opened(file) as house:
        if done.instance != house.vault.instance:
            raise Refused(f"{made} was made for another bot", "give the file made from this server's wraps")
        if done.public != house.vault.case_public:
            if house.vault.custody is Custody.SERVER:
                raise Refused(
                    "the case keys are here, and this file brings the coordinators' key",
                    "on the way back make it again with --to PUBLIC; else see: qorgan keys offline --help",
                )
            asking.require_same_key(done.public, fingerprint)
            rotation.begin(house, done.public)
        replaced = house.do(lambda work: work.replace_wraps(done.wraps))
        click.echo(f"put in place: {rotation.wraps(replaced)}")
        rotation.tell_counts(house)
        ended = rotation.destroy_spent(house)
        left = house.do(_left)
        if left:
            click.echo(f"left over: {rotation.wraps(left)}; run: qorgan keys wraps FILE, and make the round once more")
        elif ended:
            click.echo(f"custody {house.vault.custody}: everything stands under the active key")


def _left(work: Work) -> int:
    """Wraps under other keys than the active one."""
    counted = work.keys()
    return sum(one.wraps for one in counted if one.state is None or one.state.id != work.case_public.id)


COMMANDS = (offline_init, offline, online, wraps, apply)
