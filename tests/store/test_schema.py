"""The schema: what may stand in clear, and that the migrations lead to it."""

from __future__ import annotations

import os

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, select

from bot.store.records import Act, Outgoing, Slot, Staff
from bot.store.store import Store
from bot.store.tables import metadata
from bot.store.work import Work
from tests.store.shelf import Place, a_case, a_chat

IN_CLEAR = {
    "chats": {"id": "row id", "person": "blind index", "person_key": "key id", "expires": "expiry day"},
    "cases": {
        "id": "row id",
        "chat": "row id",
        "code": "blind index",
        "code_key": "key id",
        "expires": "expiry day",
    },
    "entries": {"id": "row id", "case": "row id", "number": "counter"},
    "wraps": {"entry": "row id", "case_key": "key id"},
    "outbox": {"id": "row id", "priority": "priority", "not_before": "not-before", "turn": "counter"},
    "messages": {"id": "row id", "case": "row id", "expires": "expiry day"},
    "staff": {"id": "row id", "person": "blind index", "person_key": "key id"},
    "seen": {"update_id": "update id", "day": "expiry day"},
    "processes": {"id": "lease's holder", "generation": "generation", "ends": "lease's end"},
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
        table: {column["name"] for column in inspector.get_columns(table)}
        for table in inspector.get_table_names()
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
