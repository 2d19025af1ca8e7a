"""Runs the bot by a clock that is as far from the machine's as a file says, in seconds, whenever it is asked.

    python -m tests.process.clocked FILE

The clock is one of the parts that `bot.app.build` is given; all else is as in `qorgan run`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot import app, logs, settings


async def run(file: Path) -> None:
    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(file.read_text()))

    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with AsyncExitStack() as stack:
        bot = await app.build(settings.load(os.environ), stack, migrate=True, clock=clock)
        logs.named("bot.app").info("bot.started")
        await bot.serve(stop)


if __name__ == "__main__":
    app.configure_logging("DEBUG")
    asyncio.run(run(Path(sys.argv[1])))
