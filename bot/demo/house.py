"""The bot of the demo: its folder and keys, and its process, which is started, killed, and started anew."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from bot.demo import child
from bot.demo.clock import Clock
from bot.rehearsal import furnish
from bot.sandbox import Sandbox
from bot.store.store import Store
from bot.vault import open_vault

DEAD_FOR = 1.0
ENDS_WITHIN = 8.0


class Bot(StrEnum):
    STARTING = "starting"
    RUNNING = "running"
    DEAD = "dead"


class House:
    """``store`` is a second pair of eyes on the bot's database, as the shell's commands are."""

    def __init__(self, folder: Path, sandbox: Sandbox, clock: Clock, **settings: str) -> None:
        self.folder = folder
        self.clock = clock
        self.bot = Bot.STARTING
        self.kills = 0
        self._world = sandbox.world
        self._until = clock.ahead
        self._process: asyncio.subprocess.Process | None = None
        made = furnish(folder, sandbox, **settings)
        self.data = made.data_dir
        assert made.passphrase is not None
        vault = open_vault(made.keyring, made.day_keys, made.passphrase)
        self.store = Store.open(made.database_url, vault, migrate=True, clock=clock)

    async def live(self) -> None:
        """The bot runs until this is cancelled; whatever it dies of, a second later it is there again."""
        try:
            while True:
                await self._run()
                self._become(Bot.DEAD)
                await asyncio.sleep(DEAD_FOR)
        finally:
            self.store.close()

    def kill(self) -> None:
        """As the kernel does it. ProcessLookupError where there is nothing to kill."""
        if self._process is None or self._process.returncode is not None:
            raise ProcessLookupError
        self._process.kill()
        self.kills += 1

    def forward(self, seconds: float) -> None:
        """The bot moves the clock, and does on the way what is due; one that is away does it when it is back."""
        self._until += seconds
        if self.bot is Bot.RUNNING:
            self._tell()

    async def _run(self) -> None:
        self._become(Bot.STARTING)
        # -P: a folder called bot where this was started is not ours.
        command = (sys.executable, "-P", "-m", child.__name__, self.folder)
        pipe = asyncio.subprocess.PIPE
        process = self._process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
        assert process.stdout is not None
        try:
            if await process.stdout.readline():
                self._become(Bot.RUNNING)
                self._tell()
            await process.wait()
        finally:
            await _end(process)

    def _tell(self) -> None:
        if self._process is not None and self._process.stdin is not None and self._until > self.clock.ahead:
            self._process.stdin.write(f"{self._until}\n".encode())

    def _become(self, what: Bot) -> None:
        self.bot = what
        self._world.touch()


async def _end(process: asyncio.subprocess.Process) -> None:
    """It ends with its input; nothing of it outlives this."""
    if process.stdin is not None:
        process.stdin.close()
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), ENDS_WITHIN)
    if process.returncode is None:
        process.kill()
        await process.wait()
