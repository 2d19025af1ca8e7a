"""What opens of a seized folder, with code that shares nothing with ours: tried with every key there is.

The write-ahead log keeps what the database replaced, until it is emptied. So the database is read as it was after
each commit whose pages the log still holds.
"""

from __future__ import annotations

import contextlib
import sqlite3
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.independent import decryptor
from tests.independent.decryptor import Opened, Refused, aes_open, binding, hpke_open, key_id, unpad

PLACES = {
    ("chats", "address"): "address",
    ("chats", "draft"): "draft",
    ("cases", "head"): "head",
    ("outbox", "sealed"): "outgoing",
    ("messages", "sealed"): "slot",
    ("staff", "sealed"): "staff",
    ("meta", "state"): "state",
    ("audit", "sealed"): "audit",
}
"""The purpose of every sealed column, as SECURITY.md gives it; entries and wraps have their own way."""
ENTRIES, WRAPS = ("entries", "ciphertext"), ("wraps", "wrap")

Column = tuple[str, str]
Tables = dict[str, list[dict[str, Any]]]

_LOG_HEADER, _FRAME_HEADER = 32, 24


@dataclass(frozen=True)
class Keys:
    """Every secret that was found in a seized folder, each to be tried on everything."""

    opened: Opened | None
    secrets: frozenset[bytes] = frozenset()

    @classmethod
    def found(cls, folder: Path, passphrase: str | None, elsewhere: Path | None = None) -> Keys:
        """``elsewhere``: a case keyring under the same passphrase."""
        if passphrase is None:
            return cls(None)
        opened = decryptor.open_keyring((folder / "keyring").read_bytes(), passphrase)
        decryptor.open_day_keys((folder / "day-keys").read_bytes(), opened)
        kinds = (opened.case, opened.server, opened.index, opened.return_code, opened.day_file, opened.day)
        secrets = {secret for kind in kinds for secret in kind.values()}
        if elsewhere is not None:
            secrets |= set(decryptor.open_keyring(elsewhere.read_bytes(), passphrase).case.values())
        return cls(opened, frozenset(secrets))


@dataclass
class Reading:
    """All that was read: what stands in clear and what opened, by column; each envelope, and whether it did."""

    clear: dict[Column, set[Any]] = field(default_factory=dict)
    opened: dict[Column, set[bytes]] = field(default_factory=dict)
    tried: dict[tuple[Column, bytes], bool] = field(default_factory=dict)


def read(folder: Path, keys: Keys) -> Reading:
    reading = Reading()
    for tables in states(folder / "qorgan.db"):
        cells = ((table, row, column) for table, rows in tables.items() for row in rows for column in row)
        for table, row, column in cells:
            place, value = (table, column), row[column]
            if value is None:
                continue
            if place not in PLACES and place not in (ENTRIES, WRAPS):
                reading.clear.setdefault(place, set()).add(value)
            elif (place, value) not in reading.tried:
                content = _opened(keys, tables, place, row)
                if content is not None:
                    reading.opened.setdefault(place, set()).add(content)
                reading.tried[place, value] = content is not None
    return reading


def _opened(keys: Keys, tables: Tables, place: Column, row: dict[str, Any]) -> bytes | None:
    """By every key, whatever key id the envelope carries."""
    if keys.opened is None:
        return None
    table, column = place
    if place == WRAPS:
        cases = {each["case"] for each in tables["entries"] if each["id"] == row["entry"]}
        return next((key for key in (_data_key(keys, case, row) for case in cases) if key), None)
    if place == ENTRIES:
        case = row["case"]
        wraps = [wrap for wrap in tables["wraps"] if wrap["entry"] == row["id"]]
        data_keys = {_data_key(keys, case, wrap) for wrap in wraps} - {None}
        label, identifier, purpose, secrets = b"qorgan entry", row["id"], "", {*data_keys, *keys.secrets}
    else:
        label, identifier, purpose, secrets = b"qorgan row", _row_id(table, row), PLACES[place], keys.secrets
        case = {"cases": row.get("id"), "messages": row.get("case")}.get(table) or b""
    envelope = row[column]
    associated = binding(label, keys.opened.instance, key_id(envelope), table, column, case, identifier, purpose)
    for secret in secrets:
        try:
            return unpad(aes_open(secret, envelope[9:21], envelope[21:], associated))
        except Refused:
            continue
    return None


def _data_key(keys: Keys, case: bytes, row: dict[str, Any]) -> bytes | None:
    assert keys.opened is not None
    wrap, entry = row["wrap"], row["entry"]
    info = binding(b"qorgan data key", keys.opened.instance, key_id(wrap), "wraps", "wrap", case, entry, "")
    for secret in keys.secrets:
        try:
            return hpke_open(secret, wrap[9:], info)
        except Refused:
            continue
    return None


def _row_id(table: str, row: dict[str, Any]) -> bytes:
    if table == "audit":
        return int(row["number"]).to_bytes(8, "big")
    identifier: bytes = row["instance"] if table == "meta" else row["id"]
    return identifier


def states(database: Path) -> Iterator[Tables]:
    """All tables as they stand in the file, and as they were after each commit that the log still holds."""
    file = database.read_bytes()
    yield _tables(file)
    log = Path(f"{database}-wal")
    written = log.read_bytes() if log.exists() else b""
    if len(written) < _LOG_HEADER:
        return
    (size,) = struct.unpack_from(">I", written, 8)
    images: dict[bytes, bytearray] = {}  # by the salts that all frames of one turn of the log share
    for start in range(_LOG_HEADER, len(written) - size, _FRAME_HEADER + size):
        number, committed, salts = struct.unpack_from(">II8s", written, start)
        image = images.setdefault(salts, bytearray(file))
        end = number * size
        image.extend(bytes(max(0, end - len(image))))
        image[end - size : end] = written[start + _FRAME_HEADER :][:size]
        if committed:
            yield _tables(bytes(image[: committed * size]))


def _tables(image: bytes) -> Tables:
    found: Tables = {}
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.row_factory = sqlite3.Row
        # Bytes 18 and 19 say that a log belongs to the file; here it is part of the image already.
        connection.deserialize(image[:18] + b"\1\1" + image[20:])
        with contextlib.suppress(sqlite3.DatabaseError):  # an older turn of the log may lack its first pages
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                rows = found.setdefault(name, [])
                with contextlib.suppress(sqlite3.DatabaseError):
                    for row in connection.execute(f'SELECT * FROM "{name}" NOT INDEXED'):
                        rows.append(dict(row))
    return found
