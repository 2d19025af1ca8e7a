"""The schema's revision: brought up to date when asked, refused when newer than this program."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

import bot
from bot import logs
from bot.store.records import StoreError
from bot.store.tables import metadata

log = logs.named(__name__)


@dataclass(frozen=True)
class Step:
    """A migration. ``unread_since``: the first version that does not need what it takes away; else it only adds."""

    revision: str
    words: str
    unread_since: str = ""


@dataclass(frozen=True)
class Standing:
    """The revision that a database has, or none; the one that this program needs; the steps between the two."""

    revision: str
    needed: str
    steps: tuple[Step, ...]
    newer: bool


def folder() -> Path:
    """The migrations: inside the installed package, else at the top of the checkout."""
    package = Path(bot.__file__).parent
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parent / "migrations"


def migrations(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["metadata"] = metadata
    return config


def standing(connection: Connection) -> Standing:
    scripts = ScriptDirectory.from_config(migrations(connection))
    current = MigrationContext.configure(connection).get_current_revision() or ""
    needed = scripts.get_current_head() or ""
    newer = bool(current) and current not in {script.revision for script in scripts.walk_revisions()}
    lacking = [] if newer else list(scripts.iterate_revisions(needed, current or "base"))
    steps = tuple(
        Step(one.revision, (one.doc or "").partition("\n")[0], getattr(one.module, "unread_since", ""))
        for one in reversed(lacking)
    )
    return Standing(current, needed, steps, newer)


def bring_up(connection: Connection, *, migrate: bool) -> None:
    """Leave the schema at this program's revision, inside the caller's transaction, or refuse.

    The transaction must be alone with the database: of two that come at once, the second finds all done.
    """
    found = standing(connection)
    if found.newer:
        raise StoreError(
            "the database was written by a newer version of qorgan",
            "install that version or a newer one; this one leaves the database as it is",
        )
    if not found.steps:
        return
    if not migrate:
        what = "has an older schema" if found.revision else "is empty"
        raise StoreError(f"the database {what}", "it is brought up to date by 'qorgan init' and when the bot starts")
    command.upgrade(migrations(connection), "head")
    log.info("schema.migrated")


def take_down(connection: Connection) -> None:
    """Every table goes, with all that is in it: for a set-up that did not come to its end."""
    command.downgrade(migrations(connection), "base")
