"""A coordinator links cases by hand, where they believe that several wrote for one person."""

from __future__ import annotations

from bot.intake.text import Text, text
from bot.store.records import Case, Staff
from bot.telegram import links, sitting
from bot.telegram.casework import CLOSED, announce, attend
from bot.telegram.desk import Desk
from bot.telegram.screens import Button, escape
from bot.telegram.sitting import LEAVE, Said, Sitting, button

WHAT = "link"


def begin(desk: Desk, one: Staff, case: Case) -> None:
    sitting.begin(desk, one, case, WHAT, _asked(desk, one, case))


def wrote(desk: Desk, one: Staff, now: Sitting, words: str) -> None:
    other = desk.work.case_by_code(words.strip().upper())
    said = None if other is None else change(desk, one, now.case, other, join=True)
    if said is None:
        sitting.go_on(desk, one, now, _asked(desk, one, now.case, text("No such case, or it is not yours.")))
    else:
        sitting.end(desk, one, (_line(desk, one, said), []))


def pressed(desk: Desk, one: Staff, now: Sitting, place: str, choice: str) -> None:
    """A linked case's number: it is linked no more."""
    other = next((case for case in links.of(desk, now.case.head) if case.head["code"] == choice), None)
    said = None if other is None else change(desk, one, now.case, other, join=False)
    if said is not None:
        sitting.end(desk, one, (_line(desk, one, said), []))


def change(desk: Desk, one: Staff, first: Case, second: Case, *, join: bool) -> Text | None:
    """What was done; None where neither case is theirs."""
    theirs = [case for case in (first, second) if case.head["holder"] == one.id.hex() and case.head["state"] != CLOSED]
    if not theirs or first.id == second.id:
        return None
    (links.join if join else links.part)(desk, first, second, desk.work.actor(one.user))
    for case in desk.work.load_cases([first.id, second.id]).values():
        if case.head["holder"]:
            case = attend(desk, case) if case.head["holder"] == one.id.hex() else case
            announce(desk, case, case.head)
    codes = {"code": first.head["code"], "other": second.head["code"]}
    return text("{code} and {other}: linked", **codes) if join else text("{code} and {other}: not linked", **codes)


def _asked(desk: Desk, one: Staff, case: Case, notice: Text | None = None) -> Said:
    language = desk.house.language(one.body["language"])
    lines = [
        *((notice,) if notice else ()),
        text("{code}: other cases of the same person", code=case.head["code"]),
        text("Write the number of a case to link it. Nothing is merged, and nobody who writes here hears of it."),
    ]
    rows: list[list[Button]] = []
    for other in links.of(desk, case.head):
        label = language.say(text("Unlink {code}", code=other.head["code"]))
        rows.append([{"text": label, "callback_data": f"{sitting.PREFIX}{WHAT}={other.head['code']}"}])
    return "\n".join(escape(language.say(line)) for line in lines), [*rows, [button(language, WHAT, LEAVE)]]


def _line(desk: Desk, one: Staff, said: Text) -> str:
    return escape(desk.house.language(one.body["language"]).say(said))
