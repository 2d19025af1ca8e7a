"""A backup file: a database and its keyring, sealed to the recovery key alone. Who makes it can't open it.

    header    "qorgan backup\n" | version 1 | instance 16
    wrap      HPKE encapsulation 1120 | sealed file key 32, tag 16
    chunks    AES-256-GCM under the file key: 65536 bytes and a tag of 16 each, the last one as long or shorter

``info`` of the wrap: a label and the header. The chunks are STREAM (Hoang, Reyhanitabar, Rogaway and Vizár, 2015) as
age builds it: the nonce is the chunk's number in 11 bytes, from 0 on, then a byte that is 1 in the last chunk and else
0, so none can be changed, moved, left out or cut off; the file key is random and used for this file only. Associated
data: a label, header and wrap. Of labels and values each has its length before it. Inside stand the manifest's length
(4 bytes), the manifest (JSON, see ``Manifest``) and the database to the end. Numbers are big-endian.

Not detected: a whole backup forged by someone who has the recovery key's public half, which stands in the keyring.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.vault.erasures import Erasure
from bot.vault.errors import Damaged, KeyringError
from bot.vault.hybrid import WRAP_OVERHEAD, PrivateKey, PublicKey
from bot.vault.keys import INSTANCE_SIZE
from bot.vault.sealing import KEY_SIZE, fields

MAGIC = b"qorgan backup\n"
VERSION = 1
KEY_LABEL = b"qorgan backup key"
CHUNK_LABEL = b"qorgan backup chunk"
CHUNK = 64 * 1024

_HEADER_SIZE = len(MAGIC) + 1 + INSTANCE_SIZE
_WRAP_SIZE = WRAP_OVERHEAD + KEY_SIZE
_TAG_SIZE = 16
_LENGTH = struct.Struct(">I")
_LARGEST_MANIFEST = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Manifest:
    """What stands before the database. ``database``: of which kind; ``made``: unix seconds; ``keyring``: the file."""

    made: int
    database: str
    revision: str
    keyring: bytes = field(repr=False)
    erasures: frozenset[Erasure] = field(repr=False)

    def write(self) -> bytes:
        return json.dumps(
            {
                "made": self.made,
                "database": self.database,
                "revision": self.revision,
                "keyring": self.keyring.hex(),
                "erasures": [one.line() for one in sorted(self.erasures)],
            },
            separators=(",", ":"),
        ).encode()

    @classmethod
    def read(cls, content: bytes) -> Manifest:
        try:
            raw = json.loads(content)
            return cls(
                int(raw["made"]),
                str(raw["database"]),
                str(raw["revision"]),
                bytes.fromhex(raw["keyring"]),
                frozenset(Erasure.read(line) for line in raw["erasures"]),
            )
        except (ValueError, KeyError, TypeError):
            raise _damaged() from None


def seal_backup(
    target: BinaryIO, instance: bytes, recovery: PublicKey, manifest: Manifest, database: Iterable[bytes]
) -> None:
    """Writes the whole file, a chunk in memory at a time."""
    header = MAGIC + bytes([VERSION]) + instance
    secret = os.urandom(KEY_SIZE)
    front = header + recovery.wrap(secret, fields(KEY_LABEL, header))
    target.write(front)
    key, associated = AESGCM(secret), fields(CHUNK_LABEL, front)
    described = manifest.write()
    number, held = 0, bytearray()
    for piece in chain((_LENGTH.pack(len(described)), described), database):
        held += piece
        while len(held) > CHUNK:  # what fits into one may be the last
            target.write(key.encrypt(_nonce(number, last=False), bytes(held[:CHUNK]), associated))
            number += 1
            del held[:CHUNK]
    target.write(key.encrypt(_nonce(number, last=True), bytes(held), associated))


def backup_instance(source: BinaryIO) -> bytes:
    """Whose backup it is, by what its header says in clear; KeyringError if it is none."""
    return _header(source)[-INSTANCE_SIZE:]


def open_backup(source: BinaryIO, seed: bytes) -> tuple[Manifest, Iterator[bytes]]:
    """The manifest, and the database in pieces: whole only once they have ended without a KeyringError."""
    header = _header(source)
    wrap = source.read(_WRAP_SIZE)
    try:
        secret = PrivateKey(seed).unwrap(wrap, fields(KEY_LABEL, header))
        key = AESGCM(secret)
    except (Damaged, ValueError):
        raise KeyringError(
            "the recovery key does not open this backup", "it was made for another key, or its beginning is damaged"
        ) from None
    pieces = _opened(source, key, fields(CHUNK_LABEL, header + wrap))
    held = bytearray()

    def fill(size: int) -> bytes:
        while len(held) < size:
            piece = next(pieces, None)
            if piece is None:
                raise _damaged()
            held.extend(piece)
        taken = bytes(held[:size])
        del held[:size]
        return taken

    (length,) = _LENGTH.unpack(fill(_LENGTH.size))
    if length > _LARGEST_MANIFEST:
        raise _damaged()
    manifest = Manifest.read(fill(length))

    def database() -> Iterator[bytes]:
        yield bytes(held)
        yield from pieces

    return manifest, database()


def _opened(source: BinaryIO, key: AESGCM, associated: bytes) -> Iterator[bytes]:
    number, sealed = 0, source.read(CHUNK + _TAG_SIZE)
    while True:
        following = source.read(CHUNK + _TAG_SIZE)
        try:
            yield key.decrypt(_nonce(number, last=not following), sealed, associated)
        except (InvalidTag, ValueError):
            raise _damaged() from None
        if not following:
            return
        number, sealed = number + 1, following


def _header(source: BinaryIO) -> bytes:
    header = source.read(_HEADER_SIZE)
    if not header.startswith(MAGIC):
        raise KeyringError("this is not a backup of qorgan", "check which file was given")
    if len(header) < _HEADER_SIZE:
        raise _damaged()
    if header[len(MAGIC)] != VERSION:
        raise KeyringError(
            f"this backup has format {header[len(MAGIC)]}, this program reads format {VERSION}",
            "use the version of qorgan that wrote it",
        )
    return header


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _damaged() -> KeyringError:
    return KeyringError("this backup is damaged or truncated", "take another copy of it, or an earlier backup")
