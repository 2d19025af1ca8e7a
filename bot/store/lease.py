"""The lead: one process of those at work on this database has it, until it ends or is given up.

It ends by one clock for all who compete: the PostgreSQL server's; on SQLite, whose processes are on one machine,
the seconds since that machine's start. No setting of a machine's clock ends or prolongs it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import Connection, delete, or_, select

from bot.store import statements
from bot.store.engine import server_microseconds
from bot.store.tables import lease
from bot.store.transaction import Transaction

LEAD = 1


def take(transaction: Transaction, holder: bytes, lasts: float, gone: Callable[[bytes], bool]) -> bool:
    """Have the lead for so many seconds from now, unless another process has it. ``gone``: whether that one is dead."""
    now, length = _now(transaction.connection), int(lasts * 1000)
    has: bytes = transaction.connection.execute(select(lease.c.holder)).scalar() or holder
    mine = lease.c.holder == (has if gone(has) else holder)
    # An end that far off is from before that machine's start.
    free = or_(mine, lease.c.ends <= now, lease.c.ends > now + length)
    insert = statements.insert(lease, transaction.dialect)
    taken = insert.on_conflict_do_update(
        index_elements=["number"], set_={"holder": insert.excluded.holder, "ends": insert.excluded.ends}, where=free
    )
    row = {"number": LEAD, "holder": holder, "ends": now + length}
    return transaction.connection.execute(taken.returning(lease.c.holder), row).one_or_none() is not None


def give_up(transaction: Transaction, holder: bytes) -> None:
    transaction.connection.execute(delete(lease).where(lease.c.holder == holder))


def _now(connection: Connection) -> int:
    """In milliseconds."""
    if connection.dialect.name == "postgresql":
        return server_microseconds(connection) // 1000
    return int(time.monotonic() * 1000)
