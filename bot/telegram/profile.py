"""How the bot introduces itself: neutral commands and descriptions, in each language; and by which name it is found."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any

from telegram.error import InvalidToken, NetworkError, RetryAfter, TelegramError

from bot import logs
from bot.intake.text import text
from bot.languages import Language
from bot.store.records import StoreError
from bot.store.store import Store
from bot.store.work import Work
from bot.telegram.transport import Transport
from bot.traits import DEFAULT

log = logs.named(__name__)
COMMANDS = (
    # for translators: at most 256 characters
    ("start", text("Start")),
    # for translators: at most 256 characters
    ("language", text("Language")),
    # for translators: at most 256 characters
    ("exit", text("Clear chat")),
    # for translators: at most 256 characters
    ("return", text("I have a return code")),
    # for translators: at most 256 characters
    ("erase", text("Erase everything")),
)
"""Those of staff are not in Telegram's menu: on a phone in other hands it would tell who this is."""
# for translators: at most 120 characters
DESCRIPTION = text("Hello! Press Start.")
NAME, BOT = "username", "bot"
"""What the house's state calls the name under which Telegram knows the bot, and Telegram's number of it."""


async def introduce(transport: Transport, store: Store, languages: Mapping[str, Language]) -> None:
    """Remember the bot's own name; register commands and description for each language, for all others in English.

    Raises InvalidToken; where Telegram can't be reached it waits, as the bot can do nothing else anyway.
    """
    pause = 1.0
    while True:
        try:
            await store.write(partial(_remember, await transport.call("getMe")))
            for code, language in languages.items():
                if len(code) > 2:  # Telegram knows languages of two letters only
                    continue
                await _introduce(transport, language, code)
            await _introduce(transport, languages.get(DEFAULT) or next(iter(languages.values())), "")
            return
        except InvalidToken:
            raise
        except (NetworkError, RetryAfter, StoreError) as error:
            log.warning("profile.failed", error=error)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 30.0)
        except TelegramError as error:
            log.warning("profile.refused", error=error)
            return


def _remember(me: Mapping[str, Any], work: Work) -> None:
    """Once there is a number, only ``succession`` puts another in its place."""
    state, name, bot = work.state(), me.get("username"), me.get("id")
    known = {**state, **({NAME: name} if isinstance(name, str) else {})}
    if isinstance(bot, int):
        known = {BOT: bot, **known}
    if known != state:
        work.save_state(known)


async def _introduce(transport: Transport, language: Language, code: str) -> None:
    commands = [{"command": name, "description": language.say(label)} for name, label in COMMANDS]
    await transport.call("setMyCommands", commands=commands, language_code=code)
    said = language.say(DESCRIPTION)
    await transport.call("setMyDescription", description=said, language_code=code)
    await transport.call("setMyShortDescription", short_description=said, language_code=code)
