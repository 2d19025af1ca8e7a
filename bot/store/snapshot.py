"""What is committed at one moment, held to be read and copied while others go on writing.

It is taken by who is alone with the database (``take``), and the keyring's file is read in that same transaction. A
key is durable in that file before a row that names it is committed, and destroyed only by who is alone, once no
committed row names it: so whatever stands in the snapshot opens with that file, also in the middle of a rotation.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection, Engine, LargeBinary, func, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from bot.store import tombstones
from bot.store.engine import make_engine, out_of_reach, reader
from bot.store.records import StoreError
from bot.store.tables import audit, cases, chats, meta, staff, wraps
from bot.store.transaction import Transaction
from bot.vault import Erasure, Kind
from bot.vault.files import write_private
from bot.vault.sealing import KEY_ID_SIZE

SQLITE, POSTGRESQL = "sqlite", "postgresql"
TOOLS = "install the client programs of the server's version (package postgresql-client), so that they are on the PATH"
# Columns that hold a key's id, and those whose envelope begins with one.
_NAMED = {
    Kind.CASE: (wraps.c.case_key,),
    Kind.INDEX: (chats.c.person_key, staff.c.person_key, cases.c.code_key),
    Kind.RETURN: (cases.c.finder_key,),
}
_SEALED = {Kind.CASE: (wraps.c.wrap,), Kind.SERVER: (cases.c.head, staff.c.sealed, audit.c.sealed, meta.c.state)}


@contextmanager
def _told() -> Iterator[None]:
    """What the database can't give is told in a line."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise out_of_reach(error) or StoreError(
            "the database can't be copied: it is damaged, or away", "see: qorgan check; then run it again"
        ) from None


class Snapshot:
    """Reads of one moment, on a connection of its own; to be closed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._name = ""
        if self.kind == SQLITE:
            connection.exec_driver_sql("BEGIN")
            connection.execute(select(meta.c.generation)).all()  # only a read fixes the moment
        else:
            connection.exec_driver_sql("SET idle_in_transaction_session_timeout = 0")
            connection.exec_driver_sql("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            self._name = str(connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one())

    @property
    def kind(self) -> str:
        return self._connection.dialect.name

    @property
    @_told()
    def revision(self) -> str:
        return str(self._connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one())

    @_told()
    def erasures(self, key: bytes) -> frozenset[Erasure]:
        return tombstones.every(self._connection, key)

    @_told()
    def named_keys(self) -> dict[Kind, set[bytes]]:
        """The ids of lasting keys that rows name, by what each is for; day keys are in no backup."""
        found: dict[Kind, set[bytes]] = {kind: set() for kind in Kind}
        for kind, columns in _NAMED.items():
            for column in columns:
                found[kind] |= self._ids(select(column).where(column.is_not(None)).distinct())
        for kind, columns in _SEALED.items():
            for column in columns:
                inside = func.substr(column, 2, KEY_ID_SIZE, type_=LargeBinary)
                found[kind] |= self._ids(select(inside).where(column.is_not(None)).distinct())
        return found

    @_told()
    def copy(self, path: Path) -> list[str]:
        """Makes a private file of the whole database at ``path``; gives what is wrong with it, in words for a line."""
        write_private(path, b"")
        if self.kind == SQLITE:
            return self._copy_file(path)
        engine = self._connection.engine
        dump = ["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={self._name}"]
        _tool([*dump, f"--file={path}"], engine)
        _tool(["pg_restore", "--list", str(path)])
        return []

    def close(self) -> None:
        with suppress(SQLAlchemyError):
            self._connection.exec_driver_sql("ROLLBACK")
        with suppress(SQLAlchemyError):
            self._connection.invalidate()  # what was set on it is for nobody else
            self._connection.close()

    def _copy_file(self, path: Path) -> list[str]:
        source: Any = self._connection.connection.driver_connection
        with closing(sqlite3.connect(path)) as copy:
            source.backup(copy)
            self.close()  # a reader hinders the running bot in emptying its log
            copy.execute("PRAGMA journal_mode=DELETE")
            faults = [str(row[0]) for row in copy.execute("PRAGMA integrity_check(1)")]
            broken = copy.execute("PRAGMA foreign_key_check").fetchone()
        return [*(["its pages are damaged"] if faults != ["ok"] else []), *(["rows lack their case"] if broken else [])]

    def _ids(self, wanted: Any) -> set[bytes]:
        return {bytes(each) for each in self._connection.execute(wanted).scalars()}


@_told()
def take(transaction: Transaction) -> Snapshot:
    return Snapshot(reader(transaction.claim().connection.engine))


def is_empty(url: str) -> bool:
    """Whether nothing stands in the database; a file that is not there holds nothing."""
    engine = make_engine(url, create=False)
    try:
        return not inspect(engine).get_table_names()
    except SQLAlchemyError as error:
        raise out_of_reach(error) or StoreError(
            "the database can't be read", "check QORGAN_DATABASE_URL and the server"
        ) from None
    finally:
        engine.dispose()


def put_back(url: str, dump: Path) -> None:
    """A dump of ``copy`` into an empty database of a server, all of it or nothing."""
    engine = make_engine(url, create=False)
    try:
        whole = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
        _tool(["pg_restore", *whole, str(dump)], engine)
    finally:
        engine.dispose()


def empty(url: str) -> None:
    """Every table goes, whatever revision it is of: for a restore that did not come to its end."""
    engine = make_engine(url, create=False)
    try:
        with engine.begin() as connection:
            for table in inspect(connection).get_table_names():
                connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{table}" CASCADE')
    except SQLAlchemyError as error:
        raise out_of_reach(error) or StoreError("the database can't be emptied", "drop its tables yourself") from None
    finally:
        engine.dispose()


def _tool(words: list[str], engine: Engine | None = None) -> None:
    """One of PostgreSQL's own programs. The password goes by the environment: what is typed others can see."""
    if shutil.which(words[0]) is None:
        raise StoreError(f"{words[0]} is missing, PostgreSQL's own program for copies", TOOLS)
    environment = {**os.environ, "LC_ALL": "C"}
    if engine is not None:
        _, known = engine.dialect.create_connect_args(engine.url)
        known = {name: value for name, value in known.items() if value is not None and name != "context"}
        if "password" in known:
            environment["PGPASSWORD"] = str(known.pop("password"))
        words = [*words, f"--dbname={make_conninfo(**known)}"]
    done = subprocess.run(words, env=environment, stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode:
        old = b"version mismatch" in done.stderr or b"unsupported version" in done.stderr
        raise StoreError(
            f"{words[0]} {'is older than the database server' if old else 'did not come to its end'}",
            TOOLS if old else "see that the server runs and its disk and this one have room, then run it again",
        )
