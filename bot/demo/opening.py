"""Opens the page: Telegram, the bot and whoever plays are there until Ctrl-C, and leave nothing behind."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import sys
import tempfile
import webbrowser
from contextlib import AsyncExitStack
from pathlib import Path

from bot import app
from bot.demo.clock import Clock
from bot.demo.house import House
from bot.demo.page import Page
from bot.demo.stage import Stage, staff
from bot.sandbox import Sandbox
from bot.settings import SettingsError

LANGUAGE = "ru"


def perform(port: int, *, browser: bool) -> int:
    """Until it is told to stop; the exit code. ``port`` 0: a free one."""
    app.configure_logging("ERROR")
    asyncio.run(_perform(port, browser))
    return 0


async def _perform(port: int, browser: bool) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="qorgan-demo-")))
        clock = Clock(folder / "clock")
        sandbox = await stack.enter_async_context(Sandbox(f"7000000001:{secrets.token_urlsafe(26)}", clock))
        house = House(folder, sandbox, clock, **staff())
        page = Page(Stage(sandbox, house, LANGUAGE), house.data)
        living = asyncio.create_task(house.live())
        stopping = asyncio.create_task(stop.wait())
        try:
            try:
                address = await page.start(port)
            except OSError:
                raise SettingsError(f"port {port} can't be had", "name another one, or none: any free one") from None
            print(address, flush=True)
            print("Open it in a browser. Ctrl-C ends it; nothing of it stays.", file=sys.stderr)
            if browser and _has_desktop():
                await asyncio.to_thread(webbrowser.open, address)
            await asyncio.wait({living, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await page.stop()
            for task in (living, stopping):
                task.cancel()
            ended = await asyncio.gather(living, return_exceptions=True)
        if isinstance(ended[0], Exception):
            raise ended[0]


def _has_desktop() -> bool:
    return sys.platform == "darwin" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
