"""Hybrid key pairs, ML-KEM-768 with X25519: what is recorded today stays sealed against a quantum computer.

HPKE (RFC 9180, base mode) with the KEM ``MLKEM768-X25519`` of draft-ietf-hpke-pq, HKDF-SHA256 and
AES-256-GCM. A private key is its 32-byte seed, expanded as the draft does: SHAKE256 to 96 bytes, 64 of
them the ML-KEM seed and 32 the X25519 key. A public key is the ML-KEM encapsulation key (1184 bytes)
followed by the X25519 one (32).
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from bot.vault.errors import Damaged

SEED_SIZE = 32
PUBLIC_SIZE = 1184 + 32
WRAP_OVERHEAD = 1088 + 32 + 16

_MLKEM_PUBLIC_SIZE = 1184
_MLKEM_SEED_SIZE = 64
_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class PublicKey:
    def __init__(self, raw: bytes) -> None:
        if len(raw) != PUBLIC_SIZE:
            raise ValueError(f"a public key has {PUBLIC_SIZE} bytes")
        self.raw = raw
        self._key = MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(raw[:_MLKEM_PUBLIC_SIZE]),
            X25519PublicKey.from_public_bytes(raw[_MLKEM_PUBLIC_SIZE:]),
        )

    def wrap(self, secret: bytes, info: bytes) -> bytes:
        return _SUITE.encrypt(secret, self._key, info)


class PrivateKey:
    def __init__(self, seed: bytes) -> None:
        if len(seed) != SEED_SIZE:
            raise ValueError(f"a private key's seed has {SEED_SIZE} bytes")
        shake = hashes.Hash(hashes.SHAKE256(_MLKEM_SEED_SIZE + 32))
        shake.update(seed)
        expanded = shake.finalize()
        mlkem = MLKEM768PrivateKey.from_seed_bytes(expanded[:_MLKEM_SEED_SIZE])
        x25519 = X25519PrivateKey.from_private_bytes(expanded[_MLKEM_SEED_SIZE:])
        self._key = MLKEM768X25519PrivateKey(mlkem, x25519)
        self.public = PublicKey(
            mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
        )

    def unwrap(self, wrapped: bytes, info: bytes) -> bytes:
        try:
            return _SUITE.decrypt(wrapped, self._key, info)
        except (InvalidTag, ValueError):
            raise Damaged from None


def new_seed() -> bytes:
    return os.urandom(SEED_SIZE)
