"""Erasures: keyed hashes of erased cases, kept beside the keyring and in every backup, so that none comes back.

A file of lines: the id of the index key, the hash (both in hexadecimal), the last day on which it is kept, as
``date.toordinal()`` counts. Who can write it adds no erasure: the hash of a case is made with the index key.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.vault.errors import KeyringError
from bot.vault.files import locked, read_private, replace_private
from bot.vault.sealing import KEY_ID_SIZE

NAME = "file of erasures"
_DIGEST_SIZE = 32


@dataclass(frozen=True, slots=True, order=True)
class Erasure:
    key: bytes
    digest: bytes
    expires: int

    def line(self) -> str:
        return f"{self.key.hex()} {self.digest.hex()} {self.expires}"

    @classmethod
    def read(cls, line: str) -> Erasure:
        """ValueError for anything but what ``line`` gives."""
        key, digest, expires = line.split(" ")
        found = cls(bytes.fromhex(key), bytes.fromhex(digest), int(expires))
        if (len(found.key), len(found.digest)) != (KEY_ID_SIZE, _DIGEST_SIZE):
            raise ValueError("this is no erasure")
        return found


def erasures_file(keyring: Path) -> Path:
    return keyring.with_name(keyring.name + ".erasures")


def read_erasures(path: Path) -> frozenset[Erasure]:
    """None where there is no file."""
    stored = read_private(path, NAME)
    try:
        return frozenset(Erasure.read(line) for line in (stored or b"").decode("ascii").splitlines())
    except ValueError:
        raise KeyringError(f"{NAME} {path} is damaged", "put back a copy of it, or move it away") from None


def add_erasures(path: Path, new: Iterable[Erasure], today: int) -> None:
    """Durable when it returns; those whose day is over go."""
    with locked(path.resolve().parent):
        before = read_erasures(path)
        after = {one for one in before | {*new} if one.expires >= today}
        if after != before:
            replace_private(path, "".join(f"{one.line()}\n" for one in sorted(after)).encode(), NAME)
