"""Alerts climb until a human takes their case, and rise by the clock: whatever is due, read from the heads each time.

A clock in doubt stops nothing here: an alarm too many costs less than one too few.
"""

from __future__ import annotations

from bot.intake import ladder
from bot.intake.ladder import UNANSWERED, UNREACHED, Rung
from bot.intake.rules import Urgency
from bot.intake.text import text
from bot.languages import Language
from bot.store.records import Case
from bot.telegram import alerts, pager, person
from bot.telegram.actions import CLOSED
from bot.telegram.calling import called
from bot.telegram.casework import alarm, announce, holder_of, inform, priority_of, waits
from bot.telegram.desk import Desk
from bot.telegram.screens import escape

KIND = "unanswered"
"""The kind of the message that calls others to a case whose holder does not answer."""


def run(desk: Desk) -> None:
    cases = [case for case in desk.work.all_cases() if case.head["state"] != CLOSED]
    climbed = [_climb(desk, _rise(desk, case)) for case in cases]
    for case in climbed:
        if ladder.untold(case.head, desk.unix):
            _tell(desk, case)
    pager.lower(desk, climbed)


def _rise(desk: Desk, case: Case) -> Case:
    """By the clock alone: of a case that waits a new alert climbs, the holder of another hears of it at once."""
    head = ladder.risen(case.head, desk.unix)
    if head is None:
        return case
    before, case = case.head, desk.head(case, head)
    if head["urgency"] < before["urgency"]:
        announce(desk, case, before)
        inform(desk, case)
    return desk.work.load_cases([case.id])[case.id]


def _climb(desk: Desk, case: Case) -> Case:
    head = ladder.stand(case.head, desk.unix)
    if head != case.head:
        if ladder.ALARMED in case.head["times"]:
            _withdraw(desk, case)
        case = desk.head(case, head)
    if not ladder.due(head, desk.unix):
        return case
    if head["urgency"] == Urgency.CRITICAL and ladder.rung(head, desk.unix) > Rung.SPEAKERS:
        pager.raise_alarm(desk)
    if waits(case):
        return alarm(desk, case)
    return _call_out(desk, case)


def _tell(desk: Desk, case: Case) -> None:
    """The person hears the truth, but not where others may have their phone in hand."""
    chat = desk.chat(case.chat) if case.chat is not None else None
    if chat is None or case.id.hex() not in chat.address["cases"]:
        return
    if not ladder.in_their_hands(desk.house.questionnaire, case.head) and person.unreached(desk, chat, case):
        desk.head(case, {**case.head, "times": {**case.head["times"], UNREACHED: desk.unix}})


def _call_out(desk: Desk, case: Case) -> Case:
    """The holder is told once more, and so are the others, who may take the case over."""
    case = desk.head(case, ladder.climb(case.head, desk.unix))
    inform(desk, case)
    _withdraw(desk, case)
    holder = holder_of(desk, case.head)
    for one in called(desk.staff, case.head, desk.now):
        if holder is None or one.id != holder.id:
            language = desk.house.language(one.body["language"])
            name = (holder.body.get("name") if holder is not None else None) or "—"
            said = alerts.discreet(language) if desk.house.discreet else _unanswered(case, name, language)
            slot = desk.staff_slot(one, case.id, KIND)
            desk.show(slot, one.user, said, priority_of(case.head), case=case.id, fresh=True, protect=True)
    return case


def _withdraw(desk: Desk, case: Case) -> None:
    for slot in desk.work.slots_of_case(case.id):
        if slot.body.get("kind") == KIND:
            desk.remove(slot.id, slot.body["chat"], case=case.id)


def _unanswered(case: Case, name: str, language: Language) -> alerts.Message:
    code, times = case.head["code"], case.head["times"]
    lines = [
        alerts.urgency(case.head),
        text("{code}: taken by {name}, {moment}", code=code, name=name, moment=alerts.moment(times["taken"])),
        text("Unanswered since: {moment}", moment=alerts.moment(times[UNANSWERED])),
    ]
    said = [escape(language.say(line)) for line in lines]
    return "\n".join([f"<b>{said[0]}</b>", *said[1:]]), [[alerts.to_card(case.id, language)]]
