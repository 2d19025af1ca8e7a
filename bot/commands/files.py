"""Files that the shell makes and reads: private from the first byte on, never over one that is there."""

from __future__ import annotations

import os
from pathlib import Path

from bot.commands.opening import Refused
from bot.vault.files import write_private

LARGEST = 1024 * 1024 * 1024


def refuse_existing(path: Path) -> None:
    if os.path.lexists(path):
        raise Refused(f"{path} is there already", "name a new file; nothing is written over")


def refuse_unwritable(path: Path) -> None:
    """Before anything is done that could not be told then: OSError where no file can be made."""
    write_new(path, b"")
    path.unlink()


def write_new(path: Path, content: bytes) -> None:
    """A new file of mode 0600, on the disk when this returns; one that could not be finished is removed."""
    refuse_existing(path)
    write_private(path, content)


def read(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise Refused(f"{path} is larger than any file of qorgan", "check that it is the right file")
    return content
