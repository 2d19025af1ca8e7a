"""Alerts climb until a human takes their case, and rise by the clock: whatever is due, as the heads tell it.

A clock in doubt stops nothing here: an alarm too many costs less than one too few.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.intake import ladder
from bot.intake.ladder import UNANSWERED, UNREACHED, Rung
from bot.intake.rules import Urgency
from bot.intake.text import text
from bot.languages import Language
from bot.store.records import Case
from bot.telegram import alerts, pager, person
from bot.telegram.actions import CLOSED
from bot.telegram.calling import called
from bot.telegram.casework import alarm, announce, holder_of, inform, ring, waits
from bot.telegram.desk import Desk
from bot.telegram.screens import escape

KIND = "unanswered"
"""The kind of the message that calls others to a case whose holder does not answer."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the head under a mark says: when to look at the case next, and whether something critical is alone in it."""

    mark: bytes
    coming: int | None
    alone: bool


class Watch:
    """Goes through the cases again and again, and opens those alone for which it is time.

    What it knows rests on heads by their marks: whoever changes one, here or in another process, it looks again; a
    new one knows nothing and looks at all.
    """

    def __init__(self) -> None:
        self._known: dict[bytes, Known] = {}
        self._looked = 0

    def look(self, desk: Desk) -> None:
        known = self._known if desk.unix >= self._looked else {}  # else the clock was set back
        marks = desk.work.case_marks()
        resting = {row: one for row, one in known.items() if marks.get(row) == one.mark and _rests(one, desk.unix)}
        cases = desk.work.load_cases(marks.keys() - resting.keys())
        seen = {row: _read(desk, case, marks[row]) for row, case in cases.items()}
        self._known, self._looked = resting | seen, desk.unix
        climbed = [_climb(desk, _rise(desk, case)) for case in cases.values() if case.head["state"] != CLOSED]
        for case in climbed:
            if ladder.untold(case.head, desk.unix):
                _tell(desk, case)
        if not any(one.alone for one in resting.values()) and not any(map(pager.is_alone, climbed)):
            pager.lower(desk)


def _rests(one: Known, now: int) -> bool:
    return one.coming is None or one.coming > now


def _read(desk: Desk, case: Case, mark: bytes) -> Known:
    head, now = case.head, desk.unix
    told = None if ladder.in_their_hands(desk.house.questionnaire, head) else ladder.telling(head, now)
    moments = [moment for moment in (ladder.coming(head, now), told) if moment is not None]
    return Known(mark, min(moments, default=None), pager.is_alone(case))


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
            ring(desk, case, KIND, ())
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
    holder, said = holder_of(desk, case.head), []
    for one in called(desk.staff, case.head, desk.now):
        if holder is None or one.id != holder.id:
            language = desk.house.language(one.body["language"])
            name = (holder.body.get("name") if holder is not None else None) or "—"
            said.append((one, alerts.discreet(language) if desk.house.discreet else _unanswered(case, name, language)))
    ring(desk, case, KIND, said)
    return case


def _unanswered(case: Case, name: str, language: Language) -> alerts.Message:
    code, times = case.head["code"], case.head["times"]
    lines = [
        alerts.urgency(case.head),
        text("{code}: taken by {name}, {moment}", code=code, name=name, moment=alerts.moment(times["taken"])),
        text("Unanswered since: {moment}", moment=alerts.moment(times[UNANSWERED])),
    ]
    said = [escape(language.say(line)) for line in lines]
    return "\n".join([f"<b>{said[0]}</b>", *said[1:]]), [[alerts.to_card(case.id, language)]]
