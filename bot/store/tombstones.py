"""That a case was erased, told by a keyed hash of its id: enough to erase it again after a restore."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, delete, func, select

from bot.store.tables import cases, tombstones
from bot.store.transaction import Transaction
from bot.vault import Erasure

ERASED = "erased"
DAYS = 400
"""Longer than any backup of ours is kept."""


def add(transaction: Transaction, case: bytes) -> None:
    index = transaction.vault.index(ERASED, case)
    merge(transaction, [Erasure(index.key_id, index.digest, transaction.today.toordinal() + DAYS)])


def merge(transaction: Transaction, erasures: Iterable[Erasure]) -> None:
    """Those of elsewhere, too; each goes to the file beside the keyring once it is committed."""
    new = list(erasures)
    transaction.insert_once(tombstones, "hash", [{"hash": one.digest, "expires": one.expires} for one in new])
    transaction.buried |= {*new}


def every(connection: Connection, key: bytes) -> frozenset[Erasure]:
    """``key``: the index key of this instance, under which all of them are."""
    rows = connection.execute(select(tombstones.c.hash, tombstones.c.expires))
    return frozenset(Erasure(key, bytes(digest), expires) for digest, expires in rows)


def returned(transaction: Transaction) -> list[bytes]:
    """Cases that are here although they were erased, also those whose head does not open."""
    known = {one.digest for one in every(transaction.connection, b"")}
    ids = transaction.connection.execute(select(cases.c.id)).scalars().all()
    indexes = transaction.vault.indexes
    return [each for each in ids if known and any(index.digest in known for index in indexes(ERASED, each))]


def count(transaction: Transaction) -> int:
    counted: int = transaction.connection.execute(select(func.count()).select_from(tombstones)).scalar_one()
    return counted


def prune(transaction: Transaction, today: int) -> int:
    return transaction.connection.execute(delete(tombstones).where(tombstones.c.expires < today)).rowcount
