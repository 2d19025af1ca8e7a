"""qorgan backup: database and keyring of one moment in one file, which only the recovery key opens."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from bot.commands import files, generations
from bot.commands.generations import Generation
from bot.commands.opening import Opened, Refused, opened
from bot.settings import Settings
from bot.store.audit import SHELL
from bot.store.records import Act
from bot.store.snapshot import Snapshot
from bot.store.tombstones import ERASED
from bot.store.work import Work
from bot.telegram.alarms import BACKUP
from bot.vault import Kind, Manifest, seal_backup
from bot.vault.files import locked, shred, sync_folder

FOLDER = click.Path(path_type=Path, file_okay=False)
_AT_ONCE = 1024 * 1024


@dataclass(frozen=True)
class _Taken:
    """All that is read while nobody else writes: what comes later in the database may need a newer keyring."""

    snapshot: Snapshot
    keyring: bytes
    keys: dict[Kind, set[bytes]]
    generation: int
    now: datetime
    sure: bool


@click.command()
@click.argument("folder", metavar="DEST", type=FOLDER)
@click.option("--anyway", is_flag=True, help="Make it also where damage is found.")
@click.pass_obj
def backup(file: Path | None, folder: Path, anyway: bool) -> None:
    """Back the bot up to the folder DEST.

    Database and keyring of one moment in one file, sealed to the recovery key: this server can't open it again. The bot
    may run meanwhile. The day keys are in no backup, on purpose: drafts and what waits to be sent are not brought
    back. Backups older than 14 days are removed once the new one stands. Bring them to another machine, and try them
    where the recovery key is: qorgan restore --drill. Not in it: the settings with the bot token.
    """
    if not folder.is_dir():
        raise Refused(f"{folder} is no folder", "make it, or name another one")
    with opened(file) as house:
        try:
            made, size, removed = _back_up(house, folder, anyway)
        except Exception:
            with suppress(Exception):  # why it failed is what has to be told
                house.do(lambda work: _record(work, failed=int(work.now.timestamp())))
            raise
        click.echo(f"made backup         {made.path}")
        click.echo(f"size                {size} bytes")
        if removed:
            click.echo(f"removed             {removed} older than {generations.KEPT.days} days")


def _back_up(house: Opened, folder: Path, anyway: bool) -> tuple[Generation, int, int]:
    place = workplace(house.settings)
    place.mkdir(mode=0o700, exist_ok=True)
    copy = place / "database"
    with locked(place), ExitStack() as stack:  # one at a time
        stack.callback(_quietly_removed, place)
        stack.callback(shred, copy)
        shred(copy)  # of one that was killed
        taken = house.do(partial(_take, house))
        stack.callback(taken.snapshot.close)
        index = house.vault.index(ERASED, b"").key_id
        manifest = Manifest(
            int(taken.now.timestamp()),
            taken.snapshot.kind,
            taken.snapshot.revision,
            taken.keyring,
            taken.snapshot.erasures(index),
        )
        named = taken.snapshot.named_keys()
        unknown = sum(len(ids - taken.keys.get(kind, set())) for kind, ids in named.items())
        faults = [f"keys that the keyring lacks are named: {unknown}"] if unknown else []
        faults += taken.snapshot.copy(copy)
        if faults and not anyway:
            raise Refused(
                f"the database is damaged: {'; '.join(faults)}",
                "see: qorgan check; to make a backup of it as it is: --anyway",
            )
        for fault in faults:
            click.echo(f"damaged: {fault}", err=True)
        made = Generation(taken.now.replace(microsecond=0), folder / generations.name(taken.now))
        size = _seal(house, manifest, copy, made.path)
        house.do(lambda work: _made(work, folder, taken, size))
        return made, size, generations.prune(folder, house.vault.instance, made) if taken.sure else 0


def workplace(settings: Settings) -> Path:
    return settings.data_dir / "backing-up"


def _take(house: Opened, work: Work) -> _Taken:
    """The transaction holds the lock under which rotations happen: the file stays of this generation."""
    sure = work.clock_sure()
    house.vault.refresh()
    keys: dict[Kind, set[bytes]] = {}
    for key in house.vault.keys():
        keys.setdefault(key.kind, set()).add(key.id)
    now = work.now.astimezone(UTC)
    keyring = files.read(house.settings.keyring)
    return _Taken(work.snapshot(), keyring, keys, house.vault.generation, now, sure)


def _seal(house: Opened, manifest: Manifest, copy: Path, path: Path) -> int:
    files.refuse_existing(path)
    unfinished = path.with_name(path.name + generations.UNFINISHED)
    with ExitStack() as undo:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        undo.callback(unfinished.unlink, missing_ok=True)
        with os.fdopen(descriptor, "wb") as target:
            seal_backup(target, house.vault.instance, house.vault.recovery, manifest, _pieces(copy))
            target.flush()
            os.fsync(target.fileno())
            size = target.tell()
        os.rename(unfinished, path)
        undo.pop_all()
    sync_folder(path.parent)
    return size


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_AT_ONCE):
            yield piece


def _made(work: Work, folder: Path, taken: _Taken, size: int) -> None:
    _record(work, at=int(taken.now.timestamp()), size=size, folder=str(folder.absolute()), failed=None)
    work.save_state(work.state() | {"backed_up": taken.generation})
    work.note(SHELL, Act.BACKED_UP)


def _record(work: Work, **outcome: object) -> None:
    state = work.state()
    work.save_state(state | {BACKUP: state.get(BACKUP, {}) | outcome})


def _quietly_removed(place: Path) -> None:
    with suppress(OSError):
        place.rmdir()
