"""The clock guard: a clock that may be wrong destroys nothing, until somebody confirms it."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date, timedelta

from bot.store import audit
from bot.store.records import Act, Pruned, Slot
from bot.store.rewrapping import Rewrapping
from bot.store.store import Store
from bot.store.work import Work
from tests.store.shelf import Place, a_case, a_chat, change, count

ACTOR = "0123456789abcdef"


def sure(store: Store) -> bool:
    return store.write_now(lambda work: work.clock_sure())


def prune(store: Store) -> Pruned:
    return store.write_now(lambda work: work.prune(work.now.date()))


def doubts(store: Store) -> list[tuple[str, str]]:
    return [(each.who, each.what) for each in store.write_now(lambda work: work.audit())]


def test_a_clock_a_year_ahead_destroys_nothing_until_it_is_confirmed(place: Place, store: Store) -> None:
    """And for three days after, but for keys that nothing needs: they go by a count, not by a time."""
    chat, slot = a_chat(1, answers=["x"]), Slot(os.urandom(16), None, {"chat": 1})
    erased, closed = a_case("AAAAAA"), replace(a_case("BBBBBB"), expires=date(2026, 4, 1))

    def everything(work: Work) -> None:
        work.save_chats([chat])
        work.save_slots([slot])
        for case in (erased, closed):
            work.add_case(case)
            work.append_entry(case.id, {"said": "x"}, 512)
        work.erase_case(erased.id)
        work.remember([1])
        work.note(audit.SHELL, Act.EXPORT)
        assert work.clock_sure()
        work.begin_rotation(ACTOR)

    store.write_now(everything)
    rewrapping = Rewrapping(store, store._vault)
    while rewrapping.step():
        pass
    held = {table: count(place, table) for table in ("chats", "cases", "wraps", "messages", "seen", "tombstones")}
    files = (place.folder / "keyring").read_bytes(), (place.folder / "day-keys").read_bytes()

    place.clock.pass_days(402)
    for _ in range(3):
        assert Pruned() == prune(store)
        assert store.write_now(lambda work: work.destroy_spent_keys(ACTOR)) == 0
        assert store.write_now(lambda work: work.prune_audit()) == 0
    assert held == {table: count(place, table) for table in held}
    assert files == ((place.folder / "keyring").read_bytes(), (place.folder / "day-keys").read_bytes())
    assert [("house", "clock doubt"), (ACTOR, "key made"), ("shell", "export")] == doubts(store)
    place.clock.pass_days(-402)
    assert {1: chat} == store.write_now(lambda work: work.load_chats([1]))
    assert not sure(store)

    place.clock.pass_days(402)
    store.write_now(lambda work: work.confirm_clock(ACTOR))
    assert store.write_now(lambda work: work.destroy_spent_keys(ACTOR)) == 1
    for _ in range(3):
        assert Pruned() == prune(store)
        assert store.write_now(lambda work: work.prune_audit()) == 0
        place.clock.now += timedelta(hours=23, minutes=59)
    assert Pruned() == prune(store)
    assert held == {table: count(place, table) for table in held}
    place.clock.now += timedelta(minutes=3)
    pruned = prune(store)
    assert (pruned.chats, pruned.messages, pruned.updates) == (1, 1, 1)
    assert pruned.keys >= 1
    assert count(place, "tombstones") == 0
    assert [("house", "checkpoint"), (ACTOR, "key destroyed"), (ACTOR, "clock confirmed")] == doubts(store)[:3]


def test_time_that_passes_is_no_jump(place: Place, store: Store) -> None:
    for _ in range(20):
        assert sure(store)
        place.clock.now += timedelta(hours=23)
    for _ in range(20):
        assert sure(store)
        place.clock.now -= timedelta(hours=23)


def test_a_jump_back_is_doubted_too(place: Place, store: Store) -> None:
    assert sure(store)
    place.clock.pass_days(-2)
    assert not sure(store)


def test_steps_too_small_to_be_remembered_add_up_to_no_jump(place: Place, store: Store) -> None:
    assert sure(store)
    for _ in range(400):
        place.clock.now += timedelta(minutes=9)
        assert sure(store)


def test_a_doubt_outlives_a_restart_and_is_noted_once(place: Place) -> None:
    with place.open() as store:
        for why in ("telegram", "jump"):
            store.write_now(lambda work, why=why: work.doubt_clock(why))
        assert store.write_now(lambda work: work.state()["doubt"]) == "telegram"
    with place.open() as store:
        assert not sure(store)
        assert [("house", "clock doubt")] == doubts(store)
        store.write_now(lambda work: work.confirm_clock(ACTOR))
        assert sure(store)


def test_a_state_that_does_not_open_is_a_doubt(place: Place, store: Store) -> None:
    assert sure(store)
    change(place, "UPDATE meta SET state = :zeros", zeros=bytes(5000))
    assert not sure(store)
    assert Pruned() == prune(store)
    assert store.damaged == 1
    store.write_now(lambda work: work.confirm_clock(ACTOR))
    assert sure(store)


def test_three_days_begin_anew_with_each_confirmation(place: Place, store: Store) -> None:
    def settled() -> bool:
        return store.write_now(lambda work: work.clock_settled())

    assert settled()
    for _ in range(2):
        store.write_now(lambda work: work.doubt_clock("telegram"))
        assert not settled()
        store.write_now(lambda work: work.confirm_clock(ACTOR))
        for _ in range(3):
            assert sure(store) and not settled()
            place.clock.pass_days(1)
    assert settled()
