"""The outbox: what is to be sent and the timers, until it is settled."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, Row, Select, bindparam, case, delete, func, select, update

from bot.store.records import Body, Outgoing, Priority, Queue
from bot.store.tables import outbox
from bot.store.transaction import Transaction
from bot.vault import Place, Purpose, key_id
from bot.vault.sealing import KEY_ID_SIZE

_OUTBOX = select(outbox)
_REMOVED = delete(outbox).where(outbox.c.id == bindparam("row"))
_SETTLED = _REMOVED.where(outbox.c.turn == bindparam("sent"))


def put(transaction: Transaction, rows: Iterable[Outgoing]) -> None:
    newest: dict[bytes, Outgoing] = {}
    for row in rows:
        if row.id not in newest or row.turn >= newest[row.id].turn:
            newest[row.id] = row
    if not newest:
        return
    # In one order, so that two processes that change the same rows don't cross.
    rows = sorted(newest.values(), key=lambda row: row.id)
    transaction.upsert(outbox, [_row(transaction, row) for row in rows], newer="turn")
    transaction.outgoing |= {row.id for row in rows if row.priority < Priority.WAKE}


def remove(transaction: Transaction, ids: Iterable[bytes]) -> None:
    gone = sorted(set(ids))
    if gone:
        which = [{"row": each} for each in gone]
        transaction.connection.execute(_REMOVED, which)
        transaction.outgoing |= set(gone)


def settle(transaction: Transaction, sent: Iterable[tuple[bytes, int]]) -> None:
    done = [{"row": row, "sent": turn} for row, turn in sorted(sent)]
    if done:
        transaction.connection.execute(_SETTLED, done)


def load(transaction: Transaction, ids: Iterable[bytes]) -> dict[bytes, Outgoing]:
    opened = (_outgoing(transaction, row) for row in transaction.select(_OUTBOX, outbox.c.id, ids))
    return {row.id: row for row in opened if row is not None}


def due(transaction: Transaction, now: int, limit: int, max_priority: int) -> list[Outgoing]:
    ready = select(outbox).where(
        outbox.c.not_before <= now, outbox.c.priority <= max_priority, outbox.c.priority < Priority.WAKE
    )
    return _first(transaction, ready.order_by(outbox.c.priority, outbox.c.turn), limit)


def due_wakes(transaction: Transaction, now: int, limit: int) -> list[Outgoing]:
    ready = select(outbox).where(outbox.c.not_before <= now, outbox.c.priority == Priority.WAKE)
    return _first(transaction, ready.order_by(outbox.c.not_before, outbox.c.turn), limit)


def next_due(transaction: Transaction, after: int) -> int | None:
    """When the earliest row that isn't due yet will be; None if none waits."""
    soonest = select(func.min(outbox.c.not_before)).where(outbox.c.not_before > after)
    found: int | None = transaction.connection.execute(soonest).scalar()
    return found


def queues(transaction: Transaction, now: int) -> list[Queue]:
    """A row's turn says when it was put, by the clock."""
    put = outbox.c.turn / 1_000_000
    since = func.min(case((outbox.c.not_before > put, outbox.c.not_before), else_=put))
    ready = select(outbox.c.priority, func.count(), since).where(
        outbox.c.not_before <= now, outbox.c.priority < Priority.WAKE
    )
    found = transaction.connection.execute(ready.group_by(outbox.c.priority).order_by(outbox.c.priority))
    return [Queue(Priority(priority), count, min(int(first), now)) for priority, count, first in found]


def last_turn(transaction: Transaction) -> int:
    return transaction.connection.execute(select(func.max(outbox.c.turn))).scalar() or 0


def take_all(transaction: Transaction) -> list[Outgoing]:
    """Remove every row but timers; gives those that open."""
    waiting = transaction.connection.execute(select(outbox).where(outbox.c.priority < Priority.WAKE)).all()
    remove(transaction, [row.id for row in waiting])
    return [row for row in (_outgoing(transaction, each) for each in waiting) if row is not None]


def forget_case(transaction: Transaction, case: bytes, slots: set[bytes]) -> None:
    """Remove the rows that name the case or a slot of it."""
    remove(transaction, [row.id for row in _naming(transaction, case, slots)])


def envelopes(transaction: Transaction, case: bytes, slots: set[bytes]) -> list[bytes]:
    return [row.sealed for row in _naming(transaction, case, slots)]


def keys_in_use(transaction: Transaction) -> set[bytes]:
    return set(transaction.connection.execute(select(_KEY).distinct()).scalars())


def renew(transaction: Transaction) -> None:
    """Seal what waits under an older day's key anew under today's."""
    current = key_id(transaction.seal(Purpose.OUTBOX, _place(b""), {}))
    stale = []
    for row in transaction.connection.execute(select(outbox).where(_KEY.is_distinct_from(current))):
        body = transaction.open(_place(row.id), row.sealed)
        if body is not None:
            stale.append({"row": row.id, "anew": transaction.seal(Purpose.OUTBOX, _place(row.id), body)})
    if stale:
        anew = update(outbox).where(outbox.c.id == bindparam("row")).values(sealed=bindparam("anew"))
        transaction.connection.execute(anew, stale)


_KEY: ColumnElement[bytes] = func.substr(outbox.c.sealed, 2, KEY_ID_SIZE, type_=LargeBinary)


def _naming(transaction: Transaction, case: bytes, slots: set[bytes]) -> list[Row[Any]]:
    """What a row names is sealed, so all are opened."""
    named = []
    for row in transaction.connection.execute(select(outbox)):
        body = transaction.open(_place(row.id), row.sealed)
        if body is None:
            continue
        slot = body.get("slot")
        if body.get("case") == case.hex() or (slot is not None and bytes.fromhex(slot) in slots):
            named.append(row)
    return named


def _place(row: bytes) -> Place:
    return Place("outbox", "sealed", row, purpose="outgoing")


def _row(transaction: Transaction, row: Outgoing) -> Body:
    return {
        "id": row.id,
        "priority": int(row.priority),
        "not_before": row.not_before,
        "turn": row.turn,
        "sealed": transaction.seal(Purpose.OUTBOX, _place(row.id), row.body),
    }


def _first(transaction: Transaction, ordered: Select[Any], limit: int) -> list[Outgoing]:
    if not transaction.alone:
        ordered = ordered.with_for_update(skip_locked=True)  # another process has those in hand
    # Rows that don't open must not fill the page for ever, so the next page is read in their place.
    found: list[Outgoing] = []
    offset = 0
    while len(found) < limit:
        rows = transaction.connection.execute(ordered.limit(limit).offset(offset)).all()
        found += [row for row in (_outgoing(transaction, each) for each in rows) if row is not None]
        if len(rows) < limit:
            break
        offset += limit
    return found[:limit]


def _outgoing(transaction: Transaction, row: Row[Any]) -> Outgoing | None:
    body = transaction.open(_place(row.id), row.sealed)
    return None if body is None else Outgoing(row.id, row.priority, row.not_before, row.turn, body)
