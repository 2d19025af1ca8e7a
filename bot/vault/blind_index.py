"""Blind indexes: finding a row by a value that the database must not hold.

    digest = HMAC-SHA-256(index key, fields("qorgan blind index", version 1, instance, key id, label, value))

where ``fields`` puts a length before each value (see ``sealing``). The same value gives unrelated digests
under two labels, two instances or two keys. The values are few (Telegram ids, case codes): who holds the
index key can try them all.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC

from bot.vault.sealing import VERSION, SymmetricKey, fields

LABEL = b"qorgan blind index"


@dataclass(frozen=True, slots=True)
class Index:
    key_id: bytes
    digest: bytes


def blind_index(key: SymmetricKey, instance: bytes, label: str, value: bytes) -> Index:
    mac = HMAC(key.secret, hashes.SHA256())
    mac.update(fields(LABEL, bytes([VERSION]), instance, key.id, label.encode(), value))
    return Index(key.id, mac.finalize())
