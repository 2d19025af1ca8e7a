"""Custody: where the private case keys are, and the public half that travels between the two places."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from cryptography.hazmat.primitives import hashes

from bot.vault.errors import KeyringError
from bot.vault.hybrid import PublicKey
from bot.vault.sealing import KEY_ID_SIZE, fields

FINGERPRINT_LABEL = b"qorgan case key"
_FINGERPRINT_SIZE = 16


class Custody(StrEnum):
    """Server: the active case key opens here. Offline: only its public half is here."""

    SERVER = "server"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class CasePublic:
    """The public half of a case key; KeyringError if it is none."""

    id: bytes
    public: bytes = field(repr=False)

    def __post_init__(self) -> None:
        try:
            well_formed = len(self.id) == KEY_ID_SIZE and bool(PublicKey(self.public))
        except ValueError:
            well_formed = False
        if not well_formed:
            raise KeyringError("this is not a public case key", "make it again with the keyring it belongs to")

    @property
    def fingerprint(self) -> str:
        """What two people compare aloud: the first 128 bits of SHA-256 over label, id and key."""
        digest = hashes.Hash(hashes.SHA256())
        digest.update(fields(FINGERPRINT_LABEL, self.id, self.public))
        shown = digest.finalize()[:_FINGERPRINT_SIZE].hex()
        return " ".join(shown[start : start + 4] for start in range(0, len(shown), 4))
