"""A backup unpacked, in a place where nobody looks for it until it is whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import click
from alembic.config import Config
from alembic.script import ScriptDirectory

from bot.commands import generations
from bot.commands.opening import Opened, Refused
from bot.settings import Settings
from bot.setup import database_file
from bot.store import schema, snapshot
from bot.store.snapshot import POSTGRESQL, SQLITE
from bot.store.store import Store
from bot.vault import (
    Erasure,
    KeyringError,
    Manifest,
    backup_instance,
    open_backup,
    open_keyring,
    open_vault,
    read_erasures,
)
from bot.vault.erasures import erasures_file
from bot.vault.files import shred, write_private

PARTS = ("", "-wal", "-shm")


@dataclass(frozen=True)
class Unpacked:
    """The backup's parts in the staged places that ``settings`` name; ``database`` is the file it was unpacked to."""

    manifest: Manifest
    settings: Settings
    database: Path


def staged(settings: Settings, folder: Path) -> Settings:
    """With places beside the final ones, on their file systems; what stays in ``folder`` is moved by nobody."""
    base = database_file(settings)
    url = f"sqlite:///{_beside(base)}" if base is not None else settings.database_url
    return replace(settings, data_dir=folder, keyring=_beside(settings.keyring), database_url=url)


def _beside(path: Path) -> Path:
    return path.with_name(path.name + ".restoring")


@contextmanager
def unpacked(file: Path, seed: bytes, settings: Settings) -> Iterator[Unpacked]:
    """Whole and checked when it is given; whatever of it is still in the staged places goes at the end."""
    with ExitStack() as undo, file.open("rb") as source:
        manifest, pieces = open_backup(source, seed)
        _refuse(manifest, settings)
        base = database_file(settings)
        database = base or settings.data_dir / "dump"
        settings.data_dir.mkdir(mode=0o700, exist_ok=True)
        undo.callback(shutil.rmtree, settings.data_dir, ignore_errors=True)
        for path in (settings.keyring, erasures_file(settings.keyring), settings.day_keys, *_parts(database)):
            shred(path)  # of one that was killed
            undo.callback(shred, path)
        write_private(settings.keyring, manifest.keyring)
        if open_keyring(settings.keyring, recovery=seed).keys.instance != _instance(file):
            raise KeyringError("this backup holds the keyring of another bot", "take another backup")
        write_private(database, b"")
        with database.open("wb") as target:
            for piece in pieces:
                target.write(piece)
            target.flush()
            os.fsync(target.fileno())
        yield Unpacked(manifest, settings, database)


def put_back(found: Unpacked, undo: ExitStack) -> None:
    """On a server: into its empty database, which ``undo`` empties again. A file is where it is to be already."""
    if found.manifest.database == POSTGRESQL:
        snapshot.put_back(found.settings.database_url, found.database)
        undo.callback(snapshot.empty, found.settings.database_url)
        shred(found.database)


@contextmanager
def opened(found: Unpacked, seed: bytes) -> Iterator[Opened]:
    """Its database, brought up to date and opened by the recovery key."""
    settings = found.settings
    vault = open_vault(settings.keyring, settings.day_keys, recovery=seed)
    with Store.open(settings.database_url, vault, migrate=True) as store:
        yield Opened(settings, vault, store)


def erasures_since(file: Path, seed: bytes, settings: Settings, more: Iterable[Path]) -> frozenset[Erasure]:
    """From the other backups in its folder, from the file beside the keyring, and from what was named.

    What was erased once is erased for good, so those of earlier backups do no harm.
    """
    found: set[Erasure] = set()
    instance = _instance(file)
    for one in generations.listed(file.parent, instance):
        if one.finished and one.path.name != file.name:
            try:
                found |= _of_backup(one.path, seed)
            except (KeyringError, OSError) as error:
                click.echo(f"{one.path}: {error}: erasures that it alone knows of are not applied", err=True)
    found |= read_erasures(erasures_file(settings.keyring))
    for path in more:
        if not path.is_file():
            raise Refused(f"there is no file {path}", "name a later backup, or a copy of the file of erasures")
        found |= _of_backup(path, seed) if _is_backup(path) else read_erasures(path)
    return frozenset(found)


def _of_backup(path: Path, seed: bytes) -> frozenset[Erasure]:
    with path.open("rb") as source:
        return open_backup(source, seed)[0].erasures


def _is_backup(path: Path) -> bool:
    try:
        return bool(_instance(path))
    except KeyringError:
        return False


def _instance(path: Path) -> bytes:
    with path.open("rb") as file:
        return backup_instance(file)


def _refuse(manifest: Manifest, settings: Settings) -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.folder()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if manifest.revision not in known or manifest.database not in (SQLITE, POSTGRESQL):
        raise Refused("the backup was made by a newer version of qorgan", "install that version or a newer one")
    kind = SQLITE if database_file(settings) is not None else POSTGRESQL
    if manifest.database != kind:
        names = {SQLITE: "a SQLite file", POSTGRESQL: "a PostgreSQL server"}
        raise Refused(
            f"the backup is of {names[manifest.database]}, the settings name {names[kind]}",
            "set QORGAN_DATABASE_URL to a database of the backup's kind; for a drill: --database URL",
        )


def _parts(database: Path) -> list[Path]:
    return [database.with_name(database.name + end) for end in PARTS]
