"""The switch to another bot: what has to be so before it, and what is said after it. One transaction, or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from telegram.error import InvalidToken, TelegramError

from bot import health
from bot.commands.erasure import at_desk
from bot.commands.opening import Opened, Refused
from bot.settings import TOKEN
from bot.store.work import Work
from bot.telegram import succession
from bot.telegram.desk import Desk
from bot.telegram.profile import BOT


def switch(house: Opened, sure: Callable[[str], bool]) -> list[str]:
    """Lines for the shell. Done before, it is not done again."""
    settings, bot = house.settings, house.settings.bot
    if settings.token is None or bot is None:
        raise Refused("a bot token is missing", f"give the token of the bot that takes over as {TOKEN}")
    name = _name(settings.api_url, settings.token)
    if house.do(lambda work: _is_done(work, bot)):
        return [f"@{name} is the bot here already: nothing was changed"]
    if not sure(name):
        raise Refused("nothing was changed", "run it again when you are sure")

    def take_over(desk: Desk) -> tuple[int, int] | None:
        return None if _is_done(desk.work, bot) else succession.succeed(desk, bot, name)

    staff, cases = at_desk(house, take_over) or (0, 0)
    webhook = "set another QORGAN_WEBHOOK_SECRET, so that nothing of the old bot's comes in as this one's"
    return [
        f"@{name} takes over",
        f"staff to be told   {staff}; who has not pressed Start there can't be: /staff names them within minutes",
        f"cases listed       {cases} critical or urgent",
        *([f"webhook            {webhook}"] if settings.webhook_url else []),
        "next               qorgan run",
        "then               publish a new statement (qorgan continuity statement), make a new standby (QORGAN_STANDBY)",
    ]


def _is_done(work: Work, bot: int) -> bool:
    """Refused while the bot runs: it would go on with what it has in hand."""
    if work.state().get(BOT) == bot:
        return True
    if work.processes():
        raise Refused("the bot is running", "stop it first; one that was killed counts as running for a minute")
    return False


def _name(api_url: str, token: str) -> str:
    try:
        return asyncio.run(health.bot(api_url, token)).name.removeprefix("@")
    except InvalidToken:
        raise Refused(
            "Telegram does not know this token", f"copy the other bot's token from @BotFather into {TOKEN}"
        ) from None
    except TelegramError:
        raise Refused("Telegram can't be reached", "check the network and QORGAN_API_URL, then run it again") from None
