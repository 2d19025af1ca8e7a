"""Once a day each holder says which cases are still theirs; what nobody confirms within a day is announced anew."""

from __future__ import annotations

from bot.intake.text import text
from bot.languages import TIME_ZONE
from bot.store.audit import HOUSE
from bot.store.records import Case, Priority, Staff
from bot.telegram import alerts, notices, queue
from bot.telegram.actions import CLOSED, HOLDER, CaseAction, Relation, relation
from bot.telegram.card import in_rows
from bot.telegram.casework import LISTED, holder_of, tell
from bot.telegram.desk import Desk
from bot.telegram.handing import put_back
from bot.telegram.screens import Button, escape

FROM_HOUR = 9
"""In Almaty: nobody is asked at night."""
WITHIN = 24 * 3600
AT_ONCE = 50
"""Cases that go back in one transaction, which persons' replies wait for; the others follow a minute later."""
LONGEST = 90
"""Buttons that a message takes; who holds more cases is asked about the others on another day."""


def run(desk: Desk) -> None:
    """What is overdue goes back, the most urgent first; then whoever has not been asked today is."""
    if not desk.work.clock_sure():
        return
    mine: dict[str, list[Case]] = {}
    overdue: list[tuple[Case, Staff | None]] = []
    for case in sorted(filter(_is_held, desk.work.all_cases()), key=queue.order):
        holder = holder_of(desk, case.head)
        if holder is None or desk.unix - case.head["times"].get(LISTED, desk.unix) >= WITHIN:
            overdue.append((case, holder))
        else:
            mine.setdefault(case.head["holder"], []).append(case)
    for case, holder in overdue[:AT_ONCE]:
        put_back(desk, case, HOUSE)
        if holder is not None:
            tell(desk, holder, text("{code}: not confirmed, so it is back in the queue", code=case.head["code"]))
    there = desk.now.astimezone(TIME_ZONE)
    today = there.date().isoformat()
    for one in list(desk.staff):
        due = there.hour >= FROM_HOUR and one.body.get("started") and one.body.get("listed_on") != today
        cases = mine.get(one.id.hex(), [])
        if due and cases:
            for case in cases[:LONGEST]:
                desk.head(case, {**case.head, "times": {LISTED: desk.unix, **case.head["times"]}})
            _post(desk, desk.change(one, {"listed_on": today}))


def _confirm(desk: Desk, one: Staff, case: Case, _: str) -> None:
    """Whatever the holder does with a case confirms it; this does nothing else."""
    _post(desk, one, anew=False)


def _post(desk: Desk, one: Staff, *, anew: bool = True) -> None:
    """The list of what is still to be confirmed; edited where it stands, and gone with its last case."""
    cases = [case for case in desk.work.all_cases() if relation(one, case) is Relation.MINE]
    asked = sorted((case for case in cases if LISTED in case.head["times"]), key=queue.order)[:LONGEST]
    notice = notices.standing(desk, one).get(notices.ROLL)
    if not asked:
        notices.lift(desk, one, notices.ROLL)
    elif anew:
        notices.post(desk, one, notices.ROLL, _list(desk, one, asked))
    elif notice is not None:
        slot = bytes.fromhex(notice["slot"])
        desk.show(slot, one.user, _list(desk, one, asked), Priority.ALERT, fresh=True, protect=True)


def _list(desk: Desk, one: Staff, asked: list[Case]) -> alerts.Message:
    language = desk.house.language(one.body["language"])
    until = alerts.moment(min(case.head["times"][LISTED] for case in asked) + WITHIN)
    lines = [
        text("Are these cases still yours?"),
        text("What you don't confirm goes back to everyone: {moment}", moment=until),
    ]
    buttons: list[Button] = [
        {
            "text": language.say(text("{code}: still mine", code=case.head["code"])),
            "callback_data": f"mine={case.id.hex()}",
        }
        for case in asked
    ]
    return "\n".join(escape(language.say(line)) for line in lines), in_rows(buttons)


def _is_held(case: Case) -> bool:
    return bool(case.head["holder"]) and case.head["state"] != CLOSED


ACTIONS = (CaseAction("mine", HOLDER, _confirm),)
