"""The bot of the demo, in a process of its own: as ``qorgan run``, by the demo's clock.

    python -m bot.demo.child FOLDER

It says ``ready`` once it is built, and ends with its input. Each line of that is how many seconds ahead the clock is to
be: it gets there as time does, in steps of less than a day, and in each the bot does what is due. So nothing is passed
over, and to the bot's own guard over its clock nothing has happened but time.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from bot import app, settings
from bot.app import App
from bot.demo.clock import Clock
from bot.rehearsal import FILE
from bot.store.work import Work

STEPS = 24
SHORTEST, LONGEST = 300.0, 20 * 3600.0
"""Seconds: by the shortest, every rung of a critical case's ladder is met; the longest is no jump of a clock."""
SENT_WITHIN, NOT_SENT_WITHIN = 2.0, 0.05
"""Seconds that what a step makes due is given to be sent, before and after Telegram was found to be away."""


async def live(folder: Path) -> None:
    clock = Clock(folder / "clock")
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    async with AsyncExitStack() as stack:
        told = settings.load({}, folder / FILE)
        bot = await app.build(told, stack, clock=clock, ticks=lambda: clock().timestamp())
        stop, goals = asyncio.Event(), asyncio.Queue[float]()
        async with asyncio.TaskGroup() as parts:
            parts.create_task(bot.serve(stop))
            walking = parts.create_task(_walk_on(bot, clock, goals))
            print("ready", flush=True)
            while line := await lines.readline():
                goals.put_nowait(float(line))
            walking.cancel()
            stop.set()


async def _walk_on(bot: App, clock: Clock, goals: asyncio.Queue[float]) -> None:
    while True:
        await walk(bot, clock, await goals.get())


async def walk(bot: App, clock: Clock, until: float) -> None:
    patience = SENT_WITHIN
    for ahead in steps(clock.ahead, until):
        # No transaction of the bot has one time at its beginning and another at its end.
        await bot.store.write(partial(_put, clock, ahead))
        keeper = bot.keeper
        acts = bot.ingest.ring, keeper.climb, keeper.page, keeper.tell_queue, keeper.remind, keeper.watch, keeper.tidy
        await asyncio.gather(*(act() for act in acts))  # together, so that they are committed together
        if not await bot.sender.drain(patience):
            patience = NOT_SENT_WITHIN


def _put(clock: Clock, ahead: float, _: Work) -> None:
    clock.put(ahead)


def steps(begin: float, end: float) -> list[float]:
    """Where the clock stands on its way, ``end`` last; it never goes back."""
    length = min(max((end - begin) / STEPS, SHORTEST), LONGEST)
    count = int((end - begin) / length)
    passed = [begin + length * number for number in range(1, count + 1)]
    return [*(one for one in passed if one < end), end] if end > begin else []


def main() -> None:
    os.umask(0o077)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is meant for who started this: its end ends the input
    app.configure_logging("ERROR")
    asyncio.run(live(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
