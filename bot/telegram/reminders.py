"""Deadlines are called to mind before their day, and once after it: the holder's by a message, of a case that waits
by its ladder. What is to be told is read from the heads each time, so whatever becomes of the day, of the case or of
its holder, the reminders go with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.intake import ladder, reminder
from bot.intake.text import text
from bot.languages import Language
from bot.store.records import Case, Staff
from bot.telegram import alerts
from bot.telegram.actions import CLOSED
from bot.telegram.casework import holder_of, priority_of
from bot.telegram.desk import Desk
from bot.telegram.screens import escape

KIND = "reminder."


def run(desk: Desk) -> None:
    """Whatever is due; nothing by a clock in doubt."""
    if not desk.work.clock_sure():
        return
    for case in desk.work.all_cases():
        if case.head["state"] != CLOSED:
            _remind(desk, case)


def _remind(desk: Desk, case: Case) -> None:
    due = list(reminder.due(case.head, desk.unix))
    deadlines = reminder.marked(case.head, desk.unix)
    if deadlines != case.head["deadlines"]:
        case = desk.head(case, {**case.head, "deadlines": deadlines})
    holder = holder_of(desk, case.head)
    for deadline, lead in due:
        if holder is not None:
            _tell(desk, holder, case, deadline, lead)
    if holder is None and any(lead != reminder.OVER for _, lead in due):
        desk.head(case, ladder.anew(case.head))


def _tell(desk: Desk, holder: Staff, case: Case, deadline: Mapping[str, Any], lead: int) -> None:
    kind = KIND + deadline["clock"]
    _lift(desk, case, kind)
    slot = desk.staff_slot(holder, case.id, kind)
    said = _said(desk, case, deadline, lead, desk.house.language(holder.body["language"]))
    desk.show(slot, holder.user, said, priority_of(case.head), case=case.id, fresh=True, protect=True)


def _said(
    desk: Desk, case: Case, deadline: Mapping[str, Any], lead: int, language: Language
) -> alerts.Message:
    lines = [text("Case: {code}", code=case.head["code"]), reminder.told(lead)]
    if not desk.house.discreet:
        lines.insert(1, alerts.deadline(desk.house.questionnaire, deadline))
    return "\n".join(escape(language.say(line)) for line in lines), alerts.to_act(case.head, case.id, language)


def withdraw(desk: Desk, case: Case, before: Mapping[str, Any]) -> None:
    """The day has moved, or is off: what stands in chats of the old one goes."""
    days = {one["clock"]: (one["starts"], one["ends"]) for one in case.head["deadlines"]}
    for one in before["deadlines"]:
        if days.get(one["clock"]) != (one["starts"], one["ends"]) and reminder.TOLD in one:
            _lift(desk, case, KIND + one["clock"])


def _lift(desk: Desk, case: Case, kind: str) -> None:
    for chat, slot in desk.staff_slots(case.id, kind).items():
        desk.remove(slot, chat, case=case.id)
