"""The bot that takes this one's place if Telegram removes it: staff press Start there, so that it may write to them.

Its token is not here, so whether they did is known by their word alone.
"""

from __future__ import annotations

from bot.intake.text import text
from bot.languages import Language
from bot.store.records import Staff
from bot.store.work import Work
from bot.telegram import notices
from bot.telegram.actions import EVERYONE, Action
from bot.telegram.alerts import Message
from bot.telegram.desk import Desk
from bot.telegram.profile import NAME
from bot.telegram.screens import escape

STANDBY = "standby"
"""The kind of the message that asks for it; of a member, the name of the bot where they have done so."""


def named(work: Work, standby: str) -> str:
    """The name that the settings give; none where that bot has taken the place already."""
    return standby if standby.lower() != f"@{work.state().get(NAME)}".lower() else ""


def awaited(one: Staff, standby: str) -> bool:
    """Whether this member has still to press Start there."""
    there = one.body.get("started") and not one.body.get("removed")
    return bool(standby and there and one.body.get(STANDBY) != standby)


def ask(desk: Desk) -> None:
    """The message stands in each one's chat until they have pressed *Done*."""
    name = named(desk.work, desk.house.standby)
    for one in list(desk.staff):
        notice = notices.standing(desk, one).get(STANDBY)
        if not awaited(one, name):
            notices.lift(desk, one, STANDBY)
        elif notice is None or notices.old(desk, notice) or notice["name"] != name:
            notices.post(desk, one, STANDBY, _message(desk.house.language(one.body["language"]), name), name=name)


def _message(language: Language, name: str) -> Message:
    lines = [
        text("If Telegram removes this bot, the team goes on in another one: {name}", name=name),
        text("Open it and send /start there, so that it can write to you. It says nothing until it is needed."),
    ]
    said = "\n".join(escape(language.say(line)) for line in lines)
    opening = {"text": language.say(text("Open the standby bot")), "url": f"https://t.me/{name.removeprefix('@')}"}
    done = {"text": language.say(text("Done: /start is sent")), "callback_data": f"standby={name}"}
    return said, [[opening], [done]]


def _done(desk: Desk, one: Staff, name: str) -> None:
    if name == desk.house.standby:
        desk.change(one, {STANDBY: name})
    ask(desk)


ACTIONS = (Action(STANDBY, EVERYONE, _done),)
