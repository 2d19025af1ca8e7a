"""Day keys: draft and outbox keys, new every day, in a file of their own that is never backed up.

    "qorgan day keys\\n" | version 1 | instance 16 | id of the day-file key 8 | nonce 12 | AES-256-GCM, tag 16

Associated data: a label and everything before the nonce, each with its length. Inside stands JSON, a list of
id, purpose, day and key. A key is on the disk before it is first used; once it is destroyed a draft can't be
read even by those who hold every other key. The blocks of a replaced file are overwritten, but a disk may
keep them all the same (see ``files``): then the day-file key alone stands between them and a reader.

Several processes may use the file: a change is made under a lock, on what the file then holds.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.vault.errors import KeyringError
from bot.vault.files import forget_unfinished, locked, read_private, replace_private
from bot.vault.sealing import NONCE_SIZE, Purpose, SymmetricKey, fields, new_key

MAGIC = b"qorgan day keys\n"
VERSION = 1
LABEL = b"qorgan day keys"
NAME = "day-key file"
KEPT_AFTER_DAY = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class DayKey:
    purpose: Purpose
    day: date
    key: SymmetricKey = field(repr=False)

    def outlived(self, today: date) -> bool:
        """Whether the day it was made for ended 48 hours ago or earlier, at the beginning of ``today``."""
        return today - (self.day + timedelta(days=1)) >= KEPT_AFTER_DAY


class DayKeys:
    """The day keys of one instance. A missing file holds none: deleting it is a way to destroy them."""

    def __init__(self, path: Path, instance: bytes, file_key: SymmetricKey) -> None:
        self._path = path
        self._front = MAGIC + bytes([VERSION]) + instance + file_key.id
        self._file_key = file_key
        self._change = threading.Lock()
        self._keys: dict[bytes, DayKey] = {}  # replaced, never changed: threads read it without a lock
        self._signature: tuple[int, int] | None = None
        self._change_to(lambda keys: keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __repr__(self) -> str:
        return f"<DayKeys: {len(self)} keys>"

    def current(self, purpose: Purpose, day: date) -> SymmetricKey:
        """The key of this day; made, and durable, before it is handed out for the first time."""
        while (known := _made_for(purpose, day, self._keys.values())) is None:
            self._change_to(lambda keys: _with(keys, purpose, day))
        return known.key

    def find(self, key_id: bytes) -> SymmetricKey | None:
        """The key of this id, also if another process made it meanwhile; None if it was destroyed."""
        if key_id not in self._keys and self._signature != self._stored_signature():
            self._change_to(lambda keys: keys)
        known = self._keys.get(key_id)
        return known.key if known else None

    def destroy(self, today: date, outbox_in_use: set[bytes]) -> int:
        """Draft keys 48 hours after their day; outbox keys as old, once no row waits under them."""

        def kept(keys: tuple[DayKey, ...]) -> tuple[DayKey, ...]:
            return tuple(
                one
                for one in keys
                if not one.outlived(today) or (one.purpose is Purpose.OUTBOX and one.key.id in outbox_in_use)
            )

        return self._change_to(kept)

    def _change_to(self, changed: Callable[[tuple[DayKey, ...]], tuple[DayKey, ...]]) -> int:
        """Applies a change to what the file holds now; returns how many keys it took away."""
        with self._change, locked(self._path.resolve().parent):
            forget_unfinished(self._path)
            before = self._read()
            after = changed(before)
            if after != before:
                self._write(after)
            self._keys = {one.key.id: one for one in after}
            self._signature = self._stored_signature()  # after the keys: who sees it unchanged sees them too
            return len({one.key.id for one in before} - set(self._keys))

    def _stored_signature(self) -> tuple[int, int] | None:
        """Differs for every replacement of the file."""
        try:
            stored = self._path.stat()
        except OSError:
            return None
        return stored.st_ino, stored.st_mtime_ns

    def _read(self) -> tuple[DayKey, ...]:
        stored = read_private(self._path, NAME)
        if stored is None:
            return ()
        size = len(self._front)
        front, nonce, sealed = stored[:size], stored[size : size + NONCE_SIZE], stored[size + NONCE_SIZE :]
        if front.startswith(MAGIC) and front[len(MAGIC) : len(MAGIC) + 1] not in (b"", bytes([VERSION])):
            raise KeyringError(
                f"{NAME} {self._path} has format {front[len(MAGIC)]}, this program reads format {VERSION}",
                "use the version of qorgan that wrote it",
            )
        if len(front) == size and front != self._front and front.startswith(MAGIC):
            raise KeyringError(f"{NAME} {self._path} belongs to another keyring", self._hint())
        try:
            content = AESGCM(self._file_key.secret).decrypt(nonce, sealed, fields(LABEL, front))
            return tuple(
                DayKey(
                    Purpose(one["purpose"]),
                    date.fromisoformat(one["day"]),
                    SymmetricKey(bytes.fromhex(one["id"]), bytes.fromhex(one["key"])),
                )
                for one in json.loads(content)
            )
        except (InvalidTag, ValueError, KeyError, TypeError):
            raise KeyringError(f"{NAME} {self._path} is damaged or truncated", self._hint()) from None

    def _write(self, keys: Iterable[DayKey]) -> None:
        content = json.dumps(
            [
                {
                    "id": one.key.id.hex(),
                    "purpose": one.purpose,
                    "day": one.day.isoformat(),
                    "key": one.key.secret.hex(),
                }
                for one in keys
            ],
            separators=(",", ":"),
        ).encode()
        nonce = os.urandom(NONCE_SIZE)
        sealed = AESGCM(self._file_key.secret).encrypt(nonce, content, fields(LABEL, self._front))
        replace_private(self._path, self._front + nonce + sealed, NAME)

    def _hint(self) -> str:
        return f"move {self._path} away to go on; the open drafts and waiting messages are then lost"


def _made_for(purpose: Purpose, day: date, keys: Iterable[DayKey]) -> DayKey | None:
    return next((one for one in keys if one.purpose is purpose and one.day == day), None)


def _with(keys: tuple[DayKey, ...], purpose: Purpose, day: date) -> tuple[DayKey, ...]:
    return keys if _made_for(purpose, day, keys) else (*keys, DayKey(purpose, day, new_key()))
