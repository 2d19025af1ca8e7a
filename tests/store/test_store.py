"""The store as a whole: group commit, what it refuses to open, what stays unreadable on disk."""

from __future__ import annotations

import asyncio
import base64
import os
import stat
import threading
import traceback
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, make_url
from sqlalchemy.exc import OperationalError

from bot.store.records import Outgoing, Priority, Slot, Staff, StoreError
from bot.store.store import Store
from bot.store.work import Work
from bot.vault import Kdf, create_keyring, open_vault
from tests.store.shelf import PASSPHRASE, Place, a_case, a_chat, change, count


def commits(store: Store) -> list[object]:
    counted: list[object] = []
    event.listen(store._engine, "commit", counted.append)
    return counted


async def test_functions_that_wait_together_are_committed_together(store: Store) -> None:
    counted = commits(store)
    busy = threading.Event()
    first = asyncio.create_task(store.write(lambda work: busy.wait(5)))
    rest = [asyncio.create_task(store.write(lambda work, n=n: work.remember([n]))) for n in range(100)]
    await asyncio.sleep(0.05)
    busy.set()
    await asyncio.gather(first, *rest)

    assert len(counted) <= 2
    assert set() == await store.write(lambda work: work.unseen(range(100)))


async def test_one_that_fails_undoes_itself_alone(store: Store) -> None:
    def fail(work: Work) -> None:
        work.remember([1000])
        raise LookupError("mine")

    results = await asyncio.gather(
        *(store.write(lambda work, n=n: work.remember([n])) for n in range(20)),
        store.write(fail),
        *(store.write(lambda work, n=n: work.remember([n])) for n in range(20, 40)),
        return_exceptions=True,
    )

    assert [str(result) for result in results if isinstance(result, LookupError)] == ["mine"]
    assert results.count(None) == 40
    assert {1000} == await store.write(lambda work: work.unseen([*range(40), 1000]))


async def test_one_that_the_database_refuses_undoes_itself_alone(store: Store) -> None:
    case = a_case("AAAAAA")
    results = await asyncio.gather(
        store.write(lambda work: work.add_case(case)),
        store.write(lambda work: work.add_case(a_case("AAAAAA"))),
        store.write(lambda work: work.remember([1])),
        return_exceptions=True,
    )

    assert [result is None for result in results] == [True, False, True]
    assert [case] == await store.write(lambda work: work.all_cases())


async def test_a_commit_that_fails_is_told_to_all_and_leaves_nothing(store: Store) -> None:
    def refuse(connection: object) -> None:
        raise OSError("no room for 7000000001")

    event.listen(store._engine, "commit", refuse)
    results = await asyncio.gather(
        *(store.write(lambda work, n=n: work.remember([n])) for n in range(5)), return_exceptions=True
    )
    event.remove(store._engine, "commit", refuse)

    assert [StoreError] * 5 == [type(result) for result in results]
    assert not any("7000000001" in str(result) for result in results)
    assert set(range(5)) == await store.write(lambda work: work.unseen(range(5)))


async def test_a_result_is_given_only_after_the_commit(place: Place, store: Store) -> None:
    for number in range(5):
        await store.write(lambda work, n=number: work.remember([n]))
        assert number + 1 == count(place, "seen")


@pytest.mark.sqlite
def test_a_database_held_by_another_is_waited_for(place: Place, store: Store) -> None:
    engine = create_engine(place.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        write = threading.Thread(target=lambda: store.write_now(lambda work: work.remember([1])))
        write.start()
        write.join(0.2)
        assert write.is_alive()
        connection.exec_driver_sql("ROLLBACK")
        write.join(5)
    engine.dispose()
    assert count(place, "seen") == 1


def test_a_closed_store_takes_nothing_more(place: Place) -> None:
    store = place.open()
    store.close()
    store.close()
    with pytest.raises(StoreError):
        store.write_now(lambda work: None)


async def test_closing_finishes_what_waits(place: Place) -> None:
    store = place.open()
    writes = [asyncio.ensure_future(store.write(lambda work, n=n: work.remember([n]))) for n in range(300)]
    await asyncio.sleep(0)
    await asyncio.to_thread(store.close)
    await asyncio.gather(*writes)
    assert count(place, "seen") == 300


@pytest.mark.sqlite
def test_writes_are_durable_and_private(place: Place) -> None:
    place.database.unlink()
    with place.open() as store:
        store.write_now(lambda work: work.remember([1]))
        with store._engine.connect() as connection:
            asked = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
            }
        assert asked == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1}
        files = list(place.folder.glob("qorgan.db*"))
        assert len(files) == 3
        assert {0o600} == {stat.S_IMODE(file.stat().st_mode) for file in files}


@pytest.mark.sqlite
@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_the_files_are_private_under_any_umask(place: Place, umask: int) -> None:
    place.database.unlink()
    former = os.umask(umask)
    try:
        with place.open() as store:
            store.write_now(lambda work: work.remember([1]))
            modes = {stat.S_IMODE(file.stat().st_mode) for file in place.folder.glob("qorgan.db*")}
    finally:
        os.umask(former)
    assert {0o600} == modes


@pytest.mark.sqlite
def test_nothing_anyone_said_is_readable_on_disk(place: Place) -> None:
    canaries = ["Канарейка", "canary-word", "+77015550199", "7000000001", "K7M2QX"]
    words = " ".join(canaries)
    chat, lasting = a_chat(7_000_000_001, said=words), a_chat(7_000_000_002, lasting=True, said=words)
    case = a_case("K7M2QX", chat=lasting.id, city=words)

    def everything(work: Work) -> None:
        work.save_chats([chat, lasting])
        work.add_case(case)
        work.append_entry(case.id, {"said": words}, 8192)
        work.put_outgoing([Outgoing(os.urandom(16), Priority.ALERT, 0, 1, {"text": words})])
        work.save_slots([Slot(os.urandom(16), case.id, {"chat": 7_000_000_001, "said": words})])
        work.save_staff([Staff(os.urandom(16), 7_000_000_001, {"name": words})])

    with place.open() as store:
        store.write_now(everything)
        assert_unreadable(place.folder, canaries)
        store.write_now(lambda work: work.erase_case(case.id))
        store.write_now(lambda work: work.delete_chat(chat.id))
        assert_unreadable(place.folder, canaries)
    assert_unreadable(place.folder, canaries)


@pytest.mark.sqlite
def test_a_missing_or_empty_database_is_refused_unless_it_may_be_made(place: Place) -> None:
    place.database.unlink()
    with pytest.raises(StoreError, match="there is no database"):
        place.open(migrate=False)
    place.database.touch()
    with pytest.raises(StoreError, match="is empty") as caught:
        place.open(migrate=False)
    assert caught.value.hint


def test_a_newer_schema_is_refused_and_left_alone(place: Place) -> None:
    place.open().close()
    change(place, "UPDATE alembic_version SET version_num = '9999'")
    for migrate in (False, True):
        with pytest.raises(StoreError, match="newer version"):
            place.open(migrate=migrate)
    assert count(place, "alembic_version WHERE version_num = '9999'") == 1


def test_another_keyring_is_refused(place: Place, tmp_path: Path) -> None:
    place.open().close()
    other = tmp_path / "other"
    other.mkdir()
    create_keyring(other / "keyring", PASSPHRASE, kdf=Kdf(memory=64, passes=1, lanes=1))
    vault = open_vault(other / "keyring", other / "day-keys", PASSPHRASE)
    with pytest.raises(StoreError, match="another keyring"):
        Store.open(place.url, vault)


def test_a_keyring_older_than_the_database_is_refused_and_a_newer_adopted(place: Place) -> None:
    place.open().close()
    change(place, "UPDATE meta SET generation = 2")
    with pytest.raises(StoreError, match="older than the database"):
        place.open()
    change(place, "UPDATE meta SET generation = 0")
    place.open().close()
    assert count(place, "meta WHERE generation = 1") == 1


@pytest.mark.sqlite
def test_a_folder_that_can_not_be_written_is_refused_with_a_hint(place: Place) -> None:
    (place.folder / "file").touch()
    for path in (place.folder / "nowhere" / "q.db", place.folder / "file" / "q.db", place.folder):
        with pytest.raises(StoreError, match="can't be written") as caught:
            Store.open(f"sqlite:///{path}", place.vault(), migrate=True)
        assert "folder" in caught.value.hint


@pytest.mark.sqlite
@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_refused(place: Place) -> None:
    closed = place.folder / "closed"
    closed.mkdir(mode=0o500)
    with pytest.raises(StoreError, match="can't be written"):
        Store.open(f"sqlite:///{closed}/q.db", place.vault(), migrate=True)


@pytest.mark.sqlite
def test_a_file_that_is_no_database_is_refused(place: Place) -> None:
    place.database.write_bytes(b"something else entirely " * 200)
    with pytest.raises(StoreError, match="can't be opened"):
        place.open()
    assert place.database.read_bytes().startswith(b"something else")


@pytest.mark.sqlite
def test_an_emptied_database_is_refused_and_left_as_it_is(place: Place) -> None:
    place.database.write_bytes(b"")
    with pytest.raises(StoreError, match="is empty"):
        place.open(migrate=False)
    assert place.database.read_bytes() == b""


@pytest.mark.sqlite
@pytest.mark.parametrize("url", ["", "sqlite://", "sqlite:///:memory:", "mysql://x/y", "postgresql://x:port/y"])
def test_a_url_that_names_no_database_is_refused(place: Place, url: str) -> None:
    with pytest.raises(StoreError):
        Store.open(url, place.vault(), migrate=True)


def test_a_driver_named_in_the_url_is_accepted(place: Place) -> None:
    scheme, address = place.url.split("://")
    for driver in ("aiosqlite", "asyncpg"):
        named = f"{scheme.split('+')[0]}+{driver}://{address}"
        Store.open(named, place.vault(), migrate=True).close()


@pytest.mark.postgresql
def test_on_a_server_a_commit_is_on_its_disk_before_it_is_told(place: Place, store: Store) -> None:
    """Whatever the server's own settings say."""
    name = place.url.split("?")[0].rsplit("/", 1)[1]
    change(place, f"ALTER DATABASE {name} SET synchronous_commit = off")
    change(place, f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'")
    with place.open() as opened, opened._engine.connect() as connection:
        asked = [
            connection.exec_driver_sql(f"SHOW {name}").scalar()
            for name in ("synchronous_commit", "transaction_isolation")
        ]
    assert ["on", "read committed"] == asked


@pytest.mark.postgresql
def test_connections_that_are_cut_are_made_anew(place: Place, store: Store) -> None:
    others = "pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
    cut = f"SELECT pg_terminate_backend(pid) FROM {others}"
    store.write_now(lambda work: work.remember([1]))
    change(place, cut)
    store.write_now(lambda work: work.remember([2]))

    def cut_off(work: Work) -> None:
        work.remember([3])
        change(place, cut)
        work.remember([4])

    with pytest.raises((StoreError, OperationalError)):
        store.write_now(cut_off)
    assert {3, 4} == store.write_now(lambda work: work.unseen([1, 2, 3, 4]))


@pytest.mark.postgresql
@pytest.mark.parametrize("away", ["host", "port", "database", "user"])
def test_a_server_out_of_reach_is_told_in_one_line_that_holds_nothing_of_the_url(place: Place, away: str) -> None:
    address = make_url(place.url).set(password="hunter2")
    match away:
        case "host":
            address = address.set(query={"host": str(place.folder / "nowhere")})
        case "port":
            address = address.set(host="127.0.0.1", port=1, query={})
        case "database":
            address = address.set(database="no_such_database")
        case "user":
            address = address.set(username="no_such_user")
    with pytest.raises(StoreError, match="can't be reached") as caught:
        Store.open(address.render_as_string(hide_password=False), place.vault(), migrate=True)
    told = f"{caught.value} {caught.value.hint} {''.join(traceback.format_exception(caught.value))}"
    assert not [each for each in ("hunter2", "no_such", str(place.folder), "127.0.0.1") if each in told]


def assert_unreadable(folder: Path, canaries: list[str]) -> None:
    for file in folder.glob("qorgan.db*"):
        content = file.read_bytes()
        for canary in canaries:
            for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
                plain = canary.encode(encoding)
                shapes = {plain, plain.hex().encode(), plain.hex().upper().encode()}
                # Where the word begins inside a longer text, base64 takes one of three shapes.
                for before in range(3):
                    shapes.add(base64.b64encode(b" " * before + plain)[4 if before else 0 : -4])
                for shape in shapes:
                    assert shape not in content, (file.name, encoding)
