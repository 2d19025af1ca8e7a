"""Where messages of ours stand in chats."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, bindparam, delete, select

from bot.store.records import Slot
from bot.store.tables import messages
from bot.store.transaction import Transaction
from bot.vault import Place, Purpose

_SLOTS = select(messages)
_DROPPED = delete(messages).where(messages.c.id == bindparam("row"))


def load(transaction: Transaction, ids: Iterable[bytes]) -> dict[bytes, Slot]:
    rows = transaction.select(transaction.held(_SLOTS), messages.c.id, ids)
    return {slot.id: slot for slot in _slots(transaction, rows)}


def of_case(transaction: Transaction, case: bytes) -> list[Slot]:
    found = transaction.select(transaction.held(_SLOTS), messages.c.case, [case])
    return _slots(transaction, found)


def load_all(transaction: Transaction) -> list[Slot]:
    return _slots(transaction, transaction.connection.execute(_SLOTS))


def ids_of_case(transaction: Transaction, case: bytes) -> set[bytes]:
    found = select(messages.c.id).where(messages.c.case == case)
    return set(transaction.connection.execute(found).scalars())


def envelopes(transaction: Transaction, case: bytes) -> list[bytes]:
    found = select(messages.c.sealed).where(messages.c.case == case)
    return list(transaction.connection.execute(found).scalars())


def save(transaction: Transaction, saved: Iterable[Slot]) -> None:
    newest = {slot.id: slot for slot in saved}
    rows = [
        {
            "id": slot.id,
            "case": slot.case,
            "sealed": transaction.seal(Purpose.DRAFT, _place(slot.id, slot.case), slot.body),
            "expires": transaction.draft_expires,
        }
        for slot in newest.values()
    ]
    transaction.upsert(messages, rows)


def drop(transaction: Transaction, ids: Iterable[bytes]) -> None:
    gone = [{"row": each} for each in ids]
    if gone:
        transaction.connection.execute(_DROPPED, gone)


def drop_all(transaction: Transaction) -> None:
    transaction.connection.execute(delete(messages))


def prune(transaction: Transaction, today: int) -> int:
    return transaction.connection.execute(delete(messages).where(messages.c.expires < today)).rowcount


def _place(row: bytes, case: bytes | None) -> Place:
    return Place("messages", "sealed", row, case=case or b"", purpose="slot")


def _slots(transaction: Transaction, rows: Iterable[Row[Any]]) -> list[Slot]:
    found = []
    for row in rows:
        body = transaction.open(_place(row.id, row.case), row.sealed, row.expires)
        if body is not None:
            found.append(Slot(row.id, row.case, body))
    return found
