"""What proves a word that somebody remembers, without keeping it: a return code's six, a chat's code word.

A *return code* is six words of ten bits each. The first two, 20 bits, find the case; the other four, 40 bits, prove
it, and only for this case:

    finder = HMAC-SHA-256(return key, fields("qorgan return finder", version 1, instance, key id, word 1, word 2))
    proof  = version | key id | HMAC-SHA-256(return key, fields("qorgan return proof", version 1, instance, key id,
                                             case id, word 3, word 4, word 5, word 6))

A *code word* is whatever a person chose, so guesses at it are made to cost:

    header   = version | key id | Argon2id: memory in KiB 4, passes 4, lanes 4, salt 16
    secret   = HKDF-SHA-256(return key, no salt, info fields("qorgan code word", version 1, instance, key id), 32 bytes)
    verifier = header | Argon2id(word, salt, secret, associated data fields("qorgan code word", instance, header, id))

``id`` is the chat's or the case's that the word opens. Words are UTF-8 in the form the caller made of them. Who
holds the return key can try all codes; who lacks it can try none.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence

from cryptography.hazmat.primitives import constant_time, hashes
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.vault.blind_index import Index
from bot.vault.errors import Damaged
from bot.vault.keyring import Kdf
from bot.vault.sealing import KEY_ID_SIZE, KEY_SIZE, VERSION, SymmetricKey, fields, key_id

FINDER_LABEL = b"qorgan return finder"
PROOF_LABEL = b"qorgan return proof"
WORD_LABEL = b"qorgan code word"

WORDS = 6
FINDING = 2
"""So many words find the case, the others prove it."""

WORD_KDF = Kdf(memory=19 * 1024, passes=2, lanes=1)
"""OWASP's minimum (19 MiB, 2 passes, 1 lane): whatever is typed in a locked chat costs this much, so not more."""

_COSTS = struct.Struct(">III")
_SALT_SIZE = 16
_TAG_SIZE = 32
_HEADER_SIZE = 1 + KEY_ID_SIZE + _COSTS.size + _SALT_SIZE


def finder(key: SymmetricKey, instance: bytes, words: Sequence[str]) -> Index:
    """By the first two words; several cases may share it."""
    return Index(key.id, _mac(key, FINDER_LABEL, instance, *_code(words)[:FINDING]))


def proof(key: SymmetricKey, instance: bytes, words: Sequence[str], case: bytes) -> bytes:
    """By the other four, good for this case."""
    return bytes([VERSION]) + key.id + _mac(key, PROOF_LABEL, instance, case, *_code(words)[FINDING:])


def word_verifier(key: SymmetricKey, instance: bytes, word: str, identifier: bytes, kdf: Kdf) -> bytes:
    if not word or not kdf.affordable():
        raise ValueError("an empty code word, or Argon2id costs out of range")
    costs = _COSTS.pack(kdf.memory, kdf.passes, kdf.lanes)
    header = bytes([VERSION]) + key.id + costs + os.urandom(_SALT_SIZE)
    return header + _tag(key, instance, word, identifier, header)


def word_verified(key: SymmetricKey, instance: bytes, word: str, identifier: bytes, verifier: bytes) -> bool:
    header, tag = verifier[:_HEADER_SIZE], verifier[_HEADER_SIZE:]
    if len(tag) != _TAG_SIZE or not _costs(header).affordable():
        return False
    try:
        return same(tag, _tag(key, instance, word, identifier, header))
    except MemoryError:
        return False  # what is typed in a locked chat must look like a stranger's whatever happens here


def named_key(verifier: bytes) -> bytes:
    """The id of the key that a proof or a verifier was made with; empty if it is damaged."""
    try:
        return key_id(verifier)
    except Damaged:
        return b""


def same(one: bytes, other: bytes) -> bool:
    """In constant time."""
    return constant_time.bytes_eq(one, other)


def _code(words: Sequence[str]) -> list[bytes]:
    if len(words) != WORDS:
        raise ValueError("a return code has six words")
    return [_bytes(word) for word in words]


def _mac(key: SymmetricKey, label: bytes, instance: bytes, *values: bytes) -> bytes:
    mac = HMAC(key.secret, hashes.SHA256())
    mac.update(fields(label, bytes([VERSION]), instance, key.id, *values))
    return mac.finalize()


def _tag(key: SymmetricKey, instance: bytes, word: str, identifier: bytes, header: bytes) -> bytes:
    info = fields(WORD_LABEL, bytes([VERSION]), instance, key.id)
    kdf = _costs(header)
    argon2 = Argon2id(
        salt=header[-_SALT_SIZE:],
        length=_TAG_SIZE,
        iterations=kdf.passes,
        lanes=kdf.lanes,
        memory_cost=kdf.memory,
        ad=fields(WORD_LABEL, instance, header, identifier),
        secret=HKDF(hashes.SHA256(), KEY_SIZE, None, info).derive(key.secret),
    )
    return argon2.derive(_bytes(word))


def _costs(header: bytes) -> Kdf:
    return Kdf(*_COSTS.unpack_from(header, 1 + KEY_ID_SIZE))


def _bytes(word: str) -> bytes:
    return word.encode("utf-8", "surrogatepass")
