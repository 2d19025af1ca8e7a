"""The keyring file: the keys of one instance under a passphrase and, beside it, a recovery key.

    header       "qorgan keyring\\n" | version 1 | instance 16 |
                 Argon2id: memory in KiB 4, passes 4, lanes 4, salt 16
    passphrase   nonce 12 | AES-256-GCM of the master key 32 under Argon2id(passphrase), tag 16
    recovery     HPKE encapsulation 1120 | sealed master key 32, tag 16
    content      length 4 | nonce 12 | AES-256-GCM of the keys (see ``keys``) under the master key, tag 16

Numbers are big-endian. Associated data of the passphrase slot and ``info`` of the recovery slot: their label
and the header, each with its length before it; of the content: its label and everything that stands before
its nonce, so no slot can be exchanged. The recovery public key stands inside the content. The passphrase is
taken as UTF-8 after Unicode normalisation NFC, so that it is the same from every keyboard.

What can't be opened is refused in one line; a new key is never made in its place.
"""

from __future__ import annotations

import os
import struct
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from bot.vault import keys as contents
from bot.vault.errors import Damaged, KeyringError
from bot.vault.files import locked, read_private, replace_private
from bot.vault.hybrid import WRAP_OVERHEAD, PrivateKey, PublicKey, new_seed
from bot.vault.keys import INSTANCE_SIZE, Keys, Kind, fresh_key
from bot.vault.sealing import KEY_SIZE, NONCE_SIZE, fields

MAGIC = b"qorgan keyring\n"
VERSION = 1
PASSPHRASE_LABEL = b"qorgan keyring passphrase"
RECOVERY_LABEL = b"qorgan keyring recovery"
CONTENT_LABEL = b"qorgan keyring content"

NAME = "keyring"
RESTORE = "put back the keyring from a backup; without one, run: qorgan init --beside"

_COSTS = struct.Struct(">III")
_LENGTH = struct.Struct(">I")
_SALT_SIZE = 16
_TAG_SIZE = 16
_HEADER_SIZE = len(MAGIC) + 1 + INSTANCE_SIZE + _COSTS.size + _SALT_SIZE
_PASSPHRASE_SLOT_SIZE = NONCE_SIZE + KEY_SIZE + _TAG_SIZE
_RECOVERY_SLOT_SIZE = WRAP_OVERHEAD + KEY_SIZE
_FRONT_SIZE = _HEADER_SIZE + _PASSPHRASE_SLOT_SIZE + _RECOVERY_SLOT_SIZE + _LENGTH.size


@dataclass(frozen=True, slots=True)
class Kdf:
    """What a guess of the passphrase costs, by Argon2id.

    The default is the second choice of RFC 9106 (64 MiB, 3 passes, 4 lanes): about a third of a second, once
    at each start, and little enough memory for a small machine.
    """

    memory: int = 64 * 1024
    passes: int = 3
    lanes: int = 4

    def key(self, passphrase: str, salt: bytes) -> bytes:
        argon2 = Argon2id(
            salt=salt, length=KEY_SIZE, iterations=self.passes, lanes=self.lanes, memory_cost=self.memory
        )
        try:
            return argon2.derive(unicodedata.normalize("NFC", passphrase).encode())
        except UnicodeEncodeError:
            raise KeyringError("the passphrase is not valid UTF-8", "check how it is stored") from None
        except MemoryError:
            raise KeyringError(
                "there is too little memory to check the passphrase",
                f"free {self.memory // 1024} MiB of memory",
            ) from None

    def affordable(self) -> bool:
        """Whether the library takes it, and a changed file can't make us use up the machine."""
        return (
            1 <= self.passes <= 16 and 1 <= self.lanes <= 16 and 8 * self.lanes <= self.memory <= 1024 * 1024
        )


STRONG_KDF = Kdf()


@dataclass(frozen=True, slots=True)
class Keyring:
    """An opened keyring file; opened once, it is read and saved without asking for the passphrase again."""

    path: Path
    keys: Keys
    _slots: bytes = field(repr=False)
    _master: bytes = field(repr=False)

    def save(self, keys: Keys) -> Keyring:
        """Writes these keys as the next generation; durable when it returns.

        KeyringError, and nothing is changed, if the file is no longer the one that is held.
        """
        return self._replaced_by(replace(self, keys=replace(keys, generation=self.keys.generation + 1)))

    def reread(self) -> Keyring:
        """The file as it is now: this generation or a later one; KeyringError for any other."""
        stored = _stored(self.path)
        slots = _slots_of(stored)
        if _instance(slots) != self.keys.instance:
            raise KeyringError(f"keyring {self.path} belongs to another instance", RESTORE)
        if slots[:_HEADER_SIZE] != self._slots[:_HEADER_SIZE]:
            raise KeyringError("the keyring has a new passphrase", "restart with it")
        found = replace(self, keys=_keys(self.path, stored, self._master))
        if found.keys.generation < self.keys.generation:
            raise KeyringError(
                f"keyring {self.path} is of generation {found.keys.generation},"
                f" generation {self.keys.generation} is in use",
                "put back the newest keyring",
            )
        if found.keys.generation == self.keys.generation and found.keys != self.keys:
            raise KeyringError(
                f"keyring {self.path} is another one of generation {self.keys.generation}",
                "put back the keyring that was in use",
            )
        return found

    def with_passphrase(self, passphrase: str, kdf: Kdf = STRONG_KDF) -> Keyring:
        """The next generation under a new passphrase and a new master key; durable when it returns.

        The recovery key stays the same. Who knows the earlier passphrase still opens earlier copies.
        """
        _check(passphrase, kdf)
        keys = replace(self.keys, generation=self.keys.generation + 1)
        master = os.urandom(KEY_SIZE)
        slots = _slots(keys.instance, master, passphrase, kdf, PublicKey(keys.recovery))
        return self._replaced_by(Keyring(self.path, keys, slots, master))

    def _replaced_by(self, fresh: Keyring) -> Keyring:
        with locked(self.path.resolve().parent):
            found = self.reread().keys.generation
            if found != self.keys.generation:
                raise KeyringError(
                    f"keyring {self.path} was changed to generation {found} by another process",
                    "try again: this process takes it up first",
                )
            fresh.write()
        return fresh

    def write(self) -> None:
        content = contents.write(self.keys)
        front = self._slots + _LENGTH.pack(NONCE_SIZE + len(content) + _TAG_SIZE)
        nonce = os.urandom(NONCE_SIZE)
        sealed = AESGCM(self._master).encrypt(nonce, content, fields(CONTENT_LABEL, front))
        replace_private(self.path, front + nonce + sealed, NAME)


def create_keyring(
    path: Path,
    passphrase: str,
    *,
    kdf: Kdf = STRONG_KDF,
    today: date | None = None,
    kinds: Collection[Kind] = tuple(Kind),
) -> bytes:
    """Makes a keyring with new keys where there is none; returns the recovery seed, kept nowhere else."""
    _check(passphrase, kdf)
    day = today or datetime.now(UTC).date()
    recovery = new_seed()
    public = PrivateKey(recovery).public
    keys = Keys(os.urandom(INSTANCE_SIZE), 1, public.raw, tuple(fresh_key(kind, day) for kind in kinds))
    master = os.urandom(KEY_SIZE)
    with locked(path.resolve().parent):
        if os.path.lexists(path):
            raise KeyringError(f"keyring {path} exists already", "use it, or run: qorgan init --beside")
        Keyring(path, keys, _slots(keys.instance, master, passphrase, kdf, public), master).write()
    return recovery


def open_keyring(path: Path, passphrase: str | None = None, *, recovery: bytes | None = None) -> Keyring:
    """Opens it with one of the two: the passphrase or the seed of the recovery key."""
    if (passphrase is None) == (recovery is None):
        raise ValueError("a keyring is opened with a passphrase or with a recovery seed")
    stored = _stored(path)
    slots = _slots_of(stored)
    if recovery is not None:
        master = _master_by_recovery(slots, recovery)
    else:
        master = _master_by_passphrase(slots, passphrase or "")
    return Keyring(path, _keys(path, stored, master), slots, master)


def _stored(path: Path) -> bytes:
    stored = read_private(path, NAME)
    if stored is None:
        raise KeyringError(f"keyring {path} is missing", RESTORE)
    _check_shape(path, stored)
    return stored


def _slots_of(stored: bytes) -> bytes:
    return stored[: _FRONT_SIZE - _LENGTH.size]


def _instance(slots: bytes) -> bytes:
    return slots[len(MAGIC) + 1 :][:INSTANCE_SIZE]


def _keys(path: Path, stored: bytes, master: bytes) -> Keys:
    nonce, sealed = stored[_FRONT_SIZE : _FRONT_SIZE + NONCE_SIZE], stored[_FRONT_SIZE + NONCE_SIZE :]
    try:
        associated = fields(CONTENT_LABEL, stored[:_FRONT_SIZE])
        keys = contents.read(AESGCM(master).decrypt(nonce, sealed, associated))
    except (InvalidTag, ValueError):
        raise _damaged(path) from None
    if keys.instance != _instance(stored):
        raise _damaged(path)
    return keys


def _check(passphrase: str, kdf: Kdf) -> None:
    if not passphrase:
        raise KeyringError("the passphrase is empty", "set a passphrase of several words")
    if not kdf.affordable():
        raise ValueError("these Argon2id costs are out of range")


def _slots(instance: bytes, master: bytes, passphrase: str, kdf: Kdf, recovery: PublicKey) -> bytes:
    salt = os.urandom(_SALT_SIZE)
    header = MAGIC + bytes([VERSION]) + instance + _COSTS.pack(kdf.memory, kdf.passes, kdf.lanes) + salt
    nonce = os.urandom(NONCE_SIZE)
    sealed = AESGCM(kdf.key(passphrase, salt)).encrypt(nonce, master, fields(PASSPHRASE_LABEL, header))
    return header + nonce + sealed + recovery.wrap(master, fields(RECOVERY_LABEL, header))


def _check_shape(path: Path, stored: bytes) -> None:
    if not stored.startswith(MAGIC[: len(stored)]):
        raise KeyringError(f"{path} is not a keyring", "check QORGAN_KEYRING")
    if len(stored) > len(MAGIC) and stored[len(MAGIC)] != VERSION:
        raise KeyringError(
            f"keyring {path} has format {stored[len(MAGIC)]}, this program reads format {VERSION}",
            "use the version of qorgan that wrote it",
        )
    if len(stored) < _FRONT_SIZE:
        raise KeyringError(f"keyring {path} is truncated", RESTORE)
    (length,) = _LENGTH.unpack_from(stored, _FRONT_SIZE - _LENGTH.size)
    if len(stored) < _FRONT_SIZE + length:
        raise KeyringError(f"keyring {path} is truncated", RESTORE)
    if len(stored) > _FRONT_SIZE + length:
        raise _damaged(path)
    if not _kdf(stored).affordable():
        raise _damaged(path)


def _kdf(stored: bytes) -> Kdf:
    return Kdf(*_COSTS.unpack_from(stored, len(MAGIC) + 1 + INSTANCE_SIZE))


def _master_by_passphrase(slots: bytes, passphrase: str) -> bytes:
    header = slots[:_HEADER_SIZE]
    slot = slots[_HEADER_SIZE:][:_PASSPHRASE_SLOT_SIZE]
    key = _kdf(slots).key(passphrase, header[-_SALT_SIZE:])
    try:
        associated = fields(PASSPHRASE_LABEL, header)
        return AESGCM(key).decrypt(slot[:NONCE_SIZE], slot[NONCE_SIZE:], associated)
    except InvalidTag:
        raise KeyringError(
            "the passphrase does not open the keyring",
            "check QORGAN_KEYRING_PASSPHRASE; the recovery key opens it too",
        ) from None


def _master_by_recovery(slots: bytes, seed: bytes) -> bytes:
    try:
        info = fields(RECOVERY_LABEL, slots[:_HEADER_SIZE])
        return PrivateKey(seed).unwrap(slots[_HEADER_SIZE + _PASSPHRASE_SLOT_SIZE :], info)
    except (Damaged, ValueError):
        raise KeyringError(
            "the recovery key does not open the keyring", "check that it was made together with this keyring"
        ) from None


def _damaged(path: Path) -> KeyringError:
    return KeyringError(f"keyring {path} is damaged", RESTORE)
