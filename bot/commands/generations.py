"""The backups in a folder: named by time and nothing else, old ones removed once a newer good one is there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.vault import KeyringError, backup_instance

KEPT = timedelta(days=14)
UNFINISHED = ".new"
_NAME = re.compile(r"qorgan-(\d{8}T\d{6})Z\.backup(\.new)?")
_TIME = "%Y%m%dT%H%M%S"


@dataclass(frozen=True, slots=True, order=True)
class Generation:
    """A backup by its name. ``finished``: it stands under its own name."""

    made: datetime
    path: Path
    finished: bool = True


def name(made: datetime) -> str:
    return f"qorgan-{made:{_TIME}}Z.backup"


def listed(folder: Path, instance: bytes) -> list[Generation]:
    """This bot's, the oldest first; other files, and another bot's backups, are none of ours."""
    found = (_generation(path) for path in folder.iterdir())
    return sorted(one for one in found if one is not None and _instance(one.path) in (instance, None))


def prune(folder: Path, instance: bytes, newest: Generation) -> int:
    """Removes backups of 14 days before the newest, and what was broken off a day before; gives how many backups."""
    old = [
        one
        for one in listed(folder, instance)
        if newest.made - one.made > (KEPT if one.finished else timedelta(days=1))
    ]
    removed = 0
    for one in old:
        if _instance(one.path) == instance or not one.finished:
            one.path.unlink(missing_ok=True)
            removed += one.finished
    return removed


def _generation(path: Path) -> Generation | None:
    matched = _NAME.fullmatch(path.name)
    if matched is None or path.is_symlink() or not path.is_file():
        return None
    try:
        return Generation(datetime.strptime(matched[1], _TIME).replace(tzinfo=UTC), path, not matched[2])
    except ValueError:
        return None


def _instance(path: Path) -> bytes | None:
    """Whose it says it is; None where its beginning is damaged or can't be read."""
    try:
        with path.open("rb") as file:
            return backup_instance(file)
    except (OSError, KeyringError):
        return None
