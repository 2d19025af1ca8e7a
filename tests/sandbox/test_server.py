"""Long polling with real confirmation, and troubles to order."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import pytest

from bot.sandbox import Sandbox


async def test_an_update_comes_again_until_a_higher_offset_confirms_it(bot, sandbox: Sandbox):
    person = sandbox.user(11)
    first, second = person.write("one")["update_id"], person.write("two")["update_id"]
    for _ in range(2):
        assert [one["update_id"] for one in await bot.call("getUpdates")] == [first, second]
    assert len(await bot.call("getUpdates", limit=1)) == 1
    assert [one["update_id"] for one in await bot.call("getUpdates", offset=second)] == [second]
    assert sandbox.world.owed() == 1
    assert await bot.call("getUpdates", offset=second + 1) == []
    assert sandbox.world.owed() == 0


async def test_a_waiting_poll_returns_at_once_when_somebody_writes(bot, sandbox: Sandbox):
    poll = asyncio.ensure_future(bot.call("getUpdates", timeout=20))
    await asyncio.sleep(0.05)
    begun = time.monotonic()
    sandbox.user(11).write("hello")
    assert [one["message"]["text"] for one in await poll] == ["hello"]
    assert time.monotonic() - begun < 2


async def test_a_poll_that_hears_nothing_ends_empty_in_time(bot):
    begun = time.monotonic()
    assert await bot.call("getUpdates", timeout=1) == []
    assert 0.9 < time.monotonic() - begun < 3


async def test_a_second_poll_ends_the_first(bot, sandbox: Sandbox):
    first = asyncio.ensure_future(bot.ask("getUpdates", timeout=20))
    await asyncio.sleep(0.05)
    second = asyncio.ensure_future(bot.call("getUpdates", timeout=20))
    assert await first == {
        "ok": False,
        "error_code": 409,
        "description": "Conflict: terminated by other getUpdates request; "
        "make sure that only one bot instance is running",
    }
    sandbox.user(11).write("hello")
    assert len(await second) == 1


async def test_only_the_kinds_asked_for_are_made(bot, sandbox: Sandbox):
    person = sandbox.user(11)
    await bot.call("getUpdates", allowed_updates=["message"])
    person.write("one")
    person.block()
    assert [list(one)[1] for one in await bot.call("getUpdates")] == ["message"]


async def test_a_confirmed_update_can_be_delivered_again(bot, sandbox: Sandbox):
    update = sandbox.user(11).write("one")
    await bot.call("getUpdates")
    await bot.call("getUpdates", offset=update["update_id"] + 1)
    sandbox.redeliver(update)
    assert await bot.call("getUpdates", offset=update["update_id"] + 1) == [update]
    assert await bot.call("getUpdates", offset=update["update_id"] + 1) == []


async def test_updates_wait_24_hours(bot, sandbox: Sandbox, clock):
    sandbox.user(11).write("one")
    clock.forward(hours=24)
    assert len(await bot.call("getUpdates")) == 1
    clock.forward(seconds=1)
    assert await bot.call("getUpdates") == []


async def test_too_many_requests_says_how_long_to_wait_and_only_in_that_chat(bot, sandbox: Sandbox):
    for one in (11, 12):
        sandbox.user(one).start()
    sandbox.fail("sendMessage", retry_after=7, chat=11, times=2)
    for _ in range(2):
        assert await bot.ask("sendMessage", chat_id=11, text="x") == {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: retry after 7",
            "parameters": {"retry_after": 7},
        }
        await bot.call("sendMessage", chat_id=12, text="x")
    await bot.call("sendMessage", chat_id=11, text="x")
    assert sandbox.count(11) == {"sendMessage": 3}
    assert [call.ok for call in sandbox.calls if call.chat == 11] == [False, False, True]
    assert sandbox.calls[0].error == "Too Many Requests: retry after 7"


async def test_a_fault_without_end_lasts_until_cancelled_and_spares_polls(bot, sandbox: Sandbox):
    fault = sandbox.fail(status=502, times=None)
    assert await bot.refused("getMe") == "Bad Gateway"
    assert await bot.call("getUpdates") == []
    fault.cancel()
    await bot.call("getMe")
    sandbox.fail("getUpdates", status=500, description="Internal Server Error: sorry")
    assert await bot.refused("getUpdates") == "Internal Server Error: sorry"
    await bot.call("getUpdates")


@pytest.mark.parametrize(("moment", "arrived"), [("before", 0), ("after", 1)])
async def test_a_connection_lost_before_or_after_the_work_is_done(bot, sandbox: Sandbox, moment, arrived):
    person = sandbox.user(11)
    person.start()
    sandbox.fail("sendMessage", drop=moment)
    with pytest.raises(aiohttp.ClientError):
        await bot.call("sendMessage", chat_id=11, text="x")
    assert len(person.shown) == arrived
    assert [call.ok for call in sandbox.calls] == [False]


async def test_a_slow_call_still_arrives(bot, sandbox: Sandbox):
    sandbox.fail("getMe", latency=0.2)
    begun = time.monotonic()
    await bot.call("getMe")
    assert time.monotonic() - begun >= 0.2


async def test_telegram_comes_back_where_it_was(bot, sandbox: Sandbox):
    sandbox.user(11).write("kept")
    port = int(sandbox.url.rpartition(":")[2])
    await sandbox.stop()
    with pytest.raises(aiohttp.ClientError):
        await bot.call("getMe")
    assert await sandbox.start(port) == sandbox.url
    assert [one["message"]["text"] for one in await bot.call("getUpdates")] == ["kept"]


async def test_a_poll_whose_bot_was_killed_swallows_nothing(sandbox: Sandbox, bot):
    async with aiohttp.ClientSession() as doomed:
        url = f"{sandbox.url}/bot{sandbox.token}/getUpdates"
        poll = asyncio.ensure_future(doomed.post(url, json={"timeout": 20}))
        await asyncio.sleep(0.05)
        poll.cancel()
        await asyncio.gather(poll, return_exceptions=True)
    update = sandbox.user(11).write("one")
    sandbox.redeliver(update)
    await asyncio.sleep(0.05)
    assert await bot.call("getUpdates", offset=update["update_id"] + 1) == [update]


async def test_settled_waits_for_the_bots_last_word(bot, sandbox: Sandbox):
    person = sandbox.user(11)
    update = person.start()

    async def answer() -> None:
        await asyncio.sleep(0.05)
        await bot.call("getUpdates", offset=update["update_id"] + 1)
        await bot.call("sendMessage", chat_id=11, text="hello")

    task = asyncio.ensure_future(answer())
    await sandbox.settled()
    assert person.screen.text == "hello"
    await task
