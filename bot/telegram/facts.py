"""New facts of a case come into it: its entry, its head, whoever is to hear of them."""

from __future__ import annotations

from collections.abc import Iterable

from bot.intake import summary
from bot.intake.answers import Answer
from bot.intake.state import Record
from bot.intake.triage import Assessment
from bot.store.records import Case, Chat
from bot.telegram import reminders
from bot.telegram.address import UNREACHABLE
from bot.telegram.casework import announce
from bot.telegram.desk import Desk

UPDATE, CHANGE = "update", "change"
COORDINATOR = "coordinator"


def begin(desk: Desk, case_id: bytes, chat: Chat, effect: Record, code: str, language: str) -> Case:
    """A new case, with all that is known of it."""
    head = summary.head(
        None, effect.answers, effect.assessment, code=code, language=language, kind=effect.kind, now=desk.now
    )
    if chat.address.get(UNREACHABLE):
        head["flags"] = sorted({*head["flags"], UNREACHABLE})
    case = Case(case_id, chat.id, head)
    desk.work.add_case(case)
    _append(desk, case, effect.kind, effect.answers, effect.removed)
    announce(desk, case, None)
    return case


def add(
    desk: Desk, case: Case, kind: str, assessment: Assessment, answers: Iterable[Answer], removed: Iterable[str] = ()
) -> Case:
    """More of a known case, from its person or (``change``) from who holds it: the higher urgency wins."""
    before, answers = case.head, tuple(answers)
    code, language = before["code"], before["language"]
    head = summary.head(before, answers, assessment, code=code, language=language, kind=kind, now=desk.now)
    case = desk.head(case, head)
    _append(desk, case, kind, answers, removed)
    reminders.withdraw(desk, case, before)
    announce(desk, case, before)
    return case


def _append(desk: Desk, case: Case, kind: str, answers: tuple[Answer, ...], removed: Iterable[str]) -> None:
    taken_back = list(removed)
    if not answers and not taken_back:
        return
    body = {
        "answers": [answer.to_json() for answer in answers],
        "removed": taken_back,
        "later": kind in (UPDATE, CHANGE),
        "at": desk.unix,
        **({"by": COORDINATOR} if kind == CHANGE else {}),
    }
    desk.work.append_entry(case.id, body, desk.house.questionnaire.entry_size)
