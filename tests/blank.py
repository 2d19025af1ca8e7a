"""A SQLite file as `qorgan init` makes it, with every table and no row, made once."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from bot.store import schema
from bot.store.engine import make_engine


def blank(path: Path) -> str:
    """The URL of a copy at ``path``."""
    path.write_bytes(_migrated())
    return f"sqlite:///{path}"


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "blank.db"
        engine = make_engine(f"sqlite:///{path}", create=True)
        with engine.begin() as connection:
            schema.bring_up(connection, migrate=True)
        engine.dispose()
        return path.read_bytes()
