"""Who holds a case: taking it, the next one, and what the holder alone decides."""

from __future__ import annotations

from bot.intake.text import text
from bot.store.records import Act, Case, Priority, Staff
from bot.telegram import address, alerts, card, casework, floods, handing, person, queue, returning
from bot.telegram.actions import DESK, HOLDER, Action, CaseAction, Relation, relation, standing
from bot.telegram.casework import announce, holder_of, tell_erasing, waits
from bot.telegram.desk import Desk
from bot.telegram.opening import show

TAKEN_STANDS = 15 * 60
"""Seconds that *taken by …* stands in the others' chats."""


def _take(desk: Desk, one: Staff, case: Case, _: str = "") -> None:
    head = {
        **case.head,
        "holder": one.id.hex(),
        "state": "taken",
        "times": {**case.head["times"], "taken": desk.unix},
    }
    case = desk.head(case, head)
    desk.work.note(desk.work.actor(one.user), Act.TAKE, case.id)
    floods.follow(desk, case)
    _tell_others(desk, one, case)
    announce(desk, case, head)
    tell_erasing(desk, case)
    returning.tell(desk, case)
    show(desk, one, case)
    chat = desk.chat(case.chat) if case.chat is not None else None
    if chat is not None and address.UNSAFE not in head["flags"]:
        person.opened(desk, chat, head["code"])


def _tell_others(desk: Desk, one: Staff, case: Case) -> None:
    """The alert goes: from the others' chats with a word on who has the case, discreet ones from everybody's."""
    if desk.house.discreet:
        for slot in desk.work.slots_of_case(case.id):
            desk.remove(slot.id, slot.body["chat"], case=case.id)
        return
    alerted = desk.staff_slots(case.id, "alert")
    for other in desk.staff:
        place = alerted.get(other.user)
        if place is None or other.id == one.id:
            continue
        said = alerts.taken(case.head, one.body.get("name") or "—", desk.house.language(other.body["language"]))
        desk.show(place, other.user, said, Priority.ALERT, case=case.id, protect=True)
        desk.remove(place, other.user, after=TAKEN_STANDS, case=case.id)


def _tell_taken(desk: Desk, one: Staff, case: Case) -> None:
    if relation(one, case) is Relation.MINE:
        desk.say(one, text("This case is yours."))
        return
    holder = holder_of(desk, case.head)
    name = holder.body.get("name") if holder else None
    said = alerts.taken(case.head, name or "—", desk.house.language(one.body["language"]))
    slot = desk.staff_slots(case.id, "alert").get(one.user)
    if slot is None:
        slot = desk.staff_slot(one, case.id, "alert")
        desk.remove(slot, one.user, after=TAKEN_STANDS, case=case.id)
    desk.show(slot, one.user, said, Priority.ALERT, case=case.id, fresh=True, protect=True)


def _next(desk: Desk, one: Staff, _: str) -> None:
    """The button of a discreet alert, and of the one message for many: takes the most urgent case that nobody holds,
    or shows a more urgent one whose holder does not answer."""
    cases = desk.work.all_cases()
    left = [case for case in cases if waits(case) or handing.is_left_to(desk, one, case)]
    case = min(left, key=lambda each: (each.head["urgency"], not waits(each), queue.order(each)), default=None)
    if case is None:
        desk.say(one, text("Nothing waits now."))
    elif waits(case):
        _take(desk, one, case)
    else:
        card.show(desk, one, case)


def _keep(desk: Desk, one: Staff, case: Case, _: str) -> None:
    """The holder stops an erasure that the person may have been forced to ask for."""
    casework.keep(desk, case, one)


def _is_to_go(desk: Desk, one: Staff, case: Case) -> bool:
    return "erase" in case.head["times"]


ACTIONS = (
    CaseAction("take", standing(Relation.WAITING), _take, typed=True, label=text("Take"), late=_tell_taken),
    Action("next", DESK, _next),
    CaseAction("coerced", HOLDER, _keep, label=text("They may have been forced"), when=_is_to_go),
)
