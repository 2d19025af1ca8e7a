"""That a case was erased, told by a keyed hash of its id: enough to erase it again after a restore."""

from __future__ import annotations

from sqlalchemy import delete, func, select

from bot.store.tables import tombstones
from bot.store.transaction import Transaction

ERASED = "erased"
DAYS = 400
"""Longer than any backup of ours is kept."""


def add(transaction: Transaction, case: bytes) -> None:
    digest = transaction.vault.index(ERASED, case).digest
    row = {"hash": digest, "expires": transaction.today.toordinal() + DAYS}
    transaction.insert_once(tombstones, "hash", [row])


def count(transaction: Transaction) -> int:
    counted: int = transaction.connection.execute(select(func.count()).select_from(tombstones)).scalar_one()
    return counted


def prune(transaction: Transaction, today: int) -> int:
    return transaction.connection.execute(delete(tombstones).where(tombstones.c.expires < today)).rowcount
