"""The processes at work on this database: each says again and again that it lives, and with which keyring."""

from __future__ import annotations

from sqlalchemy import delete, select

from bot.store.records import Process
from bot.store.tables import processes
from bot.store.transaction import Transaction


def report(transaction: Transaction, process: bytes, lasts: int) -> None:
    now = _now(transaction)
    transaction.connection.execute(delete(processes).where(processes.c.ends <= now))
    row = {"id": process, "generation": transaction.vault.generation, "ends": now + lasts}
    transaction.upsert(processes, [row])


def drop(transaction: Transaction, process: bytes) -> None:
    transaction.connection.execute(delete(processes).where(processes.c.id == process))


def live(transaction: Transaction) -> list[Process]:
    rows = transaction.connection.execute(select(processes).where(processes.c.ends > _now(transaction)))
    return [Process(row.id, row.generation, row.ends) for row in rows]


def _now(transaction: Transaction) -> int:
    return int(transaction.now.timestamp())
