"""Several processes over one database: one leads, all take in, and whichever dies is not missed."""

from __future__ import annotations

import asyncio
import json
import signal
from collections import Counter
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.sandbox import Account, Sandbox
from bot.sandbox.player import place, play
from tests.process.conftest import ADMINISTRATOR, Home, holds, kill, on_server, stop
from tests.process.crowd import told
from tests.process.intakes import Intakes
from tests.process.replicas import Door
from tests.process.test_crash import HELD, begin
from tests.process.test_webhook import ticks

TAKEN_OVER = 10.0


@pytest.fixture
async def door(home: Home, sandbox: Sandbox) -> AsyncIterator[Door]:
    """Before a home that has an administrator, too."""
    home.env["QORGAN_ADMINS"] = str(ADMINISTRATOR)
    async with Door(home, sandbox).open() as opened:
        yield opened


@on_server
async def test_replicas_die_one_after_the_other_under_load_and_nothing_is_lost(
    door: Door, sandbox: Sandbox, coordinator: Account
) -> None:
    """The one that leads, the one that does not, both at once; every word is in exactly one case, every alert came."""
    for _ in range(2):
        await door.ready(door.begin())
    intakes, enough = Intakes(sandbox), asyncio.Event()
    crowd = [asyncio.create_task(intakes.until(enough)) for _ in range(4)]
    for whom in ("leader", "other", "leader", "both"):
        await asyncio.sleep(1)
        leader = await door.leader()
        for replica in list(door.replicas):
            if whom == "both" or (replica is leader) == (whom == "leader"):
                kill(replica.process)
                door.replicas.remove(replica)
                await door.ready(door.begin())
        await door.leader(TAKEN_OVER)
    enough.set()
    await asyncio.gather(*crowd)
    await sandbox.settled(timeout=30)
    codes = {one.text.rsplit(maxsplit=1)[-1] for one in coordinator.messages() if "Взять" in str(one.buttons)}
    for replica in door.replicas:
        assert 0 == await stop(replica.process)
    said = Counter(words for case in told(door.home).values() for words in case)
    assert dict.fromkeys(intakes.words, 1) == said
    assert len(said) >= 4 and len(codes) == len(said)


@on_server
async def test_a_replica_that_stands_still_is_replaced_and_sends_nothing_more(
    door: Door, sandbox: Sandbox, person: Account
) -> None:
    """Not dead, so that nobody can see it die; when it wakes up it finds that another leads."""
    for _ in range(2):
        await door.ready(door.begin())
    await begin(person)
    await play(person, HELD, until="who")
    leader = await door.leader()
    leader.process.send_signal(signal.SIGSTOP)
    door.replicas.remove(leader)
    await door.leader(TAKEN_OVER)
    await play(person, HELD, until="papers")
    leader.process.send_signal(signal.SIGCONT)
    door.replicas.append(leader)
    async with asyncio.timeout(10):
        while leader.leads:
            await asyncio.sleep(0.05)
    for count, option in enumerate(("protocol", "order", "refusal"), 1):
        person.press(f"papers={option}")
        await person.wait(lambda me, now=count: ticks(me) == now)
    assert 1 == sum(call.method == "sendMessage" and call.chat == person.id for call in sandbox.calls)


@on_server
async def test_one_update_brought_to_two_replicas_at_once_is_answered_once(
    door: Door, sandbox: Sandbox, person: Account
) -> None:
    replicas = [door.begin() for _ in range(2)]
    for replica in replicas:
        await door.ready(replica)
    await begin(person)
    await play(person, HELD, until="papers")
    async with aiohttp.ClientSession() as session:
        for count, option in enumerate(("protocol", "order", "refusal", "expulsion"), 1):
            before = sum(call.method == "editMessageText" for call in sandbox.calls)
            body = json.dumps(person.press(f"papers={option}")).encode()
            answers = await asyncio.gather(*(door.deliver(session, replica, body) for replica in replicas))
            assert answers == [200, 200]
            await person.wait(lambda me, now=count: ticks(me) == now)
            await sandbox.settled(timeout=10)
            assert 1 == sum(call.method == "editMessageText" for call in sandbox.calls) - before


@on_server
async def test_replicas_that_share_a_keyring_go_on_while_it_is_rotated(door: Door, sandbox: Sandbox) -> None:
    """Whichever makes the new key, the other seals under it from then on; every case can be read."""
    for _ in range(2):
        await door.ready(door.begin())
    administrator = sandbox.user(ADMINISTRATOR, "Aru", "en")
    administrator.start()
    await administrator.wait(lambda me: me.screen, 15)
    intakes, enough = Intakes(sandbox), asyncio.Event()
    crowd = [asyncio.create_task(intakes.until(enough)) for _ in range(3)]
    for _ in range(2):
        while len(intakes.words) % 3 != 2:
            await asyncio.sleep(0.05)
        done = len(intakes.words)
        administrator.write("/rotate")
        await administrator.wait(holds("The rotation is finished"), 30)
        while len(intakes.words) < done + 2:
            await asyncio.sleep(0.05)
    enough.set()
    await asyncio.gather(*crowd)
    for replica in door.replicas:
        assert 0 == await stop(replica.process)
    assert sorted(intakes.words) == sorted(words for case in told(door.home).values() for words in case)


async def test_a_second_process_that_polls_stands_by_and_takes_over(
    home: Home, sandbox: Sandbox, person: Account
) -> None:
    """It never asks Telegram for anything before: Telegram would cut the first one's line."""
    first = home.run(sandbox)
    await begin(person)
    second = home.run(sandbox)
    await play(person, HELD, until="papers")
    async with asyncio.timeout(15):
        while home.output.read_bytes().count(b"bot.started") < 2:
            await asyncio.sleep(0.05)
    await asyncio.sleep(1.5)
    assert 0 == sum(not poll.ok for poll in sandbox.polls)
    kill(first)
    person.press("papers=protocol")
    await person.wait(lambda me: ticks(me) == 1, TAKEN_OVER)
    assert 0 == await stop(second)
    third = home.run(sandbox)
    person.press("papers=-done")
    await person.wait(lambda me: place(me.screen) == "date_protocol", TAKEN_OVER)
    assert 0 == await stop(third)
