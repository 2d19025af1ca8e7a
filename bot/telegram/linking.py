"""A coordinator links cases by hand, where they believe that several wrote for one person."""

from __future__ import annotations

from bot.intake.text import Text, text
from bot.store.records import Case, Staff
from bot.telegram import card, links, sitting
from bot.telegram.actions import HOLDER, NOT_YOURS, CaseAction
from bot.telegram.casework import announce, renew
from bot.telegram.desk import Desk
from bot.telegram.screens import escape

NAME, UNLINK = "link", "unlink"


def _link(desk: Desk, one: Staff, case: Case, code: str) -> None:
    other = desk.work.case_by_code(code.upper()) if code else None
    if other is not None and other.id != case.id:
        links.join(desk, case, other, desk.work.actor(one.user))
        _tell(desk, one, case, other, text("{code} and {other}: linked", code=case.head["code"], other=code.upper()))
    else:
        _ask(desk, one, case, NOT_YOURS if code else None)


def _unlink(desk: Desk, one: Staff, case: Case, code: str) -> None:
    other = next((each for each in links.of(desk, case.head) if each.head["code"] == code.upper()), None)
    if other is not None:
        links.part(desk, case, other, desk.work.actor(one.user))
        done = text("{code} and {other}: not linked", code=case.head["code"], other=code.upper())
        _tell(desk, one, case, other, done)
    else:
        _ask(desk, one, case, NOT_YOURS if code else None)


def _tell(desk: Desk, one: Staff, case: Case, other: Case, done: Text) -> None:
    """Both cards show it, whoever holds the other."""
    case = renew(desk, desk.work.load_cases([case.id])[case.id])
    for each in (case, *desk.work.load_cases([other.id]).values()):
        announce(desk, each, each.head)
    sitting.end(desk, one)
    card.show(desk, one, case)
    desk.say(one, done)


def _ask(desk: Desk, one: Staff, case: Case, notice: Text | None) -> None:
    language = desk.house.language(one.body["language"])
    lines = [
        *((notice,) if notice else ()),
        text("{code}: other cases of the same person", code=case.head["code"]),
        text("Write the number of a case to link it. Nothing is merged, and nobody who writes here hears of it."),
    ]
    rows = []
    for code in links.codes(desk, case.head):
        label = language.say(text("Unlink {code}", code=code))
        rows.append([{"text": label, "callback_data": f"{UNLINK}={case.id.hex()}.{code}"}])
    said = "\n".join(escape(language.say(line)) for line in lines)
    sitting.stand(desk, one, case, NAME, (said, [*rows, [sitting.leave(language, case)]]))


ACTIONS = (
    CaseAction(NAME, HOLDER, _link, typed=True, label=text("Linked cases")),
    CaseAction(UNLINK, HOLDER, _unlink, typed=True),
)
