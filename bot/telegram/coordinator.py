"""What every member of staff has in their chat: a greeting, a menu, a language, and the alerts they have missed."""

from __future__ import annotations

from bot.intake.text import text
from bot.languages import guess
from bot.store.records import Case, Staff
from bot.telegram import alerts, queue, updates
from bot.telegram.actions import DESK, EVERYONE, Action, role_of
from bot.telegram.casework import priority_of, waits
from bot.telegram.desk import Desk
from bot.telegram.screens import Button, escape


def greet(desk: Desk, one: Staff, update: updates.Wrote | updates.Other) -> Staff:
    """The first word of a member of staff: from now on there is a chat, a name and a language."""
    language = one.body.get("language") or guess(update.language_code)
    one = desk.change(one, {"started": True, "language": language, "name": update.first_name})
    catch_up(desk, one, desk.work.all_cases())
    return one


def catch_up(desk: Desk, one: Staff, cases: list[Case]) -> None:
    """What waits, for somebody who has missed it: an alert for each of the most urgent, one message for all others."""
    if one not in alerts.addressees(desk.staff):
        return
    waiting = queue.waiting(cases)
    for case in waiting[: desk.house.alone]:
        _alert_again(desk, one, case)
    if len(waiting) > desk.house.alone:
        queue.stand(desk, one, waiting)


def step_in(desk: Desk, before: set[bytes]) -> None:
    """Who gets alerts only now, where ``before`` got them until now, sees what waits."""
    late = [one for one in alerts.addressees(desk.staff) if one.id not in before and one.body.get("started")]
    cases = desk.work.all_cases() if late else []
    for one in late:
        catch_up(desk, desk.member(one.id), cases)


def _alert_again(desk: Desk, one: Staff, case: Case) -> None:
    said = alerts.waiting(desk.house, case, desk.house.language(one.body["language"]))
    slot = desk.staff_slots(case.id, "alert").get(one.user) or desk.staff_slot(one, case.id, "alert")
    desk.show(slot, one.user, said, priority_of(case.head), case=case.id, fresh=True, protect=True)


def menu(desk: Desk, one: Staff) -> None:
    """The member's own living message: language, cases held, cases that wait, commands."""
    language = desk.house.language(one.body["language"])
    cases = desk.work.all_cases()
    mine = [case for case in cases if case.head["holder"] == one.id.hex()]
    lines = [text("Waiting: {count}", count=sum(waits(case) for case in cases))]
    if role_of(one) in DESK:
        lines.insert(0, text("You will get a message here when somebody needs you."))
        lines.append(text("Yours: {count}", count=len(mine)))
    damaged = desk.work.damaged_cases(len(cases))
    if damaged:
        lines.append(text("Damaged cases, which can't be shown: {count}", count=damaged))
    usable = [entry for entry in desk.house.actions.values() if entry.typed and role_of(one) in entry.roles]
    if usable:
        lines.append(text("Commands: {commands}", commands=" · ".join(f"/{entry.name}" for entry in usable)))
    rows: list[list[Button]] = [
        [{"text": case.head["code"], "callback_data": f"open={case.id.hex()}"}] for case in mine[-20:]
    ]
    rows.append(
        [
            {"text": other.name, "callback_data": f"language={code}"}
            for code, other in desk.house.languages.items()
        ]
    )
    desk.screen(one, ("\n".join(escape(language.say(line)) for line in lines), rows))


def _speak(desk: Desk, one: Staff, code: str) -> None:
    if code in desk.house.languages:
        one = desk.change(one, {"language": code})
    menu(desk, one)


ACTIONS = (Action("language", EVERYONE, _speak, typed=True),)
