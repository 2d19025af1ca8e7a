"""A case passes from one member of staff to another, or back to all: released, offered and accepted, taken over."""

from __future__ import annotations

from bot.intake.ladder import UNANSWERED
from bot.intake.text import text
from bot.store.records import Act, Case, Staff
from bot.telegram import alerts, card, casework, floods, restraint, returning
from bot.telegram.actions import DESK, HOLDER, CaseAction, Relation, Role, allowed, role_of, standing
from bot.telegram.casework import announce, holder_of, priority_of, tell
from bot.telegram.desk import Desk
from bot.telegram.opening import show

ANSWERED_WITHIN = {0: 10 * 60, 1: 3600}
"""Seconds a holder has to answer something urgent, by the case's urgency, before another coordinator may take over."""


def put_back(desk: Desk, case: Case, actor: str) -> None:
    """Nobody holds it any more; it is announced anew."""
    _clear(desk, case)
    head = {**case.head, "holder": None, "state": "waiting", "handover": None}
    case = desk.head(case, casework.without(head, UNANSWERED, casework.LISTED))
    desk.work.note(actor, Act.RELEASE, case.id)
    floods.follow(desk, case)
    announce(desk, case, None)


def _release(desk: Desk, one: Staff, case: Case, _: str) -> None:
    put_back(desk, case, desk.work.actor(one.user))
    card.show(desk, one, _now(desk, case))


def _offer(desk: Desk, one: Staff, case: Case, who: str) -> None:
    """Until the other accepts it stays where it is."""
    others = {each.id.hex()[:16]: each for each in _colleagues(desk, one)}
    if not others:
        desk.say(one, text("There is nobody to hand it over to."))
    elif who not in others:
        names = {row: text("{name}", name=_name(each)) for row, each in others.items()}
        card.ask(desk, one, case, text("To whom?"), "handover", names)
    else:
        other = others[who]
        case = desk.head(case, {**case.head, "handover": other.id.hex()})
        language = desk.house.language(other.body["language"])
        slot = desk.staff_slot(other, case.id, "offer")
        said = alerts.offer(case, _name(one), language)
        desk.show(slot, other.user, said, priority_of(case.head), case=case.id, fresh=True, protect=True)
        card.show(desk, one, case)


def _colleagues(desk: Desk, one: Staff) -> list[Staff]:
    here = [each for each in desk.staff if each.body.get("started") and not each.body.get("removed")]
    return [each for each in here if each.id != one.id and role_of(each) in DESK]


def _withdraw(desk: Desk, one: Staff, case: Case, _: str) -> None:
    card.show(desk, one, unoffered(desk, case))


def _accept(desk: Desk, one: Staff, case: Case, _: str) -> None:
    former = holder_of(desk, case.head)
    case = _pass_to(desk, one, case, Act.HAND_OVER)
    if former is not None:
        tell(desk, former, text("{code}: handed over to {name}", code=case.head["code"], name=_name(one)))
    card.show(desk, one, case)


def _decline(desk: Desk, one: Staff, case: Case, _: str) -> None:
    holder = holder_of(desk, case.head)
    case = unoffered(desk, case)
    if holder is not None:
        tell(desk, holder, text("{code}: not accepted by {name}", code=case.head["code"], name=_name(one)))
    card.show(desk, one, case)


def _take_over(desk: Desk, one: Staff, case: Case, _: str) -> None:
    if restraint.holds_back(desk, one, case):
        return
    former = holder_of(desk, case.head)
    case = _pass_to(desk, one, case, Act.TAKE_OVER)
    if former is not None:
        told = {"code": case.head["code"], "name": _name(one), "moment": desk.now}
        tell(desk, former, text("{code}: taken over by {name}, {moment}", **told))
    show(desk, one, case)


def _pass_to(desk: Desk, one: Staff, case: Case, act: Act) -> Case:
    """What stood of the case in any chat goes; the new holder has its card."""
    _clear(desk, case)
    head = {**case.head, "holder": one.id.hex(), "state": "taken", "handover": None}
    head = casework.without(head, UNANSWERED, casework.LISTED)
    case = desk.head(case, {**head, "times": {**head["times"], "taken": desk.unix}})
    desk.work.note(desk.work.actor(one.user), act, case.id)
    casework.show_card(desk, case, anew=True)
    casework.tell_erasing(desk, case)
    returning.tell(desk, case)
    return case


def _clear(desk: Desk, case: Case) -> None:
    for slot in desk.work.slots_of_case(case.id):
        desk.remove(slot.id, slot.body["chat"], case=case.id)


def unoffered(desk: Desk, case: Case) -> Case:
    """It stays with its holder; the message that offered it goes."""
    for chat, slot in desk.staff_slots(case.id, "offer").items():
        desk.remove(slot, chat, case=case.id)
    return desk.head(case, {**case.head, "handover": None})


def _name(one: Staff) -> str:
    return one.body.get("name") or "—"


def _now(desk: Desk, case: Case) -> Case:
    return desk.work.load_cases([case.id])[case.id]


def _is_offered(desk: Desk, one: Staff, case: Case) -> bool:
    return case.head["handover"] is not None


def _is_not_offered(desk: Desk, one: Staff, case: Case) -> bool:
    return case.head["handover"] is None


def _is_offered_to(desk: Desk, one: Staff, case: Case) -> bool:
    return bool(case.head["handover"] == one.id.hex())


def _may_take_over(desk: Desk, one: Staff, case: Case) -> bool:
    """An administrator at once; a coordinator where the holder has not answered something urgent in time."""
    if role_of(one) is Role.ADMIN:
        return True
    since, within = case.head["times"].get(UNANSWERED), ANSWERED_WITHIN.get(case.head["urgency"])
    return since is not None and within is not None and desk.unix - since >= within


def is_left_to(desk: Desk, one: Staff, case: Case) -> bool:
    """Whether its holder does not answer, so that this member may take it over."""
    return UNANSWERED in case.head["times"] and allowed(desk, one, TAKE_OVER, case)


OTHERS = standing(Relation.OTHERS)
TAKE_OVER = CaseAction("takeover", OTHERS, _take_over, typed=True, label=text("Take over"), when=_may_take_over)
ACTIONS = (
    CaseAction("accept", OTHERS, _accept, typed=True, label=text("Accept"), when=_is_offered_to),
    CaseAction("decline", OTHERS, _decline, typed=True, label=text("Decline"), when=_is_offered_to),
    TAKE_OVER,
    CaseAction("handover", HOLDER, _offer, typed=True, label=text("Hand over"), when=_is_not_offered),
    CaseAction("withdraw", HOLDER, _withdraw, typed=True, label=text("Withdraw the offer"), when=_is_offered),
    CaseAction("release", HOLDER, _release, typed=True, label=text("Release")),
)
