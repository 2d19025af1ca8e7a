"""Each contestant as a process of its own, on a core of its own, and what the kernel says of it."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.botapi import TOKEN
from tests.bench.people import People
from tests.process.conftest import Home, environment

TICKS = os.sysconf("SC_CLK_TCK")
STARTS_WITHIN = 30.0
NAMES = {
    "qorgan": "Qorgan, SQLite",
    "aiogram": "aiogram 3, FSM in SQLite",
    "ptb": "PTB, a flush an answer",
    "ptb_60": "PTB, a flush a minute",
    "bare": "bare loop",
}
_PEERS = {
    "aiogram": ("aiogram_fsm", ()),
    "ptb": ("ptb_conversation", ("flush",)),
    "ptb_60": ("ptb_conversation", ()),
    "bare": ("bare_loop", ()),
}


@dataclass(frozen=True)
class Contestant:
    process: subprocess.Popen[bytes]

    @property
    def cpu(self) -> float:
        """Seconds on the core, of all its threads and of children that have ended."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / TICKS

    @property
    def memory(self) -> float:
        """Resident, in MiB."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise LookupError("the process has no memory")


@asynccontextmanager
async def running(name: str, made: Home, folder: Path, people: People, core: int) -> AsyncIterator[Contestant]:
    """One of them in ``folder``, from its first wish for updates on. ``made``: a home of Qorgan's to begin with."""
    environ, words = _command(name, made, folder, people.api.url)
    people.api.polled.clear()
    with (folder / "output").open("ab") as output:
        process = subprocess.Popen(
            ["taskset", "--cpu-list", str(core), sys.executable, *words],
            env=environ, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        )  # fmt: skip
    try:
        async with asyncio.timeout(STARTS_WITHIN):
            await people.api.polled.wait()
        yield Contestant(process)
    finally:
        process.terminate()
        try:
            await asyncio.to_thread(process.wait, 15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _command(name: str, made: Home, folder: Path, url: str) -> tuple[dict[str, str], list[str]]:
    if name != "qorgan":
        peer, more = _PEERS[name]
        return environment(), ["-m", f"tests.bench.peers.{peer}", url, str(folder), TOKEN, *more]
    if not (folder / "data").exists():
        shutil.copytree(made.data, folder / "data")
    settings = {"QORGAN_DATA_DIR": str(folder / "data"), "QORGAN_API_URL": url, "LOG_LEVEL": "INFO"}
    return made.env | settings, ["-m", "bot.cli", "run"]


