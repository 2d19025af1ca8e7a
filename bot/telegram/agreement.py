"""What takes two administrators, where there are two: it is put to them in their chats, and over after a day.

Whom another administrator removed counts for a day yet: else one stolen account could remove all others and then
decide alone. What is done at the shell counts at once, so that there is a way out.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from bot.intake.text import Text, text
from bot.languages import Language
from bot.store.records import Act, Staff
from bot.store.work import Work
from bot.telegram.screens import Button, escape

WITHIN = 24 * 3600
"""Seconds in which administrators may agree, and for which one who was removed counts."""
ENOUGH = 2
LEFT = "left"
"""When another administrator ended it that this member is one."""
STATE = "agreements"
"""Where the questions stand in the house's state, by their ids."""


class Matter(StrEnum):
    COMEBACK = "comeback"  # of the case keys
    EXPORT = "export"  # of several cases at once
    ADMIN = "admin"  # somebody is to become one


TITLES = {
    Matter.COMEBACK: text("Someone at the shell wants to bring the case keys back to this server."),
    Matter.EXPORT: text("Someone at the shell wants to export several cases at once."),
    Matter.ADMIN: text("Somebody is to become an administrator."),
}
RISKS = {
    Matter.COMEBACK: text("Whoever has its disk and its passphrase could then read every case."),
    Matter.EXPORT: text("The files leave this server."),
    Matter.ADMIN: text("An administrator can erase every case, and invite and remove staff."),
}


@dataclass(frozen=True)
class Question:
    """``about``: what exactly is asked, so that agreeing to one thing is not agreeing to another."""

    id: str
    matter: Matter
    at: int
    agreed: tuple[str, ...] = ()  # pseudonyms of who has agreed
    about: Mapping[str, Any] = field(default_factory=dict)


def standing(work: Work) -> list[Question]:
    """What is asked and not over."""
    asked = work.state().get(STATE, {})
    now = int(work.now.timestamp())
    found = [
        Question(row, Matter(one["matter"]), one["at"], tuple(one["agreed"]), one["about"])
        for row, one in asked.items()
    ]
    return [one for one in found if 0 <= now - one.at < WITHIN]


def ask(work: Work, matter: Matter, about: Mapping[str, Any] | None = None, agreed: Iterable[str] = ()) -> Question:
    """The question of exactly this as it stands; put anew where there is none."""
    asked, about = standing(work), dict(about or {})
    found = next((one for one in asked if (one.matter, one.about) == (matter, about)), None)
    if found is None:
        found = Question(secrets.token_hex(8), matter, int(work.now.timestamp()), tuple(agreed), about)
        _save(work, [*asked, found])
    return found


def over(work: Work, question: Question) -> None:
    """It was done, or is not wanted any more."""
    _save(work, [one for one in standing(work) if one.id != question.id])


def agree(work: Work, question: Question, one: Staff) -> Question:
    """This administrator has pressed the button."""
    actor = work.actor(one.user)
    agreed = replace(question, agreed=(*question.agreed, actor))
    _save(work, [agreed if each.id == question.id else each for each in standing(work)])
    work.note(actor, Act.AGREED)
    return agreed


def administrators(staff: Iterable[Staff]) -> list[Staff]:
    return [one for one in staff if one.body["role"] == "admin" and not one.body.get("removed")]


def left_lately(work: Work, one: Staff) -> bool:
    """Whether this is no administrator any more and counts as one yet."""
    return LEFT in one.body and int(work.now.timestamp()) - one.body[LEFT] < WITHIN


def needed(work: Work, staff: Iterable[Staff]) -> int:
    """How many administrators have to agree."""
    members = list(staff)
    return min(ENOUGH, len(administrators(members)) + sum(left_lately(work, one) for one in members))


def takes_two(work: Work, staff: Iterable[Staff]) -> bool:
    return needed(work, staff) >= ENOUGH


def tally(work: Work, question: Question, staff: Iterable[Staff]) -> tuple[int, int]:
    """How many of today's administrators have agreed, and how many have to."""
    members = list(staff)
    agreed = sum(work.actor(one.user) in question.agreed for one in administrators(members))
    return agreed, needed(work, members)


def is_settled(work: Work, question: Question, staff: Iterable[Staff]) -> bool:
    agreed, wanted = tally(work, question, staff)
    return agreed >= wanted


def to_answer(work: Work, one: Staff, staff: Iterable[Staff]) -> list[Question]:
    """What this administrator has still to agree to."""
    members, actor = list(staff), work.actor(one.user)
    return [
        each for each in standing(work) if actor not in each.agreed and not is_settled(work, each, members)
    ]


def message(language: Language, question: Question) -> tuple[str, list[list[Button]]]:
    lines = [RISKS[question.matter], *_details(question)]
    lines.append(text("Agree only if you know who asked for it, and why."))
    lines.append(text("Asked: {moment}", moment=datetime.fromtimestamp(question.at, UTC)))
    said = [f"<b>{escape(language.say(TITLES[question.matter]))}</b>", *(escape(language.say(one)) for one in lines)]
    button: Button = {"text": language.say(text("I agree")), "callback_data": f"admin.agree={question.id}"}
    return "\n".join(said), [[button]]


def _details(question: Question) -> list[Text]:
    about = question.about
    details = [text("Name: {name}", name=about["name"])] if "name" in about else []
    if "by" in about:
        details.append(text("Asked by: {name}", name=about["by"] or text("the shell")))
    if "count" in about:
        details.append(text("Cases: {count}", count=about["count"]))
    if "readable" in about:
        details.append(text("They leave readable.") if about["readable"] else text("They leave sealed."))
    return details


def _save(work: Work, questions: Iterable[Question]) -> None:
    saved = {
        one.id: {"matter": one.matter.value, "at": one.at, "agreed": list(one.agreed), "about": dict(one.about)}
        for one in questions
    }
    work.save_state({**work.state(), STATE: saved})
