"""A crowd ten times over Telegram's limit, and somebody who is being taken away every ten seconds."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from time import perf_counter

from tests.bench.contestants import Ground, running
from tests.bench.people import COORDINATOR, People, Person

TEN_TIMES, CRITICAL_EVERY = 300, 10.0
"""Acts a second, each of which wants a message; seconds between two critical cases."""
DEFAULTS: dict[str, str | None] = {
    "QORGAN_SEND_RATE": None,
    "QORGAN_CHAT_RATE": None,
    "QORGAN_PERSON_RATE": None,
    "QORGAN_FLOOD_FROM": "1000",  # six in a minute for minutes: each is to have an alert of its own
}


async def measure(ground: Ground, seconds: float) -> tuple[list[float], dict[str, float]]:
    """Seconds from each critical answer to its alert, with Telegram's limits and the bot's default rates."""
    with tempfile.TemporaryDirectory(prefix="qorgan-bench-") as folder:
        people = People()
        async with people.api, running("qorgan", ground, Path(folder), people, **DEFAULTS) as one:
            people.api.write(COORDINATOR, "/start")
            critical = [people.new() for _ in range(max(1, int(seconds / CRITICAL_EVERY)))]
            await _to_custody(people, critical)
            people.api.limited = True
            begun, cpu, sent = perf_counter(), one.cpu, people.api.shows
            crowd = asyncio.create_task(people.surge(TEN_TIMES, seconds))
            delays = []
            for number, person in enumerate(critical):
                at = begun + (number + 0.5) * CRITICAL_EVERY
                await asyncio.sleep(at - perf_counter())
                delays.append(await _alerted(people, person))
            await crowd
            spent = perf_counter() - begun
            return delays, {
                "CPU of the core": (one.cpu - cpu) / spent,
                "messages and edits a second": (people.api.shows - sent) / spent,
                "refused with 429": people.api.refused,
                "waiting at Telegram at the end": people.api.unconfirmed,
                "memory at the end": one.memory,
            }


async def _to_custody(people: People, critical: list[Person]) -> None:
    """Before the crowd comes, to the question whose answer is critical."""
    for _ in range(4):
        for person in critical:
            people.act(person)
        while any(person.begun for person in critical):
            await asyncio.sleep(0.05)


async def _alerted(people: People, person: Person) -> float:
    """Seconds until the coordinator has it; if it does not come, those until the next one is due."""
    before, begun = len(people.alerts), perf_counter()
    people.api.press(person.user, person.message, "custody=being_taken")
    while len(people.alerts) == before and perf_counter() - begun < 0.9 * CRITICAL_EVERY:
        await asyncio.sleep(0.005)
    return (people.alerts[before] if len(people.alerts) > before else perf_counter()) - begun
