"""Who is on the staff: the list that administrators see, another role, and how somebody leaves."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from bot.intake.text import Text, text
from bot.languages import Language
from bot.store.audit import SHELL
from bot.store.records import Act, Staff
from bot.telegram import agreement, alerts, coordinator, handing, invites, notices, standby
from bot.telegram.actions import ADMINS, CLOSED, DESK, Action, Role, role_of
from bot.telegram.agreement import Matter, Question
from bot.telegram.casework import announce
from bot.telegram.desk import Desk
from bot.telegram.invites import ROLES
from bot.telegram.screens import Button, escape

SHOWN, IN_A_ROW = 20, 5
LAST = text("The last administrator stays: invite another one first.")


def here(staff: list[Staff]) -> list[Staff]:
    """Everybody on the staff: administrators, coordinators, auditors, each by name."""
    order = [Role.ADMIN, Role.COORDINATOR, Role.AUDITOR]
    known = [one for one in staff if not one.body.get("removed")]
    return sorted(known, key=lambda one: (order.index(role_of(one)), one.body.get("name") or "", one.id))


def is_last(desk: Desk, one: Staff) -> bool:
    return [each.id for each in agreement.administrators(desk.staff)] == [one.id]


def remove(desk: Desk, one: Staff, actor: str) -> None:
    """A stranger from now on: their cases wait for somebody else, and nothing of the bot's is left in their chat."""
    invites.call_back(desk, one)
    before = [*desk.staff]
    _clear(desk, one)
    body = {"role": one.body["role"], "language": one.body["language"], "name": one.body.get("name", "")}
    _put(desk, replace(one, body={**body, "removed": True}))
    desk.work.note(actor, Act.STAFF, one.id)
    _give_back(desk, one, actor)
    coordinator.step_in(desk, before)
    notices.ask(desk)


def change_role(desk: Desk, one: Staff, role: Role, actor: str) -> None:
    """What belonged to the earlier role goes from their chat; an auditor's cases wait for somebody else."""
    if role is not Role.ADMIN:
        invites.call_back(desk, one)
    before = [*desk.staff]
    if role is Role.AUDITOR:
        _clear(desk, one)
    else:
        for kind in list(notices.standing(desk, one)):
            notices.lift(desk, one, kind)
    kept = {**desk.member(one.id).body, "role": role.value, "expected": None}
    _put(desk, replace(one, body=kept))
    desk.work.note(actor, Act.STAFF, one.id)
    if role is Role.AUDITOR:
        _give_back(desk, one, actor)
    coordinator.step_in(desk, before)
    notices.ask(desk)


def ask_for_admin(desk: Desk, one: Staff) -> bool:
    """Whether the administrators there are have to be asked first; then they are."""
    if len(agreement.administrators(desk.staff)) < agreement.ENOUGH:
        return False
    agreement.ask(desk.work, Matter.ADMIN, {"member": one.id.hex(), "name": one.body.get("name") or "—", "by": ""})
    notices.ask(desk)
    return True


def agreed(desk: Desk, question: Question) -> None:
    """Two administrators want this member as a third."""
    one = next((each for each in here(desk.staff) if each.id.hex() == question.about["member"]), None)
    if one is not None and role_of(one) is not Role.ADMIN:
        change_role(desk, one, Role.ADMIN, SHELL)


def _put(desk: Desk, one: Staff) -> None:
    desk.staff[:] = [one if other.id == one.id else other for other in desk.staff]
    desk.work.save_staff([one])


def _clear(desk: Desk, one: Staff) -> None:
    """Whatever the bot has put into their chat, and what they were typing."""
    body = desk.member(one.id).body
    unsent = [notice["slot"] for notice in body.get("notices", {}).values()]
    unsent += [body["slot"]] if body.get("slot") else []
    places = {bytes.fromhex(slot): None for slot in unsent} | {
        slot.id: slot.case for slot in desk.work.slots_in(one.user)
    }
    for slot, case in places.items():
        desk.remove(slot, one.user, case=case)
    if body.get("writing"):
        desk.cancel(bytes.fromhex(body["writing"]))
    desk.change(one, {"notices": {}, "slot": None, "writing": None, "expected": None})


def _give_back(desk: Desk, one: Staff, actor: str) -> None:
    """Their cases wait, and are announced like new ones; what was offered to them stays with its holder."""
    row = one.id.hex()
    for case in [each for each in desk.work.all_cases() if each.head["state"] != CLOSED]:
        if case.head["holder"] == row:
            handing.put_back(desk, case, actor)
        elif case.head["handover"] == row:
            announce(desk, handing.unoffered(desk, case), case.head)


# What administrators see and press ---------------------------------------------------------------------


def _show(desk: Desk, one: Staff, page: str = "") -> None:
    language = desk.house.language(one.body["language"])
    members = here(desk.staff)
    start = (int(page) if page.isdecimal() and len(page) < 4 else 0) * SHOWN
    shown = members[start : start + SHOWN] or members[:SHOWN]
    held = Counter(case.head["holder"] for case in desk.work.all_cases() if case.head["state"] != CLOSED)
    title = text("Staff: {count}", count=len(members))
    lines = [f"<b>{escape(language.say(title))}</b>"]
    buttons: list[Button] = []
    for number, each in enumerate(shown, members.index(shown[0]) + 1):
        said = [each.body.get("name") or "—", *map(language.say, _facts(desk, each, held[each.id.hex()]))]
        lines.append(escape(f"{number}. {' · '.join(said)}"))
        buttons.append({"text": str(number), "callback_data": f"remove={each.id.hex()}"})
    lines.append(escape(language.say(text("A number removes that member; you are asked first."))))
    rows = [buttons[at : at + IN_A_ROW] for at in range(0, len(buttons), IN_A_ROW)]
    pages = range((len(members) + SHOWN - 1) // SHOWN)
    if len(pages) > 1:
        rows.append([{"text": f"{at * SHOWN + 1}…", "callback_data": f"staff={at}"} for at in pages][:8])
    desk.screen(one, ("\n".join(lines), rows))


def _facts(desk: Desk, one: Staff, held: int) -> list[Text]:
    facts = [ROLES[role_of(one)]]
    if one.body.get("started"):
        facts.append(alerts.language_name(one.body["language"]))
    else:
        facts.append(text("has not come yet"))
    if not one.body.get("reachable", True):
        facts.append(text("the bot can't write to them"))
    if standby.awaited(one, standby.named(desk.work, desk.house.standby)):
        facts.append(text("not at the standby bot yet"))
    if role_of(one) in DESK:
        facts.append(text("cases: {count}", count=held))
    return facts


def _ask_to_remove(desk: Desk, one: Staff, row: str) -> None:
    found = _member(desk, row)
    if found is None:
        _show(desk, one)
    elif is_last(desk, found):
        desk.say(one, LAST)
    else:
        language = desk.house.language(one.body["language"])
        desk.screen(one, _question(language, found))


def _question(language: Language, one: Staff) -> alerts.Message:
    lines = [
        text("Name: {name}", name=one.body.get("name") or "—"),
        text("Role: {role}", role=ROLES[role_of(one)]),
        text("Their cases wait for somebody else at once, and what the bot wrote to them is deleted."),
    ]
    title = text("Remove this member of the staff?")
    button: Button = {"text": language.say(text("Remove")), "callback_data": f"staff.remove={one.id.hex()}"}
    back: Button = {"text": language.say(text("Back")), "callback_data": "staff="}
    said = [f"<b>{escape(language.say(title))}</b>", *(escape(language.say(line)) for line in lines)]
    return "\n".join(said), [[button, back]]


def _remove(desk: Desk, one: Staff, row: str) -> None:
    found = _member(desk, row)
    if found is not None and is_last(desk, found):
        desk.say(one, LAST)
        return
    if found is not None:
        remove(desk, found, desk.work.actor(one.user))
    if found is None or found.id != one.id:
        _show(desk, one)


def _member(desk: Desk, row: str) -> Staff | None:
    return next((one for one in here(desk.staff) if one.id.hex() == row), None)


ACTIONS = (
    Action("staff", ADMINS, _show, typed=True),
    Action("remove", ADMINS, _ask_to_remove, typed=True),
    Action("staff.remove", ADMINS, _remove),
)
