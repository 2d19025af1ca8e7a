"""Two processes over one PostgreSQL: side by side where each row is locked, alone where a whole is changed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import create_engine, text

from bot.store.locks import HOUSE
from bot.store.records import Act, Chat, Outgoing, Priority, StoreError
from bot.store.store import Store
from bot.store.work import Work
from tests.store.shelf import Place, a_case, a_chat, change, count

pytestmark = pytest.mark.postgresql
WAIT = 20.0


class Paused:
    """A write in a thread of its own that stands still in the middle of its work until it is let go."""

    def __init__(
        self, store: Store, work: Callable[[Work], object], after: Callable[[Work], object] = lambda _: None
    ) -> None:
        self.reached, self.go = threading.Event(), threading.Event()

        def whole(work_: Work) -> None:
            work(work_)
            self.reached.set()
            assert self.go.wait(WAIT)
            after(work_)

        self.thread = threading.Thread(target=lambda: store.write_now(whole, beside=True))
        self.thread.start()
        assert self.reached.wait(WAIT)

    def finish(self) -> None:
        self.go.set()
        self.thread.join(WAIT)
        assert not self.thread.is_alive()


class Waiting:
    """A write that is meant to wait for another."""

    def __init__(self, store: Store, work: Callable[[Work], object], *, beside: bool = True) -> None:
        self.results: list[object] = []
        self.thread = threading.Thread(target=lambda: self.results.append(store.write_now(work, beside=beside)))
        self.thread.start()

    def waits(self) -> bool:
        self.thread.join(0.2)
        return self.thread.is_alive()

    def result(self) -> object:
        self.thread.join(WAIT)
        (found,) = self.results
        return found


@contextmanager
def two(place: Place) -> Iterator[tuple[Store, Store]]:
    with place.open() as one, place.open() as other:
        yield one, other


def advance(work: Work, user: int) -> int:
    """One step of a person's draft, as an intake takes it."""
    chat = work.load_chats([user]).get(user) or Chat(a_chat().id, user, {"chat": user}, {"steps": 0})
    steps = (chat.draft or {"steps": 0})["steps"] + 1
    work.save_chats([replace(chat, draft={"steps": steps})])
    return steps


def test_drafts_of_two_persons_advance_at_the_same_time(place: Place) -> None:
    with two(place) as (one, other):
        paused = Paused(one, lambda work: advance(work, 1))
        assert other.write_now(lambda work: advance(work, 2), beside=True) == 1
        paused.finish()
        assert {1, 2} == set(one.write_now(lambda work: work.load_chats([1, 2])))


@pytest.mark.parametrize("known", [True, False])
def test_one_persons_draft_is_advanced_by_one_process_after_the_other(place: Place, known: bool) -> None:
    """Also if it is their first word, and there is no row yet that could be locked."""
    with two(place) as (one, other):
        if known:
            one.write_now(lambda work: advance(work, 1))
        paused = Paused(one, lambda work: advance(work, 1))
        waiting = Waiting(other, lambda work: advance(work, 1))
        assert waiting.waits()
        paused.finish()
        assert waiting.result() == 2 + known
        assert count(place, "chats") == 1


def test_two_processes_never_take_up_one_update_twice(place: Place) -> None:
    def take(work: Work) -> set[int]:
        fresh = work.unseen([5, 6])
        work.remember([5, 6])
        return fresh

    with two(place) as (one, other):
        paused = Paused(one, take)
        waiting = Waiting(other, take)
        assert waiting.waits()
        paused.finish()
        assert waiting.result() == set()


def test_a_timer_that_one_process_has_in_hand_is_passed_over_by_the_other(place: Place) -> None:
    timers = [Outgoing(bytes([n]) * 16, Priority.WAKE, n, n, {"chat_row": "00"}) for n in (1, 2)]
    with two(place) as (one, other):
        one.write_now(lambda work: work.put_outgoing(timers))
        paused = Paused(one, lambda work: work.settle([(row.id, row.turn) for row in work.due_wakes(9, 1)]))
        assert timers[1:] == other.write_now(lambda work: work.due_wakes(9, 5), beside=True)
        paused.finish()
        assert timers[1:] == one.write_now(lambda work: work.due_wakes(9, 5))


def test_entries_of_a_case_are_numbered_one_after_the_other(place: Place) -> None:
    case = a_case()
    with two(place) as (one, other):
        one.write_now(lambda work: work.add_case(case))
        paused = Paused(one, lambda work: work.append_entry(case.id, {"n": 1}, 512))
        waiting = Waiting(other, lambda work: work.append_entry(case.id, {"n": 2}, 512))
        assert waiting.waits()
        paused.finish()
        waiting.result()
        assert [{"n": 1}, {"n": 2}] == one.write_now(lambda work: work.entries(case.id))


def test_a_case_is_taken_by_one(place: Place) -> None:
    case = a_case(holder=None)

    def take(work: Work, who: str) -> str:
        (now,) = work.load_cases([case.id]).values()
        if now.head["holder"] is None:
            work.save_cases([replace(now, head=now.head | {"holder": who})])
            return who
        return now.head["holder"]

    with two(place) as (one, other):
        one.write_now(lambda work: work.add_case(case))
        paused = Paused(one, lambda work: take(work, "one"))
        waiting = Waiting(other, lambda work: take(work, "other"))
        assert waiting.waits()
        paused.finish()
        assert waiting.result() == "one"


def test_a_key_is_not_rotated_away_while_it_wraps(place: Place) -> None:
    """And who comes after the rotation wraps to the new key."""
    case = a_case()
    with two(place) as (one, other):
        one.write_now(lambda work: work.add_case(case))
        paused = Paused(one, lambda work: work.append_entry(case.id, {"n": 1}, 512))
        rotating = Waiting(other, lambda work: work.begin_rotation("shell"), beside=False)
        assert rotating.waits()
        late = Waiting(one, lambda work: work.append_entry(case.id, {"n": 2}, 512))
        paused.finish()
        assert rotating.result() is True
        late.result()
        assert [{"n": 1}, {"n": 2}] == other.write_now(lambda work: work.entries(case.id))
        assert 1 <= other.write_now(lambda work: work.stale_count()) <= 2


def test_what_changes_a_whole_begun_beside_others_is_run_again_alone(place: Place) -> None:
    """All that was committed with it too: once, and in its order."""
    runs: list[int] = []

    def note(work: Work) -> None:
        runs.append(advance(work, 1))
        work.note("house", Act.READ)

    with two(place) as (one, other):
        paused = Paused(other, lambda work: advance(work, 2))
        waiting = Waiting(one, note)
        assert waiting.waits()
        assert runs == [1]
        paused.finish()
        waiting.result()
        assert runs == [1, 1]
        assert {1: {"steps": 1}, 2: {"steps": 1}} == {
            user: chat.draft for user, chat in one.write_now(lambda work: work.load_chats([1, 2])).items()
        }
        assert count(place, "audit") == 1


def test_the_audits_chain_stays_whole_when_many_write_it(place: Place) -> None:
    def notes(store: Store) -> None:
        for _ in range(20):
            store.write_now(lambda work: work.note("house", Act.READ), beside=True)

    with two(place) as pair:
        threads = [threading.Thread(target=notes, args=(store,)) for store in pair]
        for each in threads:
            each.start()
        for each in threads:
            each.join(WAIT)
        verdict = pair[0].write_now(lambda work: work.verify_audit())
        assert (verdict.entries, verdict.fault) == (40, None)


def test_two_that_wait_for_each_other_both_come_to_their_end(place: Place) -> None:
    with two(place) as (one, other):
        one.write_now(lambda work: [advance(work, user) for user in (1, 2)])
        first = Paused(one, lambda work: advance(work, 1), after=lambda work: advance(work, 2))
        second = Paused(other, lambda work: advance(work, 2), after=lambda work: advance(work, 1))
        first.go.set()
        second.finish()
        first.finish()
        steps = [chat.draft for chat in one.write_now(lambda work: work.load_chats([1, 2])).values()]
        assert [{"steps": 3}, {"steps": 3}] == steps


def test_who_is_alone_is_waited_for(place: Place, store: Store) -> None:
    engine = create_engine(place.url)
    with engine.begin() as connection:
        connection.execute(text(f"SELECT pg_advisory_xact_lock{HOUSE}"))
        waiting = Waiting(store, lambda work: work.remember([1]))
        assert waiting.waits()
    assert waiting.result() is None
    engine.dispose()
    assert count(place, "seen") == 1


def test_what_two_processes_bring_up_at_once_is_brought_up_once(place: Place) -> None:
    change(place, "DROP SCHEMA public CASCADE")
    change(place, "CREATE SCHEMA public")
    vaults = [place.vault() for _ in range(4)]
    failed: list[Exception] = []

    def start(number: int) -> None:
        try:
            place.open_with(vaults[number]).close()
        except StoreError as error:
            failed.append(error)

    threads = [threading.Thread(target=start, args=(number,)) for number in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(WAIT)
    assert failed == []
    assert count(place, "meta") == 1
