"""What the bot says to staff by itself, and the words that stand in its lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from bot.intake.letters import Letter, Wait
from bot.intake.reminder import LEADS
from bot.intake.text import Text, text
from bot.languages import Language
from bot.preview.shown import Said
from bot.store.records import Case
from bot.telegram import agreement, cases, relay, reports
from bot.telegram.agreement import Matter
from bot.telegram.desk import Desk
from bot.telegram.reports import ACTS, DOUBTS, KINDS
from bot.telegram.screens import escape
from bot.telegram.spans import DAY, HOUR

Told = tuple[str, str, Said]
"""To whom, what, and the message."""


def messages(desk: Desk, language: Language, case: Case) -> Iterator[Told]:
    now = desk.unix
    for why in DOUBTS:
        yield "admin", f"The clock is in doubt: {why}", reports.clock(desk, language, why)
    about = {"name": "Dana", "by": "", "count": 5, "readable": True}
    for matter in Matter:
        asked = agreement.Question("1", matter, now, (), about)
        yield "admin", f"Two must agree: {matter.value}", agreement.message(language, asked)
    sealed = agreement.Question("1", Matter.EXPORT, now, (), {**about, "by": "Aru", "readable": False})
    yield "admin", "Two must agree: export, sealed", agreement.message(language, sealed)
    for title, said in {
        "Messages may be missing": reports.silence(desk, language, now - DAY),
        "Staff that no alert reaches": reports.absent(language, ["Dana"]),
        "Too much with others' cases": reports.restrained(language, "Dana", desk.now),
        "Telegram has refused messages": reports.unsent(language, 3),
        "A rotation is overdue": reports.overdue(desk, language),
        "A rotation has ended": reports.finished(desk, language),
        "The log of a week": reports.digest(desk, language),
        "Erase a case": reports.question(desk, language, case),
        "Erase a damaged case": reports.question_of_damaged(language, case.head["code"]),
    }.items():
        yield "admin", title, said
    yield "admin", "What is done, in the audit log", _list(language, ACTS.values())
    yield "admin", "Kinds of keys", _list(language, KINDS.values())
    yield "coordinator", "What has become of a message", _list(language, _letters(desk, case))
    yield "coordinator", "Reminders of a deadline", _list(language, LEADS.values())
    clocks = [(HOUR, 2 * HOUR), (None, HOUR), (None, 5 * DAY), (None, -HOUR), (None, None)]
    deadlines: list[dict[str, Any]] = [
        {"clock": "", "starts": _at(now, start), "ends": _at(now, end)} for start, end in clocks
    ]
    counted = [cases.clock(desk, one) for one in deadlines]
    yield "coordinator", "Deadlines in the list of cases", _list(language, counted)


def _letters(desk: Desk, case: Case) -> Iterator[Text]:
    letter = Letter("1", case.id.hex(), desk.unix)
    head = {**case.head, "hours": ["day"]}
    for one in (replace(letter, opened=desk.unix), replace(letter, sent=desk.unix), letter):
        yield relay.status(desk, head, one)
    for wait in Wait:
        yield relay.status(desk, head, replace(letter, wait=wait))


def _list(language: Language, lines: Iterable[Text]) -> Said:
    return "\n".join(dict.fromkeys(escape(language.say(text("{name}", name=line))) for line in lines)), []


def _at(now: int, after: int | None) -> int | None:
    return None if after is None else now + after
