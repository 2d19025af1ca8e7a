"""The audit log's chain: followed to find what was altered, cut off behind a checkpoint."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select

from bot.store import audit, state
from bot.store.records import Act, Fault, Verdict
from bot.store.tables import audit as table
from bot.store.transaction import Transaction

KEPT = timedelta(days=365)
SPARED = timedelta(days=1)
"""How much longer an entry may stay, so that there is one checkpoint a day and not one an hour."""
AT_ONCE = 10_000

_ROWS = select(table.c.number, table.c.sealed, table.c.hash).order_by(table.c.number)


def verify(transaction: Transaction, noted: tuple[int, str] | None) -> Verdict:
    begin = audit.front(transaction.vault.instance)
    number, former = audit.checkpoint(transaction)
    entries = 0
    fault = Fault.REWRITTEN if noted and noted[0] == number and noted[1] != former.hex() else None
    for found, sealed, chained in transaction.connection.execute(_ROWS):
        if fault is not None:
            break
        if found != number + 1:
            fault = Fault.MISSING
        elif audit.link(begin, former, found, sealed) != chained:
            fault = Fault.ALTERED
        elif noted and found == noted[0] and chained.hex() != noted[1]:
            fault = Fault.REWRITTEN
        else:
            number, former, entries = found, chained, entries + 1
    if fault is None and noted and noted[0] > number:
        fault = Fault.CUT
    return Verdict(entries, (number, former.hex()), fault, number + 1 if fault else None)


def prune(transaction: Transaction) -> int:
    """Entries of more than a year go, unless the chain is broken there: then they are evidence."""
    begin = audit.front(transaction.vault.instance)
    number, former = start, _ = audit.checkpoint(transaction)
    cut: audit.Head | None = None
    ages: list[timedelta] = []
    with transaction.connection.execute(_ROWS.limit(AT_ONCE)) as rows:
        for found, sealed, chained in rows:
            if found != number + 1 or audit.link(begin, former, found, sealed) != chained:
                break
            number, former = found, chained
            entry = audit.entry(transaction, found, sealed)
            if entry is None:
                continue
            ages.append(transaction.now - datetime.fromtimestamp(entry.at, UTC))
            if ages[-1] <= KEPT:
                break
            cut = number, former
    if cut is None or ages[0] <= KEPT + SPARED:
        return 0
    known = state.load(transaction)
    state.save(transaction, known | {"chain": {"number": cut[0], "hash": cut[1].hex()}})
    transaction.connection.execute(delete(table).where(table.c.number <= cut[0]))
    audit.note(transaction, audit.HOUSE, Act.CHECKPOINT, cut[0].to_bytes(8, "big"))
    transaction.erased = True
    return cut[0] - start
