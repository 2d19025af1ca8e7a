"""Chats: found by who writes, gone with their day."""

from __future__ import annotations

import os
from dataclasses import replace

from bot.store.store import Store
from tests.store.shelf import Place, a_case, a_chat, change


def test_chats_come_back_as_they_were_saved(store: Store) -> None:
    ours = a_chat(1, answers=["иә", "жоқ", "\ud83d"], number=3)
    other = a_chat(2, lasting=True)
    store.write_now(lambda work: work.save_chats([ours, other]))

    assert {1: ours, 2: other} == store.write_now(lambda work: work.load_chats([1, 2, 3]))
    assert {other.id: other} == store.write_now(
        lambda work: work.load_chats_by_id([other.id, os.urandom(16)])
    )


def test_chats_survive_a_restart(place: Place) -> None:
    chat = a_chat(1, answers=["да"])
    with place.open() as store:
        store.write_now(lambda work: work.save_chats([chat]))
    with place.open(migrate=False) as store:
        assert {1: chat} == store.write_now(lambda work: work.load_chats([1]))


def test_saving_again_replaces(store: Store) -> None:
    chat = a_chat(1, answers=["a"])
    changed = replace(chat, draft={"answers": ["a", "b"]}, lasting=True)
    store.write_now(lambda work: work.save_chats([chat]))
    store.write_now(lambda work: work.save_chats([chat, changed]))

    assert {1: changed} == store.write_now(lambda work: work.load_chats([1]))


def test_a_thousand_chats_are_saved_and_loaded_at_once(store: Store) -> None:
    chats = [a_chat(user, n=user) for user in range(1, 1001)]
    store.write_now(lambda work: work.save_chats(chats))

    assert len(store.write_now(lambda work: work.load_chats(range(1, 2000)))) == 1000


def test_a_deleted_chat_is_gone_and_its_case_stands_alone(store: Store) -> None:
    chat = a_chat(1, lasting=True)
    case = a_case(chat=chat.id)
    store.write_now(lambda work: (work.add_case(case), work.save_chats([chat])))
    store.write_now(lambda work: work.delete_chat(chat.id))

    assert store.write_now(lambda work: work.load_chats([1])) == {}
    assert [replace(case, chat=None)] == store.write_now(lambda work: work.all_cases())


def test_a_draft_whose_day_key_is_destroyed_is_absent_and_no_damage(place: Place) -> None:
    passing, lasting = a_chat(1, answers=["x"]), a_chat(2, lasting=True, answers=["y"])
    with place.open() as store:
        store.write_now(lambda work: work.save_chats([passing, lasting]))
        place.clock.pass_days(3)
        place.vault().destroy_day_keys(place.clock.now.date(), set())
    with place.open() as store:
        expected = {2: replace(lasting, draft=None)}
        assert expected == store.write_now(lambda work: work.load_chats([1, 2]))
        assert store.damaged == 0


def test_who_comes_back_after_their_draft_is_gone_starts_anew(place: Place) -> None:
    with place.open() as store:
        store.write_now(lambda work: work.save_chats([a_chat(1, answers=["x"])]))
        place.clock.pass_days(4)
        place.vault().destroy_day_keys(place.clock.now.date(), set())
    anew = a_chat(1, answers=["z"])
    with place.open() as store:
        assert store.write_now(lambda work: work.load_chats([1])) == {}
        store.write_now(lambda work: work.save_chats([anew]))
        assert {1: anew} == store.write_now(lambda work: work.load_chats([1]))


def test_a_damaged_chat_is_counted_once_and_hurts_no_neighbour(place: Place) -> None:
    broken, whole = a_chat(1), a_chat(2)
    with place.open() as store:
        store.write_now(lambda work: work.save_chats([broken, whole]))
        change(place, "UPDATE chats SET address = :zeros WHERE id = :id", zeros=bytes(60), id=broken.id)
        for _ in range(2):
            assert {2: whole} == store.write_now(lambda work: work.load_chats([1, 2]))
        assert store.damaged == 1


def test_a_row_moved_to_another_person_does_not_open_as_theirs(place: Place) -> None:
    one = a_chat(1)
    with place.open() as store:
        store.write_now(lambda work: work.save_chats([one]))
        digest = place.vault().index("person", b"2").digest
        change(place, "UPDATE chats SET person = :person", person=digest)
        assert store.write_now(lambda work: work.load_chats([1, 2])) == {}
        assert store.damaged == 1


def test_pruning_removes_what_is_past_its_day_and_keeps_what_lasts(place: Place) -> None:
    passing, lasting, held = a_chat(1, a=1), a_chat(2, lasting=True, a=2), a_chat(3, lasting=True)
    with place.open() as store:
        store.write_now(lambda work: work.save_chats([passing, lasting, held]))
        place.clock.pass_days(2)
        assert store.write_now(lambda work: work.prune(work.now.date())).chats == 0
        place.clock.pass_days(1)
        pruned = store.write_now(lambda work: work.prune(work.now.date()))
        assert (pruned.chats, pruned.drafts, pruned.keys) == (1, 1, 1)
        expected = {2: replace(lasting, draft=None), 3: held}
        assert expected == store.write_now(lambda work: work.load_chats([1, 2, 3]))
        assert store.damaged == 0
