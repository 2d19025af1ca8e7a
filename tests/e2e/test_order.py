"""What is said in one chat comes in the order in which it was said, however long Telegram takes for one of it."""

from __future__ import annotations

import asyncio

from bot.sandbox import Message
from bot.sandbox.player import play

from .conftest import SHORT, STAFF, Town, alerts

SLOW = 0.4


def ticks(screen: Message) -> int:
    return sum("✓" in button.label for row in screen.buttons for button in row)


async def test_a_screen_that_is_slow_to_come_is_not_overtaken_by_the_next(town: Town) -> None:
    person = await town.begun()
    await play(person, SHORT, until="papers")
    await town.settled()
    before = len(person.shown)
    for latency, paper in ((SLOW, "protocol"), (SLOW / 2, "order"), (0, "summons")):
        slow = town.sandbox.fail("editMessageText", latency=latency, chat=person.id)
        person.press(f"papers={paper}")
        async with asyncio.timeout(5):
            while not slow.hits:
                await asyncio.sleep(0.01)
    await town.settled()
    seen = [ticks(screen) for screen in person.shown[before:]]
    assert seen == sorted(seen) and seen[-1] == 3


async def test_an_alert_as_it_was_never_takes_the_place_of_the_alert_as_it_is(town: Town) -> None:
    (coordinator,) = await town.on_duty("en")
    person = await town.begun()
    await play(person, SHORT, until="where")
    await town.settled()
    slow = town.sandbox.fail("editMessageText", latency=SLOW, chat=STAFF["en"])
    await play(person, SHORT)
    await town.settled()
    assert slow.hits == 1
    (alert,) = alerts(coordinator)
    assert alert == coordinator.shown[-1]
    assert "Place: Almaty" in alert.text and "60–72: Mar" in alert.text
