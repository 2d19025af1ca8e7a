"""The files that travel between a server in offline custody and the coordinators' machine.

A *public case key* is text: the line ``qorgan public case key 1``, the id in hexadecimal, the key in base64.
Whoever takes one over compares its fingerprint with the one who made it.

The others are ``name "\\n" | version 1 | SHA-256 of the rest 32 | JSON``, names as below. Keys of the JSON are
the fields; ids are in hexadecimal, ciphertexts, wraps and keys in base64. The digest finds an accident, not a
forger: what is secret in them is sealed, and a forged wrap opens nothing.

    qorgan sealed case   {instance, case, entries: [{id, number, ciphertext, wrap}]}
    qorgan wraps         {instance, active, counts: {key id: wraps}, wraps: [[case, entry, wrap]]}
    qorgan rewrapped     {instance, to, id, public, wraps: [[entry, old, new]], unopened: [entry]}
    qorgan challenge     {instance, id, sealed}: see ``possession``
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes

from bot.vault.custody import CasePublic
from bot.vault.errors import KeyringError

VERSION = 1
PUBLIC_LINE = "qorgan public case key 1"
_DIGEST_SIZE = 32


class Holder(StrEnum):
    """Whose the key is that everything was re-wrapped to; the server's on the way back."""

    SERVER = "server"
    COORDINATORS = "coordinators"


@dataclass(frozen=True, slots=True)
class SealedFileEntry:
    """One entry of a case as the database has it; ``number`` is its place in the case."""

    id: bytes
    number: int
    ciphertext: bytes
    wrap: bytes


@dataclass(frozen=True, slots=True)
class SealedCase:
    """What a coordinator gets of a case in offline custody."""

    instance: bytes
    case: bytes
    entries: tuple[SealedFileEntry, ...]

    def write(self) -> bytes:
        entries = [
            {"id": one.id.hex(), "number": one.number, "ciphertext": text(one.ciphertext), "wrap": text(one.wrap)}
            for one in self.entries
        ]
        return packed("sealed case", {"instance": self.instance.hex(), "case": self.case.hex(), "entries": entries})

    @classmethod
    def read(cls, stored: bytes) -> SealedCase:
        raw = unpacked("sealed case", stored)
        try:
            entries = tuple(
                SealedFileEntry(
                    bytes.fromhex(one["id"]), int(one["number"]), raw_bytes(one["ciphertext"]), raw_bytes(one["wrap"])
                )
                for one in raw["entries"]
            )
            return cls(bytes.fromhex(raw["instance"]), bytes.fromhex(raw["case"]), entries)
        except (ValueError, KeyError, TypeError):
            raise damaged("sealed case") from None


@dataclass(frozen=True, slots=True)
class WrapsFile:
    """What is to be re-wrapped: (case, entry, wrap); how many wraps the database has under each key."""

    instance: bytes
    active: bytes
    counts: Mapping[bytes, int]
    wraps: tuple[tuple[bytes, bytes, bytes], ...]

    def write(self) -> bytes:
        return packed(
            "wraps",
            {
                "instance": self.instance.hex(),
                "active": self.active.hex(),
                "counts": {key.hex(): number for key, number in self.counts.items()},
                "wraps": [[case.hex(), entry.hex(), text(wrap)] for case, entry, wrap in self.wraps],
            },
        )

    @classmethod
    def read(cls, stored: bytes) -> WrapsFile:
        raw = unpacked("wraps", stored)
        try:
            return cls(
                bytes.fromhex(raw["instance"]),
                bytes.fromhex(raw["active"]),
                {bytes.fromhex(key): int(number) for key, number in raw["counts"].items()},
                tuple(
                    (bytes.fromhex(case), bytes.fromhex(entry), raw_bytes(wrap)) for case, entry, wrap in raw["wraps"]
                ),
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise damaged("wraps") from None


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """The answer to a wraps file: (entry, old wrap, new wrap), and the key the new ones are under.

    ``to``: whose that key is. ``unopened``: the entries whose wraps did not open.
    """

    instance: bytes
    to: Holder
    public: CasePublic
    wraps: tuple[tuple[bytes, bytes, bytes], ...]
    unopened: tuple[bytes, ...] = ()

    def write(self) -> bytes:
        return packed(
            "rewrapped",
            {
                "instance": self.instance.hex(),
                "to": self.to,
                "id": self.public.id.hex(),
                "public": text(self.public.public),
                "wraps": [[entry.hex(), text(old), text(new)] for entry, old, new in self.wraps],
                "unopened": [entry.hex() for entry in self.unopened],
            },
        )

    @classmethod
    def read(cls, stored: bytes) -> Rewrapped:
        raw = unpacked("rewrapped", stored)
        try:
            return cls(
                bytes.fromhex(raw["instance"]),
                Holder(raw["to"]),
                CasePublic(bytes.fromhex(raw["id"]), raw_bytes(raw["public"])),
                tuple((bytes.fromhex(entry), raw_bytes(old), raw_bytes(new)) for entry, old, new in raw["wraps"]),
                tuple(bytes.fromhex(entry) for entry in raw["unopened"]),
            )
        except (ValueError, KeyError, TypeError):
            raise damaged("rewrapped") from None


def write_public(path: Path, public: CasePublic) -> None:
    """Where there is no file yet."""
    try:
        with path.open("x", encoding="ascii") as file:
            file.write(f"{PUBLIC_LINE}\n{public.id.hex()}\n{text(public.public)}\n")
    except FileExistsError:
        raise KeyringError(f"{path} exists already", "choose another name") from None
    except OSError as error:
        raise KeyringError(f"{path} can't be written: {_reason(error)}", "choose another folder") from None


def read_public(path: Path) -> CasePublic:
    try:
        lines = path.read_bytes().decode("ascii").splitlines()
    except OSError as error:
        raise KeyringError(f"{path} can't be read: {_reason(error)}", "check the path") from None
    except ValueError:
        lines = []
    try:
        head, key_id, public = lines
        if head == PUBLIC_LINE:
            return CasePublic(bytes.fromhex(key_id), raw_bytes(public))
    except ValueError:
        pass
    raise KeyringError(f"{path} is not a public case key", "it is made by: qorgan keys offline-init")


def packed(name: str, content: dict[str, Any]) -> bytes:
    written = json.dumps(content, separators=(",", ":")).encode()
    return _front(name) + bytes([VERSION]) + _digest(written) + written


def unpacked(name: str, stored: bytes) -> dict[str, Any]:
    front = _front(name)
    version, digest, written = (
        stored[len(front) :][:1],
        stored[len(front) + 1 :][:_DIGEST_SIZE],
        stored[len(front) + 1 + _DIGEST_SIZE :],
    )
    if not stored.startswith(front):
        raise KeyringError(f"this is not a file of the kind: {name}", "check which file was given")
    if version not in (b"", bytes([VERSION])):
        raise KeyringError(
            f"this {name} file has format {version[0]}, this program reads format {VERSION}",
            "use the version of qorgan that wrote it",
        )
    if digest != _digest(written):
        raise damaged(name)
    try:
        content = json.loads(written)
    except ValueError:
        raise damaged(name) from None
    if not isinstance(content, dict):
        raise damaged(name)
    return content


def _front(name: str) -> bytes:
    return f"qorgan {name}\n".encode()


def _digest(content: bytes) -> bytes:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(content)
    return digest.finalize()


def damaged(name: str) -> KeyringError:
    return KeyringError(f"this {name} file is damaged or truncated", "send it again")


def text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def raw_bytes(value: str) -> bytes:
    return base64.b64decode(value, validate=True)


def _reason(error: OSError) -> str:
    return (error.strerror or "input or output error").lower()
