"""What every member of staff has in their chat: a greeting, a menu, a language, and the alerts they have missed."""

from __future__ import annotations

from collections.abc import Sequence

from bot.intake.text import text
from bot.languages import guess
from bot.store.records import Case, Staff
from bot.telegram import alerts, queue, standby, updates
from bot.telegram.actions import DESK, EVERYONE, Action, CaseAction, Relation, relation, role_of
from bot.telegram.calling import called
from bot.telegram.casework import priority_of, waits
from bot.telegram.desk import Desk
from bot.telegram.screens import Button, escape


def greet(desk: Desk, one: Staff, update: updates.Wrote | updates.Other) -> Staff:
    """The first word of a member of staff: from now on there is a chat, a name and a language."""
    language = one.body.get("language") or guess(desk.house.languages, update.language_code)
    one = desk.change(one, {"started": True, "language": language, "name": update.first_name})
    catch_up(desk, one, desk.work.all_cases())
    standby.ask(desk)
    return one


def catch_up(desk: Desk, one: Staff, cases: list[Case]) -> None:
    """What waits, for somebody who has missed it: an alert for each of the most urgent, one message for all others."""
    waiting = [case for case in queue.waiting(cases) if one in called(desk.staff, case.head, desk.now)]
    for case in waiting[: desk.house.alone]:
        _alert_again(desk, one, case)
    if len(waiting) > desk.house.alone:
        queue.stand(desk, one, waiting)


def step_in(desk: Desk, before: Sequence[Staff]) -> None:
    """Who is called for a waiting case only now, with the staff as it was ``before`` not yet, sees what waits."""
    cases = queue.waiting(desk.work.all_cases())
    late: set[bytes] = set()
    for case in cases:
        called_before = {one.id for one in called(before, case.head, desk.now)}
        late |= {one.id for one in called(desk.staff, case.head, desk.now)} - called_before
    for one in [*desk.staff]:
        if one.id in late and one.body.get("started"):
            catch_up(desk, one, cases)


def _alert_again(desk: Desk, one: Staff, case: Case) -> None:
    said = alerts.waiting(desk.house, case, desk.house.language(one.body["language"]), desk.unix)
    slot = desk.staff_slots(case.id, "alert").get(one.user) or desk.staff_slot(one, case.id, "alert")
    rings = desk.rings(slot)
    desk.show(slot, one.user, said, priority_of(case.head), case=case.id, fresh=True, protect=True, anew=rings)


def menu(desk: Desk, one: Staff) -> None:
    """The member's own living message: language, cases held, cases that wait, commands."""
    language = desk.house.language(one.body["language"])
    cases = desk.work.all_cases()
    mine = [case for case in cases if relation(one, case) is Relation.MINE]
    lines = [text("Waiting: {count}", count=sum(waits(case) for case in cases))]
    if role_of(one) in DESK:
        lines.insert(0, text("You will get a message here when somebody needs you."))
        lines.append(text("Yours: {count}", count=len(mine)))
    damaged = desk.work.damaged_cases(len(cases))
    if damaged:
        lines.append(text("Damaged cases, which can't be shown: {count}", count=damaged))
    commands = " · ".join(f"/{entry.command}" for entry in desk.house.actions.values() if _is_listed(entry, one))
    if commands:
        lines.append(text("Commands: {commands}", commands=commands))
    rows: list[list[Button]] = [
        [{"text": case.head["code"], "callback_data": f"case={case.id.hex()}"}] for case in mine[-20:]
    ]
    if role_of(one) in DESK:
        rows.append([{"text": language.say(text("All cases")), "callback_data": "cases="}])
    rows.append(
        [
            {"text": other.name, "callback_data": f"language={code}"}
            for code, other in desk.house.languages.items()
        ]
    )
    desk.screen(one, ("\n".join(escape(language.say(line)) for line in lines), rows))


def _is_listed(entry: Action | CaseAction, one: Staff) -> bool:
    """Whether the menu names it: what a card's buttons do can be typed, too, but need not be remembered."""
    on_card = isinstance(entry, CaseAction) and entry.label is not None
    return entry.typed and not on_card and role_of(one) in entry.roles


def _speak(desk: Desk, one: Staff, code: str) -> None:
    if code in desk.house.languages:
        one = desk.change(one, {"language": code})
    menu(desk, one)


ACTIONS = (Action("language", EVERYONE, _speak, typed=True),)
