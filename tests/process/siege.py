"""A bot that is killed again and again while people in three languages come and go."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from bot.sandbox import Late, Sandbox
from tests.ports import free_port
from tests.process.conftest import COORDINATOR, Home, kill, stop
from tests.process.intakes import Intakes
from tests.process.reckoning import Reckoning, reckon
from tests.process.zygote import Process

LOOKED = 0.004
HASTY = 0.1
"""How often a process is killed before it has come to serve anybody."""
SERVES = 80
"""Calls to people's chats after which it is killed at the latest."""
UNSTEADY = (0.0, 0.0, 0.01, 0.1)
"""Seconds that a call takes, by chance: who does not wait for one overtakes it with the next."""
REPEATS_EVERY = 0.1


@dataclass
class Siege:
    """``run`` it: it tells what was lost. Each process is called by Telegram, or polls, as chance has it."""

    home: Home
    sandbox: Sandbox
    kills: int
    people: int
    seed: int
    intakes: Intakes = field(init=False)
    _chance: random.Random = field(init=False)
    _port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.intakes, self._chance = Intakes(self.sandbox), random.Random(self.seed)

    async def run(self) -> Reckoning:
        coordinator = self.sandbox.user(COORDINATOR, "Dana", "ru")
        coordinator.start()
        process, enough = self._begin(), asyncio.Event()
        await coordinator.wait(lambda me: me.screen, 15)
        async with self._trouble():
            coming = [asyncio.create_task(self._come(enough)) for _ in range(self.people)]
            for _ in range(self.kills):
                await self._moment()
                kill(process)
                process = self._begin()
            enough.set()
            await asyncio.gather(*coming)
        await self.sandbox.settled(quiet=0.5, timeout=60)
        assert await stop(process) == 0
        return reckon(self.home, self.intakes.came, coordinator)

    async def _come(self, enough: asyncio.Event) -> None:
        while not enough.is_set():
            with suppress(Late):  # whoever gives up is counted
                await self.intakes.one()

    async def _moment(self) -> None:
        """Soon after the start, or in the middle of serving people."""
        if self._chance.random() < HASTY:
            await asyncio.sleep(self._chance.uniform(0, 1))
            return
        begun, wanted = len(self.sandbox.calls), self._chance.randrange(1, SERVES)
        async with asyncio.timeout(60):
            while sum(call.chat is not None for call in self.sandbox.calls[begun:]) < wanted:
                await asyncio.sleep(LOOKED)
        await asyncio.sleep(self._chance.uniform(0, UNSTEADY[-1]))

    def _begin(self) -> Process:
        if self._chance.random() < 0.5:
            return self.home.run(self.sandbox)
        return self.home.begin(
            "run",
            QORGAN_API_URL=self.sandbox.url,
            QORGAN_WEBHOOK_URL=f"http://127.0.0.1:{self._port}/way-in",
            QORGAN_WEBHOOK_LISTEN=f"127.0.0.1:{self._port}",
            QORGAN_WEBHOOK_SECRET="quiet_words-7",
        )

    @asynccontextmanager
    async def _trouble(self) -> AsyncIterator[None]:
        """Calls take now longer, now shorter, and Telegram brings again what it has brought."""
        unsteady = self.sandbox.fail(times=None)

        async def vary() -> None:
            while True:
                unsteady.latency = self._chance.choice(UNSTEADY)
                await asyncio.sleep(LOOKED)

        async def repeat() -> None:
            while True:
                await asyncio.sleep(REPEATS_EVERY)
                if brought := self.intakes.brought()[-100:]:
                    self.sandbox.redeliver(self._chance.choice(brought))

        tasks = [asyncio.create_task(vary()), asyncio.create_task(repeat())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            unsteady.cancel()
