"""An hour in which somebody comes every few seconds and a Prometheus asks: nothing grows but the database."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle
from statistics import median
from time import monotonic

import pytest

from bot.sandbox import Account, Late, Sandbox
from bot.sandbox.player import place, play
from tests.ports import free_port
from tests.process.conftest import Home, on_both, stop
from tests.process.intakes import Intakes
from tests.scrape import Scrape, scraped
from tests.soak.conftest import show

EVERY, SCRAPED_EVERY = 4.0, 10.0
FLAT = 1.05
"""How much more memory the last quarter may take than the second: the first is the start."""
SPARE = 8
"""Connections that were opened when much came at once, and are kept: so many files may be open more."""
FREE = {
    "consent": ("agree",),
    "safe_now": ("yes",),
    "who": ("self",),
    "custody": ("liberty",),  # nothing is sent before they say so: what they erase goes at once
    "offer": ("send",),
}
DATABASE = re.compile(r"qorgan\.db(-wal|-shm)?")
ERASURE, DAY_KEYS = 128, 1024
"""Bytes kept for each erasure, for 14 days; and the keys of the days that are open, of which midnight adds one."""
LOG = 2_048
"""Bytes that the log may take for each person who comes, and as many times a hundred for a start and a stop."""
MEMORY, OPEN = "process_resident_memory_bytes", "process_open_fds"


@dataclass
class Life:
    """Somebody comes every ``EVERY`` seconds, in three languages; one is helped, the next erases all."""

    sandbox: Sandbox
    coordinator: Account
    intakes: Intakes = field(init=False)
    enough: asyncio.Event = field(default_factory=asyncio.Event)
    helped: int = 0
    erased: int = 0

    def __post_init__(self) -> None:
        self.intakes = Intakes(self.sandbox)

    @property
    def late(self) -> int:
        """For whom something took longer than people wait."""
        return len(self.intakes.came) - self.helped - self.erased

    async def run(self) -> None:
        """Who has come when it is enough goes to the end."""
        lives = cycle((self._is_helped, self._erases))
        async with asyncio.TaskGroup() as group:
            while not self.enough.is_set():
                group.create_task(next(lives)())
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.enough.wait(), EVERY)

    async def _is_helped(self) -> None:
        with suppress(Late):
            intake = self.intakes.another()
            await intake.go()
            code = intake.number
            self.coordinator.write(f"/take {code}")
            await self.coordinator.reads(f"Дело: {code}")
            self.coordinator.write(f"/close {code} helped")
            await self.coordinator.reads(f"{code}: дело закрыто")
            self.helped += 1

    async def _erases(self) -> None:
        with suppress(Late):
            person = self.intakes.another().account
            person.start()
            await person.wait(lambda me: place(me.screen))
            await play(person, FREE)
            person.press("home=erase")
            await person.wait(lambda me: place(me.screen) == "erase")
            person.press("erase=yes")
            await person.wait(lambda me: not me.messages())
            self.erased += 1


@dataclass
class Watch:
    """What was seen at each scrape."""

    home: Home
    where: tuple[str, int]
    scrapes: list[Scrape] = field(default_factory=list)
    files: list[dict[str, int]] = field(default_factory=list)
    """Bytes, by name."""

    async def run(self, seconds: float) -> None:
        until = monotonic() + seconds
        while monotonic() < until:
            await asyncio.sleep(SCRAPED_EVERY)
            self.scrapes.append(await scraped(self.where))
            self.files.append(dict(self._sizes()))

    def _sizes(self) -> Iterator[tuple[str, int]]:
        """A file that is about to take another's place counts as that one."""
        for path in self.home.data.parent.rglob("*"):
            with suppress(FileNotFoundError):
                if path.is_file() and path != self.home.output:
                    yield path.name.removesuffix(".new"), path.stat().st_size

    def quarters(self, name: str) -> list[float]:
        """The median of a figure in each."""
        size = len(self.scrapes) // 4
        of = (self.scrapes[number * size :][:size] for number in range(4))
        return [median(one.series[name, ""] for one in some) for some in of]

    def grown(self, allowed: dict[str, int]) -> dict[str, int]:
        """Files that are more than they were in the first quarter, or than they may be; those of the database apart."""
        size = len(self.files) // 4
        before, after = (
            {name: max(one.get(name, 0) for one in some) for one in some for name in one}
            for some in (self.files[:size], self.files[size:])
        )
        ours = {name: bytes for name, bytes in after.items() if not DATABASE.fullmatch(name)}
        return {name: bytes for name, bytes in ours.items() if bytes > allowed.get(name, before.get(name, 0))}


@on_both
async def test_an_hour_with_figures_scraped(
    home: Home, sandbox: Sandbox, coordinator: Account, request: pytest.FixtureRequest
) -> None:
    """Memory and open files stay as they were; of other files only the list of erasures grows, by a line for each."""
    where = "127.0.0.1", free_port()
    home.env |= {"QORGAN_METRICS_LISTEN": f"{where[0]}:{where[1]}", "LOG_LEVEL": "INFO"}
    process = home.run(sandbox)
    await coordinator.wait(lambda me: me.screen)
    life, watch = Life(sandbox, coordinator), Watch(home, where)
    coming = asyncio.create_task(life.run())
    await watch.run(60 * float(request.config.getoption("--minutes")))
    life.enough.set()
    await coming
    await sandbox.settled()
    last = await scraped(where)
    memory, open_files = watch.quarters(MEMORY), watch.quarters(OPEN)
    figures = {
        "scrapes": len(watch.scrapes),
        "helped": life.helped,
        "erased": life.erased,
        "MiB by quarters": ", ".join(f"{one / 2**20:.1f}" for one in memory),
        "open files by quarters": ", ".join(f"{one:g}" for one in open_files),
        "seconds of CPU": round(last.series["process_cpu_seconds_total", ""]),
        "KiB of SQLite's files": sum(size for name, size in watch.files[-1].items() if DATABASE.fullmatch(name)) >> 10,
        "bytes of log": home.output.stat().st_size,
    }
    show(home, figures)
    waits = sum(last("outbox_rows", kind) or 0 for kind in ("critical", "alert", "reply", "greeting"))
    log = home.output.stat().st_size
    assert await stop(process) == 0
    assert (0, 0, 1) == (life.late, waits, last("store_up"))
    assert memory[3] < FLAT * memory[1]
    assert open_files[3] <= open_files[1] + SPARE
    assert watch.grown({"keyring.erasures": ERASURE * life.erased, "day-keys": DAY_KEYS}) == {}
    assert log < LOG * (100 + len(life.intakes.came))
