"""Cases past their time go; of those that have been silent for long, somebody is asked a week before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.intake import keeping
from bot.intake.keeping import Fate
from bot.store.audit import HOUSE
from bot.store.records import Case, Priority, Staff
from bot.telegram import alerts, returning
from bot.telegram.actions import CaseAction, Relation, standing
from bot.telegram.casework import CLOSED_DAYS, Why, erase, holder_of
from bot.telegram.desk import Desk

KIND = "asked"


def run(desk: Desk) -> None:
    """Whatever is due, however long the bot was away; nothing before the clock is settled."""
    if not desk.work.clock_settled():
        return
    for case in desk.work.all_cases():
        if "unsure" in case.head["times"]:
            _reckon_anew(desk, case)
    for row in desk.work.expired_cases(desk.now.date()):  # damaged ones, too
        erase(desk, row, Why.TIME, HOUSE)
    for case in desk.work.all_cases():
        match keeping.fate(desk.house.questionnaire, case.head, case.expires, desk.now):
            case Fate.OVER:
                erase(desk, case.id, Why.PERSON if "erase" in case.head["times"] else Why.TIME, HOUSE)
            case Fate.ASKED:
                _ask(desk, case)
            case Fate.KEPT if "asked" in case.head["times"]:
                _settle(desk, case, {})
    returning.forget_old(desk)


def _reckon_anew(desk: Desk, case: Case) -> None:
    """A closed case has its 30 days from now; a person's wish has waited for more than its day already."""
    times = {name: at for name, at in case.head["times"].items() if name != "unsure"}
    if "erase" in times:
        times["erase"] = min(times["erase"], desk.unix)
    expires = case.expires and desk.now.date() + timedelta(days=CLOSED_DAYS)
    desk.work.save_cases([replace(case, head={**case.head, "times": times}, expires=expires)])


def _stay(desk: Desk, one: Staff, case: Case, _: str) -> None:
    """It is still needed: the 90 days begin anew."""
    _settle(desk, case, {"contact": desk.unix})


def _let_go(desk: Desk, one: Staff, case: Case, _: str) -> None:
    """It goes on its day, and nobody is asked again."""
    _settle(desk, case, {"asked": case.head["times"]["asked"], "let_go": desk.unix})


def _is_asked(desk: Desk, one: Staff, case: Case) -> bool:
    """Whether this member of staff is the one to be asked about a case, and it has been asked."""
    asked = keeping.asked_at(case.head) is not None
    return asked and one.id in {each.id for each in _asked(desk, case)}


def _asked(desk: Desk, case: Case) -> list[Staff]:
    """The holder; where nobody holds the case, the administrators; where there are none, the coordinators."""
    holder = holder_of(desk, case.head)
    if holder is not None:
        return [holder]
    here = [one for one in desk.staff if one.body.get("started") and not one.body.get("removed")]
    administrators = [one for one in here if one.body["role"] == "admin"]
    return administrators or [one for one in here if one.body["role"] == "coordinator"]


def _ask(desk: Desk, case: Case) -> None:
    """The question stands until it is answered: where it has been swept it is put once more."""
    asked = keeping.asked_at(case.head)
    if asked is None:
        case = desk.head(case, {**case.head, "times": {**_times(case), "asked": desk.unix}})
        asked = desk.unix
    if "let_go" in case.head["times"]:
        return
    places = desk.staff_slots(case.id, KIND)
    for one in _asked(desk, case):
        if one.user not in places:
            slot = desk.staff_slot(one, case.id, KIND)
            goes = keeping.goes_at(case.head, asked)
            said = alerts.silent(case.head, case.id, goes, desk.house.language(one.body["language"]))
            desk.show(slot, one.user, said, Priority.ALERT, case=case.id, fresh=True, protect=True)


def _settle(desk: Desk, case: Case, times: dict[str, int]) -> None:
    desk.head(case, {**case.head, "times": {**_times(case), **times}})
    for chat, slot in desk.staff_slots(case.id, KIND).items():
        desk.remove(slot, chat, case=case.id)


def _times(case: Case) -> dict[str, int]:
    return {name: at for name, at in case.head["times"].items() if name not in ("asked", "let_go")}


_ASKED = standing(Relation.WAITING, Relation.MINE)
ACTIONS = (
    CaseAction("stay", _ASKED, _stay, when=_is_asked),
    CaseAction("gone", _ASKED, _let_go, when=_is_asked),
)
