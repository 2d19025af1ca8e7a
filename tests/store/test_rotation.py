"""Rotation: a new case key at once, every wrap moved to it while the bot runs, the old key destroyed when spent."""

from __future__ import annotations

import shutil
import threading
from collections import Counter

import pytest
from sqlalchemy import event

from bot.store import audit
from bot.store.records import KeyCount, StoreError
from bot.store.rewrapping import Rewrapping
from bot.store.store import Store
from bot.store.transaction import decode
from bot.store.work import Work
from bot.vault import (
    CasePublic,
    Custody,
    KeyringError,
    Kind,
    SealedCase,
    State,
    Vault,
    WrapsFile,
    create_case_keyring,
    key_id,
    open_case,
    open_keyring,
    rewrap_file,
)
from tests.store.shelf import KDF, PASSPHRASE, Place, a_case, change, count

ACTOR = "0123456789abcdef"


def fill(store: Store, entries: int) -> dict[bytes, list[dict[str, int]]]:
    """Ten cases with so many entries between them."""
    cases = [a_case(f"CODE{number}") for number in range(10)]
    bodies: dict[bytes, list[dict[str, int]]] = {case.id: [] for case in cases}

    def everything(work: Work) -> None:
        for case in cases:
            work.add_case(case)
        for number in range(entries):
            case = cases[number % 10].id
            work.append_entry(case, {"n": number}, 512)
            bodies[case].append({"n": number})

    store.write_now(everything)
    return bodies


def read(store: Store, cases: dict[bytes, list[dict[str, int]]]) -> dict[bytes, list[dict[str, int]]]:
    return store.write_now(lambda work: {case: work.entries(case) for case in cases})


def rotate(store: Store) -> bool:
    return store.write_now(lambda work: work.begin_rotation(ACTOR))


def finish(store: Store, vault: Vault) -> Rewrapping:
    rewrapping = Rewrapping(store, vault, batch=16)
    while rewrapping.step():
        pass
    return rewrapping


def destroy(store: Store) -> int:
    return store.write_now(lambda work: work.destroy_spent_keys(ACTOR))


def under(store: Store) -> list[tuple[State, int]]:
    """Wraps under each case key, and under unknown ones."""
    counted = store.write_now(lambda work: work.keys())
    return [
        (each.state.state, each.wraps) for each in counted if each.state is not None and each.state.kind is Kind.CASE
    ]


def acts(store: Store) -> Counter[tuple[str, str]]:
    return Counter((each.who, each.what) for each in store.write_now(lambda work: work.audit(100)))


def test_a_rotation_moves_every_wrap_and_destroys_the_spent_key(place: Place) -> None:
    vault = place.vault()
    with place.open_with(vault) as store:
        bodies = fill(store, 100)
        old = vault.entry_key_id
        assert rotate(store)
        assert vault.entry_key_id != old
        assert destroy(store) == 0
        assert 100 == store.write_now(lambda work: work.stale_count())
        assert finish(store, vault).damaged == 0

        assert {(State.ACTIVE, 100), (State.RETIRED, 0)} == set(under(store))
        assert 0 == store.write_now(lambda work: work.stale_count())
        assert bodies == read(store, bodies)
        assert destroy(store) == 1
        assert [(State.ACTIVE, 100)] == under(store)
        known = place.vault().keys()
        assert old not in {key.id for key in known}
    with place.open(migrate=False) as store:
        assert bodies == read(store, bodies)
        assert {(ACTOR, "key made"): 1, (ACTOR, "key destroyed"): 1} == acts(store)


def test_rotating_again_while_one_goes_on_is_refused(place: Place, store: Store) -> None:
    fill(store, 3)
    generation = store._vault.generation
    assert [True, False, False] == [rotate(store) for _ in range(3)]
    assert store._vault.generation == generation + 1


def test_two_rotations_at_once_in_two_processes_are_one(place: Place) -> None:
    with place.open() as one, place.open() as other:
        fill(one, 20)
        begun: list[bool] = []
        threads = [threading.Thread(target=lambda store=store: begun.append(rotate(store))) for store in (one, other)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert [False, True] == sorted(begun)
        assert one.write_now(lambda work: work.keys()) == other.write_now(lambda work: work.keys())
        assert count(place, "meta WHERE generation = 2") == 1


def test_another_process_takes_up_the_new_key_at_its_next_write(place: Place) -> None:
    with place.open() as one, place.open() as other:
        bodies = fill(one, 5)
        case = next(iter(bodies))
        assert other.write_now(lambda work: work.entries(case)) == bodies[case]
        assert rotate(one)
        one.write_now(lambda work: work.append_entry(case, {"n": 100}, 512))
        other.write_now(lambda work: work.append_entry(case, {"n": 101}, 512))

        expected = [*bodies[case], {"n": 100}, {"n": 101}]
        assert expected == other.write_now(lambda work: work.entries(case))
        assert expected == one.write_now(lambda work: work.entries(case))
        assert {(State.ACTIVE, 2), (State.RETIRED, 5)} == set(under(other))


def test_a_keyring_that_can_not_be_written_stops_a_rotation_before_anything_uses_the_new_key(place: Place) -> None:
    with place.open() as store:
        bodies = fill(store, 5)
        before = store._vault.entry_key_id, store._vault.generation, (place.folder / "keyring").read_bytes()
        blocked = place.folder / "keyring.new"
        (blocked / "in the way").mkdir(parents=True)

        def begin(work: Work) -> None:
            work.remember([1])
            work.begin_rotation(ACTOR)

        with pytest.raises(KeyringError):
            store.write_now(begin)
        after = store._vault.entry_key_id, store._vault.generation, (place.folder / "keyring").read_bytes()
        assert before == after
        assert (count(place, "seen"), count(place, "audit")) == (0, 0)
        assert bodies == read(store, bodies)
        shutil.rmtree(blocked)
        assert rotate(store)


def test_a_commit_that_fails_after_the_keyring_leaves_it_newer_and_it_is_taken_up(place: Place) -> None:
    with place.open() as store:
        bodies = fill(store, 5)
        with failing_commits(store), pytest.raises(StoreError):
            rotate(store)
        assert (count(place, "meta WHERE generation = 1"), count(place, "audit")) == (1, 0)
    with place.open() as store:
        assert count(place, "meta WHERE generation = 2") == 1
        assert {(State.ACTIVE, 0), (State.RETIRED, 5)} == set(under(store))
        finish(store, store._vault)
        assert bodies == read(store, bodies)
        assert {("house", "key made"): 1} == acts(store)


def test_what_a_process_left_half_done_is_taken_up_by_one_that_runs(place: Place) -> None:
    """Its keyring was written, its commit not: the others still have, and the database shows, the one before."""
    with place.open() as other:
        bodies = fill(other, 5)
        with place.open() as store:
            with failing_commits(store), pytest.raises(StoreError):
                rotate(store)
            store.close()
        assert not rotate(other)
        finish(other, other._vault)
        assert bodies == read(other, bodies)
        assert count(place, "meta WHERE generation = 2") == 1
        assert {("house", "key made"): 1} == acts(other)


def test_a_key_destroyed_by_a_commit_that_failed_is_noted_with_the_next(place: Place, store: Store) -> None:
    bodies = fill(store, 5)
    assert rotate(store)
    finish(store, store._vault)
    with failing_commits(store), pytest.raises(StoreError):
        destroy(store)
    assert bodies == read(store, bodies)
    assert {(ACTOR, "key made"): 1, ("house", "key destroyed"): 1} == acts(store)
    assert count(place, "meta WHERE generation = 3") == 1


def test_what_is_written_with_a_failed_rotation_is_read_by_everyone(place: Place) -> None:
    """The key is in the keyring to stay; the rest of that work is undone, and its neighbours use the new key."""

    def fail(work: Work) -> None:
        work.begin_rotation(ACTOR)
        raise LookupError

    with place.open() as one, place.open() as other:
        case = next(iter(fill(one, 1)))
        with pytest.raises(LookupError):
            one.write_now(fail)
        one.write_now(lambda work: work.append_entry(case, {"n": 1}, 512))
        assert [{"n": 0}, {"n": 1}] == other.write_now(lambda work: work.entries(case))


def test_an_older_keyring_put_back_is_refused(place: Place) -> None:
    older = (place.folder / "keyring").read_bytes()
    with place.open() as running, place.open() as store:
        bodies = fill(store, 1)
        assert rotate(store)
        (place.folder / "keyring").write_bytes(older)
        with pytest.raises(StoreError):
            read(running, bodies)
    with pytest.raises(StoreError, match="older than the database"):
        place.open()


def test_re_wrapping_goes_on_while_entries_are_appended(place: Place) -> None:
    with place.open() as store, place.open() as other:
        bodies = fill(store, 200)
        cases = list(bodies)
        assert rotate(store)
        stop = threading.Event()

        def append() -> None:
            number = 1000
            while not stop.is_set():
                case = cases[number % 10]
                other.write_now(lambda work, case=case, n=number: work.append_entry(case, {"n": n}, 512))
                bodies[case].append({"n": number})
                number += 1

        appending = threading.Thread(target=append)
        appending.start()
        finish(store, store._vault)
        stop.set()
        appending.join()
        assert {(State.ACTIVE, sum(map(len, bodies.values()))), (State.RETIRED, 0)} == set(under(store))
        assert bodies == read(store, bodies)


def test_killed_anywhere_another_goes_on(place: Place) -> None:
    """Whoever steps: what is not stored is as it was."""
    with place.open() as store:
        bodies = fill(store, 100)
        assert rotate(store)
        Rewrapping(store, store._vault, batch=7).step()
        for _ in range(3):
            given_up = Rewrapping(store, store._vault, batch=7)
            for _ in range(3):
                given_up.step()
    with place.open() as store:
        assert 0 < store.write_now(lambda work: work.stale_count()) < 100
        finish(store, store._vault)
        assert {(State.ACTIVE, 100), (State.RETIRED, 0)} == set(under(store))
        assert bodies == read(store, bodies)


def test_a_damaged_wrap_is_reported_keeps_its_key_and_hurts_no_other(place: Place) -> None:
    with place.open() as store:
        bodies = fill(store, 50)
        change(place, "UPDATE wraps SET wrap = substr(wrap, 1, 9) || :zeros WHERE number = 3", zeros=bytes(1159))
        change(place, "UPDATE wraps SET wrap = substr(wrap, 1, 1160) WHERE number = 30")
        assert rotate(store)
        assert finish(store, store._vault).damaged == 2
        assert store.damaged == 2
        assert {(State.ACTIVE, 48), (State.RETIRED, 2)} == set(under(store))
        assert destroy(store) == 0
        whole = {each["n"] for found in read(store, bodies).values() for each in found}
        assert set(range(50)) - {2, 29} == whole

        assert rotate(store)
        assert finish(store, store._vault).damaged == 2
        assert destroy(store) == 1
        assert {(State.ACTIVE, 48), (State.RETIRED, 2)} == set(under(store))


def test_a_wrap_replaced_or_erased_meanwhile_is_not_damaged(place: Place) -> None:
    with place.open() as store:
        bodies = fill(store, 20)
        stale = place.vault()
        assert rotate(store)
        wraps = store.write_now(lambda work: work.stale_wraps(0, 99))
        assert wraps == sorted(wraps, key=lambda each: each.number)
        finish(store, store._vault)
        assert [] == store.write_now(lambda work: work.report_damaged(wraps))
        assert 0 == store.write_now(lambda work: work.replace_wraps([(w.entry, w.wrap, w.wrap) for w in wraps]))
        assert stale.entry_key_id == key_id(wraps[0].wrap)
        assert bodies == read(store, bodies)


def test_a_wrap_made_for_a_key_that_is_active_no_more_is_not_stored(place: Place) -> None:
    """By then that key may be destroyed."""
    with place.open() as store:
        bodies = fill(store, 3)
        assert rotate(store)
        slow = Rewrapping(store, store._vault)
        assert slow.step() == 3
        finish(store, store._vault)
        assert rotate(store)
        late = store.write_now(lambda work: work.stale_wraps(0, 9))
        made = [(w.entry, w.wrap, store._vault.rewrap(w.case, w.entry, w.wrap)) for w in late]
        finish(store, store._vault)
        assert destroy(store) == 2
        assert rotate(store)
        assert 0 == store.write_now(lambda work: work.replace_wraps(made))
        assert bodies == read(store, bodies)


def test_a_spent_key_waits_for_every_live_process(place: Place) -> None:
    with place.open() as one, place.open() as other:
        fill(one, 3)
        for store, name in ((one, b"1" * 16), (other, b"2" * 16)):
            store.write_now(lambda work, name=name: work.report_process(name))
        assert rotate(one)
        finish(one, one._vault)
        one.write_now(lambda work: work.report_process(b"1" * 16))
        assert {(b"1" * 16, 2), (b"2" * 16, 1)} == {
            (each.id, each.generation) for each in one.write_now(lambda work: work.processes())
        }
        assert destroy(one) == 0
        other.write_now(lambda work: work.report_process(b"2" * 16, lasts=1))
        assert destroy(one) == 1

        assert rotate(one)
        finish(one, one._vault)
        one.write_now(lambda work: work.report_process(b"1" * 16))
        assert destroy(one) == 0
        place.clock.now = place.clock.now.replace(second=2)
        assert destroy(one) == 1
        one.write_now(lambda work: work.drop_process(b"1" * 16))
        assert [] == one.write_now(lambda work: work.processes())


def test_wraps_under_an_unknown_key_are_counted_apart(place: Place, store: Store) -> None:
    fill(store, 3)
    change(place, "UPDATE wraps SET case_key = 'whatever' WHERE number = 1")
    counted = store.write_now(lambda work: work.keys())
    assert KeyCount(None, 1) == counted[-1]
    assert [2] == [each.wraps for each in counted if each.state is not None and each.state.kind is Kind.CASE]


def test_a_key_needed_by_an_envelope_alone_is_not_destroyed(place: Place, store: Store) -> None:
    fill(store, 2)
    assert rotate(store)
    change(place, "UPDATE wraps SET case_key = 'whatever'")
    assert destroy(store) == 0


def test_in_offline_custody_nothing_submitted_opens_here_until_it_is_re_wrapped_to_a_key_of_this_place(
    place: Place,
) -> None:
    create_case_keyring(place.folder / "theirs", PASSPHRASE, kdf=KDF)
    theirs = open_keyring(place.folder / "theirs", PASSPHRASE)
    active = theirs.keys.active(Kind.CASE)
    kept = CasePublic(active.known.id, active.public)
    with place.open() as store:
        vault = store._vault
        bodies = fill(store, 20)
        assert store.write_now(lambda work: work.begin_rotation(audit.SHELL, kept))
        finish(store, vault)
        assert destroy(store) == 1
        assert (Custody.OFFLINE, kept) == store.write_now(lambda work: (work.custody, work.case_public))
        with pytest.raises(StoreError, match="offline"):
            rotate(store)
        assert {case: [] for case in bodies} == read(store, bodies)

        for case, expected in bodies.items():
            sealed = store.write_now(lambda work, case=case: tuple(work.sealed_entries(case)))
            opened = open_case(theirs, SealedCase(vault.instance, case, sealed))
            assert expected == [decode(each) for each in opened if each is not None]

        store.write_now(lambda work: vault.rotate(work.now.date()))
        taken = store.write_now(lambda work: WrapsFile(vault.instance, vault.entry_key_id, {}, tuple(work.all_wraps())))
        assert 20 == len(taken.wraps)
        done = rewrap_file(theirs, taken, place.clock.now.date(), to=vault.case_public)
        assert 20 == store.write_now(lambda work: work.replace_wraps(done.wraps))
        assert 0 == store.write_now(lambda work: work.replace_wraps(done.wraps))
        assert Custody.SERVER is store.write_now(lambda work: work.custody)
        assert bodies == read(store, bodies)


class failing_commits:
    def __init__(self, store: Store) -> None:
        self.engine = store._engine

    def refuse(self, connection: object) -> None:
        raise OSError("no room")

    def __enter__(self) -> None:
        event.listen(self.engine, "commit", self.refuse)

    def __exit__(self, *_: object) -> None:
        event.remove(self.engine, "commit", self.refuse)


def test_a_key_is_destroyed_only_by_what_is_committed(store: Store) -> None:
    """The transaction that moved the last wraps may still be undone; then they need the old key."""
    cases = fill(store, 20)
    assert rotate(store)

    def everything_at_once(work: Work) -> int:
        moved = [
            (each.entry, each.wrap, store._vault.rewrap(each.case, each.entry, each.wrap))
            for each in work.stale_wraps(0, 100)
        ]
        assert work.replace_wraps(moved) == 20
        destroyed = work.destroy_spent_keys(ACTOR)
        assert destroyed == 0
        raise RuntimeError

    with pytest.raises(RuntimeError):
        store.write_now(everything_at_once)
    assert cases == read(store, cases)
    step = Rewrapping(store, store._vault).step
    while step():
        pass
    assert destroy(store) == 1
    assert cases == read(store, cases)
