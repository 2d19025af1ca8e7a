"""Cases nobody has heard of for long: who is asked, what the answers do, what keeps a case all the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.sandbox import Account, Message
from bot.store.records import Case
from bot.store.work import Work

from .conftest import ADMIN, SHORT, Open, Town, alerts, texts

FREE = {**SHORT, "custody": ("liberty",)}
DAY = 24 * 3600


async def cases(town: Town) -> list[Case]:
    return await town.app.store.write(lambda work: work.all_cases())


async def pass_days(town: Town, days: float) -> None:
    """For the case only: all that it remembers moves back, so that the clock need not be put forward."""

    def aged(value: Any) -> Any:
        return value - int(days * DAY) if isinstance(value, int) else value

    def change(work: Work) -> None:
        for case in work.all_cases():
            times = {name: aged(at) for name, at in case.head["times"].items()}
            deadlines = [{name: aged(at) for name, at in one.items()} for one in case.head["deadlines"]]
            work.save_cases([replace(case, head={**case.head, "times": times, "deadlines": deadlines})])

    await town.app.store.write(change)
    await tidy(town)


async def tidy(town: Town) -> None:
    await town.settled()
    await town.app.keeper.tidy()
    await town.settled()


async def held_by(town: Town, code: str) -> Account:
    coordinator = town.staff[code]
    coordinator.press(alerts(coordinator)[0].buttons[0][0].data)
    await town.settled()
    return coordinator


def question(account: Account) -> list[Message]:
    return [one for one in account.messages() if "Nothing has been heard" in one.text]


async def test_the_holder_is_asked_a_week_before_a_silent_case_goes(town: Town) -> None:
    """Only they; the question stands until it is answered, and then the case goes on its day."""
    holder, other = await town.on_duty("en", "ru")
    await town.played(FREE, "en")
    await held_by(town, "en")
    await pass_days(town, 82)
    assert question(holder) == []
    await pass_days(town, 1)
    (first,) = question(holder)
    assert "It will be erased: " in first.text and first.protected
    assert question(other) == []
    town.clock.forward(hours=20)
    await tidy(town)
    town.clock.forward(hours=20)
    await tidy(town)
    await tidy(town)
    (second,) = question(holder)
    assert first.id != second.id
    holder.press("Let it go")
    await town.settled()
    await tidy(town)
    assert question(holder) == []
    await pass_days(town, 5)
    assert 1 == len(await cases(town))
    await pass_days(town, 1)
    assert [] == await cases(town)
    assert "the time for keeping it is over" in texts(holder.messages())


async def test_keeping_it_begins_the_90_days_anew(town: Town) -> None:
    (holder,) = await town.on_duty("en")
    await town.played(FREE, "en")
    await held_by(town, "en")
    await pass_days(town, 84)
    holder.press("Keep it")
    await town.settled()
    assert question(holder) == []
    await pass_days(town, 82)
    assert question(holder) == []
    await pass_days(town, 1)
    assert 1 == len(question(holder))
    await pass_days(town, 7)
    assert [] == await cases(town)


async def test_a_word_of_the_person_takes_the_question_back(town: Town) -> None:
    (holder,) = await town.on_duty("en")
    person = await town.played(FREE, "en")
    await held_by(town, "en")
    await pass_days(town, 84)
    assert 1 == len(question(holder))
    person.write("I am still here")
    await town.settled()
    person.press("stray=pass")
    await tidy(town)
    assert question(holder) == []
    await pass_days(town, 7)
    assert 1 == len(await cases(town))


async def test_opening_a_case_is_contact(town: Town) -> None:
    (holder,) = await town.on_duty("en")
    await town.played(FREE, "en")
    await held_by(town, "en")
    await pass_days(town, 60)
    (case,) = await cases(town)
    holder.forge(f"open={case.id.hex()}")
    await pass_days(town, 60)
    assert 1 == len(await cases(town)) and question(holder) == []


async def test_where_nobody_holds_it_the_administrators_are_asked(open_town: Open) -> None:
    async with open_town(admins=(ADMIN,)) as town:
        (coordinator,) = await town.on_duty("en")
        admin = await town.administrator()
        await town.played(FREE, "en")
        await pass_days(town, 84)
        assert 1 == len(question(admin)) and question(coordinator) == []
        (case,) = await cases(town)
        coordinator.forge(f"stay={case.id.hex()}")
        await tidy(town)
        assert 1 == len(question(admin))
        admin.press("Keep it")
        await town.settled()
        await pass_days(town, 7)
        assert question(admin) == [] and 1 == len(await cases(town))


async def test_who_is_held_or_not_known_to_be_free_is_never_asked_about(town: Town) -> None:
    (holder,) = await town.on_duty("en")
    await town.played(SHORT, "en")
    await held_by(town, "en")
    await pass_days(town, 4000)
    assert question(holder) == [] and 1 == len(await cases(town))


async def test_after_a_long_absence_somebody_is_asked_first(town: Town) -> None:
    """And not before the clock was confirmed three days ago."""
    (holder,) = await town.on_duty("en")
    await town.played(FREE, "en")
    await held_by(town, "en")
    await tidy(town)
    await town.close()
    town.clock.forward(days=200)
    await town.open()
    holder.write("hello")
    await tidy(town)
    assert question(holder) == []
    await town.app.store.write(lambda work: work.confirm_clock("shell"))
    for _ in range(4):
        await tidy(town)
        assert question(holder) == []
        town.clock.forward(hours=23)
    await tidy(town)
    assert 1 == len(question(holder)) and 1 == len(await cases(town))
    await pass_days(town, 6.5)
    assert 1 == len(await cases(town))
    await pass_days(town, 0.6)
    assert [] == await cases(town)
