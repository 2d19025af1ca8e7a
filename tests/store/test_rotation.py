"""Rotation: a new case key at once, every wrap moved to it while the bot runs, the old key destroyed when spent."""

from __future__ import annotations

import shutil
import threading

import pytest
from sqlalchemy import event

from bot.store.records import StoreError
from bot.store.rewrapping import Rewrapping
from bot.store.store import Store
from bot.store.work import Work
from bot.vault import (
    KeyringError,
    State,
)
from tests.store.rotating import ACTOR, acts, destroy, fill, finish, read, rotate, under
from tests.store.shelf import Place, count


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
