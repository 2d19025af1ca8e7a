"""That the coordinators' machine holds the private half of a public case key, shown before anything is sealed to it.

The server seals 16 random bytes to the key (the *challenge*, a file), and keeps a digest of them. Whoever opens them
reads them out as 8 groups of 4 hexadecimal digits (the *proof*).

    qorgan challenge   {instance, id, sealed}
    sealed             HPKE of the 16 bytes, info fields("qorgan challenge", version 1, instance, id)
    digest             SHA-256(fields("qorgan proof", version 1, instance, id, public key, the 16 bytes))
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes

from bot.vault.custody import CasePublic
from bot.vault.errors import Damaged, KeyringError
from bot.vault.hybrid import PrivateKey, PublicKey
from bot.vault.keyring import Keyring
from bot.vault.keys import Kind
from bot.vault.offline import serving
from bot.vault.sealing import fields
from bot.vault.travel import VERSION, damaged, packed, raw_bytes, text, unpacked

CHALLENGE_LABEL = b"qorgan challenge"
PROOF_LABEL = b"qorgan proof"
_SIZE = 16


@dataclass(frozen=True, slots=True)
class Challenge:
    """What only the holder of the key can answer."""

    instance: bytes
    id: bytes
    sealed: bytes

    @classmethod
    def make(cls, instance: bytes, public: CasePublic) -> tuple[Challenge, str]:
        """And the digest of its answer, in hexadecimal."""
        asked = os.urandom(_SIZE)
        sealed = PublicKey(public.public).wrap(asked, _info(instance, public.id))
        return cls(instance, public.id, sealed), _digest(instance, public, asked)

    def write(self) -> bytes:
        content = {"instance": self.instance.hex(), "id": self.id.hex(), "sealed": text(self.sealed)}
        return packed("challenge", content)

    @classmethod
    def read(cls, stored: bytes) -> Challenge:
        raw = unpacked("challenge", stored)
        try:
            return cls(bytes.fromhex(raw["instance"]), bytes.fromhex(raw["id"]), raw_bytes(raw["sealed"]))
        except (ValueError, KeyError, TypeError):
            raise damaged("challenge") from None

    def answer(self, keyring: Keyring) -> str:
        """The proof, to be read out. From then on the keyring serves the server that asked."""
        keyring = serving(keyring, self.instance)
        for key in keyring.keys.of(Kind.CASE):
            if key.known.id == self.id and key.secret:
                try:
                    asked = PrivateKey(key.secret).unwrap(self.sealed, _info(self.instance, self.id)).hex()
                except Damaged:
                    break
                return " ".join(asked[start : start + 4] for start in range(0, len(asked), 4))
        raise KeyringError(
            "this keyring does not open the challenge",
            "give the server the public key of this keyring: qorgan keys public --help",
        )


def proves(digest: str, instance: bytes, public: CasePublic, proof: str) -> bool:
    """Whether ``proof`` answers the challenge that was made with this digest."""
    try:
        return _digest(instance, public, bytes.fromhex("".join(proof.split()))) == digest
    except ValueError:
        return False


def _info(instance: bytes, key_id: bytes) -> bytes:
    return fields(CHALLENGE_LABEL, bytes([VERSION]), instance, key_id)


def _digest(instance: bytes, public: CasePublic, asked: bytes) -> str:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(fields(PROOF_LABEL, bytes([VERSION]), instance, public.id, public.public, asked))
    return digest.finalize().hex()
