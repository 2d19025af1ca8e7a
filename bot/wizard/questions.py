"""What set-up asks for before it makes anything: the token, who administers, who keeps the keys, the passphrase."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from telegram.error import InvalidToken, TelegramError

from bot import health, setup
from bot.health import Bot
from bot.intake.text import text
from bot.settings import PASSPHRASE, TOKEN, Settings, SettingsError
from bot.wizard import telegram
from bot.wizard.terminal import Terminal

CUSTODIES = {
    "server": text("on this server: simplest; who has its disk and the passphrase reads everything"),
    "offline": text("on a computer of the coordinators: whoever seizes this server can't read what was sent"),
}
PASSPHRASES = {
    "own": text("I choose one; it is stored nowhere, and I give it at each start"),
    "made": text("let one be made and kept in a file beside the settings, so that the bot starts by itself"),
}


@dataclass(frozen=True)
class Answers:
    """``settings``: what was answered, by setting. ``passphrase``: what is to be typed again at the end."""

    settings: dict[str, str] = field(default_factory=dict)
    offline: bool = False
    passphrase: str = field(default="", repr=False)


def ask(
    terminal: Terminal, environ: Mapping[str, str], file: Path | None, custody: str | None, *, beside: bool
) -> Answers:
    """Asks for what no setting says."""
    known = setup.so_far(environ, file, beside)
    given: dict[str, str] = {}
    terminal.title(text("Qorgan is set up here. Nothing is made before all questions are answered."))
    if known.token is None:
        _token(terminal, environ, file, known, given, beside)
    token = given.get(TOKEN) or known.token
    bot = _test(terminal, known, token) if token else None
    if token and bot is not None and not known.admins:
        _administrator(terminal, known, token, bot, given)
    first = beside or not known.keyring.exists()
    if custody is None and first:
        custody = terminal.choose(text("Where are the keys that open what people have sent?"), CUSTODIES)
    passphrase = _passphrase(terminal, known, given, first)
    return Answers(given, custody == "offline", passphrase)


def _token(
    terminal: Terminal,
    environ: Mapping[str, str],
    file: Path | None,
    known: Settings,
    given: dict[str, str],
    beside: bool,
) -> None:
    terminal.title(text("The bot's token"))
    terminal.say(text("In Telegram write /newbot to @BotFather; it answers with a token. Enter alone: later."))
    while value := terminal.words(text("Token"), hidden=True):
        try:
            setup.so_far({**environ, TOKEN: value}, file, beside)
        except SettingsError:
            terminal.say(text("This is no token: it looks like 123456789:AbC… and is copied whole."))
            continue
        given[TOKEN] = value
        return


def _test(terminal: Terminal, known: Settings, token: str) -> Bot | None:
    """The bot, where Telegram can be asked. A token that it doesn't know ends the set-up; groups are to be off."""
    while True:
        try:
            bot = asyncio.run(health.bot(known.api_url, token))
        except InvalidToken:
            raise SettingsError("Telegram does not know this token", "copy it from @BotFather again") from None
        except TelegramError:
            terminal.say(text("Telegram can't be reached now; the token is tested later, by qorgan check."))
            return None
        terminal.line(text("Telegram knows the bot:"), bot.name)
        if not bot.groups:
            return bot
        terminal.say(
            text("Anybody can add it to a group, where others would read along."),
            text("Write /setjoingroups to @BotFather, choose the bot, press Disable."),
        )
        if not terminal.agrees(text("Done? Then it is looked at again.")):
            return bot


def _administrator(terminal: Terminal, known: Settings, token: str, bot: Bot, given: dict[str, str]) -> None:
    """By a code that only who sits here sees; their Telegram id is never typed."""
    terminal.title(text("The first administrator"))
    code = f"{secrets.randbelow(10**8):08}"
    terminal.say(text("Whoever is to be administrator opens this address in Telegram and presses Start:"))
    terminal.line(text("Address:"), f"https://t.me/{bot.name.removeprefix('@')}?start={code}")
    terminal.line(text("or sends the bot this code:"), code)
    while terminal.agrees(text("Sent? No: later.")):
        try:
            found = asyncio.run(telegram.sender(known.api_url, token, code))
        except TelegramError:
            terminal.say(text("Telegram doesn't hand out messages now. Does the bot run elsewhere?"))
            continue
        if found is None:
            terminal.say(text("The code has not come yet."))
            continue
        terminal.line(text("It came from:"), found.name)
        if terminal.agrees(text("Is that the administrator?"), otherwise=False):
            given["QORGAN_ADMINS"] = str(found.user)
            return


def _passphrase(terminal: Terminal, known: Settings, given: dict[str, str], first: bool) -> str:
    """What was chosen or made just now; empty where it stands in the settings already."""
    if known.passphrase is not None or known.generated_passphrase.exists():
        return ""
    if not first:
        given[PASSPHRASE] = terminal.words(text("Passphrase of the keyring"), hidden=True)
        return ""
    if terminal.choose(text("The passphrase that opens the keys"), PASSPHRASES) == "made":
        return ""
    given[PASSPHRASE] = new_passphrase(terminal)
    return given[PASSPHRASE]


def new_passphrase(terminal: Terminal) -> str:
    terminal.say(text("Several words that belong to nobody are best. It is asked for again at the end."))
    while len(passphrase := terminal.words(text("New passphrase"), hidden=True)) < setup.SHORTEST:
        terminal.say(text("Too short. Fewest characters: {least}", least=setup.SHORTEST))
    return passphrase
