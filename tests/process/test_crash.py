"""A bot that dies, and the people who never notice."""

from __future__ import annotations

import asyncio
import signal
import time

import pytest

from bot.demo.terminal import PLAYED
from bot.sandbox import Account, Sandbox
from bot.sandbox.player import place, play
from tests.process.conftest import COORDINATOR, Home, holds, kill, stop

WORDS = "Сестра, зелёная дверь 🚪"
HELD = {**PLAYED, "trusted": (f'"{WORDS}',)}


async def begin(person: Account) -> None:
    person.start()
    await person.wait(lambda me: place(me.screen) == "consent", 15)


async def summary(coordinator: Account) -> str:
    """What a coordinator reads who takes the one case there is."""
    await coordinator.wait(lambda me: any(one.data.startswith("take=") for one in me.buttons()), 10)
    coordinator.press(next(one.data for one in coordinator.buttons() if one.data.startswith("take=")))
    return await coordinator.wait(holds("Надёжный человек"))


async def test_after_kill_9_the_person_goes_on_at_the_same_question_with_all_answers(
    home: Home, sandbox: Sandbox, person: Account, coordinator: Account
) -> None:
    first = home.run(sandbox)
    await begin(person)
    await play(person, HELD, until="papers")
    asked = person.screen
    person.press("papers=protocol")
    ticked = await person.wait(lambda me: me.screen if me.screen.edits > asked.edits else None)
    kill(first)

    home.run(sandbox)
    person.start()
    await person.wait(lambda me: all(message.by_bot for message in me.messages()), 15)
    again = person.screen
    assert (again.id, again.text, again.buttons) == (ticked.id, ticked.text, ticked.buttons)
    person.press("papers=-done")
    await person.wait(lambda me: place(me.screen) == "date_protocol")
    await play(person, HELD)
    read = await summary(coordinator)
    for answer in ("В отделе полиции", "Алматы", "Административный протокол", "В этом чате", WORDS):
        assert answer in read


async def test_kill_9_at_any_moment_after_a_press_neither_loses_it_nor_counts_it_twice(
    home: Home, sandbox: Sandbox, person: Account, coordinator: Account
) -> None:
    """Ticks are the hard ones: a press taken twice would take the tick away again."""
    process = home.run(sandbox)
    await begin(person)
    await play(person, HELD, until="papers")
    ticks = 0
    for option, moment in (("protocol", 0.0), ("order", 0.004), ("refusal", 0.012), ("summons", 0.03)):
        person.press(f"papers={option}")
        await asyncio.sleep(moment)
        kill(process)
        process = home.run(sandbox)
        ticks += 1
        await person.wait(lambda me, now=ticks: _ticks(me) == now, 15)
    await sandbox.settled()
    assert _ticks(person) == ticks


def _ticks(account: Account) -> int:
    return sum("✓" in one.label for one in account.buttons())


async def test_an_alert_that_was_committed_and_not_sent_is_sent_after_kill_9_and_restart(
    home: Home, sandbox: Sandbox, person: Account, coordinator: Account
) -> None:
    """One press, Telegram refuses to bring the alert, the process dies: the alert still comes."""
    first = home.run(sandbox)
    await coordinator.wait(lambda me: me.screen, 15)
    await begin(person)
    greeted = len(coordinator.shown)
    refusal = sandbox.fail("sendMessage", times=None, status=500, chat=COORDINATOR)
    person.press("consent=taken")
    await person.wait(lambda me: place(me.screen) == "taken")
    kill(first)
    assert len(coordinator.shown) == greeted

    refusal.cancel()
    home.run(sandbox)
    await coordinator.wait(lambda me: any(one.data.startswith("take=") for one in me.buttons()), 15)
    await sandbox.settled()
    assert len(coordinator.shown) == greeted + 1


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
async def test_a_polite_stop_ends_with_0_at_once(
    by: signal.Signals, home: Home, sandbox: Sandbox, person: Account
) -> None:
    process = home.begin_cold("run", QORGAN_API_URL=sandbox.url)
    await begin(person)
    asked = time.monotonic()
    assert await stop(process, by) == 0
    assert time.monotonic() - asked < 3


async def test_a_stop_is_heard_while_telegram_is_away(home: Home, sandbox: Sandbox) -> None:
    """A machine without network must still shut down: nothing waits for an answer that does not come."""
    sandbox.fail("*", times=None, status=502)
    sandbox.fail("getUpdates", times=None, status=502)
    process = home.run(sandbox)
    async with asyncio.timeout(15):
        while not sandbox.calls:
            await asyncio.sleep(0.05)
    asked = time.monotonic()
    assert await stop(process) == 0
    assert time.monotonic() - asked < 5


async def test_a_stop_in_the_middle_of_trouble_keeps_the_alert_for_the_next_start(
    home: Home, sandbox: Sandbox, person: Account, coordinator: Account
) -> None:
    first = home.run(sandbox)
    await coordinator.wait(lambda me: me.screen, 15)
    await begin(person)
    refusal = sandbox.fail("sendMessage", times=None, status=500, chat=COORDINATOR)
    person.press("consent=taken")
    await person.wait(lambda me: place(me.screen) == "taken")
    asked = time.monotonic()
    assert await stop(first) == 0
    assert time.monotonic() - asked < 10

    refusal.cancel()
    home.run(sandbox)
    await coordinator.wait(lambda me: any(one.data.startswith("take=") for one in me.buttons()), 15)


async def test_people_are_served_while_telegram_refuses_the_menu_of_commands(
    home: Home, sandbox: Sandbox, person: Account
) -> None:
    """How the bot introduces itself matters less than whoever writes to it."""
    sandbox.fail("setMyDescription", times=None, status=500)
    home.run(sandbox)
    await begin(person)
