"""Private files: readable by their owner alone, replaced whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from bot.vault.errors import KeyringError

_BLOCK = 1024 * 1024


def read_private(path: Path, name: str) -> bytes | None:
    """The file's bytes, or None where there is none; refused if anyone but the owner may touch it."""
    try:
        with path.open("rb") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise KeyringError(
                    f"{name} {path} is open to other users of this machine", f"run: chmod 600 {path}"
                )
            content = file.read()
            replaced = os.fstat(file.fileno()).st_nlink == 0
    except FileNotFoundError:
        return None
    except OSError as error:
        raise KeyringError(
            f"{name} {path} can't be read: {_reason(error)}", "let the user who runs qorgan read it"
        ) from None
    return read_private(path, name) if replaced else content  # while we read it, it may have been overwritten


def write_private(path: Path, content: bytes) -> None:
    """A new file of mode 0600, on the disk when this returns; OSError, and none is left, where that fails."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.parent)
    except OSError:
        with contextlib.suppress(OSError):
            _remove(path)
        raise


def replace_private(path: Path, content: bytes, name: str) -> None:
    """Puts ``content`` in place of the file, mode 0600; when this returns it survives a power cut.

    Then the blocks of the replaced file are overwritten, unless it stands under another name too. Best
    effort: a file system that copies on write, a journal, or the disk itself may keep them.
    """
    path = Path(os.path.realpath(path))
    fresh = _fresh(path)
    try:
        # One fixed name, removed first: a crash in between leaves no second copy of keys to be destroyed.
        _remove(fresh)
        write_private(fresh, content)
        try:
            with _overwritten(path):
                os.replace(fresh, path)
                sync_folder(path.parent)
        except OSError:
            with contextlib.suppress(OSError):
                _remove(fresh)
            raise
    except OSError as error:
        raise KeyringError(
            f"{name} {path} can't be written: {_reason(error)}",
            "free space on the disk, or let the user who runs qorgan write to the folder",
        ) from None


def forget_unfinished(path: Path) -> None:
    """Removes what a crash in the middle of a replacement has left behind."""
    shred(_fresh(Path(os.path.realpath(path))))


def shred(path: Path) -> None:
    """Removes the file, if it is there, and overwrites its blocks unless it has another name; best effort."""
    with contextlib.suppress(OSError):
        _remove(path)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One process at a time changes the files of ``folder``."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise _unusable(folder, error) from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except OSError as error:
            raise _unusable(folder, error) from None
        yield
    finally:
        os.close(descriptor)


def _unusable(folder: Path, error: OSError) -> KeyringError:
    return KeyringError(
        f"folder {folder} can't be used: {_reason(error)}", "make it, or let the user who runs qorgan use it"
    )


@contextlib.contextmanager
def _overwritten(path: Path) -> Iterator[None]:
    """Overwrites the file that was at ``path`` with zeros if after this it has no name left."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
    except OSError:
        yield
        return
    try:
        yield
        known = os.fstat(descriptor)
        if known.st_nlink == 0:
            with contextlib.suppress(OSError):
                for start in range(0, known.st_size, _BLOCK):
                    os.pwrite(descriptor, bytes(min(_BLOCK, known.st_size - start)), start)
                os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    with _overwritten(path):
        path.unlink(missing_ok=True)


def _fresh(path: Path) -> Path:
    return path.with_name(path.name + ".new")


def sync_folder(folder: Path) -> None:
    """What was made, renamed or removed in the folder survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _reason(error: OSError) -> str:
    return (error.strerror or "input or output error").lower()
