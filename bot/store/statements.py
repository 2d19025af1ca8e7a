"""Statements built once and kept: to build one takes as long as to run it. No value is in any of them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite

AMONG = "among"
"""The name under which the values of ``among`` are bound."""
Insert = sqlite.Insert | postgresql.Insert


@lru_cache(maxsize=64)
def among(statement: Select[Any], column: ColumnElement[Any]) -> Select[Any]:
    """The rows of a kept statement whose column is among the values bound."""
    return statement.where(column.in_(bindparam(AMONG, expanding=True)))


@lru_cache(maxsize=64)
def for_update(statement: Select[Any]) -> Select[Any]:
    return statement.with_for_update()


def insert(table: Table, dialect: str) -> Insert:
    """An INSERT that knows ON CONFLICT: the one place where the dialect is chosen."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


@lru_cache(maxsize=64)
def upsert(table: Table, dialect: str, names: tuple[str, ...], *, newer: str | None = None) -> Insert:
    """Insert, or replace these columns of the row of the same id.

    With ``newer`` only where that column is not less than it was.
    """
    new = insert(table, dialect)
    changed = {name: new.excluded[name] for name in names if name != "id"}
    where = new.excluded[newer] >= table.c[newer] if newer else None
    return new.on_conflict_do_update(index_elements=["id"], set_=changed, where=where)


@lru_cache(maxsize=64)
def insert_once(table: Table, dialect: str, key: str) -> Insert:
    """Insert, but for rows whose key is there."""
    return insert(table, dialect).on_conflict_do_nothing(index_elements=[key])
