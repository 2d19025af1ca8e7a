"""The outbox, its slots, staff and the updates already seen."""

from __future__ import annotations

import os
from dataclasses import replace

from sqlalchemy import create_engine, text

from bot.store.records import Outgoing, Priority, Slot, Staff
from bot.store.store import Store
from tests.store.shelf import Place


def row(priority: int = Priority.REPLY, turn: int = 1, not_before: int = 0, **body: object) -> Outgoing:
    return Outgoing(os.urandom(16), priority, not_before, turn, body or {"do": "show", "text": "Салем"})


def due(store: Store, now: int = 100, limit: int = 50, max_priority: int = 3) -> list[Outgoing]:
    return store.write_now(lambda work: work.due(now, limit, max_priority))


def test_what_is_due_comes_by_priority_and_turn(store: Store) -> None:
    greeting, late, early = row(Priority.GREETING, 1), row(Priority.REPLY, 3), row(Priority.REPLY, 2)
    alert, future, wake = row(Priority.CRITICAL, 9), row(Priority.ALERT, 4, 101), row(Priority.WAKE, 5)
    store.write_now(lambda work: work.put_outgoing([greeting, late, early, alert, future, wake]))

    assert [alert, early, late, greeting] == due(store)
    assert [alert, early] == due(store, limit=2)
    assert [alert] == due(store, max_priority=Priority.ALERT)
    assert [alert, future, early, late, greeting] == due(store, now=101, max_priority=Priority.WAKE)
    assert [wake] == store.write_now(lambda work: work.due_wakes(100, 5))
    assert store.write_now(lambda work: work.next_due(100)) == 101
    assert store.write_now(lambda work: work.next_due(101)) is None


def test_the_newest_screen_of_a_slot_wins(store: Store) -> None:
    first = row(turn=1)
    second, third = replace(first, turn=2, body={"n": 2}), replace(first, turn=3, body={"n": 3})
    store.write_now(lambda work: work.put_outgoing([first]))
    store.write_now(lambda work: work.put_outgoing([third, second]))
    store.write_now(lambda work: work.put_outgoing([second]))

    assert [third] == due(store)


def test_settling_an_older_turn_removes_nothing(store: Store) -> None:
    first = row(turn=1)
    second = replace(first, turn=2)
    store.write_now(lambda work: work.put_outgoing([first]))
    store.write_now(lambda work: work.put_outgoing([second]))
    store.write_now(lambda work: work.settle([(first.id, 1)]))
    assert [second] == due(store)

    store.write_now(lambda work: work.settle([(first.id, 2)]))
    assert due(store) == []


def test_removing_rows_removes_only_them(store: Store) -> None:
    one, two = row(turn=1), row(turn=2)
    store.write_now(lambda work: work.put_outgoing([one, two]))
    store.write_now(lambda work: work.remove_outgoing([one.id, os.urandom(16)]))
    assert [two] == due(store)


def test_turns_only_grow_even_if_the_clock_goes_back_over_a_restart(place: Place) -> None:
    with place.open() as store:
        turns = store.write_now(lambda work: [work.next_turn() for _ in range(3)])
        store.write_now(lambda work: work.put_outgoing([row(turn=turns[-1])]))
    place.clock.pass_days(-3)
    with place.open() as store:
        turns += store.write_now(lambda work: [work.next_turn() for _ in range(3)])
    assert sorted(set(turns)) == turns


def test_damaged_rows_do_not_fill_the_page(place: Place, store: Store) -> None:
    rows = [row(turn=turn) for turn in range(10)]
    store.write_now(lambda work: work.put_outgoing(rows))
    engine = create_engine(place.url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE outbox SET sealed = :zeros WHERE turn < 7"), {"zeros": bytes(60)})
    engine.dispose()

    assert rows[7:9] == due(store, limit=2)
    assert store.damaged == 7


def test_waiting_rows_outlive_every_day_key(place: Place) -> None:
    waiting = row(not_before=2_000_000_000)
    with place.open() as store:
        store.write_now(lambda work: work.put_outgoing([waiting]))
        keys = 0
        for _ in range(10):
            place.clock.pass_days(1)
            keys += store.write_now(lambda work: work.prune(work.now.date())).keys
        assert keys >= 7
    with place.open() as store:
        assert [waiting] == due(store, now=2_000_000_000)
        assert store.damaged == 0


def test_slots_come_back_until_their_day_is_over(place: Place) -> None:
    case = os.urandom(16)
    slots = [Slot(os.urandom(16), owner, {"chat": 5, "message": None}) for owner in (case, None)]
    with place.open() as store:
        store.write_now(lambda work: work.save_slots(slots))
        filled = replace(slots[0], body={"chat": 5, "message": 17})
        store.write_now(lambda work: work.save_slots([filled]))
        assert [filled] == store.write_now(lambda work: work.slots_of_case(case))
        found = store.write_now(lambda work: work.load_slots([each.id for each in slots]))
        assert {filled.id: filled, slots[1].id: slots[1]} == found
        store.write_now(lambda work: work.drop_slots([slots[1].id]))
        assert store.write_now(lambda work: work.load_slots([slots[1].id])) == {}
        place.clock.pass_days(3)
        assert store.write_now(lambda work: work.prune(work.now.date())).messages == 1


def test_staff_come_back_and_are_changed_by_id(store: Store) -> None:
    assert store.write_now(lambda work: work.staff()) == []
    one = Staff(os.urandom(16), 11, {"role": "coordinator", "name": "Әсем"})
    changed = replace(one, body={"role": "admin"})
    store.write_now(lambda work: work.save_staff([one]))
    assert [one] == store.write_now(lambda work: work.staff())
    store.write_now(lambda work: work.save_staff([changed]))
    assert [changed] == store.write_now(lambda work: work.staff())


def test_a_redelivered_update_is_seen_whatever_its_number(place: Place, store: Store) -> None:
    store.write_now(lambda work: work.remember([900, 5]))
    store.write_now(lambda work: work.remember([5, 6]))
    assert {4, 7} == store.write_now(lambda work: work.unseen([4, 5, 6, 7, 900]))

    place.clock.pass_days(3)
    assert store.write_now(lambda work: work.prune(work.now.date())).updates == 0
    place.clock.pass_days(1)
    assert store.write_now(lambda work: work.prune(work.now.date())).updates == 3
    assert {5} == store.write_now(lambda work: work.unseen([5]))


def test_updates_older_than_a_day_can_be_forgotten(place: Place, store: Store) -> None:
    store.write_now(lambda work: work.remember([1]))
    place.clock.pass_days(1)
    store.write_now(lambda work: work.remember([2]))
    store.write_now(lambda work: work.prune_seen(work.now.date()))
    assert {1} == store.write_now(lambda work: work.unseen([1, 2]))
