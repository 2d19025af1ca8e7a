"""The schema: what may stand in clear, and that the migrations lead to it."""

from __future__ import annotations

import os

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, select, text

from bot.store.engine import make_engine
from bot.store.records import Act, Outgoing, Slot, Staff
from bot.store.schema import folder
from bot.store.store import Store
from bot.store.tables import metadata
from bot.store.transaction import encode
from bot.store.work import Work
from tests.store.shelf import Place, a_case, a_chat, count

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
    "wraps": {"number": "counter", "entry": "row id", "case_key": "key id"},
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


def test_what_stood_in_an_older_schema_stands_in_the_newer(place: Place) -> None:
    """Each entry with its wrap, and the links between tables as they were."""
    engine = make_engine(place.url, create=True)
    config = Config()
    config.set_main_option("script_location", str(folder()))
    vault, case = place.vault(), a_case()
    entries = [os.urandom(16) for _ in range(3)]
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO meta VALUES (:instance, 1)"), {"instance": vault.instance})
        put = "INSERT INTO cases (id, code, code_key, head) VALUES (:id, 'c', 'k', 'h')"
        connection.execute(text(put), {"id": case.id})
        for number, entry in enumerate(entries):
            sealed = vault.seal_entry(case.id, entry, encode({"n": number}), size=512)
            values = {"case": case.id, "entry": entry, "n": number, "text": sealed.ciphertext, "wrap": sealed.wrap}
            connection.execute(text("INSERT INTO entries VALUES (:entry, :case, :n, :text)"), values)
            values["key"] = vault.entry_key_id
            connection.execute(text("INSERT INTO wraps VALUES (:entry, :key, :wrap)"), values)
    engine.dispose()

    with place.open() as store:
        assert [{"n": 0}, {"n": 1}, {"n": 2}] == store.write_now(lambda work: work.entries(case.id))
        store.write_now(lambda work: work.append_entry(case.id, {"n": 3}, 512))
        store.write_now(lambda work: work.erase_case(case.id))
        assert (0, 0, 1) == tuple(count(place, table) for table in ("entries", "wraps", "tombstones"))
