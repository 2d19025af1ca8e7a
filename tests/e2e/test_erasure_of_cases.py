"""Erasing one case of several, a damaged one, a closed one; what of it goes and what stays."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

from bot.sandbox.player import place, play
from bot.store.work import Work
from bot.telegram import casework
from bot.telegram.desk import Desk

from .conftest import ADMIN, PERSON, SHORT, WORDS, Open, Town
from .erasing import FREE, a_day_later, about_a_friend, button, cases, clean, erase, erased_by, take, traces


async def test_of_two_cases_only_the_one_alerted_early_waits_a_day(town: Town) -> None:
    """The address stays until the last of them is gone."""
    await town.on_duty("en")
    person = await town.played(SHORT, "en")
    (early,) = await cases(town)
    await about_a_friend(town, person)
    assert "within 24 hours" in (await erase(town, person)).text
    assert [early.id] == [one.id for one in await cases(town)]
    await a_day_later(town)
    assert await clean(town, early.id)


async def test_who_begins_anew_after_erasing_keeps_the_new_case_when_the_old_one_goes(town: Town) -> None:
    await town.on_duty("en")
    person = await town.played(SHORT, "en")
    (old,) = await cases(town)
    await erase(town, person)
    person.start()
    await person.wait(lambda me: me.screen)
    await play(person, FREE)
    await town.settled()
    await a_day_later(town)
    (new,) = await cases(town)
    assert new.id != old.id
    await person.wait(lambda me: place(me.screen) == "hidden")
    person.press("hidden=continue")
    await person.reads(new.head["code"])
    person.write("news")
    await person.wait(lambda me: place(me.screen) == "stray")


async def test_erasing_by_an_administrator_leaves_the_persons_other_case_as_it_is(open_town: Open) -> None:
    """The chat then shows the number of the other one, in answer to the person only."""
    async with open_town(admins=(ADMIN,)) as town:
        await town.on_duty("en")
        admin = await town.administrator()
        person = await town.played(FREE, "en")
        (first,) = await cases(town)
        await about_a_friend(town, person)
        (second,) = [one for one in await cases(town) if one.id != first.id]
        await erased_by(town, admin, second)
        assert person.messages() == []
        person.write("hello")
        await person.wait(lambda me: place(me.screen) == "stray")
        person.press("stray=delete")
        await person.reads(first.head["code"])
        assert [first.id] == [one.id for one in await cases(town)]


async def test_an_intake_that_goes_on_after_its_case_was_erased_begins_anew(open_town: Open) -> None:
    """The draft holds the answers, so it goes with the case."""
    async with open_town(admins=(ADMIN,)) as town:
        await town.on_duty("en")
        admin = await town.administrator()
        person = await town.begun("en")
        await play(person, {**SHORT, "where": (f'"{WORDS["en"]}',)}, until="papers")
        await town.settled()
        (case,) = await cases(town)
        await erased_by(town, admin, case)
        assert person.messages() == []
        assert await clean(town, case.id)
        person.write("hello")
        await person.wait(lambda me: place(me.screen) == "consent")


async def test_an_intake_about_another_person_goes_on_when_the_first_case_is_erased(open_town: Open) -> None:
    """Its screen stays, and its timers: falling silent it becomes a case, too."""
    async with open_town(admins=(ADMIN,)) as town:
        await town.on_duty("en")
        admin = await town.administrator()
        person = await town.played(FREE, "en")
        (first,) = await cases(town)
        await about_a_friend(town, person, until="papers")
        await erased_by(town, admin, first)
        assert "papers" == place(person.screen)
        await town.forward(minutes=31)
        await town.forward(minutes=1)
        (second,) = await cases(town)
        assert second.id != first.id and "unfinished" in second.head["flags"]


async def test_a_closed_case_loses_its_address_at_once_and_goes_after_30_days(town: Town) -> None:
    (coordinator,) = await town.on_duty("en")
    person = await town.played(SHORT, "en")
    (case,) = await cases(town)
    await take(town, "en")

    def close(work: Work) -> Any:
        desk = Desk(town.app.house, work, work.staff(), {})
        casework.close(desk, work.load_cases([case.id])[case.id], "shell")
        desk.save()
        return desk.rows, desk.answers, desk.erased

    rows, _, _ = await town.app.store.write(close)
    town.app.sender.offer(rows)
    await town.settled()
    left = await town.app.store.write(lambda work: traces(work, PERSON))
    assert (1, {}, []) == (len(left["cases"]), left["chats"], left["wakes"])
    assert person.messages() == []
    assert button(coordinator, "open") is None
    person.write("hello")
    await person.wait(lambda me: place(me.screen) == "consent")
    for _ in range(30):
        await a_day_later(town)
    assert [case.id] == [one.id for one in await cases(town)]
    await a_day_later(town)
    assert await clean(town, case.id)


def _damage(town: Town, case: bytes) -> None:
    with closing(sqlite3.connect(town.settings.data_dir / "qorgan.db")) as database, database:
        (head,) = database.execute("SELECT head FROM cases WHERE id = ?", [case]).fetchone()
        database.execute("UPDATE cases SET head = ? WHERE id = ?", [head[:-1] + bytes([head[-1] ^ 1]), case])


async def _left(town: Town) -> int:
    with closing(sqlite3.connect(town.settings.data_dir / "qorgan.db")) as database:
        (count,) = database.execute("SELECT (SELECT count(*) FROM cases) + (SELECT count(*) FROM entries)").fetchone()
    return int(count)


async def test_a_damaged_case_is_erased_by_its_person_like_any_other(town: Town) -> None:
    """Nobody could hold it, so it goes at once, even where an alert went out early."""
    person = await town.played(SHORT, "en")
    (case,) = await cases(town)
    _damage(town, case.id)
    person.press("home=erase")
    await person.wait(lambda me: place(me.screen) == "erase")
    person.press("erase=yes")
    await town.settled()
    assert 0 == await _left(town)


async def test_a_damaged_case_is_erased_by_an_administrator_who_knows_its_number(open_town: Open) -> None:
    async with open_town(admins=(ADMIN,)) as town:
        admin = await town.administrator()
        await town.played(SHORT, "en")
        (case,) = await cases(town)
        _damage(town, case.id)
        asked = await town.said(admin, f"/erase {case.head['code'].lower()}")
        assert "It is damaged and can't be shown." in asked.text
        admin.press(f"admin.damaged={case.head['code']}")
        await town.settled()
        assert 0 == await _left(town)
