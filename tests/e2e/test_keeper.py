"""What the house does by itself: the clock, rotation in time, the weekly word to administrators."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from bot.sandbox.player import play
from bot.store.records import Act, Case
from bot.store.work import Work
from bot.telegram import casework
from bot.telegram.desk import Desk
from bot.vault import CasePublic, Kind
from bot.vault.hybrid import PrivateKey, new_seed

from .conftest import ADMIN, PERSON, SHORT, Clock, Open, Town, texts

ONE = (ADMIN,)
IN_DOUBT = "The clock of this server is in doubt."


async def keys(town: Town) -> list[bytes]:
    """Ids of the case keys, the active one first."""
    counts = await town.app.store.write(lambda work: work.keys())
    return [one.state.id for one in counts if one.state is not None and one.state.kind is Kind.CASE]


async def state(town: Town) -> dict[str, Any]:
    return await town.app.store.write(lambda work: work.state())


async def acts(town: Town) -> list[str]:
    return [one.what for one in await town.app.store.write(lambda work: work.audit(limit=100))]


async def rounds(town: Town) -> None:
    """What happens within an hour."""
    await town.settled()
    await town.app.keeper.report()
    await town.app.keeper.rewrap()
    await town.app.keeper.watch()
    await town.app.keeper.tidy()
    await town.settled()


async def pass_days(town: Town, days: int, telegram: Clock | None = None) -> None:
    """So that the clock doesn't jump; for Telegram, too, where it has one of its own."""
    until = town.clock() + timedelta(days=days)
    while town.clock() < until:
        for clock in (town.clock, telegram):
            if clock is not None:
                clock.forward(hours=20)
        await rounds(town)


async def test_a_clock_a_year_ahead_destroys_nothing_until_an_administrator_says_that_it_is_right(
    open_town: Open,
) -> None:
    """Also if the bot is started with it: drafts, cases past their day and spent keys stay. These then go, what is
    past its time three days later."""
    telegram = Clock()
    async with open_town(telegram=telegram, admins=ONE) as town:
        admin = await town.administrator()
        await town.played(SHORT)
        (case,) = await town.app.store.write(lambda work: work.all_cases())
        month = town.clock().date() + timedelta(days=30)
        await town.app.store.write(lambda work: work.save_cases([replace(case, expires=month)]))
        draft = await town.begun("ru", 1002)
        await play(draft, SHORT, until="custody")
        await town.settled()
        await town.said(admin, "/rotate")
        await admin.reads("Under earlier keys: 0")

        async def left() -> tuple[int, bool, int]:
            chats = await town.app.store.write(lambda work: work.load_chats([1002]))
            cases = await town.app.store.write(lambda work: work.all_cases())
            return len(cases), any(chat.draft is not None for chat in chats.values()), len(await keys(town))

        assert (1, True, 2) == await left()
        await town.close()
        town.clock.forward(days=365)
        await town.open()
        for _ in range(2):
            await rounds(town)
        assert IN_DOUBT in texts(admin.messages())
        assert (1, True, 2) == await left()
        assert (await state(town))["doubt"]
        admin.press("The clock is right")
        await town.settled()
        assert IN_DOUBT not in texts(admin.messages())
        for _ in range(3):
            await rounds(town)
        assert IN_DOUBT not in texts(admin.messages())
        assert (1, True, 1) == await left()
        await pass_days(town, 3, telegram)
        assert IN_DOUBT not in texts(admin.messages())
        assert (0, 1) == (await left())[::2]
        assert [Act.CLOCK_CONFIRMED, Act.CLOCK_DOUBT] == [act for act in await acts(town) if "clock" in act]
        assert Act.KEY_DESTROYED in await acts(town)


async def test_after_a_start_nothing_goes_before_telegrams_clock_was_heard(town: Town) -> None:
    over = Case(bytes(16), None, {"code": "ABCDEF", "holder": "", "times": {}}, town.clock().date() - timedelta(days=1))
    await town.app.store.write(lambda work: work.add_case(over))
    await rounds(town)
    assert [over] == await town.app.store.write(lambda work: work.all_cases())
    await town.begun("ru")
    await rounds(town)
    assert [] == await town.app.store.write(lambda work: work.all_cases())


@pytest.mark.parametrize("days", [-40, 40])
async def test_what_was_timed_by_a_wrong_clock_is_not_believed_by_the_right_one(open_town: Open, days: int) -> None:
    """A wish to erase keeps the day in which it can be stopped, a case that was closed its 30 days; and no more."""
    telegram = Clock()
    async with open_town(telegram=telegram) as town:
        await town.played(SHORT)
        await play(await town.begun("ru", 1002), SHORT, until="home")
        await rounds(town)
        wished, closed = await town.app.store.write(lambda work: work.all_cases())

        def act(work: Work) -> None:
            desk = Desk(town.app.house, work, work.staff(), {})
            casework.ask_to_erase(desk, replace(wished, head={**wished.head, "flags": ["early"]}))
            casework.close(desk, closed, "shell")
            desk.save()

        async def left() -> list[Case]:
            return await town.app.store.write(lambda work: work.all_cases())

        town.clock.forward(days=days)
        await town.app.store.write(act)
        town.clock.forward(days=-days)
        assert "jump" == (await state(town))["doubt"]
        await town.app.store.write(lambda work: work.confirm_clock("shell"))
        await pass_days(town, 2, telegram)
        assert 2 == len(await left())
        await pass_days(town, 1, telegram)
        assert [closed.id] == [one.id for one in await left()]
        await pass_days(town, 28, telegram)
        assert 1 == len(await left())
        await pass_days(town, 4, telegram)
        assert [] == await left()


async def overdue(town: Town) -> Case:
    """A case that the clock, if it goes on unseen for a day, is past."""
    over = Case(bytes(16), None, {"code": "ABCDEF", "holder": "", "times": {}}, town.clock().date())
    await town.app.store.write(lambda work: work.add_case(over))
    return over


async def test_a_clock_is_compared_before_anything_goes_by_it(open_town: Open) -> None:
    """Telegram's is heard when the clock was looked at a moment ago, and cases are to go before it is again."""
    async with open_town(telegram=Clock()) as town:
        over = await overdue(town)
        await town.app.keeper.watch()
        await town.close()
        town.clock.forward(hours=23)
        await town.open()
        await town.app.keeper.watch()
        await town.begun("ru")
        await town.app.keeper.tidy()
        assert [over] == await town.app.store.write(lambda work: work.all_cases())
        assert "telegram" == (await state(town))["doubt"]


@pytest.mark.parametrize("hours", [-12, 12])
async def test_a_clock_that_is_set_while_the_bot_is_quiet_is_doubted(open_town: Open, hours: int) -> None:
    """Telegram's is reckoned on from its latest date by the time that passes, with nothing sent any more."""
    async with open_town(telegram=Clock()) as town:
        over = await overdue(town)
        await town.begun("ru")
        await town.app.keeper.watch()
        for _ in range(2):
            town.clock.forward(hours=hours)
            await town.app.keeper.tidy()
            assert "telegram" == (await state(town))["doubt"]
        assert [over] == await town.app.store.write(lambda work: work.all_cases())


async def test_a_clock_that_goes_right_is_not_doubted_however_long_telegram_is_not_heard(town: Town) -> None:
    await town.begun("ru")
    for _ in range(10):
        town.clock.forward(hours=20)
        await town.app.keeper.watch()
    assert not (await state(town)).get("doubt")


@pytest.mark.parametrize("hours", [-2, 2])
async def test_more_than_an_hour_from_telegrams_clock_is_a_doubt(open_town: Open, hours: int) -> None:
    """Asked once, also after a restart; who confirms it is asked again only when it differs otherwise."""
    async with open_town(telegram=Clock(), admins=ONE) as town:
        admin = await town.administrator()
        await rounds(town)
        assert not (await state(town)).get("doubt")
        town.clock.forward(hours=hours)
        await town.said(admin, "/keys")
        await rounds(town)
        assert "telegram" == (await state(town))["doubt"]
        assert "It differs from Telegram's by more than an hour." in texts(admin.messages())
        asked = [one.id for one in admin.messages() if "The clock is right" in str(one.buttons)]
        await town.close()
        await town.open()
        await rounds(town)
        assert asked == [one.id for one in admin.messages() if "The clock is right" in str(one.buttons)]
        assert IN_DOUBT in (await town.said(admin, "/keys")).text
        admin.press("The clock is right")
        await town.said(admin, "/keys")
        await rounds(town)
        assert not (await state(town)).get("doubt")
        town.clock.forward(hours=2 * hours)
        await town.said(admin, "/keys")
        await rounds(town)
        assert "telegram" == (await state(town))["doubt"]


async def test_the_clock_is_not_doubted_for_what_telegram_says_of_old_messages(open_town: Open) -> None:
    """Edits of an old message carry the time of the edit."""
    async with open_town(admins=ONE) as town:
        await town.administrator()
        person = await town.begun("en")
        await town.forward(hours=5)
        person.press("Continue")
        await town.settled()
        assert person.screen.edits > 1
        await rounds(town)
        assert not (await state(town)).get("doubt")


async def test_a_month_by_itself(open_town: Open) -> None:
    """The case key is rotated after 30 days, not before, and the old one goes; once a week the audit head is told."""
    async with open_town(admins=ONE) as town:
        admin = await town.administrator()
        await town.played(SHORT)
        (first,) = await keys(town)
        await pass_days(town, 28)
        assert [first] == await keys(town)
        digests = {one.id: one.text for one in admin.shown if "The audit log this week" in one.text}
        assert 3 <= len(digests) <= 4
        number, value = await town.app.store.write(lambda work: work.audit_head())
        assert f"Head: {number}:{value}" in list(digests.values())[-1]
        await pass_days(town, 3)
        (second,) = await keys(town)
        assert first != second
        assert not [one for one in admin.shown if "overdue" in one.text or "Re-wrapped" in one.text]


async def test_in_offline_custody_rotating_is_a_reminder(open_town: Open) -> None:
    """Nothing is rotated by itself; /rotate and, when it is overdue, one message say where to do it."""
    async with open_town(admins=ONE) as town:
        admin = await town.administrator()
        public = CasePublic(b"offline1", PrivateKey(new_seed()).public.raw)
        await town.app.store.write(lambda work: work.begin_rotation("shell", public))
        before = await keys(town)
        assert "rotate there" in (await town.said(admin, "/rotate")).text
        assert "Custody: the case keys are with the coordinators" in (await town.said(admin, "/keys")).text
        await pass_days(town, 32)
        assert before[0] == (await keys(town))[0]
        reminders = [one for one in admin.messages() if "overdue" in one.text]
        assert 1 == len(reminders) and "qorgan keys rotate --keyring" in reminders[0].text


async def test_a_round_that_fails_stops_neither_the_others_nor_the_bot(
    open_town: Open, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged by the kind of its error alone."""
    async with open_town(admins=ONE) as town:
        admin = await town.administrator()
        await town.played(SHORT)
        await town.close()
        engine = create_engine(town.settings.database_url)
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE processes"))
        engine.dispose()
        await town.open()
        await town.said(admin, "/rotate")
        await admin.reads("Under earlier keys: 0", timeout=20)
        failed = [one.msg for one in caplog.records if one.name == "bot.telegram.keeper" and one.levelno > 20]
        assert failed and {"keeper.failed"} == {one["event"] for one in failed}
        assert all(re.fullmatch(r"[A-Za-z]+", one["error"]) for one in failed)


async def test_a_process_is_told_of_while_it_runs(town: Town) -> None:
    await town.begun("ru", PERSON)
    assert 1 == len(await town.app.store.write(lambda work: work.processes()))
    await town.close()
    await town.open()
    await town.settled()
    assert 1 == len(await town.app.store.write(lambda work: work.processes()))
