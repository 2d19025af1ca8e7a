"""A real PostgreSQL server for the tests, gone with whoever started it, and a fresh database for each test."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, Engine, create_engine, make_url, text

from bot.store import schema
from bot.store.engine import make_engine

GIVEN = "TEST_POSTGRES_URL"
KEEPER = Path(__file__).with_name("keeper.py")


@dataclass(frozen=True)
class Server:
    """``door`` may make databases; ``template`` is one that is migrated and has no one connected to it.

    ``keeper`` runs it, where it is ours.
    """

    door: Engine
    template: str
    keeper: subprocess.Popen[str] | None = None

    @contextmanager
    def database(self, *, migrated: bool = True, like: str = "") -> Iterator[str]:
        """The URL of a database of its own, removed afterwards whoever still uses it.

        ``like``: the URL of one that nobody is connected to; this begins as its copy.
        """
        model = str(make_url(like).database) if like else self.template
        with _database(self.door, model if migrated else "template0") as url:
            yield url

    def cut(self, url: str) -> None:
        """Every connection to this database ends now, whatever is under way on it."""
        ends = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
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
        template = stack.enter_context(_database(door, "template0"))
        engine = make_engine(template, create=False)
        with engine.begin() as connection:
            schema.bring_up(connection, migrate=True)
        engine.dispose()
        yield Server(door, str(make_url(template).database), keeper)


@contextmanager
def _database(door: Engine, template: str) -> Iterator[str]:
    name = f"qorgan_{secrets.token_hex(8)}"
    with door.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    try:
        yield door.url.set(database=name).render_as_string(hide_password=False)
    finally:
        with door.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


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
