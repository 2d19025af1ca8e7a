"""A rotation that is killed again and again while people come and go."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

from bot.sandbox import Account, Sandbox
from tests.process.conftest import ADMINISTRATOR, COORDINATOR, Home, kill, stop
from tests.process.crowd import Told, fill, told, wraps
from tests.process.intakes import Intakes
from tests.process.zygote import Process

LOOKED = 0.004
"""Seconds between two looks at how far the rotation is."""
HASTY = 0.2
"""How often a process is killed before it has even said that it has started."""


@dataclass
class Ordeal:
    """``run`` it; then the rest tells how it ended."""

    home: Home
    sandbox: Sandbox
    administrator: Account
    cases: int
    kills: int
    people: int
    seed: int
    killed_at: list[int] = field(default_factory=list)
    """Wraps still under the old key at each kill."""
    old: str = ""
    seeded: Told = field(default_factory=dict)
    intakes: Intakes = field(init=False)

    @classmethod
    def of(cls, home: Home, sandbox: Sandbox, *, cases: int, kills: int, people: int, seed: int) -> Ordeal:
        """With an administrator and a coordinator who have said hello."""
        for member in (ADMINISTRATOR, COORDINATOR):
            sandbox.user(member, "Dana", "ru").start()
        home.env["QORGAN_ADMINS"] = str(ADMINISTRATOR)
        return cls(home, sandbox, sandbox.user(ADMINISTRATOR), cases, kills, people, seed)

    async def run(self) -> None:
        """Leaves with every wrap under a newer key and the last process stopped."""
        chance = random.Random(self.seed)
        self.seeded = fill(self.home, self.cases)
        (self.old,) = wraps(self.home)
        self.intakes = Intakes(self.sandbox)
        enough = asyncio.Event()
        process = await self._started(patient=True)
        await self.administrator.wait(lambda me: me.screen, 15)
        coming = [asyncio.create_task(self.intakes.until(enough)) for _ in range(self.people)]
        self.administrator.write("/rotate")
        # The first may come before the rotation has begun, the others wherever it happens to be.
        moments = [self.cases, *sorted((chance.randrange(1, self.cases) for _ in range(self.kills - 1)), reverse=True)]
        for moment in moments:
            await self._down_to(moment)
            await asyncio.sleep(chance.uniform(0, 0.05))
            self.killed_at.append(self._left())
            kill(process)
            process = await self._started(patient=chance.random() > HASTY)
        await self._down_to(0, within=120)
        enough.set()
        await asyncio.gather(*coming)
        await self.sandbox.settled(timeout=30)
        assert await stop(process) == 0

    def lost(self) -> list[str]:
        """Whose words are not in exactly one case, or not readable; empty if all is well."""
        read = told(self.home)
        wrong = [words for case, (words,) in self.seeded.items() if read.pop(case, None) != [words]]
        said = [one for case in read.values() for one in case]
        return wrong + sorted(set(self.intakes.words) ^ set(said)) + [one for one in said if said.count(one) > 1]

    def _left(self) -> int:
        return wraps(self.home)[self.old]

    async def _down_to(self, wanted: int, within: float = 30) -> None:
        """Until so few wraps stand under the old key."""
        async with asyncio.timeout(within):
            while self._left() > wanted:
                await asyncio.sleep(LOOKED)

    async def _started(self, *, patient: bool) -> Process:
        starts = self._starts()
        process = self.home.run(self.sandbox)
        while patient and self._starts() == starts:
            assert process.poll() is None, self.home.output.read_text()
            await asyncio.sleep(LOOKED)
        return process

    def _starts(self) -> int:
        return self.home.output.read_bytes().count(b"bot.started")
