"""A real PostgreSQL server for the tests, gone with whoever started it, and an empty database for each test."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import URL, Engine, create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError

from bot.store import schema
from bot.store.engine import make_engine
from bot.store.tables import metadata

GIVEN = "TEST_POSTGRES_URL"
KEEPER = Path(__file__).with_name("keeper.py")
LARGE = 4 << 20
"""Bytes of live and dead rows from which on a database is not used again."""
DEFINED = """
SELECT string_agg(one, ' ' ORDER BY one) FROM (
    SELECT concat(tableoid, '.', oid, '.', xmin) FROM pg_class WHERE oid >= 16384
    UNION ALL SELECT concat(tableoid, '.', attrelid, '.', attnum, '.', xmin) FROM pg_attribute WHERE attrelid >= 16384
    UNION ALL SELECT concat(tableoid, '.', oid, '.', xmin) FROM pg_attrdef
    UNION ALL SELECT concat(tableoid, '.', oid, '.', xmin) FROM pg_constraint
    UNION ALL SELECT concat(tableoid, '.', oid, '.', xmin) FROM pg_trigger
    UNION ALL SELECT concat(tableoid, '.', oid, '.', xmin) FROM pg_namespace
    UNION ALL SELECT concat(tableoid, '.', oid, '.', xmin) FROM pg_proc WHERE oid >= 16384
    UNION ALL SELECT concat(tableoid, '.', setconfig) FROM pg_db_role_setting
        WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
    UNION ALL SELECT concat(tableoid, '.', ctid, '.', xmin) FROM alembic_version
) AS made(one)
"""
"""What is defined in a database, and the transaction that wrote each piece: equal to the template's while untouched."""


@dataclass(frozen=True)
class Server:
    """``door`` may make databases; ``template`` is one that is migrated and has no one connected to it.

    ``defined`` is what is in it; ``emptied`` are copies of it that are as new. ``keeper`` runs it, where it is ours.
    """

    door: Engine
    template: str
    defined: str
    keeper: subprocess.Popen[str] | None = None
    emptied: list[str] = field(default_factory=list)

    @contextmanager
    def database(self, *, migrated: bool = True, like: str = "") -> Iterator[str]:
        """The URL of a database of its own, taken away afterwards whoever still uses it.

        ``like``: the URL of one that nobody is connected to; this begins as its copy.
        """
        model = str(make_url(like).database) if like else self.template if migrated else "template0"
        lent = model == self.template
        url = self.emptied.pop() if lent and self.emptied else _make(self.door, model)
        try:
            yield url
        finally:
            if lent and self._as_new(url):
                self.emptied.append(url)
            else:
                _drop(self.door, url)

    def _as_new(self, url: str) -> bool:
        """Whether it could be emptied: twenty times as quick as a new one. Not where a test has redefined it."""
        self.cut(url)
        engine = create_engine(url)
        with engine.begin() as connection:
            try:
                found = connection.execute(text(DEFINED)).scalar_one()
            except ProgrammingError:  # a table of migrations there is no more
                found = ""
            size = "SELECT sum(pg_relation_size(oid)) FROM pg_class WHERE oid >= 16384"
            usable = found == self.defined and connection.execute(text(size)).scalar_one() < LARGE
            if usable:
                for table in reversed(metadata.sorted_tables):
                    connection.execute(table.delete())
                connection.execute(text("SELECT setval(seqrelid::regclass, seqstart, false) FROM pg_sequence"))
        engine.dispose()
        return usable

    def drop_emptied(self) -> None:
        for url in self.emptied:
            _drop(self.door, url)

    def cut(self, url: str) -> None:
        """Every connection to this database ends now, whatever is under way on it."""
        ends = text("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = :name")
        with self.door.connect() as connection:
            connection.execute(ends, {"name": make_url(url).database})

    @contextmanager
    def away(self) -> Iterator[None]:
        """The server falls over, and comes again after this."""
        self._order("down")
        self.door.dispose()
        try:
            yield
        finally:
            self._order("up")

    def _order(self, word: str) -> None:
        assert self.keeper is not None, "the server is not ours"
        assert self.keeper.stdin is not None and self.keeper.stdout is not None
        self.keeper.stdin.write(f"{word}\n")
        self.keeper.stdin.flush()
        assert self.keeper.stdout.readline() == f"{word}\n"


@contextmanager
def server(*, durable: bool = False) -> Iterator[Server]:
    """The one in TEST_POSTGRES_URL, else one of ours that listens on a socket in a folder of its own.

    ``durable``: what it has committed is on the disk, as in earnest; tests do without.
    """
    given = os.environ.get(GIVEN)
    with ExitStack() as stack:
        if given:
            keeper, url = None, make_url(given).set(drivername="postgresql+psycopg")
        else:
            folder = Path(tempfile.mkdtemp(prefix="qorgan-"))
            keeper = stack.enter_context(_started(folder, durable))
            url = URL.create("postgresql+psycopg", "postgres", database="postgres", query={"host": str(folder)})
        door = create_engine(url, isolation_level="AUTOCOMMIT")
        stack.callback(door.dispose)
        template = _make(door, "template0")
        stack.callback(_drop, door, template)
        engine = make_engine(template, create=False)
        with engine.begin() as connection:
            schema.bring_up(connection, migrate=True)
        with engine.begin() as connection:
            defined = connection.execute(text(DEFINED)).scalar_one()
        engine.dispose()
        running = Server(door, str(make_url(template).database), defined, keeper)
        stack.callback(running.drop_emptied)
        yield running


def _make(door: Engine, template: str) -> str:
    name = f"qorgan_{secrets.token_hex(8)}"
    with door.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    return door.url.set(database=name).render_as_string(hide_password=False)


def _drop(door: Engine, url: str) -> None:
    with door.connect() as connection:
        connection.execute(text(f"DROP DATABASE {make_url(url).database} WITH (FORCE)"))


@contextmanager
def _started(folder: Path, durable: bool) -> Iterator[subprocess.Popen[str]]:
    keeper = subprocess.Popen(
        [sys.executable, str(KEEPER), str(folder), *(["durable"] if durable else [])],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert keeper.stdin is not None and keeper.stdout is not None
    try:
        assert keeper.stdout.readline() == "up\n"
        yield keeper
    finally:
        keeper.stdin.close()
        keeper.wait()
        keeper.stdout.close()
