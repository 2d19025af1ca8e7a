"""A SQLAlchemy engine as the store needs it, over a SQLite file or a PostgreSQL server: durable, private."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from sqlite3 import Connection as SQLiteConnection
from typing import Any

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from bot.store.records import StoreError

PRAGMAS = (
    "busy_timeout=10000",
    "journal_mode=WAL",
    "synchronous=FULL",
    "secure_delete=ON",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "trusted_schema=OFF",
)
SESSION = (
    "synchronous_commit = on",
    "lock_timeout = '10s'",
    # Who stands still with rows in hand is let go, so that the others go on.
    "idle_in_transaction_session_timeout = '30s'",
)
HOW = "write it as sqlite:////path/to/file or postgresql://user@host/database"


def make_engine(url: str, *, create: bool) -> Engine:
    """The engine for ``url``, whose driver is ours to choose; a file is made private before first use."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise StoreError("the database URL can't be read", HOW) from None
    if address.get_backend_name() == "sqlite":
        return _file(address, create=create)
    if address.get_backend_name() == "postgresql":
        return _server(address)
    raise StoreError("data is kept in SQLite or PostgreSQL, and the database URL names neither", HOW)


def _file(address: URL, *, create: bool) -> Engine:
    if address.database in (None, "", ":memory:"):
        raise StoreError(
            "the database URL names no file", "a database in memory would lose people; name a file"
        )
    make_private(Path(str(address.database)), create=create)
    engine = create_engine(address.set(drivername="sqlite+pysqlite"), hide_parameters=True)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _server(address: URL) -> Engine:
    query = {"connect_timeout": "5", **address.query}
    engine = create_engine(
        address.set(drivername="postgresql+psycopg", query=query),
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        use_native_hstore=False,  # else it is asked for at each connection
        hide_parameters=True,
    )
    event.listen(engine, "connect", _open_session)
    return engine


def out_of_reach(error: BaseException) -> StoreError | None:
    """In one line, if ``error`` is that a server can't be reached or doesn't let us in. Its own words name hosts."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(origin, psycopg.Error) and (origin.sqlstate or "08")[:2] in ("08", "28", "3D", "57"):
        return StoreError(
            "the database server can't be reached, or does not let the bot in",
            "see that it runs, and that QORGAN_DATABASE_URL names its host, user, password and database",
        )
    return None


def make_private(path: Path, *, create: bool) -> None:
    """Mode 0600 from the first byte on; SQLite gives its WAL and shared memory the same mode."""
    if not create and not path.exists():
        raise StoreError(f"there is no database at {path}", "run 'qorgan init' first")
    if not create and path.stat().st_size == 0:
        hint = "bring it back from a backup, or remove it and run 'qorgan init'"
        raise StoreError(f"the database at {path} is empty", hint)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.fchmod(descriptor, 0o600)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise StoreError(
            f"the database at {path} can't be written: {(error.strerror or 'no reason given').lower()}",
            "the folder must exist and belong to the user the bot runs as",
        ) from None


def microseconds(connection: Connection, clock: Callable[[], datetime]) -> int:
    """The time by a clock that all who write here share: the server's, or this machine's."""
    if connection.dialect.name == "postgresql":
        return server_microseconds(connection)
    return int(clock().timestamp() * 1_000_000)


def server_microseconds(connection: Connection) -> int:
    """PostgreSQL's clock, now: not when the transaction began."""
    asked = text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
    now: int = connection.execute(asked).scalar_one()
    return now


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """What is committed at one moment, whatever a writer has in hand or commits meanwhile; it can't be changed."""
    with engine.connect().execution_options(snapshot=True) as connection:
        if connection.dialect.name == "sqlite":
            connection.detach()  # no writer is ever given one that can't write
        with connection.begin():
            only_reads = "PRAGMA query_only=ON"
            if connection.dialect.name == "postgresql":
                only_reads = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
            connection.exec_driver_sql(only_reads)
            yield connection


def reader(engine: Engine) -> Connection:
    """A connection of its own that sees what is committed, whatever a writer has in hand."""
    return engine.connect().execution_options(isolation_level="AUTOCOMMIT")


def checkpoint(engine: Engine, *, wait: bool = True) -> bool:
    """Empty SQLite's write-ahead log, so that what was erased is in no file; False if a reader hinders it.

    ``wait``: for that reader, as long as for a writer. Who tries again must not wait each time.
    PostgreSQL keeps dead rows and its log in its own time.
    """
    if engine.dialect.name != "sqlite":
        return True
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        if not wait:
            cursor.execute("PRAGMA busy_timeout=0")
        try:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            (busy, *_) = cursor.fetchone() or (1,)
            return bool(busy == 0)
        finally:
            cursor.execute(f"PRAGMA {PRAGMAS[0]}")
    finally:
        connection.close()


def _prepare(connection: SQLiteConnection, _: ConnectionPoolEntry) -> None:
    # The sqlite3 module would begin transactions late and of the wrong kind; we begin them ourselves.
    connection.isolation_level = None
    connection.text_factory = _text
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _open_session(connection: psycopg.Connection[Any], _: ConnectionPoolEntry) -> None:
    for setting in SESSION:
        connection.execute(f"SET {setting}")
    connection.commit()


def _text(raw: bytes) -> str | bytes:
    """One flipped bit makes text of a blob; it must not stop the reading of its neighbours."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("snapshot"):
        connection.exec_driver_sql("BEGIN")
    elif options.get("isolation_level") != "AUTOCOMMIT":
        # A deferred transaction that turns to writing can fail as locked however long it would wait.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
