"""``qorgan demo --play``: a whole intake in the terminal, to the alert and what the coordinator reads."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.text import Text as Line

from bot import app, languages
from bot.intake.text import text
from bot.languages import Language
from bot.rehearsal import furnish, running
from bot.sandbox import Account, Message, Sandbox
from bot.sandbox.player import play

PERSON, COORDINATOR = 1001, 2001
PLAYED = {
    "consent": ("agree",),
    "safe_now": ("yes",),
    "who": ("self",),
    "custody": ("police",),
    "where": ("almaty",),
    "detained_since": ("today",),
    "papers": ("protocol", "-done"),
    "date_protocol": ("today",),
    "event": ("unknown",),
    "contact": ("bot",),
    "trusted": ('"Anna',),
    "offer": ("send",),
}
TITLES = {
    "person": text("Person's screen"),
    "alert": text("Coordinator's alert"),
    "summary": text("What the coordinator reads"),
}


def perform(code: str) -> int:
    """Play one intake in this language, to the alert; the exit code."""
    app.configure_logging("WARNING")
    try:
        asyncio.run(_perform(languages.load()[code]))
    except TimeoutError:
        print("qorgan: error: a screen or the alert did not come in time", file=sys.stderr)
        return 1
    return 0


async def _perform(language: Language) -> None:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="qorgan-demo-")))
        sandbox = await stack.enter_async_context(Sandbox())
        settings = furnish(folder, sandbox, QORGAN_COORDINATORS=str(COORDINATOR))
        await stack.enter_async_context(running(settings))
        coordinator = sandbox.user(COORDINATOR, "Dana", language.code)
        coordinator.start()
        await coordinator.wait(lambda one: one.screen)
        await _play(Console(), language, sandbox.user(PERSON, "Ivan", language.code), coordinator)


async def _play(console: Console, language: Language, person: Account, coordinator: Account) -> None:
    menus = {message.id for message in coordinator.messages()}

    def show(message: Message) -> None:
        console.print(_panel(message, language.say(TITLES["person"]), "blue"))

    person.start()
    await person.wait(lambda one: one.screen)
    await play(person, PLAYED, watch=show)
    alert = await coordinator.wait(
        lambda one: next(
            (message for message in one.messages() if message.id not in menus and message.buttons), None
        )
    )
    console.print(_panel(alert, language.say(TITLES["alert"]), "red"))
    coordinator.press(alert.buttons[0][0].data)
    known = {message.id for message in coordinator.messages()}
    await coordinator.wait(lambda one: any(message.id not in known for message in one.messages()))
    for message in coordinator.messages():
        if message.id not in known:
            console.print(_panel(message, language.say(TITLES["summary"]), "yellow"))


def _panel(message: Message, title: str, colour: str) -> Panel:
    body = Line(message.text)
    for row in message.buttons:
        body.append("\n")
        for button in row:
            body.append(f" [{button.label}] ", style="reverse")
    return Panel(body, title=title, border_style=colour, width=76)
