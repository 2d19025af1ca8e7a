"""What keeps processes apart on PostgreSQL. On SQLite who writes is alone with the database anyway.

A transaction is *alone*, or *beside* others of its kind that lock each row, and each name of a row that
is not there yet, as they load it. Who is alone waits until nobody is beside them, and in the order of
coming: so a key that wraps is never rotated away, and what is read and changed as a whole stays whole.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ARRAY, BigInteger, Connection, bindparam, func, select
from sqlalchemy.exc import DBAPIError

HOUSE = 0x716F7267, 1
"""One key of two numbers; those of one number are names."""
CROSSED = "40P01", "40001"
"""What PostgreSQL says to one of two that wait for each other."""


class NotAlone(Exception):
    """This must be done alone, and was begun beside others: the work begins anew."""


def enter(connection: Connection, *, alone: bool) -> bool:
    """The first word of a transaction; gives whether it is alone."""
    if connection.dialect.name != "postgresql":
        return True
    lock = func.pg_advisory_xact_lock if alone else func.pg_advisory_xact_lock_shared
    connection.execute(select(lock(*HOUSE)))
    return alone


def names(connection: Connection, numbers: Iterable[int]) -> None:
    """Held until the transaction ends; in one order, so that two who want the same don't cross."""
    wanted = sorted(set(numbers))
    each = func.unnest(bindparam("names", wanted, ARRAY(BigInteger))).column_valued("name")
    connection.execute(select(func.pg_advisory_xact_lock(each)))


def crossed(error: BaseException) -> bool:
    """Whether work that was begun beside others is to begin anew, alone."""
    origin = error.orig if isinstance(error, DBAPIError) else None
    return isinstance(error, NotAlone) or getattr(origin, "sqlstate", None) in CROSSED
