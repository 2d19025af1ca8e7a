"""Looks for what is left of erased ciphertext in the files of a folder.

A window of 16 bytes of random ciphertext stands nowhere else by chance. Every window of the ciphertexts is
known; of a file one in 64 is looked up, so a residue of 80 bytes in one piece is found wherever it lies.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

WINDOW = 16
STEP = 64
SHORTEST = STEP + WINDOW
"""Bytes in one piece that are certainly found."""
AT_ONCE = 1_000_000
"""Windows held in memory at a time, about 100 bytes each."""


@dataclass(frozen=True)
class Residue:
    """A file, and how many bytes of the ciphertexts stand in it."""

    file: Path
    found: int


def search(places: Iterable[Path], ciphertexts: Iterable[bytes]) -> tuple[int, list[Residue]]:
    """How many files were searched, folders with all that is in them, and those in which something was found."""
    inside = (path for place in places for path in (place, *place.rglob("*")))
    files = sorted({path for path in inside if path.is_file() and not path.is_symlink()})
    found = dict.fromkeys(files, 0)
    for windows in _batches(ciphertexts):
        for file in files:
            found[file] += _found_in(file, windows)
    return len(files), [Residue(file, count) for file, count in found.items() if count]


def _batches(ciphertexts: Iterable[bytes]) -> Iterator[set[bytes]]:
    windows: set[bytes] = set()
    for ciphertext in ciphertexts:
        windows.update(ciphertext[at : at + WINDOW] for at in range(len(ciphertext) - WINDOW + 1))
        if len(windows) >= AT_ONCE:
            yield windows
            windows = set()
    if windows:
        yield windows


def _found_in(file: Path, windows: set[bytes]) -> int:
    try:
        with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return sum(_pieces(content, windows))
    except (FileNotFoundError, ValueError):  # gone meanwhile, or empty: an empty file can't be mapped
        return 0


def _pieces(content: mmap.mmap, windows: set[bytes]) -> Iterator[int]:
    """The lengths of what is found, each piece whole."""
    end = 0
    for at in range(0, len(content) - WINDOW + 1, STEP):
        if at < end or content[at : at + WINDOW] not in windows:
            continue
        first = last = at
        while first > end and content[first - 1 : first - 1 + WINDOW] in windows:
            first -= 1
        while content[last + 1 : last + 1 + WINDOW] in windows:
            last += 1
        end = last + WINDOW
        yield end - first
