"""``qorgan demo``: the real bot against the sandbox, in the terminal. No token, no account, no network."""

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
from bot.sandbox import Account, Message, Sandbox
from bot.sandbox.player import play
from bot.settings import Settings
from bot.vault import Kdf, create_keyring

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


def demo(played: str | None) -> int:
    """Play an intake, or chat; where there is no terminal, play Russian. The exit code."""
    if played is None and not (sys.stdin.isatty() and sys.stdout.isatty()):
        played = "ru"
    app.configure_logging("WARNING", "console")
    try:
        return asyncio.run(_demo(played))
    except TimeoutError:
        print("qorgan: error: a screen or the alert did not come in time", file=sys.stderr)
        return 1


async def _demo(played: str | None) -> int:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="qorgan-demo-")))
        sandbox = await stack.enter_async_context(Sandbox())
        settings = Settings(
            file=folder / "settings",
            data_dir=folder,
            keyring=folder / "keyring",
            database_url=f"sqlite:///{folder / 'qorgan.sqlite3'}",
            token=sandbox.token,
            passphrase="demo",
            api_url=sandbox.url,
            coordinators=(COORDINATOR,),
            send_rate=1000.0,
            chat_rate=1000.0,
        )
        # The data lives as long as this command: a cheap lock is enough for it.
        create_keyring(settings.keyring, "demo", kdf=Kdf(8, 1, 1))
        bot = await app.build(settings, stack, migrate=True)
        stop = asyncio.Event()
        serving = asyncio.create_task(bot.serve(stop))
        try:
            language = bot.house.language(played or "ru")
            coordinator = sandbox.user(COORDINATOR, "Dana", language.code)
            coordinator.start()
            await coordinator.wait(lambda one: one.screen)
            person = sandbox.user(PERSON, "Ivan", language.code)
            if played is None:
                await _chat(Console(), language, person, coordinator)
                return 0
            return await _play(Console(), language, person, coordinator)
        finally:
            stop.set()
            await serving


async def _play(console: Console, language: languages.Language, person: Account, coordinator: Account) -> int:
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
    return 0


async def _chat(
    console: Console, language: languages.Language, person: Account, coordinator: Account
) -> None:
    """A person's chat by hand: a number presses a button, anything else is written; an empty line ends."""
    person.start()
    await person.wait(lambda one: one.screen)
    alerts: dict[int, str] = {message.id: message.text for message in coordinator.messages()}
    while True:
        await asyncio.sleep(0.4)
        if person.messages():
            console.print(_panel(person.screen, language.say(TITLES["person"]), "blue", numbered=True))
        for message in coordinator.messages():
            if alerts.get(message.id) != message.text:
                alerts[message.id] = message.text
                console.print(_panel(message, language.say(TITLES["alert"]), "red"))
        line = await asyncio.to_thread(
            _line, language.say(text("Number of a button, or words (empty line: end)"))
        )
        if not line:
            return
        buttons = [button for row in person.screen.buttons for button in row] if person.messages() else []
        if line.startswith("#") and line[1:].isdigit() and 1 <= int(line[1:]) <= len(buttons):
            person.press(buttons[int(line[1:]) - 1].data)
        else:
            person.write(line)


def _line(prompt: str) -> str:
    try:
        return input(f"{prompt} > ").strip()
    except EOFError:
        return ""


def _panel(message: Message, title: str, colour: str, *, numbered: bool = False) -> Panel:
    body = Line(message.text)
    number = 0
    for row in message.buttons:
        body.append("\n")
        for button in row:
            number += 1
            body.append(f" [{f'#{number} ' if numbered else ''}{button.label}] ", style="reverse")
    return Panel(body, title=title, border_style=colour, width=76)
