"""`make soak`: long trials, kept out of `make test` by their name."""

from __future__ import annotations

import asyncio
from time import monotonic

from bot.sandbox import Sandbox
from tests.process.conftest import Home, stop
from tests.process.crowd import case_keys, wraps
from tests.process.ordeal import Ordeal

CASES, KILLS, PEOPLE = 10_000, 30, 3
DESTROYED_WITHIN = 180.0
"""Seconds: a process that was killed counts as living for a minute."""


async def test_a_rotation_of_10_000_cases_killed_30_times_while_people_come(
    home: Home, sandbox: Sandbox, seed: int
) -> None:
    """It ends with no wrap under the old key and the key destroyed; every case can be read, no intake is lost."""
    begun = monotonic()
    ordeal = Ordeal.of(home, sandbox, cases=CASES, kills=KILLS, people=PEOPLE, seed=seed)
    await ordeal.run()
    print(f"killed with so many wraps left: {', '.join(map(str, ordeal.killed_at))}")
    print(f"{len(ordeal.intakes.words)} intakes came to their end; {monotonic() - begun:.0f} s")
    assert len(ordeal.killed_at) == KILLS
    assert wraps(home)[ordeal.old] == 0
    assert ordeal.lost() == []
    assert ordeal.intakes.words

    process = home.run(sandbox)
    async with asyncio.timeout(DESTROYED_WITHIN):
        while ordeal.old in case_keys(home):
            await asyncio.sleep(2)
    assert await stop(process) == 0
    assert case_keys(home) == set(wraps(home))
    assert ordeal.lost() == []
