"""The clock guard: nothing is destroyed by a clock that may be wrong, until somebody confirms it.

Nor for three days after: a time that was written by the wrong clock may be past by the right one. The longest that
anybody is promised for a change of mind is a day, so by then that day is over, and who can stop it has had longer.
"""

from __future__ import annotations

from datetime import timedelta

from bot.store import audit, state
from bot.store.records import Act
from bot.store.transaction import Transaction

JUMP = timedelta(days=1)
REMEMBERED_EVERY = timedelta(minutes=10)
SETTLED_AFTER = timedelta(hours=72)


def sure(transaction: Transaction) -> bool:
    known = state.load(transaction)
    if known.get("doubt"):
        return False
    now = _now(transaction)
    moved = timedelta(seconds=abs(now - known.get("clock", now)))
    if moved > JUMP:
        doubt(transaction, "jump")
        return False
    if "clock" not in known or moved >= REMEMBERED_EVERY:
        state.save(transaction, known | {"clock": now})
    return True


def settled(transaction: Transaction) -> bool:
    """Sure, and has been for long enough that times may be believed: what is destroyed because of one may go."""
    if not sure(transaction):
        return False
    confirmed = state.load(transaction).get("confirmed")
    return confirmed is None or _now(transaction) >= confirmed + SETTLED_AFTER.total_seconds()


def doubt(transaction: Transaction, why: str) -> None:
    known = state.load(transaction)
    if not known.get("doubt"):
        state.save(transaction, known | {"doubt": why})
        audit.note(transaction, audit.HOUSE, Act.CLOCK_DOUBT, b"")


def confirm(transaction: Transaction, actor: str) -> None:
    known = state.load(transaction)
    known.pop("doubt", None)
    now = _now(transaction)
    state.save(transaction, known | {"clock": now, "confirmed": now})
    audit.note(transaction, actor, Act.CLOCK_CONFIRMED, b"")


def _now(transaction: Transaction) -> int:
    return int(transaction.now.timestamp())
