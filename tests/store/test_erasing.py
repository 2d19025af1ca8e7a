"""Erasing: nothing of a case's ciphertext is left in any file; a tombstone without content stays."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import event

from bot.store.records import Outgoing, Priority, Slot
from bot.store.rewrapping import Rewrapping
from bot.store.store import Store
from bot.store.work import Work
from tests.store.shelf import Place, a_case, count, settle_clock

CASES = 40
SAMPLE = 32


def fill(store: Store) -> list[bytes]:
    cases = [a_case(f"CODE{number}", city="Алматы") for number in range(CASES)]

    def everything(work: Work) -> None:
        for case in cases:
            work.add_case(case)
            work.save_slots([Slot(os.urandom(16), case.id, {"chat": 1})])
            work.put_outgoing([Outgoing(os.urandom(16), Priority.ALERT, 0, 1, {"case": case.id.hex()})])
            for number in range(3):
                work.append_entry(case.id, {"n": number}, 8192)

    store.write_now(everything)
    return [case.id for case in cases]


def found(folder: Path, ciphertexts: list[bytes]) -> int:
    """Of how many a stretch stands in a file of the folder."""
    contents = [file.read_bytes() for file in folder.iterdir() if file.is_file()]
    return sum(
        any(each[at : at + SAMPLE] in content for content in contents for at in range(0, len(each), 1024))
        for each in ciphertexts
    )


def erase(store: Store, cases: list[bytes]) -> list[bytes]:
    ciphertexts = [each for case in cases for each in store.write_now(lambda work, c=case: work.ciphertexts(c))]
    for case in cases:
        store.write_now(lambda work, case=case: work.erase_case(case))
    return ciphertexts


@pytest.mark.sqlite
def test_after_erasing_no_file_holds_a_stretch_of_the_case(place: Place, store: Store) -> None:
    cases = fill(store)
    ciphertexts = [each for case in cases for each in store.write_now(lambda work, c=case: work.ciphertexts(c))]
    assert CASES * 9 == len(ciphertexts) == found(place.folder, ciphertexts)
    gone = erase(store, cases[::2])
    assert (CASES // 2 * 9, 0) == (len(gone), found(place.folder, gone))
    assert CASES // 2 * 9 == found(place.folder, ciphertexts)
    assert [] == store.write_now(lambda work: work.ciphertexts(cases[0]))


@pytest.mark.sqlite
def test_without_secure_delete_the_same_search_finds_them(place: Place, store: Store) -> None:
    careless(store)
    assert found(place.folder, erase(store, fill(store)[::2])) > 0


@pytest.mark.sqlite
def test_after_a_rotation_no_file_holds_a_wrap_to_the_destroyed_key(place: Place, store: Store) -> None:
    fill(store)
    old = [wrap for _, _, wrap in store.write_now(lambda work: work.all_wraps())]
    assert CASES * 3 == found(place.folder, old)
    store.write_now(lambda work: work.begin_rotation("house"))
    rewrapping = Rewrapping(store, store._vault)
    while rewrapping.step():
        pass
    assert store.write_now(lambda work: work.destroy_spent_keys("house")) == 1
    assert found(place.folder, old) == 0


@pytest.mark.parametrize("times", [1, 2])
def test_a_tombstone_stays_for_400_days(place: Place, store: Store, times: int) -> None:
    case = a_case()
    store.write_now(lambda work: work.add_case(case))
    for _ in range(times):
        store.write_now(lambda work: work.erase_case(case.id))
    assert count(place, "tombstones") == 1
    for days, left in ((400, 1), (1, 0)):
        place.clock.pass_days(days)
        settle_clock(place, store)
        store.write_now(lambda work: work.prune(work.now.date()))
        assert count(place, "tombstones") == left


def careless(store: Store) -> None:
    """The same engine, but SQLite is told to leave what was deleted where it stood."""

    def prepare(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA secure_delete=OFF").close()

    event.listen(store._engine, "connect", prepare)
    store._engine.dispose()
