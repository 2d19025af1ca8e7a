"""The schema's revision: brought up to date when asked, refused when newer than this program."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

import bot
from bot.store.records import StoreError
from bot.store.tables import metadata


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


def bring_up(connection: Connection, *, migrate: bool) -> None:
    """Leave the schema at this program's revision, inside the caller's transaction, or refuse."""
    config = migrations(connection)
    scripts = ScriptDirectory.from_config(config)
    known = {script.revision for script in scripts.walk_revisions()}
    current = set(MigrationContext.configure(connection).get_current_heads())
    if not current <= known:
        raise StoreError(
            "the database was written by a newer version of qorgan",
            "install that version or a newer one; this one leaves the database as it is",
        )
    if current == set(scripts.get_heads()):
        return
    if not migrate:
        what = "has an older schema" if current else "is empty"
        raise StoreError(
            f"the database {what}", "it is brought up to date by 'qorgan init' and when the bot starts"
        )
    command.upgrade(config, "head")


def take_down(connection: Connection) -> None:
    """Every table goes, with all that is in it: for a set-up that did not come to its end."""
    command.downgrade(migrations(connection), "base")
