"""qorgan restore: everything back from one backup and the recovery key, or nothing; and the drill that proves it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from bot import settings as reading
from bot.commands import asking, generations, placing, recovery, unpacking
from bot.commands.erasure import at_desk
from bot.commands.opening import Opened, Refused, opened, tell_head
from bot.commands.proof import prove
from bot.commands.unpacking import Unpacked, erasures_since, put_back, staged, unpacked
from bot.settings import Settings
from bot.store import snapshot
from bot.telegram import returned
from bot.telegram.alarms import BACKUP
from bot.vault import Erasure, Kind, open_keyring

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("backup", metavar="[FILE]", type=FILE, required=False)
@click.option("--recovery-key", type=FILE, help="The recovery key's file; else its shares are asked for.")
@click.option("--erasures", type=FILE, multiple=True, help="A later backup, or a copy of the file of erasures; again.")
@click.option("--drill", is_flag=True, help="Only try it, in a temporary place: does every case open?")
@click.option("--database", help="With --drill, for a backup of PostgreSQL: the URL of an empty database to try it in.")
@click.pass_obj
def restore(
    file: Path | None,
    backup: Path | None,
    recovery_key: Path | None,
    erasures: tuple[Path, ...],
    drill: bool,
    database: str | None,
) -> int:
    """Bring the bot back from the backup FILE.

    On a machine without its data: the recovery key opens the backup, a new passphrase is asked for. What is there is
    never written over, and what does not come to its end leaves nothing; after a power cut the same command begins
    anew. Cases that were erased after the backup go again: known from the backups beside it, from the file of erasures
    beside the keyring, and from what --erasures names. All chats of people are locked. What waited to be sent to them
    is dropped; staff are told, and alerts come anew, when the bot runs.

    With --drill nothing is changed: where the recovery key is, it shows that the backup opens and counts what does.
    Without FILE it takes the newest of the folder that the last backup went to.
    """
    settings = reading.load(os.environ, file, new=True, locked_out=True)
    if drill:
        found = backup or _newest(file)
        with _scratch(settings, database) as scratch:
            return _drill(found, _seed(settings, recovery_key), scratch, settings, erasures)
    if backup is None or database is not None:
        raise Refused("name the backup, and its database in the settings", "run: qorgan restore --help")
    if placing.is_cut_short(settings):
        click.echo("begun anew          the restore before was cut short: what it left is removed")
        placing.take_back(settings)
    placing.refuse_what_is_there(settings)
    _bring_back(backup, _seed(settings, recovery_key), settings, erasures)
    click.echo(f"new passphrase      {recovery.where_to_tell(file)}")
    click.echo("next                qorgan init, which keeps what is there and asks for the rest; then check, then run")
    return 0


def _bring_back(file: Path, seed: bytes, settings: Settings, more: tuple[Path, ...]) -> None:
    with ExitStack() as unmade:
        placing.make_folders(settings, unmade)
        place = staged(settings, settings.data_dir / "restoring")
        with unpacked(file, seed, place) as found, ExitStack() as undo:
            since = erasures_since(file, seed, settings, more)
            passphrase = asking.new_passphrase("keyring")
            open_keyring(found.settings.keyring, recovery=seed).with_passphrase(passphrase)
            put_back(found, undo)
            with unpacking.opened(found, seed) as house:
                lines = _come_back(house, found, since)
                tell_head(house.store)
            placing.move(found.settings, settings, undo)
            undo.pop_all()
        unmade.pop_all()
    for line in lines:
        click.echo(line)


def _come_back(house: Opened, found: Unpacked, since: frozenset[Erasure]) -> list[str]:
    index = {key.id for key in house.vault.keys() if key.kind is Kind.INDEX}
    if any(one.key not in index for one in since):
        raise Refused(
            "some of the erasures are of another bot, or of an index key that this backup lacks",
            "give erasures of this bot alone; the newest backup has every key",
        )
    at = found.manifest.made
    erased, told = at_desk(house, lambda desk: returned.come_back(desk, at, since))
    return [
        f"restored            the backup of {datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC",
        f"cases               {len(house.do(lambda work: work.case_marks()))}",
        f"erased again        {erased}",
        f"staff to be told    {told}",
    ]


def _drill(file: Path, seed: bytes, scratch: Settings, settings: Settings, more: tuple[Path, ...]) -> int:
    with ExitStack() as undo, unpacked(file, seed, scratch) as found:
        since = erasures_since(file, seed, settings, more)
        put_back(found, undo)
        with unpacking.opened(found, seed) as house:
            lines = _come_back(house, found, since)
            for line in lines[:3]:
                click.echo(line)
            proof = house.do(prove)
    for line in proof.lines():
        click.echo(line)
    return 0 if proof.whole else 1


@contextmanager
def _scratch(settings: Settings, database: str | None) -> Iterator[Settings]:
    """Places that are gone afterwards, whatever happens."""
    if database is not None and not snapshot.is_empty(database):
        raise Refused("the database of the drill is not empty", "name an empty one: the drill leaves it empty")
    folder = Path(tempfile.mkdtemp(prefix="qorgan-drill-"))
    try:
        url = database or f"sqlite:///{folder / 'qorgan.db'}"
        yield replace(settings, data_dir=folder / "data", keyring=folder / "keyring", database_url=url)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _seed(settings: Settings, given: Path | None) -> bytes:
    path = given or settings.recovery_key
    return recovery.read_seed(path) if given or path.exists() else recovery.joined()


def _newest(file: Path | None) -> Path:
    with opened(file) as house:
        folder = house.do(lambda work: work.state()).get(BACKUP, {}).get("folder")
        found = generations.listed(Path(folder), house.vault.instance) if folder and Path(folder).is_dir() else []
    whole = [one for one in found if one.finished]
    if not whole:
        raise Refused("there is no backup where the last one went", "name one: qorgan restore --drill FILE")
    return whole[-1].path
