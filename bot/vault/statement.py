"""Where the organisation's bot is to be found, signed with an Ed25519 key that never was on the server.

A statement is text that people can read, for the organisation's page:

    qorgan statement 1
    issued: 2026-03-02T09:00:00Z
    until: 2027-03-02            (may be missing)
    bot: @first_bot              (the first is the one in use; those after it take its place, in this order)
    bot: @second_bot
    page: https://example.org/   (may be missing)
    key: public key, 64 hexadecimal digits
    signature: 128 hexadecimal digits

    signed      fields("qorgan statement", version 1, the lines above the signature, each with "\\n" after it)
    key file    "qorgan continuity key\\n" | version 1 | SHA-256 of the rest 32 | JSON {public, memory, passes, lanes,
                salt, nonce, sealed}
    sealed      AES-256-GCM of the 32-byte private key under Argon2id of the passphrase, with
                fields("qorgan continuity key", version 1, public key) as associated data

Of two statements of one key that with the later date counts. What was lost on the way through a page (line ends, spaces
around a line, empty lines) is put right before the signature is checked; anything else makes it no statement.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.vault.errors import KeyringError
from bot.vault.files import read_private, write_private
from bot.vault.keyring import STRONG_KDF, Kdf
from bot.vault.sealing import NONCE_SIZE, fields
from bot.vault.travel import VERSION, damaged, packed, raw_bytes, text, unpacked

STATEMENT_LABEL = b"qorgan statement"
KEY_LABEL = b"qorgan continuity key"
FIRST_LINE = "qorgan statement 1"
NAME = "continuity key"
AHEAD = timedelta(days=1)
"""By so much a statement's date may be later than the clock of who reads it."""
LONGEST, MOST_BOTS = 4096, 8
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_SALT_SIZE = 16
_BOT, _PAGE = r"@[A-Za-z][A-Za-z0-9_]{3,31}", r"https://[!-~]{1,200}"
_STATEMENT = re.compile(
    rf"{FIRST_LINE}\nissued: (?P<issued>[0-9TZ:-]{{20}})\n(?:until: (?P<until>[0-9-]{{10}})\n)?"
    rf"(?P<bots>(?:bot: {_BOT}\n){{1,{MOST_BOTS}}})(?:page: (?P<page>{_PAGE})\n)?"
    r"key: (?P<key>[0-9a-f]{64})\nsignature: (?P<signature>[0-9a-f]{128})\n"
)


@dataclass(frozen=True, slots=True)
class Statement:
    """``bots``: public names, the one in use first; ``until``: the last day on which it counts."""

    issued: datetime
    bots: tuple[str, ...]
    page: str = ""
    until: date | None = None

    def __post_init__(self) -> None:
        if not self.bots or len(self.bots) > MOST_BOTS or not all(re.fullmatch(_BOT, bot) for bot in self.bots):
            raise KeyringError("a bot's name is none of Telegram's", f"write it as @name_bot, {MOST_BOTS} at most")
        if self.page and not re.fullmatch(_PAGE, self.page):
            raise KeyringError("the page's address can't stand in a statement", "write it as https://host/path")

    def lines(self, public: bytes) -> str:
        """What is signed."""
        lines = [FIRST_LINE, f"issued: {self.issued.strftime(_MOMENT)}"]
        lines += [f"until: {self.until}"] if self.until else []
        lines += [f"bot: {bot}" for bot in self.bots]
        lines += [f"page: {self.page}"] if self.page else []
        return "".join(f"{line}\n" for line in (*lines, f"key: {public.hex()}"))


@dataclass(frozen=True, slots=True)
class SigningKey:
    _private: Ed25519PrivateKey

    @property
    def public(self) -> bytes:
        return self._private.public_key().public_bytes_raw()

    def sign(self, statement: Statement) -> str:
        """The statement as it is published."""
        lines = statement.lines(self.public)
        signature = self._private.sign(fields(STATEMENT_LABEL, bytes([VERSION]), lines.encode()))
        return f"{lines}signature: {signature.hex()}\n"


def create_signing_key(path: Path, passphrase: str, *, kdf: Kdf = STRONG_KDF) -> SigningKey:
    """A new key in a private file of its own; OSError where there is one already."""
    key = SigningKey(Ed25519PrivateKey.generate())
    salt, nonce = os.urandom(_SALT_SIZE), os.urandom(NONCE_SIZE)
    sealed = AESGCM(kdf.key(passphrase, salt)).encrypt(nonce, key._private.private_bytes_raw(), _bound(key.public))
    content = {
        "public": key.public.hex(), "memory": kdf.memory, "passes": kdf.passes, "lanes": kdf.lanes,
        "salt": text(salt), "nonce": text(nonce), "sealed": text(sealed),
    }  # fmt: skip
    write_private(path, packed(NAME, content))
    return key


def open_signing_key(path: Path, passphrase: str) -> SigningKey:
    stored = read_private(path, NAME)
    if stored is None:
        raise KeyringError(f"there is no {NAME} {path}", "make one, not on the server: qorgan continuity key FILE")
    raw = unpacked(NAME, stored)
    try:
        kdf = Kdf(int(raw["memory"]), int(raw["passes"]), int(raw["lanes"]))
        salt, nonce, sealed = (raw_bytes(raw[name]) for name in ("salt", "nonce", "sealed"))
        public = bytes.fromhex(raw["public"])
    except (ValueError, KeyError, TypeError):
        raise damaged(NAME) from None
    if not kdf.affordable() or len(nonce) != NONCE_SIZE:
        raise damaged(NAME)
    try:
        private = AESGCM(kdf.key(passphrase, salt)).decrypt(nonce, sealed, _bound(public))
    except InvalidTag:
        raise KeyringError(f"the passphrase does not open {NAME} {path}", "try again") from None
    return SigningKey(Ed25519PrivateKey.from_private_bytes(private))


def read(published: str, public: bytes) -> Statement:
    """A statement that this key has signed; KeyringError for anything else."""
    lines = [line.strip() for line in published.lstrip("\ufeff").splitlines()]
    found = _STATEMENT.fullmatch("".join(f"{line}\n" for line in lines if line)) if len(published) <= LONGEST else None
    if found is None:
        raise _not_one()
    try:
        issued = datetime.strptime(found["issued"], _MOMENT).replace(tzinfo=UTC)
        until = date.fromisoformat(found["until"]) if found["until"] else None
    except ValueError:
        raise _not_one() from None
    bots = tuple(line.removeprefix("bot: ") for line in found["bots"].splitlines())
    statement = Statement(issued, bots, found["page"] or "", until)
    signed = fields(STATEMENT_LABEL, bytes([VERSION]), statement.lines(public).encode())
    try:
        if found["key"] != public.hex():
            raise InvalidSignature
        Ed25519PublicKey.from_public_bytes(public).verify(bytes.fromhex(found["signature"]), signed)
    except (InvalidSignature, ValueError):
        raise KeyringError(
            "this key has not signed the statement", "trust none of its addresses; compare the public key by voice"
        ) from None
    return statement


def refuse_stale(statement: Statement, now: datetime, before: Statement | None = None) -> None:
    """KeyringError for one that is over, not yet, or older than what was known ``before``."""
    if statement.until is not None and now.date() > statement.until:
        raise KeyringError("the statement is over", "look for a newer one at the organisation's page")
    if statement.issued > now + AHEAD:
        raise KeyringError("the statement's date has not come yet", "check the clock of this machine")
    if before is not None and statement.issued < before.issued:
        raise KeyringError("the statement is older than the one known before", "somebody may have put an old one back")


def fingerprint(public: bytes) -> str:
    """What two people compare aloud: the first 128 bits of SHA-256 over label and key."""
    digest = hashes.Hash(hashes.SHA256())
    digest.update(fields(KEY_LABEL, public))
    shown = digest.finalize()[:16].hex()
    return " ".join(shown[start : start + 4] for start in range(0, len(shown), 4))


def _bound(public: bytes) -> bytes:
    return fields(KEY_LABEL, bytes([VERSION]), public)


def _not_one() -> KeyringError:
    return KeyringError("this is no statement of qorgan", "copy it whole, from its first line to the signature")
