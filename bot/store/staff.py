"""Coordinators and administrators, found the same blind way as persons."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from bot.store.chats import person
from bot.store.records import Staff
from bot.store.tables import staff
from bot.store.transaction import Transaction
from bot.vault import Place, Purpose

_STAFF = select(staff)


def load(transaction: Transaction) -> list[Staff]:
    found = []
    for row in transaction.connection.execute(_STAFF):
        body = transaction.open(_place(row.id), row.sealed)
        if body is not None:
            found.append(Staff(row.id, body["user"], body["staff"]))
    return found


def save(transaction: Transaction, saved: Iterable[Staff]) -> None:
    rows = []
    for one in {each.id: each for each in saved}.values():
        index = transaction.vault.index("person", person(one.user))
        sealed = transaction.seal(Purpose.SERVER, _place(one.id), {"staff": one.body, "user": one.user})
        rows.append({"id": one.id, "person": index.digest, "person_key": index.key_id, "sealed": sealed})
    transaction.upsert(staff, rows)


def _place(row: bytes) -> Place:
    return Place("staff", "sealed", row, purpose="staff")
