"""The last steps of a restore: from the staged places to those where a bot looks, whatever cuts them short.

The keyring comes last, by one rename. While it is staged and none is in its place, all that is in place is of a
restore that was cut short: it began only where nothing was.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

from bot.commands.opening import Refused
from bot.commands.unpacking import PARTS, staged
from bot.settings import Settings
from bot.setup import database_file
from bot.store import snapshot
from bot.vault.erasures import erasures_file
from bot.vault.files import shred, sync_folder


def is_cut_short(settings: Settings) -> bool:
    place = staged(settings, settings.data_dir)
    return place.keyring.exists() and not os.path.lexists(settings.keyring)


def take_back(settings: Settings) -> None:
    """What was in its place already goes; what is staged goes when the next restore begins."""
    for path in _files(settings):
        shred(path)
    if database_file(settings) is None and not snapshot.is_empty(settings.database_url):
        snapshot.empty(settings.database_url)


def refuse_what_is_there(settings: Settings) -> None:
    for path in (settings.keyring, *_files(settings)):
        if os.path.lexists(path):
            raise Refused(
                f"{path} is there already: nothing is restored over it",
                "if it was restored just now go on with qorgan check; else stop the bot and move keyring, day keys and"
                " database elsewhere, or name an empty QORGAN_DATA_DIR",
            )
    if database_file(settings) is None and not snapshot.is_empty(settings.database_url):
        raise Refused(
            "the database of QORGAN_DATABASE_URL is not empty: nothing is restored over it",
            "make an empty database and name that one",
        )


def make_folders(settings: Settings, undo: ExitStack) -> None:
    base = database_file(settings)
    for folder in (settings.data_dir, settings.keyring.parent, *([base.parent] if base else [])):
        for missing in reversed([one for one in (folder, *folder.parents) if not one.exists()]):
            missing.mkdir(mode=0o700)
            undo.callback(_quietly, missing.rmdir)


def move(place: Settings, settings: Settings, undo: ExitStack) -> None:
    moves = [(erasures_file(place.keyring), erasures_file(settings.keyring))]
    moves += zip(_files(place), _files(settings), strict=True)
    for source, target in moves:
        _rename(source, target, undo)
    for folder in {target.parent for _, target in moves}:
        sync_folder(folder)
    _rename(place.keyring, settings.keyring, undo)
    sync_folder(settings.keyring.parent)


def _rename(source: Path, target: Path, undo: ExitStack) -> None:
    if source.exists():
        if not target.exists():
            undo.callback(_quietly, target.unlink)
        os.rename(source, target)


def _files(settings: Settings) -> list[Path]:
    """But for the keyring."""
    base = database_file(settings)
    return [settings.day_keys, *([base.with_name(base.name + end) for end in PARTS] if base else [])]


def _quietly(step: Callable[[], object]) -> None:
    with suppress(OSError):
        step()
