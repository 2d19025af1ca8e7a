"""What every room of the store works on: one open transaction, the vault, the time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table

from bot.store import statements
from bot.store.locks import NotAlone
from bot.store.records import Body
from bot.vault import Damaged, Erasure, Place, Purpose, Vault

DRAFT_STEP = 2048
STEP = 4096
DRAFT_DAYS = 2
"""A draft key is destroyed 48 hours after its day: what it seals is kept through the second day after."""

AT_ONCE = 500
"""Ids in one IN list, below every database's limit on parameters."""

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(slots=True)
class Transaction:
    """One open transaction, and what has come to light in it."""

    connection: Connection
    vault: Vault
    now: datetime
    damaged: set[tuple[str, bytes]]
    alone: bool = True
    erased: bool = False
    buried: set[Erasure] = field(default_factory=set)
    """Erasures noted in it, to be told to the file beside the keyring."""
    known_chats: set[bytes] = field(default_factory=set)
    outgoing: set[bytes] = field(default_factory=set)
    """Rows of the outbox put or removed, timers left aside: for the process that sends."""

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def draft_expires(self) -> int:
        return self.today.toordinal() + DRAFT_DAYS

    def seal(self, purpose: Purpose, place: Place, body: Body, step: int = STEP) -> bytes:
        return self.vault.seal(purpose, place, encode(body), step=step, day=self.today)

    def open(self, place: Place, envelope: bytes, expires: int | None = None) -> Body | None:
        """None if it doesn't open; counted as damaged unless its day key is due to be gone."""
        try:
            return decode(self.vault.open(place, envelope))
        except Damaged:
            if expires is None or expires >= self.today.toordinal():
                self.note_damage(place.table, place.row)
            return None

    def note_damage(self, table: str, row: bytes) -> None:
        self.damaged.add((table, row))

    def claim(self) -> Transaction:
        """For what is not done beside other processes."""
        if not self.alone:
            raise NotAlone
        return self

    def held(self, statement: Select[Any]) -> Select[Any]:
        """The rows of ``statement`` are ours until the end."""
        return statement if self.alone else statements.for_update(statement)

    def select(
        self, statement: Select[Any], column: ColumnElement[Any], wanted: Iterable[Any]
    ) -> Iterator[Row[Any]]:
        """The rows of a kept ``statement`` whose ``column`` is among ``wanted``: one query for all of them."""
        values = list(dict.fromkeys(wanted))
        for start in range(0, len(values), AT_ONCE):
            some = {statements.AMONG: values[start : start + AT_ONCE]}
            yield from self.connection.execute(statements.among(statement, column), some)

    @property
    def dialect(self) -> str:
        return self.connection.dialect.name

    def upsert(self, table: Table, rows: Sequence[Body], *, newer: str | None = None) -> None:
        """Insert the rows, or replace those whose id is there, but for columns that the rows don't name.

        With ``newer`` unless that column would become less.
        """
        if rows:
            self.connection.execute(statements.upsert(table, self.dialect, tuple(rows[0]), newer=newer), list(rows))

    def insert_once(self, table: Table, key: str, rows: Sequence[Body]) -> None:
        """Insert the rows, but for those whose key is there."""
        if rows:
            self.connection.execute(statements.insert_once(table, self.dialect, key), list(rows))


def encode(body: Body) -> bytes:
    # A lone surrogate is legal in JSON, so it may come from outside; it must not make a row unwritable.
    return _ENCODER.encode(body).encode("utf-8", "surrogatepass")


def decode(plaintext: bytes) -> Body:
    body: Body = json.loads(plaintext.decode("utf-8", "surrogatepass"))
    return body
