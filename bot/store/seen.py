"""The updates already dealt with. A set, not a high-water mark: Telegram's ids restart at random."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, select

from bot.store import locks
from bot.store.tables import seen
from bot.store.transaction import Transaction

_SEEN = select(seen.c.update_id)


def unseen(transaction: Transaction, update_ids: Iterable[int]) -> set[int]:
    asked = set(update_ids)
    if not transaction.alone:
        locks.names(transaction.connection, asked)
    rows = transaction.select(_SEEN, seen.c.update_id, asked)
    return asked - {row.update_id for row in rows}


def remember(transaction: Transaction, update_ids: Iterable[int]) -> None:
    day = transaction.today.toordinal()
    rows = [{"update_id": update_id, "day": day} for update_id in set(update_ids)]
    transaction.insert_once(seen, "update_id", rows)


def forget(transaction: Transaction) -> None:
    transaction.connection.execute(delete(seen))


def prune(transaction: Transaction, before: int) -> int:
    return transaction.connection.execute(delete(seen).where(seen.c.day < before)).rowcount
