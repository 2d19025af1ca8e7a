"""Looks for what is left of erased ciphertext in the files of a folder.

A window of 16 bytes of random ciphertext stands nowhere else by chance. Of the ciphertexts every seventh window
is known, of a file every ninth is looked up: in 63 bytes both fall together once, so a residue of 80 bytes in
one piece is found wherever it lies.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

WINDOW = 16
KNOWN_EVERY, LOOKED_UP_EVERY = 7, 9  # without a common divisor
SHORTEST = KNOWN_EVERY * LOOKED_UP_EVERY + WINDOW
"""Bytes in one piece that are certainly found."""
AT_ONCE = 1_000_000
"""Windows held in memory at a time, about 100 bytes each."""


@dataclass(frozen=True)
class Residue:
    """A file, and how many bytes of the ciphertexts stand in it: of each piece up to 12 more at its ends."""

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
        last = len(ciphertext) - WINDOW
        windows.update(ciphertext[at : at + WINDOW] for at in range(0, last + 1, KNOWN_EVERY))
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
    """The lengths of what is found, each piece followed as far as it goes."""
    end = 0
    for at in range(0, len(content) - WINDOW + 1, LOOKED_UP_EVERY):
        if at < end or not _known(content, at, windows):
            continue
        first = last = at
        while first - KNOWN_EVERY >= end and _known(content, first - KNOWN_EVERY, windows):
            first -= KNOWN_EVERY
        while _known(content, last + KNOWN_EVERY, windows):
            last += KNOWN_EVERY
        end = last + WINDOW
        yield end - first


def _known(content: mmap.mmap, at: int, windows: set[bytes]) -> bool:
    return content[at : at + WINDOW] in windows
