"""The schema: what may stand in clear, and that the migrations lead to it."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import pairwise

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, select

from bot.store.engine import make_engine
from bot.store.records import Act, Outgoing, Slot, Staff
from bot.store.schema import migrations, standing
from bot.store.store import Store
from bot.store.tables import metadata
from bot.store.transaction import encode
from bot.store.work import Work
from bot.vault import Vault
from tests.store.shelf import Place, a_case, a_chat, change, count

IN_CLEAR = {
    "chats": {"id": "row id", "person": "blind index", "person_key": "key id", "expires": "expiry day"},
    "cases": {
        "id": "row id",
        "chat": "row id",
        "code": "blind index",
        "code_key": "key id",
        "finder": "blind index of a return code's first two words",
        "finder_key": "key id",
        "expires": "expiry day",
    },
    "entries": {"id": "row id", "case": "row id", "number": "counter"},
    "wraps": {"number": "counter", "entry": "row id", "case_key": "key id"},
    "outbox": {"id": "row id", "priority": "priority", "not_before": "not-before", "turn": "counter"},
    "messages": {"id": "row id", "case": "row id", "expires": "expiry day"},
    "staff": {"id": "row id", "person": "blind index", "person_key": "key id"},
    "seen": {"update_id": "update id", "day": "expiry day"},
    "processes": {"id": "lease's holder", "generation": "generation", "ends": "lease's end"},
    "lease": {"number": "counter", "holder": "lease's holder", "ends": "lease's end"},
    "audit": {"number": "counter", "hash": "hash-chain value"},
    "tombstones": {"hash": "keyed hash of an erased case", "expires": "expiry day"},
    "meta": {"instance": "row id", "generation": "generation"},
    "alembic_version": {"version_num": "schema revision"},
}
SEALED = {
    "chats": {"address", "draft"},
    "cases": {"head"},
    "entries": {"ciphertext"},
    "wraps": {"wrap"},
    "outbox": {"sealed"},
    "messages": {"sealed"},
    "staff": {"sealed"},
    "audit": {"sealed"},
    "meta": {"state"},
}


def test_every_column_is_sealed_or_on_the_list_of_what_may_stand_in_clear(store: Store) -> None:
    inspector = inspect(store._engine)
    found = {
        table: {column["name"] for column in inspector.get_columns(table)} for table in inspector.get_table_names()
    }
    assert {table: set(clear) | SEALED.get(table, set()) for table, clear in IN_CLEAR.items()} == found


def test_what_is_called_sealed_is_sealed(place: Place, store: Store) -> None:
    """Every sealed column holds envelopes: a version byte, a key id, whole padding steps."""
    chat, case = a_chat(1, said="x"), a_case()

    def everything(work: Work) -> None:
        work.save_chats([chat])
        work.add_case(case)
        work.append_entry(case.id, {"said": "x"}, 8192)
        work.put_outgoing([Outgoing(os.urandom(16), 1, 0, 1, {"text": "x"})])
        work.save_slots([Slot(os.urandom(16), case.id, {"chat": 1})])
        work.save_staff([Staff(os.urandom(16), 1, {"name": "x"})])
        work.save_state({"said": "x"})
        work.note(work.actor(1), Act.READ, case.id)

    store.write_now(everything)
    around = 1 + 8 + 12 + 16
    lengths = {}
    with store._engine.connect() as connection:
        for table in metadata.sorted_tables:
            marked = {column.name for column in table.columns if column.info.get("sealed")}
            assert SEALED.get(table.name, set()) == marked
            for name in marked:
                (envelope,) = connection.execute(select(table.c[name])).scalars()
                assert envelope[0] == 1
                lengths[table.name, name] = len(envelope) - around
    lengths.pop(("wraps", "wrap"))
    expected = {key: 4096 for key in lengths} | {
        ("chats", "draft"): 2048,
        ("entries", "ciphertext"): 8192,
        ("audit", "sealed"): 256,
    }
    assert expected == lengths


def test_the_migrations_lead_to_the_tables_the_program_uses(store: Store) -> None:
    with store._engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrating_again_changes_nothing(place: Place) -> None:
    for _ in range(2):
        place.open().close()


def migrate(place: Place, way: Callable[[Config, str], None], to: str) -> None:
    engine = make_engine(place.url, create=True)
    try:
        with engine.begin() as connection:
            way(migrations(connection), to)
    finally:
        engine.dispose()


def test_a_migration_only_adds_or_says_which_version_needs_it_no_more(place: Place) -> None:
    """So the version before goes on beside the new one: it finds all it reads, and may leave out the rest."""
    shapes: list[dict[tuple[str, str], tuple[str, bool]]] = []
    unique: list[set[tuple[str, ...]]] = []
    place.open().close()
    migrate(place, command.downgrade, "0002")  # before it nothing ran in earnest
    engine = make_engine(place.url, create=True)
    with engine.connect() as connection:
        steps = standing(connection).steps
    for step in ("0002", *(step.revision for step in steps)):
        migrate(place, command.upgrade, step)
        found = inspect(engine)
        shapes.append(
            {
                (table, column["name"]): (str(column["type"]), column["nullable"] or column["default"] is not None)
                for table in found.get_table_names()
                for column in found.get_columns(table)
            }
        )
        unique.append(
            {
                (table, *(name for name in index["column_names"] if name))
                for table in found.get_table_names()
                for index in found.get_indexes(table)
                if index["unique"]
            }
        )
    engine.dispose()
    assert [step.revision for step in steps][:2] == ["0003", "0004"]
    for step, (before, after), (once, now) in zip(steps, pairwise(shapes), pairwise(unique), strict=True):
        if step.unread_since:
            continue
        assert before.items() <= after.items(), step.revision
        old = {table for table, _ in before}
        assert not {index for index in now - once if index[0] in old}, step.revision
        added = {name: may_be_left_out for name, (_, may_be_left_out) in after.items() if name not in before}
        assert all(may for (table, _), may in added.items() if table in old), step.revision


def in_the_first_schema(place: Place, vault: Vault, case: bytes) -> None:
    """A row in each table, and three entries of a case with their wraps."""
    migrate(place, command.upgrade, "0001")
    change(place, "INSERT INTO meta VALUES (:instance, 1)", instance=vault.instance)
    change(place, "INSERT INTO keys VALUES ('k', 'case', 'active', 1)")
    change(place, "INSERT INTO chats VALUES ('c', 'p', 'k', 'a', NULL, 7)")
    change(place, "INSERT INTO outbox VALUES ('o', 1, 0, 5, 's')")
    change(place, "INSERT INTO messages VALUES ('m', :case, 's', 900000)", case=case)
    change(place, "INSERT INTO staff VALUES ('s', 'p', 'k', 's')")
    change(place, "INSERT INTO seen VALUES (77, 739000)")
    change(place, "INSERT INTO cases (id, code, code_key, head) VALUES (:id, 'c', 'k', 'h')", id=case)
    for number in range(3):
        entry = os.urandom(16)
        sealed = vault.seal_entry(case, entry, encode({"n": number}), size=512)
        change(
            place, "INSERT INTO entries VALUES (:entry, :case, :n, :text)",
            entry=entry, case=case, n=number, text=sealed.ciphertext,
        )  # fmt: skip
        change(
            place, "INSERT INTO wraps VALUES (:entry, :key, :wrap)",
            entry=entry, key=vault.entry_key_id, wrap=sealed.wrap,
        )  # fmt: skip


def rows(place: Place) -> dict[str, int]:
    tables = ("cases", "chats", "entries", "messages", "meta", "outbox", "seen", "staff", "wraps")
    return {table: count(place, table) for table in tables}


def test_what_stood_in_an_older_schema_stands_in_the_newer(place: Place) -> None:
    """Each entry with its wrap, the links between tables as they were, and so on the way down and up again."""
    vault, case = place.vault(), a_case()
    place.open().close()
    migrate(place, command.downgrade, "base")
    in_the_first_schema(place, vault, case.id)
    held = rows(place)

    for former in ("0001", "0003", "0002", "0001"):
        with place.open() as store:
            assert [{"n": 0}, {"n": 1}, {"n": 2}] == store.write_now(lambda work: work.entries(case.id))
            assert {77: False, 78: True} == {n: n in store.write_now(lambda w: w.unseen([77, 78])) for n in (77, 78)}
        assert held == rows(place)
        migrate(place, command.downgrade, former)
        assert held == rows(place)

    with place.open() as store:
        store.write_now(lambda work: work.append_entry(case.id, {"n": 3}, 512))
        store.write_now(lambda work: work.erase_case(case.id))
        assert (0, 0, 1) == tuple(count(place, table) for table in ("entries", "wraps", "tombstones"))


def test_every_migration_goes_down_to_nothing(place: Place) -> None:
    place.open().close()
    migrate(place, command.downgrade, "base")
    engine = make_engine(place.url, create=True)
    assert ["alembic_version"] == inspect(engine).get_table_names()
    engine.dispose()
    place.open().close()
