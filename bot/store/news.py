"""What is committed to the outbox, told to the process that sends: by PostgreSQL's own NOTIFY, row ids only.

On SQLite nothing is told: the process that polls is the one that sends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy import Connection, Engine, func, select, text

from bot.store.engine import reader

CHANNEL = "qorgan_outbox"
AT_ONCE = 200
"""Ids in one notification: 32 characters and a blank each, of 8,000 bytes that it may have."""
ASKED_EVERY = 0.5
"""Seconds after which a listener looks whether it is still wanted."""


def tell(connection: Connection, rows: Iterable[bytes]) -> None:
    """Heard by the others once the transaction is committed."""
    if connection.dialect.name != "postgresql":
        return
    ids = [row.hex() for row in rows]
    for start in range(0, len(ids), AT_ONCE):
        connection.execute(select(func.pg_notify(CHANNEL, " ".join(ids[start : start + AT_ONCE]))))


def listen(
    engine: Engine, begun: Callable[[], None], heard: Callable[[set[bytes]], None], wanted: Callable[[], bool]
) -> bool:
    """Hear in the calling thread what others commit, while ``wanted``. ``begun``: from now on nothing is missed.

    Ends when the connection does. False at once where there is nothing to hear.
    """
    if engine.dialect.name != "postgresql":
        return False
    with reader(engine) as connection:
        connection.execute(text(f"LISTEN {CHANNEL}"))
        session = connection.connection.dbapi_connection
        assert session is not None
        begun()
        try:
            while wanted():
                for told in session.notifies(timeout=ASKED_EVERY, stop_after=1):
                    heard({bytes.fromhex(row) for row in told.payload.split()})
        finally:
            connection.invalidate()  # it must not serve anyone else while it listens
    return True
