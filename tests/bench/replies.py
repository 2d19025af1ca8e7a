"""What a person feels of a rotation: how long the bot takes to answer, with one going on and without."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator, Callable
from functools import partial
from itertools import count
from time import perf_counter

from bot.sandbox import Account, Sandbox
from bot.sandbox.player import place
from tests.bench.figures import Figure, centile
from tests.process.conftest import COORDINATOR, Home
from tests.process.crowd import fill, opened, wraps
from tests.process.intakes import HELD

QUIET = 300
"""Answers without a rotation in a round; with one, as many as come."""
THINKS = 0.02
"""Seconds at most between an answer and the next act, so that the two don't run in step."""


async def steps(sandbox: Sandbox) -> AsyncIterator[float]:
    """Person after person, act after act of an intake: seconds until the chat shows the answer."""
    for number in count(9_200_000_000_001):
        person = sandbox.user(number, "Ivan", "ru")
        yield await _timed(person, person.start)
        while (here := place(person.screen)) != "home":
            step = HELD.get(here, ("-skip",))[0]
            await asyncio.sleep(random.uniform(0, THINKS))
            yield await _timed(person, partial(person.press, f"{here}={step}"))


async def _timed(person: Account, act: Callable[[], object]) -> float:
    before, begun = len(person.shown), perf_counter()
    act()
    await person.wait(lambda me: len(me.shown) > before, 30)
    return perf_counter() - begun


async def measure(home: Home, cases: int, rounds: int, *, here: int, there: int) -> list[Figure]:
    """The bot has a core to itself, the sandbox the other one, where there are two."""
    fill(home, cases)
    os.sched_setaffinity(0, {here})
    quiet: list[list[float]] = []
    busy: list[list[float]] = []
    async with Sandbox() as sandbox:
        coordinator = sandbox.user(COORDINATOR, "Dana", "ru")
        coordinator.start()
        os.sched_setaffinity(home.run(sandbox).pid, {there})
        await coordinator.wait(lambda me: me.screen, 15)
        answers = steps(sandbox)
        with opened(home) as store:
            for _ in range(rounds):
                quiet.append([await anext(answers) for _ in range(QUIET)])
                ((old, all_of_them),) = wraps(home).items()
                await store.write(lambda work: work.begin_rotation("shell"))
                while wraps(home)[old] >= all_of_them:
                    await asyncio.sleep(0.01)
                busy.append([])
                while wraps(home)[old] > 0:
                    busy[-1].append(await anext(answers))
    told = f"{min(map(len, busy))} answers or more a round"
    return [
        Figure(
            f"{name} of an answer during a rotation", "ms", [1000 * centile(one, which) for one in busy],
            [1000 * centile(one, which) for one in quiet], told,
        )
        for name, which in (("p50", 50), ("p95", 95))
    ]  # fmt: skip
