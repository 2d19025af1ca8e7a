"""Each contestant as processes of its own, on a core of their own, and what the kernel says of them."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
from sqlalchemy import make_url, text

from tests.bench.botapi import TOKEN
from tests.bench.people import People
from tests.bench.webhooks import PATH, SECRET, Webhooks
from tests.process.conftest import Home, environment, make
from tests.process.replicas import free_port
from tests.servers import Server, server

TICKS = os.sysconf("SC_CLK_TCK")
STARTS_WITHIN = 30.0
NAMES = {
    "qorgan": "Qorgan, SQLite",
    "postgresql": "Qorgan, PostgreSQL",
    "aiogram": "aiogram 3, FSM in SQLite",
    "ptb": "PTB, a flush an answer",
    "ptb_60": "PTB, a flush a minute",
    "bare": "bare loop",
}
REPLICAS = {"one_replica": "one webhook replica", "two_replicas": "two webhook replicas"}
"""Of Qorgan on PostgreSQL."""
ON_POSTGRESQL = ("postgresql", *REPLICAS)
_COUNT = {"one_replica": 1, "two_replicas": 2}
_PEERS = {
    "aiogram": ("aiogram_fsm", ()),
    "ptb": ("ptb_conversation", ("flush",)),
    "ptb_60": ("ptb_conversation", ()),
    "bare": ("bare_loop", ()),
}


@dataclass(frozen=True)
class Cores:
    """Which core is whose. Where there are two, the database shares that of those who write."""

    people: int
    database: int
    bot: int

    @classmethod
    def of_this_machine(cls) -> Cores:
        cores = sorted(os.sched_getaffinity(0))
        return cls(cores[0], cores[1] if len(cores) > 2 else cores[0], cores[-1])


@dataclass(frozen=True)
class Database:
    """PostgreSQL's processes, by the first of them; None where they are not on this machine."""

    first: int | None

    @property
    def cpu(self) -> float:
        """Seconds of all of them, those that have ended among them."""
        if self.first is None:
            return 0.0
        return _cpu(self.first) + sum(_cpu(process) for process in _children(self.first))

    @classmethod
    def of(cls, server: Server) -> Database:
        with server.door.connect() as connection:
            backend = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with suppress(OSError):
            if "postgres" in Path(f"/proc/{backend}/comm").read_text():
                return cls(int(_fields(backend)[1]))
        return cls(None)

    @staticmethod
    def settings(server: Server) -> dict[str, str]:
        """What its figures depend on."""
        with server.door.connect() as connection:
            names = ("server_version", "fsync", "synchronous_commit", "shared_buffers")
            return {name: connection.execute(text(f"SHOW {name}")).scalar_one() for name in names}

    def stay_on(self, core: int) -> None:
        if self.first is not None:
            with suppress(OSError):
                for process in (self.first, *_children(self.first)):
                    os.sched_setaffinity(process, {core})


@dataclass(frozen=True)
class Ground:
    """What contestants begin with: a home of Qorgan's on each database, and the server of one of them."""

    sqlite: Home
    postgresql: Home
    server: Server
    database: Database
    cores: Cores


@contextmanager
def ground() -> Iterator[Ground]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="qorgan-bench-")))
        cores = Cores.of_this_machine()
        running = stack.enter_context(server(durable=True))
        database = Database.of(running)
        database.stay_on(cores.database)
        url = stack.enter_context(running.database(migrated=False))
        for name in ("sqlite", "postgresql"):
            (folder / name).mkdir()
        sqlite = make(folder / "sqlite", LOG_LEVEL="INFO")
        postgresql = make(folder / "postgresql", LOG_LEVEL="INFO", QORGAN_DATABASE_URL=_without_driver(url))
        # Each contestant's database is a copy of the one that init made.
        copied = replace(running, template=str(make_url(url).database))
        yield Ground(sqlite, postgresql, copied, database, cores)


@dataclass(frozen=True)
class Contestant:
    processes: tuple[subprocess.Popen[bytes], ...]

    @property
    def cpu(self) -> float:
        """Seconds on the core, of all threads and of children that have ended."""
        return sum(_cpu(process.pid) for process in self.processes)

    @property
    def memory(self) -> float:
        """Resident, in MiB; of several processes, all of them together."""
        return sum(_memory(process.pid) for process in self.processes)


@asynccontextmanager
async def running(
    name: str, ground: Ground, folder: Path, people: People, **settings: str | None
) -> AsyncIterator[Contestant]:
    """One of them in ``folder``, from when it takes updates in. A setting of None is left out."""
    people.api.polled.clear()
    with ExitStack() as stack:
        if name in _PEERS:
            peer, more = _PEERS[name]
            words = ["-m", f"tests.bench.peers.{peer}", people.api.url, str(folder), TOKEN, *more]
            started = [_start(stack, words, environment(), folder, ground.cores.bot)]
            ready = people.api.polled.wait()
        else:
            env = _home(name, ground, folder, stack) | {"QORGAN_API_URL": people.api.url}
            env = {key: value for key, value in (env | settings).items() if value is not None}
            ports = [free_port() for _ in range(_COUNT.get(name, 0))]
            started = [
                _start(stack, ["-m", "bot.cli", "run"], env | each, folder, ground.cores.bot)
                for each in (map(_listening, ports) if ports else [{}])
            ]
            ready = _listen(ports) if ports else people.api.polled.wait()
            people.api.webhooks = Webhooks(ports) if ports else None
        try:
            async with asyncio.timeout(STARTS_WITHIN):
                await ready
        except TimeoutError:
            raise AssertionError(f"{name} did not begin: {(folder / 'output').read_text()[-2000:]}") from None
        try:
            yield Contestant(tuple(started))
        finally:
            for process in started:
                process.terminate()
            for process in started:
                with suppress(subprocess.TimeoutExpired):
                    await asyncio.to_thread(process.wait, 15)


def _start(
    stack: ExitStack, words: list[str], environ: dict[str, str], folder: Path, core: int
) -> subprocess.Popen[bytes]:
    with (folder / "output").open("ab") as output:
        process = subprocess.Popen(
            ["taskset", "--cpu-list", str(core), sys.executable, *words],
            env=environ, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        )  # fmt: skip
    stack.callback(process.wait)
    stack.callback(process.kill)
    return process


def _home(name: str, ground: Ground, folder: Path, stack: ExitStack) -> dict[str, str]:
    """The settings of a copy of the home that is made for this one."""
    made = ground.postgresql if name in ON_POSTGRESQL else ground.sqlite
    if not (folder / "data").exists():
        shutil.copytree(made.data, folder / "data")
    env = made.env | {"QORGAN_DATA_DIR": str(folder / "data")}
    if name in ON_POSTGRESQL:
        env["QORGAN_DATABASE_URL"] = _without_driver(stack.enter_context(ground.server.database()))
    return env


def _listening(port: int) -> dict[str, str]:
    return {
        "QORGAN_WEBHOOK_URL": f"http://127.0.0.1{PATH}",
        "QORGAN_WEBHOOK_SECRET": SECRET,
        "QORGAN_WEBHOOK_LISTEN": f"127.0.0.1:{port}",
    }


async def _listen(ports: list[int]) -> None:
    """Until each of them takes updates in."""
    async with aiohttp.ClientSession() as session:
        for port in ports:
            ready = False
            while not ready:
                with suppress(aiohttp.ClientError):
                    async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                        ready = answer.status == 200
                await asyncio.sleep(0.05)


def _without_driver(url: str) -> str:
    return url.replace("+psycopg", "")


def _fields(process: int) -> list[str]:
    """What the kernel says of a process, from its state on."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()


def _cpu(process: int) -> float:
    try:
        return sum(map(int, _fields(process)[11:15])) / TICKS
    except OSError:  # it has ended meanwhile, and its parent counts it
        return 0.0


def _memory(process: int) -> float:
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise LookupError("the process has no memory")


def _children(parent: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if int(_fields(int(folder.name))[1]) == parent:
                found.append(int(folder.name))
    return found
