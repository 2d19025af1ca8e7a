"""Somebody who types what the pages say, in a house where the bot runs."""

from __future__ import annotations

import asyncio
import re
import signal
from dataclasses import dataclass

from bot.sandbox import Account, Sandbox
from tests.pages import Section
from tests.process.conftest import Home, stop
from tests.process.intakes import Intakes
from tests.process.zygote import Process

FILLED_IN = re.compile(r"\[?\b([A-Z]{3,}(?:-[A-Z]+)*)\b\]?")
"""What is the reader's to fill in."""


@dataclass
class Operator:
    """``process``: the bot, while it runs."""

    home: Home
    sandbox: Sandbox
    process: Process | None = None

    async def follows(self, section: Section, typed: str = "", **filled_in: object) -> list[str]:
        """What each command said. ``typed`` is for those that ask."""
        said = [await self.does(line, typed, **filled_in) for line in section.commands]
        return [one for one in said if one is not None]

    async def does(self, line: str, typed: str = "", **filled_in: object) -> str | None:
        """What the command said; nothing where it started or stopped the bot."""
        program, *words = FILLED_IN.sub(lambda found: str(filled_in[found[1]]), line).split()
        if program == "systemctl" or words == ["run"]:
            await (self.stops() if words[0] == "stop" else self.starts())
            return None
        assert program == "qorgan", line
        env: dict[str, str | None] = {"QORGAN_API_URL": self.sandbox.url}
        env |= {"QORGAN_KEYRING_PASSPHRASE": None} if typed and {"restore", "join"} & {*words} else {}
        done = await asyncio.to_thread(self.home.command, *words, typed=typed, **env)
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        return done.stdout

    async def starts(self) -> None:
        self.process = self.home.run(self.sandbox)

    async def stops(self) -> None:
        if self.process is not None:
            assert await stop(self.process) in (0, -signal.SIGTERM)  # it may have had no time to begin
            self.process = None


async def at_work(home: Home, sandbox: Sandbox, coordinator: Account) -> Operator:
    """Beside a bot that has taken a person in."""
    operator = Operator(home, sandbox)
    await operator.starts()
    await coordinator.wait(lambda me: me.screen, 15)
    await Intakes(sandbox).one()
    return operator
