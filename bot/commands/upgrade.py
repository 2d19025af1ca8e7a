"""qorgan upgrade: what a newer version will do to the database, and doing it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import inspect

from bot import health
from bot import settings as reading
from bot.store import state
from bot.store.engine import make_engine, reader
from bot.store.records import StoreError
from bot.store.schema import Standing
from bot.store.store import Store
from bot.store.transaction import Transaction
from bot.vault import Vault, open_vault


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; exit code 1 if something would run.")
@click.pass_obj
def upgrade(file: Path | None, check: bool) -> int:
    """Bring the database's schema up to what this version needs.

    The bot does the same when it starts. Of several that start at once one does it and the others wait; a bot of the
    version before goes on beside it, unless a step says which version must not run any more.
    """
    settings = reading.load(os.environ, file)
    found = health.standing(settings)
    if found.newer:
        raise StoreError("the database was written by a newer version of qorgan", "install that version or a newer one")
    if not found.revision:
        raise StoreError("the database is empty", "bring it back from a backup; a new one is made by: qorgan init")
    vault = None
    if settings.passphrase is not None:
        vault = open_vault(settings.keyring, settings.day_keys, settings.passphrase)
    known = None if vault is None else _state(settings.database_url, vault)
    for line in (*_steps(found), _backup(known)):
        click.echo(line)
    if check or not found.steps:
        return 1 if found.steps else 0
    if vault is None:
        raise reading.SettingsError("missing: the passphrase of the keyring", f"set {reading.PASSPHRASE} or …_FILE")
    Store.open(settings.database_url, vault, migrate=True).close()
    click.echo(f"done         the schema is at {found.needed}")
    return 0


def _steps(found: Standing) -> Iterator[str]:
    yield f"schema       {found.revision}, needed {found.needed}"
    for step in found.steps:
        yield f"would run    {step.revision}: {step.words}"
        if step.unread_since:
            yield f"before it    stop every qorgan older than {step.unread_since}"
    if not found.steps:
        yield "would run    nothing"


def _backup(known: dict[str, Any] | None) -> str:
    if known is None:
        return "backup       whether there is one is known with the passphrase only"
    at = known.get("backup", {}).get("at")
    if at is None:
        return "backup       none is known: make one before the new version starts"
    made = datetime.fromtimestamp(at, UTC)
    return f"backup       the last good one is of {made:%Y-%m-%d %H:%M} UTC"


def _state(url: str, vault: Vault) -> dict[str, Any]:
    """What the house remembers, read from a schema that may be older than the program; nothing from the first."""
    engine = make_engine(url, create=False)
    try:
        with reader(engine) as connection:
            if "state" not in {column["name"] for column in inspect(connection).get_columns("meta")}:
                return {}
            return state.load(Transaction(connection, vault, datetime.now(UTC), set()))
    finally:
        engine.dispose()
