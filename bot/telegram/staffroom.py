"""Who is on the staff: another role, how somebody leaves it, and how a removal is taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.intake.text import text
from bot.store.audit import SHELL
from bot.store.records import Act, Staff
from bot.telegram import address, agreement, coordinator, handing, invites, notices, sitting, standby, tidings, writing
from bot.telegram.actions import CLOSED, Role, role_of
from bot.telegram.agreement import LEFT, Matter, Question
from bot.telegram.casework import announce
from bot.telegram.desk import Desk

LAST = text("The last administrator who has written to this bot stays: invite another one first.")


def here(staff: list[Staff]) -> list[Staff]:
    """Everybody on the staff: administrators, coordinators, auditors, each by name."""
    order = [Role.ADMIN, Role.COORDINATOR, Role.AUDITOR]
    known = [one for one in staff if not one.body.get("removed")]
    return sorted(known, key=lambda one: (order.index(role_of(one)), one.body.get("name") or "", one.id))


def is_last(desk: Desk, one: Staff) -> bool:
    """Whether no other administrator is there who can act."""
    able = {each.id for each in notices.administrators(desk)}
    return role_of(one) is Role.ADMIN and not able - {one.id}


def seat(desk: Desk, one: Staff) -> None:
    """They are staff from now on, and a person no more."""
    former = next((each for each in desk.staff if each.id == one.id), None)
    one = replace(one, body=_following(desk, former.body if former else {}, one.body, None))
    desk.staff[:] = [*(other for other in desk.staff if other.id != one.id), one]
    desk.work.save_staff([one])
    chat = desk.chats.get(one.user) or desk.work.load_chats([one.user]).get(one.user)
    if chat is not None:
        address.leave(desk, chat)
    if one.body.get("started"):
        coordinator.catch_up(desk, one, desk.work.all_cases())
        coordinator.menu(desk, desk.member(one.id))
    notices.ask(desk)
    standby.ask(desk)


def remove(desk: Desk, one: Staff, by: Staff | None) -> None:
    """A stranger from now on: their cases wait for somebody else, and nothing of the bot's is left in their chat, but
    for a line where an administrator is removed: they, too, must hear of it. ``by`` nobody: the shell."""
    invites.call_back(desk, one, by)
    before, actor = [*desk.staff], _actor(desk, by)
    to_tell = notices.administrators(desk)
    _clear(desk, one)
    kept = {name: one.body[name] for name in ("role", "language", "name", "started", LEFT) if name in one.body}
    _put(desk, one, {**kept, "removed": True}, by)
    desk.work.note(actor, Act.STAFF, one.id)
    tidings.removed(desk, to_tell, one, by)
    _give_back(desk, one, actor)
    coordinator.step_in(desk, before)
    notices.ask(desk)


def change_role(desk: Desk, one: Staff, role: Role, by: Staff | None) -> None:
    """What belonged to the earlier role goes from their chat; an auditor's cases wait for somebody else."""
    if role is not Role.ADMIN:
        invites.call_back(desk, one, by)
    before, actor = [*desk.staff], _actor(desk, by)
    to_tell = notices.administrators(desk)
    if role is Role.AUDITOR:
        _clear(desk, one)
    else:
        _lift(desk, one)
    one = _put(desk, one, {**desk.member(one.id).body, "role": role.value, "expected": None}, by)
    desk.work.note(actor, Act.STAFF, one.id)
    tidings.given_role(desk, [*to_tell, *([one] if one.body.get("started") else [])], one, by)
    if role is Role.AUDITOR:
        _give_back(desk, one, actor)
    coordinator.step_in(desk, before)
    notices.ask(desk)


def restore(desk: Desk, one: Staff) -> None:
    """At the shell it is taken back that another administrator ended it that this is one."""
    to_tell = notices.administrators(desk)
    kept = {name: value for name, value in one.body.items() if name != "removed"}
    one = replace(one, body={**kept, "role": Role.ADMIN.value, "reachable": True})
    desk.work.note(SHELL, Act.STAFF, one.id)
    tidings.restored(desk, to_tell, one)
    seat(desk, one)


def ask_for_admin(desk: Desk, one: Staff) -> bool:
    """Whether the administrators there are have to be asked first; then they are."""
    if not agreement.takes_two(desk.work, desk.staff):
        return False
    agreement.ask(desk.work, Matter.ADMIN, {"member": one.id.hex(), "name": one.body.get("name") or "—", "by": ""})
    notices.ask(desk)
    return True


def agreed(desk: Desk, question: Question) -> None:
    """Two administrators want this member as a third."""
    one = next((each for each in here(desk.staff) if each.id.hex() == question.about["member"]), None)
    if one is not None and role_of(one) is not Role.ADMIN:
        change_role(desk, one, Role.ADMIN, None)


def _actor(desk: Desk, by: Staff | None) -> str:
    return desk.work.actor(by.user) if by is not None else SHELL


def _put(desk: Desk, one: Staff, body: Mapping[str, Any], by: Staff | None) -> Staff:
    one = replace(one, body=_following(desk, one.body, body, by))
    desk.staff[:] = [one if other.id == one.id else other for other in desk.staff]
    desk.work.save_staff([one])
    return one


def _following(desk: Desk, former: Mapping[str, Any], body: Mapping[str, Any], by: Staff | None) -> dict[str, Any]:
    """The body that follows, with the moment when another administrator ended it that this member is one."""
    if _is_admin(body):
        return {name: value for name, value in body.items() if name != LEFT}
    left = desk.unix if _is_admin(former) and by is not None else former.get(LEFT)
    return {**body, **({LEFT: left} if left is not None else {})}


def _is_admin(body: Mapping[str, Any]) -> bool:
    return body.get("role") == Role.ADMIN and not body.get("removed")


def _clear(desk: Desk, one: Staff) -> None:
    """Whatever the bot has put into their chat, and what they were typing."""
    sitting.end(desk, one)
    writing.drop(desk, one)
    _lift(desk, one)
    for slot in desk.work.slots_in(one.user):
        desk.remove(slot.id, one.user, case=slot.case)


def _lift(desk: Desk, one: Staff) -> None:
    """What stands in their chat because of their role."""
    for kind in list(notices.standing(desk, one)):
        notices.lift(desk, one, kind)
    living = desk.member(one.id).body.get("slot")
    if living:
        desk.remove(bytes.fromhex(living), one.user)
    desk.change(one, {"slot": None, "view": None, "expected": None})


def _give_back(desk: Desk, one: Staff, actor: str) -> None:
    """Their cases wait, and are announced like new ones; what was offered to them stays with its holder."""
    row = one.id.hex()
    for case in [each for each in desk.work.all_cases() if each.head["state"] != CLOSED]:
        if case.head["holder"] == row:
            handing.put_back(desk, case, actor)
        elif case.head["handover"] == row:
            announce(desk, handing.unoffered(desk, case), case.head)
