"""The demo as it is started, and a page that speaks to it over HTTP alone."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

PERSON, COORDINATOR, ADMIN = 1001, 2001, 3001
STARTS_WITHIN, WITHIN = 120.0, 60.0
JSON = dict[str, Any]


@dataclass
class Demo:
    """What a browser has of it: the address, and the last state that came."""

    address: str
    process: asyncio.subprocess.Process
    http: aiohttp.ClientSession
    folder: Path
    state: JSON = field(default_factory=dict)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self) -> None:
        """The events, as they come."""
        timeout = aiohttp.ClientTimeout(total=None)
        async with self.http.get(f"{self.address}events", timeout=timeout) as events:
            assert events.content_type == "text/event-stream"
            async for line in events.content:
                if line.startswith(b"data: "):
                    self.state = json.loads(line.removeprefix(b"data: "))
                    self._news.set()
                    self._news = asyncio.Event()

    async def wait(self, found: Callable[[JSON], Any], within: float = WITHIN) -> Any:
        """The first true answer about a state. A LookupError is a no."""
        async with asyncio.timeout(within):
            while True:
                news = self._news
                with suppress(LookupError):
                    if answer := found(self.state):
                        return answer
                await news.wait()

    async def do(self, what: str, account: int | None = None, **more: Any) -> None:
        assert await self.refused({"what": what, **({} if account is None else {"account": account}), **more}) is None

    async def refused(self, asked: object) -> str | None:
        """Why something was not done; None where it was."""
        async with self.http.post(f"{self.address}do", json=asked) as answer:
            if answer.status == 204:
                return None
            assert answer.status == 400
            why: str = (await answer.json())["error"]
            return why

    async def get(self, name: str) -> Any:
        async with self.http.get(f"{self.address}{name}") as answer:
            assert answer.status == 200
            return await answer.json()

    async def search(self, words: str) -> JSON:
        async with self.http.post(f"{self.address}search", json={"words": words}) as answer:
            assert answer.status == 200
            found: JSON = await answer.json()
            return found

    def account(self, number: int) -> JSON:
        return chat(self.state, number)

    async def play(self, answers: dict[str, tuple[str, ...]], until: str, account: int = PERSON) -> None:
        """By presses and words, as ``bot.sandbox.player`` does: a step that begins with ``"`` is written."""
        while (here := place(self.state, account)) != until:
            for step in answers.get(here, ("-skip",)):
                before = version(self.state, account)
                if step.startswith('"'):
                    await self.do("write", account, text=step[1:])
                else:
                    message = screen(self.state, account)["id"]
                    await self.do("press", account, message=message, data=f"{here}={step}")
                await self.wait(lambda state, before=before: version(state, account) != before)


def chat(state: JSON, number: int) -> JSON:
    """LookupError where there is no such account."""
    return {one["id"]: one for one in state["accounts"]}[number]


def screen(state: JSON, number: int) -> JSON:
    """The bot's last message. IndexError where there is none."""
    return [one for one in chat(state, number)["messages"] if not one["mine"]][-1]


def version(state: JSON, number: int) -> tuple[int, int]:
    return screen(state, number)["id"], screen(state, number)["version"]


def place(state: JSON, number: int) -> str:
    """The name of the screen that an account sees, as its buttons tell it. LookupError where it sees none."""
    named = [value.partition("=")[0] for value in pressed(screen(state, number)) if "=" in value]
    return named[0]


def pressed(message: JSON) -> list[str]:
    """What its buttons send."""
    return [one["value"] for row in message["buttons"] for one in row if one["kind"] == "press"]


def alerts(state: JSON, number: int = COORDINATOR) -> list[JSON]:
    found = chat(state, number)["messages"]
    return [one for one in found if any(value.startswith("take=") for value in pressed(one))]


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    """Ready: coordinator and administrator see their first screen, the person an empty chat."""
    env = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    command = (sys.executable, "-m", "bot.cli", "demo", "--page", "--no-browser")
    process = await asyncio.create_subprocess_exec(
        *command, env=env | {"TMPDIR": str(tmp_path)}, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        address = (await asyncio.wait_for(process.stdout.readline(), STARTS_WITHIN)).decode().strip()
        async with aiohttp.ClientSession() as http:
            opened = Demo(address, process, http, tmp_path)
            listening = asyncio.create_task(opened.listen())
            await opened.wait(
                lambda state: screen(state, COORDINATOR) and screen(state, ADMIN) and state["bot"] == "running",
                STARTS_WITHIN,
            )
            yield opened
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), WITHIN) == 0
            assert list(tmp_path.iterdir()) == []
