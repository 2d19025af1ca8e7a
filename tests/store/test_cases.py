"""Cases: heads, entries in order, erasing."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError

from bot.store.records import Outgoing, Priority, Slot
from bot.store.store import Store
from tests.store.shelf import Place, a_case

SIZE = 8192


def test_cases_are_found_by_id_and_by_code(store: Store) -> None:
    one, two = a_case("AAAAAA", holder=None), a_case("BBBBBB", chat=os.urandom(16))
    store.write_now(lambda work: (work.add_case(one), work.add_case(two)))

    assert {one.id: one} == store.write_now(lambda work: work.load_cases([one.id, os.urandom(16)]))
    assert two == store.write_now(lambda work: work.case_by_code("BBBBBB"))
    assert store.write_now(lambda work: work.case_by_code("CCCCCC")) is None
    assert [two] == store.write_now(lambda work: work.cases_of_chat(two.chat or b""))
    assert {one.id, two.id} == {case.id for case in store.write_now(lambda work: work.all_cases())}


def test_a_saved_head_replaces_the_former(store: Store) -> None:
    case = a_case()
    later = replace(case, head=case.head | {"holder": "ab"}, expires=date(2026, 9, 1))
    store.write_now(lambda work: work.add_case(case))
    store.write_now(lambda work: work.save_cases([later]))

    assert [later] == store.write_now(lambda work: work.all_cases())
    assert store.write_now(lambda work: work.expired_cases(date(2026, 9, 1))) == []
    assert [case.id] == store.write_now(lambda work: work.expired_cases(date(2026, 9, 2)))


def test_whoever_saves_a_head_leaves_another_mark_on_it(place: Place, store: Store) -> None:
    """Also another process, and where it says the same; the marks of all others stay."""
    one, two = a_case("AAAAAA"), a_case("BBBBBB")
    store.write_now(lambda work: (work.add_case(one), work.add_case(two)))
    before = store.write_now(lambda work: work.case_marks())
    with place.open(migrate=False) as beside:
        beside.write_now(lambda work: work.save_cases([one]))
    after = store.write_now(lambda work: work.case_marks())
    assert {one.id, two.id} == before.keys() == after.keys()
    assert before[one.id] != after[one.id] and before[two.id] == after[two.id]


def test_a_code_belongs_to_one_case(store: Store) -> None:
    store.write_now(lambda work: work.add_case(a_case("AAAAAA")))
    with pytest.raises(IntegrityError) as caught:
        store.write_now(lambda work: work.add_case(a_case("AAAAAA")))
    assert "AAAAAA" not in str(caught.value)


def test_entries_come_back_in_the_order_of_appending(store: Store) -> None:
    case, other = a_case("AAAAAA"), a_case("BBBBBB")
    bodies = [{"kind": "answers", "version": number, "слово": "да"} for number in range(20)]
    store.write_now(lambda work: (work.add_case(case), work.add_case(other)))
    for body in bodies:
        store.write_now(lambda work, body=body: work.append_entry(case.id, body, SIZE))
    store.write_now(lambda work: work.append_entry(other.id, {"x": 1}, SIZE))

    assert bodies == store.write_now(lambda work: work.entries(case.id))


def test_all_entries_have_one_length_on_disk(place: Place, store: Store) -> None:
    case = a_case()
    store.write_now(lambda work: work.add_case(case))
    for words in ("", "a" * 5000):
        store.write_now(lambda work, words=words: work.append_entry(case.id, {"words": words}, SIZE))

    engine = create_engine(place.url)
    with engine.connect() as connection:
        lengths = connection.execute(text("SELECT DISTINCT length(ciphertext) FROM entries")).all()
    engine.dispose()
    assert len(lengths) == 1


def test_a_damaged_entry_or_head_is_counted_and_hurts_no_neighbour(place: Place, store: Store) -> None:
    case, broken = a_case("AAAAAA"), a_case("BBBBBB")
    store.write_now(lambda work: (work.add_case(case), work.add_case(broken)))
    for number in range(3):
        store.write_now(lambda work, number=number: work.append_entry(case.id, {"n": number}, SIZE))
    engine = create_engine(place.url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE entries SET ciphertext = :zeros WHERE number = 2"), {"zeros": bytes(99)})
        connection.execute(text("UPDATE cases SET head = 'x' WHERE id = :id"), {"id": broken.id})
    engine.dispose()

    assert store.write_now(lambda work: work.entries(case.id)) == [{"n": 0}, {"n": 2}]
    assert [case] == store.write_now(lambda work: work.all_cases())
    assert store.damaged == 2


def test_erasing_leaves_nothing_of_a_case_and_all_of_its_neighbour(place: Place, store: Store) -> None:
    case, other = a_case("AAAAAA"), a_case("BBBBBB")
    slots = [Slot(os.urandom(16), owner, {"chat": 1}) for owner in (case.id, other.id, None)]
    bodies = [
        {"do": "show", "case": case.id.hex()},
        {"do": "remove", "slot": slots[0].id.hex(), "chat": 1},
        {"do": "show", "case": other.id.hex()},
        {"do": "delete", "chat": 1, "messages": [5]},
    ]
    rows = [Outgoing(os.urandom(16), Priority.ALERT, 0, number, body) for number, body in enumerate(bodies)]
    store.write_now(lambda work: (work.add_case(case), work.add_case(other), work.save_slots(slots)))
    for owner in (case.id, other.id):
        store.write_now(lambda work, owner=owner: work.append_entry(owner, {"x": 1}, SIZE))
    store.write_now(lambda work: work.put_outgoing(rows))
    store.write_now(lambda work: work.erase_case(case.id))

    assert [other] == store.write_now(lambda work: work.all_cases())
    assert store.write_now(lambda work: work.entries(case.id)) == []
    assert store.write_now(lambda work: work.entries(other.id)) == [{"x": 1}]
    assert rows[2:] == store.write_now(lambda work: work.due(1, 9, 3))
    assert set(each.id for each in slots[1:]) == set(
        store.write_now(lambda work: work.load_slots([each.id for each in slots]))
    )
    engine = create_engine(place.url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM wraps")).scalar() == 1
    engine.dispose()
