"""A bot that was away for about as long as Telegram keeps what people write."""

from __future__ import annotations

from datetime import timedelta

from bot.sandbox import Account, Message
from bot.sandbox.player import place

from .conftest import ADMIN, PERSON, Open, Town

LOST = "Messages may have been lost."


def told(admin: Account) -> list[Message]:
    return [one for one in admin.shown if LOST in one.text]


async def away(town: Town, **how_long: float) -> None:
    await town.close()
    town.clock.forward(**how_long)
    await town.open()
    await town.settled()


async def test_after_almost_a_day_administrators_read_from_when_messages_may_be_missing(open_town: Open) -> None:
    async with open_town(admins=(ADMIN,)) as town:
        admin = await town.administrator()
        await away(town, hours=21)
        (message,) = told(admin)
        assert "From: Mar 2, 2026, 14:00" in message.text
        assert "Until: Mar 3, 2026, 11:00" in message.text
        await away(town, hours=1)
        assert 1 == len(told(admin))


async def test_a_second_outage_is_told_though_nobody_has_confirmed_the_clock_after_the_first(open_town: Open) -> None:
    async with open_town(admins=(ADMIN,)) as town:
        admin = await town.administrator()
        await away(town, hours=30)
        await away(town, hours=1)
        assert 1 == len(told(admin))
        await away(town, hours=22)
        assert 2 == len(told(admin))


async def test_a_night_without_the_bot_is_nothing_to_worry_about(open_town: Open) -> None:
    async with open_town(admins=(ADMIN,)) as town:
        admin = await town.administrator()
        await away(town, hours=12)
        assert [] == told(admin)


async def test_a_running_bot_that_hears_of_yesterday_tells_so_once(open_town: Open) -> None:
    """The way to Telegram was cut, not the bot: what comes first shows how long."""
    async with open_town(admins=(ADMIN,)) as town:
        admin = await town.administrator()
        for number, hours in enumerate((22, 21, 3)):
            town.person(number=PERSON + number).write("Привет", at=town.clock() - timedelta(hours=hours))
        await town.settled()
        (message,) = told(admin)
        assert "From: Mar 1, 2026, 16:00" in message.text


async def test_who_is_in_the_middle_of_it_is_answered_before_sixty_first_greetings(open_town: Open) -> None:
    async with open_town() as town:
        person = await town.begun()
        await town.close()
        strangers = [town.person(number=PERSON + number) for number in range(1, 61)]
        for stranger in strangers:
            stranger.start()
        person.press("consent=agree")
        town.sandbox.calls.clear()
        await town.open()
        await person.wait(lambda me: place(me.screen) == "safe_now")
        await town.settled()
        served = [call.chat for call in town.sandbox.calls if call.method in ("sendMessage", "editMessageText")]
        assert person.id in served[:30]
        assert {one.id for one in strangers} < set(served)


async def test_a_message_without_a_date_or_of_1970_is_no_outage(open_town: Open) -> None:
    """The fuzzer alarmed administrators with it: messages may have been lost for half a million hours."""
    async with open_town(admins=(ADMIN,)) as town:
        admin = await town.administrator()
        person = await town.begun("ru")
        sent = person.write("?")["message"]
        for date in ({}, {"date": 1}, {"date": None}):
            person.raw({"message": {key: value for key, value in sent.items() if key != "date"} | date})
        await town.settled()
        assert not told(admin)
