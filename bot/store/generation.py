"""The keyring's generation, mirrored in the database: who is behind reads the file again, or is refused."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, select, update

from bot.store.records import StoreError
from bot.store.tables import meta
from bot.vault import KeyringError, Vault

_SEEN = select(meta.c.generation)


def meet(connection: Connection, vault: Vault) -> None:
    """Hold a keyring against the database for the first time."""
    instance = connection.execute(select(meta.c.instance)).scalar_one_or_none()
    if instance is None:
        connection.execute(meta.insert().values(instance=vault.instance, generation=vault.generation))
    elif instance != vault.instance:
        raise StoreError("the database belongs to another keyring", "give the keyring file that was made with it")
    else:
        take_up(connection, vault)
        mirror(connection, vault)


def take_up(connection: Connection, vault: Vault) -> int:
    """Before anything is read or written: a newer keyring is adopted. Gives the generation the database has seen."""
    seen: int = connection.execute(_SEEN).scalar_one()
    if seen > vault.generation:
        try:
            vault.refresh()
        except KeyringError as error:
            raise StoreError(str(error), error.hint) from None
    if seen > vault.generation:
        raise StoreError("the keyring is older than the database", "put its newest file back; an old one lacks keys")
    return seen


def complete(connection: Connection, vault: Vault, today: date) -> None:
    """A keyring of an earlier version gets the keys it lacks, as its next generation."""
    try:
        made = vault.complete(today)
    except KeyringError as error:
        raise StoreError(str(error), error.hint) from None
    if made:
        mirror(connection, vault)


def mirror(connection: Connection, vault: Vault) -> None:
    """With whatever is committed under a newer keyring, so that nobody reads it with an older one."""
    connection.execute(update(meta).values(generation=vault.generation))
