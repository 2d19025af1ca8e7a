"""Envelopes: how one row's content is sealed so that it opens in its own place and nowhere else.

Every envelope begins with the format version (one byte, 1) and the id of its key (8 random bytes).

    row         version | key id | nonce 12 | AES-256-GCM of the padded content, tag 16
    ciphertext  version | data key id | nonce 12 | AES-256-GCM of the padded entry, tag 16
    wrap        version | case key id | HPKE encapsulation 1120 | sealed data key 32, tag 16

Padded content is its length (4 bytes, big-endian), the content, then zeros. An entry's data key is random,
used for that one ciphertext and kept only as the wrap, so a new wrap can replace it without touching
the ciphertext.

Associated data of every ciphertext and ``info`` of every wrap is the binding: label, version, instance, key
id, table, column, case, row and purpose, each as its length (4 bytes, big-endian) and its bytes. Not
detected: an older envelope of the same place put back, and an entry forged by someone who can write the
database and has the public case key.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass, field
from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.vault.errors import Damaged
from bot.vault.hybrid import PrivateKey, PublicKey

VERSION = 1
KEY_ID_SIZE = 8
KEY_SIZE = 32
NONCE_SIZE = 12

ROW_LABEL = b"qorgan row"
ENTRY_LABEL = b"qorgan entry"
WRAP_LABEL = b"qorgan data key"

_LENGTH = struct.Struct(">I")
_HEADER_SIZE = 1 + KEY_ID_SIZE
MARK_SIZE = _HEADER_SIZE + NONCE_SIZE
"""Bytes at the beginning of an envelope by which it differs from every other."""


class Purpose(StrEnum):
    """Which symmetric key seals: the server's lasting one, or the day's for drafts or for the outbox."""

    SERVER = "server"
    DRAFT = "draft"
    OUTBOX = "outbox"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an envelope stands; it opens only there. Names of tables and columns are part of the format."""

    table: str
    column: str
    row: bytes
    case: bytes = b""
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class SymmetricKey:
    id: bytes
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SealedEntry:
    ciphertext: bytes
    wrap: bytes


def new_key() -> SymmetricKey:
    return SymmetricKey(os.urandom(KEY_ID_SIZE), os.urandom(KEY_SIZE))


def fields(*values: bytes) -> bytes:
    """The values with their lengths before them: no two lists of values give the same bytes."""
    return b"".join([_LENGTH.pack(len(value)) + value for value in values])


def binding(label: bytes, instance: bytes, key_id: bytes, place: Place) -> bytes:
    return fields(
        label,
        bytes([VERSION]),
        instance,
        key_id,
        place.table.encode(),
        place.column.encode(),
        place.case,
        place.row,
        place.purpose.encode(),
    )


def key_id(envelope: bytes) -> bytes:
    """The id of the key that sealed this envelope."""
    if len(envelope) < _HEADER_SIZE or envelope[0] != VERSION:
        raise Damaged
    return bytes(envelope[1:_HEADER_SIZE])


def pad(content: bytes, size: int) -> bytes:
    """``content`` with its length, in exactly ``size`` bytes."""
    room = size - _LENGTH.size - len(content)
    if room < 0:
        raise ValueError("content is longer than the size it is padded to")
    return _LENGTH.pack(len(content)) + content + bytes(room)


def pad_in_steps(content: bytes, step: int) -> bytes:
    """``content`` with its length, in the fewest whole steps that hold it."""
    if step < 1:
        raise ValueError("a padding step is at least one byte")
    needed = _LENGTH.size + len(content)
    return pad(content, -(-needed // step) * step)


def unpad(padded: bytes) -> bytes:
    if len(padded) < _LENGTH.size:
        raise Damaged
    (length,) = _LENGTH.unpack_from(padded)
    end = _LENGTH.size + length
    if end > len(padded) or padded[end:] != bytes(len(padded) - end):
        raise Damaged
    return padded[_LENGTH.size : end]


def seal_row(key: SymmetricKey, instance: bytes, place: Place, padded: bytes) -> bytes:
    return _seal(key, binding(ROW_LABEL, instance, key.id, place), padded)


def open_row(key: SymmetricKey, instance: bytes, place: Place, envelope: bytes) -> bytes:
    return unpad(_open(key, binding(ROW_LABEL, instance, key.id, place), envelope))


def seal_entry(
    case_key_id: bytes, case_key: PublicKey, instance: bytes, case: bytes, entry: bytes, padded: bytes
) -> SealedEntry:
    data_key = new_key()
    ciphertext = _seal(data_key, _entry_binding(data_key.id, instance, case, entry), padded)
    return SealedEntry(ciphertext, _wrap(case_key_id, case_key, instance, case, entry, data_key.secret))


def open_entry(
    case_key: PrivateKey, instance: bytes, case: bytes, entry: bytes, ciphertext: bytes, wrap: bytes
) -> bytes:
    data_key = SymmetricKey(key_id(ciphertext), _unwrap(case_key, instance, case, entry, wrap))
    return unpad(_open(data_key, _entry_binding(data_key.id, instance, case, entry), ciphertext))


def rewrap(
    old: PrivateKey, new_id: bytes, new: PublicKey, instance: bytes, case: bytes, entry: bytes, wrap: bytes
) -> bytes:
    """The same data key under another case key; the ciphertext stays as it is."""
    return _wrap(new_id, new, instance, case, entry, _unwrap(old, instance, case, entry, wrap))


def _wrap(
    case_key_id: bytes, case_key: PublicKey, instance: bytes, case: bytes, entry: bytes, secret: bytes
) -> bytes:
    return _header(case_key_id) + case_key.wrap(secret, _wrap_binding(case_key_id, instance, case, entry))


def _unwrap(case_key: PrivateKey, instance: bytes, case: bytes, entry: bytes, wrap: bytes) -> bytes:
    secret = case_key.unwrap(wrap[_HEADER_SIZE:], _wrap_binding(key_id(wrap), instance, case, entry))
    if len(secret) != KEY_SIZE:
        raise Damaged
    return secret


def _entry_binding(data_key_id: bytes, instance: bytes, case: bytes, entry: bytes) -> bytes:
    return binding(ENTRY_LABEL, instance, data_key_id, Place("entries", "ciphertext", entry, case))


def _wrap_binding(case_key_id: bytes, instance: bytes, case: bytes, entry: bytes) -> bytes:
    return binding(WRAP_LABEL, instance, case_key_id, Place("wraps", "wrap", entry, case))


def _header(identifier: bytes) -> bytes:
    return bytes([VERSION]) + identifier


def _seal(key: SymmetricKey, associated: bytes, padded: bytes) -> bytes:
    nonce = os.urandom(NONCE_SIZE)
    return _header(key.id) + nonce + AESGCM(key.secret).encrypt(nonce, padded, associated)


def _open(key: SymmetricKey, associated: bytes, envelope: bytes) -> bytes:
    if key_id(envelope) != key.id:
        raise Damaged
    nonce = envelope[_HEADER_SIZE : _HEADER_SIZE + NONCE_SIZE]
    try:
        return AESGCM(key.secret).decrypt(nonce, envelope[_HEADER_SIZE + NONCE_SIZE :], associated)
    except (InvalidTag, ValueError):
        raise Damaged from None
