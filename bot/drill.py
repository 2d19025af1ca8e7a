"""``qorgan continuity drill``: the bot is removed, its standby takes over. The real program against the sandbox."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from bot import app
from bot.commands.opening import Opened
from bot.commands.switching import switch
from bot.intake.return_code import WORDS
from bot.rehearsal import furnish, running
from bot.sandbox import Account, Message, Sandbox
from bot.sandbox.player import place, play
from bot.settings import Settings, SettingsError
from bot.store.store import Store
from bot.vault import Kdf, open_vault
from bot.vault import statement as signing
from bot.vault.statement import Statement

REACHABLE, ALONE, ELSEWHERE_NOW = 1001, 1002, 1003
STAFF = {"Dana": 2001, "Aru": 2002}
SECOND = "7000000002:SANDBOX-0000000000-0000000000-00000"
FIRST_NAME, SECOND_NAME = "@sandbox_bot", "@standby_bot"
PAGE = "https://example.org/bot"
WITHIN = 20.0
INTAKE = {
    "consent": ("agree",),
    "safe_now": ("yes",),
    "who": ("self",),
    "custody": ("police",),
    "where": ("almaty",),
    "detained_since": ("today",),
    "papers": ("none", "-done"),
    "event": ("none",),
    "contact": ("bot",),
    "offer": ("send",),
}
ELSEWHERE = {**INTAKE, "contact": ("signal", '"+7 701 000 00 00')}


class Failed(Exception):
    """A step did not hold."""


def drill() -> int:
    app.configure_logging("CRITICAL", "console")
    try:
        asyncio.run(rehearse())
    except (Failed, TimeoutError) as error:
        reason = str(error) if isinstance(error, Failed) else "what was waited for did not come in time"
        print(f"qorgan: error: the drill failed: {reason}", file=sys.stderr)
        return 1
    click.echo("everything held")
    return 0


async def rehearse() -> None:
    """Says each step that held; raises at the first that did not."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="qorgan-drill-")))
        first = await stack.enter_async_context(Sandbox())
        second = first.beside(SECOND, SECOND_NAME.removeprefix("@"))
        settings = furnish(
            folder,
            first,
            QORGAN_COORDINATORS=",".join(map(str, STAFF.values())),
            QORGAN_PAGE_URL=PAGE,
            QORGAN_STANDBY=SECOND_NAME,
        )
        _sign(folder)
        async with running(settings) as bot:
            staff = [first.user(user, name, "en") for name, user in STAFF.items()]
            await _prepare(staff, second)
            words = await _take_in(first)
            first.revoke()
            await asyncio.wait_for(bot.removal.known.wait(), WITHIN)
            _step("the running bot tells that Telegram has removed it, and stays up")
        await _switch(settings)
        async with running(replace(settings, token=SECOND)):
            await _staff_are_reached([second.user(user) for user in STAFF.values()])
            await _person_goes_on(second)
            await _comes_back(second, words)


def _sign(folder: Path) -> None:
    key = signing.create_signing_key(folder / "continuity-key", "drill", kdf=Kdf(8, 1, 1))
    said = Statement(datetime.now(UTC).replace(microsecond=0), (FIRST_NAME, SECOND_NAME), PAGE)
    _require(signing.read(key.sign(said), key.public) == said, "the statement does not verify")
    _step("a statement of both names is signed off the server, and verifies")


async def _prepare(staff: list[Account], second: Sandbox) -> None:
    """Two of the staff come; one of them presses Start at the standby, too."""
    for one in staff:
        one.start()
        asked = await one.wait(lambda me: _with(me, f"standby={SECOND_NAME}"), WITHIN)
        _require(SECOND_NAME in asked.text, "the standby's name is missing")
    second.user(staff[0].id, "Dana", "en").start()
    staff[0].press(f"standby={SECOND_NAME}")
    await staff[0].wait(lambda me: not _with(me, f"standby={SECOND_NAME}"), WITHIN)
    second.user(staff[1].id, "Aru", "en")
    _step("staff are asked to press Start at the standby; one does")


async def _take_in(first: Sandbox) -> str:
    """Gives the return code of the last of them."""
    for number, answers in ((ALONE, INTAKE), (REACHABLE, ELSEWHERE)):
        person = first.user(number, "Ivan", "en")
        person.start()
        await person.wait(lambda me: me.screen, WITHIN)
        await play(person, {"consent": ("more",), "more": ("-back",)}, until="more")
        _require(PAGE in person.screen.text, "More does not say where to look")
        person.press("more=-back")
        await person.wait(lambda me: place(me.screen) == "consent", WITHIN)
        await play(person, answers)
    person.press("home=code")
    shown = await person.wait(lambda me: me.screen if place(me.screen) == "code" else None, WITHIN)
    _step("two people are taken in, one of them with a second way to be reached; More names the page")
    return next((line for line in shown.text.splitlines() if len(line.split()) == WORDS and line.islower()), "")


async def _switch(settings: Settings) -> None:
    given = replace(settings, token=SECOND)
    try:
        async with AsyncExitStack() as stack:
            await app.build(given, stack)
    except SettingsError:
        _step("the standby's token alone is refused")
    else:
        raise Failed("another bot's token was taken without a switch")
    assert given.passphrase is not None
    vault = open_vault(given.keyring, given.day_keys, given.passphrase)
    with Store.open(given.database_url, vault) as store:
        house = Opened(given, vault, store)
        said = await asyncio.to_thread(switch, house, lambda name: True)
        again = await asyncio.to_thread(switch, house, lambda name: True)
    _require(said[0] == f"{SECOND_NAME} takes over", "the switch was not made")
    _require("already" in again[0], "a second switch did something")
    _step("the standby takes over, once")


async def _staff_are_reached(staff: list[Account]) -> None:
    dana, aru = staff
    listed = await dana.wait(lambda me: _lists(me), WITHIN)
    _require("another way" in listed[0].text and "no other way" in listed[1].text, "the list is not in its order")
    await dana.wait(lambda me: len(_all_with(me, "take=")) == 2, WITHIN)
    _require(not aru.messages(), "somebody who never pressed Start was written to")
    _step("who pressed Start there is reached: first the cases with a second way, then the others, and both alerts")


def _lists(me: Account) -> list[Message] | None:
    found = [one for one in _all_with(me, "case=") if "Critical and urgent" in one.text]
    return found if len(found) == 2 else None


async def _person_goes_on(second: Sandbox) -> None:
    person = second.user(REACHABLE, "Ivan", "en")
    person.start()
    await person.wait(lambda me: place(me.screen) == "home", WITHIN)
    dana = second.user(STAFF["Dana"])
    case = next(one for one in _all_with(dana, "case=") if "another way" in one.text).buttons[0][0].data
    dana.press(case)
    card = await dana.wait(lambda me: me.screen if "Another way to reach" in me.screen.text else None, WITHIN)
    _require("can't write" not in card.text, "the card says that the person can't be written to")
    _step("the person writes to the new bot and goes on where they were; the case says so")


async def _comes_back(second: Sandbox, words: str) -> None:
    person = second.user(ELSEWHERE_NOW, "Ivan", "en")
    person.write("/return")
    await person.wait(lambda me: place(me.screen) == "return", WITHIN)
    person.write(words)
    await person.wait(lambda me: place(me.screen) == "code", WITHIN)
    person.press("code=-back")
    await person.wait(lambda me: place(me.screen) == "home", WITHIN)
    await second.user(REACHABLE).wait(lambda me: not me.messages(), WITHIN)
    _step("a return code from before, typed to the new bot from another account, opens the case there")


def _with(me: Account, data: str) -> Message | None:
    return next(iter(_all_with(me, data)), None)


def _all_with(me: Account, data: str) -> list[Message]:
    return [one for one in me.messages() if any(b.data.startswith(data) for row in one.buttons for b in row)]


def _require(held: bool, otherwise: str) -> None:
    if not held:
        raise Failed(otherwise)


def _step(words: str) -> None:
    click.echo(f"ok  {words}")
