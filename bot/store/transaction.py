"""What every room of the store works on: one open transaction, the vault, the time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.locks import NotAlone
from bot.store.records import Body
from bot.vault import Damaged, Place, Purpose, Vault

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
        return statement if self.alone else statement.with_for_update()

    def select(
        self, statement: Select[Any], column: ColumnElement[Any], wanted: Iterable[Any]
    ) -> Iterator[Row[Any]]:
        """The rows of ``statement`` whose ``column`` is among ``wanted``: one query for all of them."""
        values = list(dict.fromkeys(wanted))
        for start in range(0, len(values), AT_ONCE):
            yield from self.connection.execute(statement.where(column.in_(values[start : start + AT_ONCE])))

    def insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """An INSERT that knows ON CONFLICT: the one place where the dialect is chosen."""
        if self.connection.dialect.name == "postgresql":
            return postgresql.insert(table)
        return sqlite.insert(table)

    def upsert(self, table: Table, rows: Sequence[Body]) -> None:
        """Insert the rows, or replace those whose id is there."""
        if not rows:
            return
        insert = self.insert(table)
        changed = {name: insert.excluded[name] for name in rows[0] if name != "id"}
        self.connection.execute(insert.on_conflict_do_update(index_elements=["id"], set_=changed), list(rows))


def encode(body: Body) -> bytes:
    # A lone surrogate is legal in JSON, so it may come from outside; it must not make a row unwritable.
    return _ENCODER.encode(body).encode("utf-8", "surrogatepass")


def decode(plaintext: bytes) -> Body:
    body: Body = json.loads(plaintext.decode("utf-8", "surrogatepass"))
    return body
