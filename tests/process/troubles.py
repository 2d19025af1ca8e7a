"""What can go wrong between the bot, Telegram and the database, each as something that begins and ends."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.sandbox import Account, Sandbox
from bot.sandbox.player import place
from tests.process.conftest import COORDINATOR, Home, kill, stop
from tests.process.intakes import HELD, PATIENCE, Intakes
from tests.process.reckoning import reckon
from tests.process.zygote import Process
from tests.servers import Server

STARTED = b"lead.won"
STARTS_WITHIN = 1.5
"""Seconds after which a process that has been killed is taken for one that can't start now."""
REPEATED_EVERY = 0.02
PEOPLE = 2


@dataclass
class Supervisor:
    """Starts the bot again whenever it ends, as the system does on a real machine."""

    home: Home
    sandbox: Sandbox
    clock: Path | None = None
    """The file of a clock that is wrong."""
    process: Process = field(init=False)
    before: int = 0
    """Starts before that of the process that runs now."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Supervisor]:
        watching = asyncio.create_task(self._watch())
        await self.started()
        yield self
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await self.started(self.before)  # one that has just been begun anew could not yet stop cleanly
        assert await stop(self.process) == 0

    async def _watch(self) -> None:
        while True:
            self.process = self._begun()
            while self.process.poll() is None:
                await asyncio.sleep(0.02)

    def _begun(self) -> Process:
        self.before = self.starts
        if self.clock is None:
            return self.home.run(self.sandbox)
        own = {"QORGAN_API_URL": self.sandbox.url}
        return self.home.begin(str(self.clock), program="tests.process.clocked", **own)

    async def started(self, before: int = 0) -> None:
        async with asyncio.timeout(20):
            while self.starts <= before:
                await asyncio.sleep(0.02)

    @property
    def starts(self) -> int:
        return self.home.output.read_bytes().count(STARTED)

    async def killed(self) -> None:
        """`kill -9`; returns when it is there again, or can't be for now."""
        before = self.starts
        kill(self.process)
        with suppress(TimeoutError):
            async with asyncio.timeout(STARTS_WITHIN):
                await self.started(before)


@dataclass
class Scene:
    """``server``: of a home on PostgreSQL."""

    supervisor: Supervisor
    intakes: Intakes
    coordinator: Account
    server: Server | None = None

    @property
    def home(self) -> Home:
        return self.supervisor.home

    @property
    def sandbox(self) -> Sandbox:
        return self.supervisor.sandbox

    async def endure(self, trouble: Trouble, lasts: float, *, killed: bool) -> None:
        """People come before it and in it, perhaps with `kill -9`; after it all come to the end and nothing is lost."""
        people = [self.intakes.another() for _ in range(PEOPLE)]
        await asyncio.gather(*(one.go("custody") for one in people[1:]))
        async with trouble(self):
            going = [asyncio.create_task(one.go()) for one in people]
            await asyncio.sleep(lasts)
            if killed:
                await self.supervisor.killed()
                await asyncio.sleep(lasts)
        await asyncio.gather(*going)
        await self.sandbox.settled(quiet=0.3, timeout=60)
        found = reckon(self.home, self.intakes.came, self.coordinator)
        assert found.faults == {}, f"{trouble.__name__}, killed: {killed}: {found.faults}"


Trouble = Callable[[Scene], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def scene(
    home: Home,
    sandbox: Sandbox,
    *,
    server: Server | None = None,
    clock: Path | None = None,
    patience: float = PATIENCE,
) -> AsyncIterator[Scene]:
    coordinator = sandbox.user(COORDINATOR, "Dana", "ru")
    coordinator.start()
    async with Supervisor(home, sandbox, clock).running() as supervisor:
        yield Scene(supervisor, Intakes(sandbox, patience), coordinator, server)


# Telegram ---------------------------------------------------------------------------------------------


@contextmanager
def failing(sandbox: Sandbox, *methods: str, **how: Any) -> Iterator[None]:
    """Every call of these methods, which must have come."""
    ordered = [sandbox.fail(method, times=None, **how) for method in methods]
    yield
    for one in ordered:
        one.cancel()
    assert all(one.hits for one in ordered)


@asynccontextmanager
async def slow(scene: Scene) -> AsyncIterator[None]:
    with failing(scene.sandbox, "*", "getUpdates", latency=0.3):
        yield


@asynccontextmanager
async def broken(scene: Scene) -> AsyncIterator[None]:
    with failing(scene.sandbox, "*", "getUpdates", status=502):
        yield


@asynccontextmanager
async def dropped_before(scene: Scene) -> AsyncIterator[None]:
    with failing(scene.sandbox, "*", "getUpdates", drop="before"):
        yield


@asynccontextmanager
async def dropped_after(scene: Scene) -> AsyncIterator[None]:
    """Telegram has done what was asked, and nobody hears of it."""
    with failing(scene.sandbox, "*", "getUpdates", drop="after"):
        yield


@asynccontextmanager
async def too_many_calls(scene: Scene) -> AsyncIterator[None]:
    with failing(scene.sandbox, "*", "getUpdates", retry_after=1):
        yield


@asynccontextmanager
async def too_many_in_a_chat(scene: Scene) -> AsyncIterator[None]:
    """The coordinator's, and a person's; the others go on."""
    person = scene.intakes.came[-1].account
    with ExitStack() as stack:
        for chat in (scene.coordinator.id, person.id):
            stack.enter_context(failing(scene.sandbox, "*", retry_after=1, chat=chat))
        yield


@asynccontextmanager
async def telegram_away(scene: Scene) -> AsyncIterator[None]:
    """People write meanwhile, and Telegram keeps it."""
    await scene.sandbox.stop()
    yield
    await scene.sandbox.start(urlsplit(scene.sandbox.url).port or 0)


@asynccontextmanager
async def jumbled(scene: Scene) -> AsyncIterator[None]:
    """What was brought comes again, presses come late, and words overtake the press before them."""
    overtaken = scene.intakes.another()
    await overtaken.go("papers")
    overtaken.account.write("Что им сказать?")
    for choice in HELD["papers"]:
        overtaken.account.press(f"papers={choice}")
    repeating = asyncio.create_task(_repeat(scene))
    yield
    repeating.cancel()
    await asyncio.gather(repeating, return_exceptions=True)
    await overtaken.account.wait(lambda me: place(me.screen) == "stray", overtaken.patience)
    await overtaken.go()


async def _repeat(scene: Scene) -> None:
    chance = random.Random(scene.home.output.stat().st_size)
    while True:
        scene.sandbox.redeliver(chance.choice(scene.intakes.brought()))
        one = chance.choice(scene.intakes.came)
        passed = [screen for screen in one.route[:-1] if screen != "papers"]
        if passed and not one.ended:
            screen = chance.choice(passed)
            one.account.forge(f"{screen}={HELD.get(screen, ('-skip',))[-1]}")
        await asyncio.sleep(REPEATED_EVERY)


OF_TELEGRAM: tuple[Trouble, ...] = (
    slow,
    broken,
    dropped_before,
    dropped_after,
    too_many_calls,
    too_many_in_a_chat,
    telegram_away,
    jumbled,
)


# The database -----------------------------------------------------------------------------------------


@asynccontextmanager
async def server_away(scene: Scene) -> AsyncIterator[None]:
    """It falls over under load and is started again."""
    assert scene.server is not None
    with scene.server.away():
        yield


@asynccontextmanager
async def connections_cut(scene: Scene) -> AsyncIterator[None]:
    async def cut() -> None:
        assert scene.server is not None
        while True:
            await asyncio.to_thread(scene.server.cut, scene.home.database_url)
            await asyncio.sleep(0.1)

    cutting = asyncio.create_task(cut())
    yield
    cutting.cancel()
    await asyncio.gather(cutting, return_exceptions=True)
    assert b"poll.failed" in scene.home.output.read_bytes()


@asynccontextmanager
async def disk_full(scene: Scene) -> AsyncIterator[None]:
    """Of the database's file system nothing is left; for homes on one that is small."""
    filler = scene.home.data / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
    yield
    filler.unlink()
    assert b"poll.failed" in scene.home.output.read_bytes()


# The clock --------------------------------------------------------------------------------------------


@asynccontextmanager
async def clock_ahead(scene: Scene) -> AsyncIterator[None]:
    """By a day and more, while people are in the middle of it; then it is right again."""
    with _off(scene, 30 * 3600):
        yield


@asynccontextmanager
async def clock_behind(scene: Scene) -> AsyncIterator[None]:
    with _off(scene, -30 * 3600):
        yield


@contextmanager
def _off(scene: Scene, seconds: int) -> Iterator[None]:
    clock = scene.supervisor.clock
    assert clock is not None
    for said in (seconds, 0):
        clock.with_suffix(".new").write_text(str(said))
        clock.with_suffix(".new").replace(clock)
        if said:
            yield


OF_SERVER: tuple[Trouble, ...] = (server_away, connections_cut)
OF_CLOCK: tuple[Trouble, ...] = (clock_ahead, clock_behind)
