"""A bot that Telegram calls, as a process of its own: killed, stopped under load, and refused."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import time
from collections import Counter
from contextlib import closing

from bot import health
from bot.sandbox import Account, Sandbox
from bot.sandbox.player import place, play
from bot.sandbox.webhook import Webhook
from tests.ports import free_port
from tests.process.conftest import Home, kill, stop
from tests.process.crowd import told
from tests.process.intakes import Intakes
from tests.process.test_crash import HELD, begin

SECRET = "quiet_words-7"
NEVER = 10**9


def settings(sandbox: Sandbox) -> dict[str, str]:
    port = free_port()
    return {
        "QORGAN_API_URL": sandbox.url,
        "QORGAN_WEBHOOK_URL": f"http://127.0.0.1:{port}/way-in",
        "QORGAN_WEBHOOK_LISTEN": f"127.0.0.1:{port}",
        "QORGAN_WEBHOOK_SECRET": SECRET,
    }


def ticks(account: Account) -> int:
    return sum("✓" in one.label for one in account.buttons())


async def test_kill_9_between_commit_and_answer_changes_nothing_twice(
    home: Home, sandbox: Sandbox, person: Account
) -> None:
    """The tick is shown, so it is committed; Telegram has heard nothing and brings the press again, and again."""
    hook = settings(sandbox)
    process = home.begin("run", **hook)
    await begin(person)
    await play(person, HELD, until="papers")
    for count, option in enumerate(("protocol", "order", "refusal"), 1):
        sandbox.postman.lost = NEVER
        person.press(f"papers={option}")
        await person.wait(lambda me, now=count: ticks(me) == now)
        kill(process)
        sandbox.postman.lost = 0
        process = home.begin("run", **hook)
        await sandbox.settled(timeout=20)
        assert count == ticks(person)
    person.press("papers=-done")
    await person.wait(lambda me: place(me.screen) == "date_protocol")


async def test_kill_9_before_the_commit_loses_nothing_because_nobody_was_told_yes(
    home: Home, sandbox: Sandbox, person: Account
) -> None:
    hook = settings(sandbox)
    process = home.begin("run", **hook)
    await begin(person)
    heard = len(sandbox.postman.answers)
    with closing(sqlite3.connect(home.database, isolation_level=None)) as thief:
        thief.execute("BEGIN IMMEDIATE")
        person.press("consent=agree")
        await asyncio.sleep(1)
        kill(process)
        thief.execute("ROLLBACK")
    assert 200 not in sandbox.postman.answers[heard:]
    home.begin("run", **hook)
    await person.wait(lambda me: place(me.screen) == "safe_now", 15)


async def test_a_stop_under_load_is_clean_and_everybody_comes_to_the_end(
    home: Home, sandbox: Sandbox, coordinator: Account
) -> None:
    """Twelve people in the middle of it; every word of theirs is in exactly one case afterwards."""
    hook = settings(sandbox)
    process = home.begin("run", **hook)
    intakes, enough = Intakes(sandbox), asyncio.Event()
    crowd = [asyncio.create_task(intakes.until(enough)) for _ in range(12)]
    for _ in range(3):
        heard = len(sandbox.postman.answers)
        while sandbox.postman.answers[heard:].count(200) < 30:
            await asyncio.sleep(0.05)
        asked = time.monotonic()
        assert 0 == await stop(process)
        assert time.monotonic() - asked < 10
        process = home.begin("run", **hook)
    enough.set()
    await asyncio.gather(*crowd)
    await sandbox.settled(timeout=20)
    assert 0 == await stop(process)
    assert len(intakes.words) >= 12
    said = Counter(words for case in told(home).values() for words in case)
    assert dict.fromkeys(intakes.words, 1) == said


async def test_a_stop_ends_in_time_though_telegram_answers_nothing(
    home: Home, sandbox: Sandbox, person: Account
) -> None:
    """Every call under way hangs; what was not sent stays in the outbox."""
    process = home.begin("run", **settings(sandbox))
    await begin(person)
    silent = sandbox.fail("*", times=None, latency=60)
    person.press("consent=taken")
    async with asyncio.timeout(5):
        while not silent.hits:
            await asyncio.sleep(0.05)
    asked = time.monotonic()
    assert 0 == await stop(process)
    assert time.monotonic() - asked < 10


async def test_check_says_whose_webhook_telegram_knows(home: Home, sandbox: Sandbox) -> None:
    hook = settings(sandbox)

    async def said(**given: str) -> str:
        env = home.env | {"QORGAN_API_URL": sandbox.url, **given}
        found = await asyncio.to_thread(health.check, env, None)
        return next((one.words for one in found if one.subject == "webhook"), "")

    assert "" == await said()
    assert "Telegram knows none: qorgan run tells it" in await said(**hook)
    sandbox.postman.webhook = Webhook(hook["QORGAN_WEBHOOK_URL"], SECRET)
    assert "Telegram delivers to ours" in await said(**hook)
    sandbox.postman.webhook = Webhook("https://example.org/hunter2", SECRET)
    for given in ({}, hook):
        assert "Telegram delivers elsewhere" in await said(**given)
        assert "hunter2" not in await said(**given)


async def test_an_address_that_is_taken_is_said_in_two_lines(home: Home, sandbox: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        done = await asyncio.to_thread(
            home.command, "run", QORGAN_API_URL=sandbox.url, QORGAN_WEBHOOK_LISTEN=listen
        )
    assert 2 == done.returncode
    assert "nothing can listen where QORGAN_WEBHOOK_LISTEN says" in done.stderr
    assert "Traceback" not in done.stderr
