"""What changes in a case send to staff: alerts that follow it, news for its holder, its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

from bot.intake import ladder
from bot.intake.ladder import UNANSWERED
from bot.intake.rules import Urgency
from bot.intake.text import Text, text
from bot.store.records import Act, Case, Priority, Staff
from bot.telegram import address, alerts, floods, links
from bot.telegram.actions import CLOSED
from bot.telegram.calling import called
from bot.telegram.desk import SWEPT_AFTER, Desk
from bot.telegram.screens import escape

CLOSED_DAYS = 30
ERASED_AFTER = 24 * 3600
LISTED = "listed"
"""Among a head's times: since when it has been asked whether the case is still its holder's."""
TRIED = "tried"
"""Among a head's times: when somebody wrote in the person's locked chat."""
RETURNED = "returned"
"""Among a head's times: when somebody came back to it from another account, until the holder has verified who."""
PERSON = "person"
"""Who acts, in the audit log: it never tells persons apart."""


class Why(StrEnum):
    """Why a case is erased."""

    PERSON = "person"
    ADMIN = "admin"
    HOLDER = "holder"
    TIME = "time"
    AGAIN = "again"  # it was erased before, and came back from a backup


def priority_of(head: Mapping[str, Any]) -> Priority:
    return Priority.CRITICAL if head["urgency"] == 0 else Priority.ALERT


def announce(desk: Desk, case: Case, before: Mapping[str, Any] | None) -> None:
    """The alert of a new case, or its newer version: where it is more urgent it climbs anew; once taken, the
    holder's card."""
    risen = before is not None and case.head["urgency"] < before["urgency"]
    if risen:
        floods.follow(desk, case)
    if risen and case.head["holder"]:
        case = unanswered(desk, case)
    if not waits(case):
        show_card(desk, case)
    elif before is None or risen:
        alarm(desk, desk.head(case, ladder.begin(case.head, desk.unix)))
    elif not floods.is_grouped(case):
        _follow(desk, case, before)


def show_card(desk: Desk, case: Case, *, anew: bool = False) -> None:
    """What the holder keeps in their chat, edited; in a new message where the case has just come to them. A discreet
    house waits to be asked."""
    holder = holder_of(desk, case.head)
    if holder is None or desk.house.discreet:
        return
    language = desk.house.language(holder.body["language"])
    standing = {} if anew else desk.staff_slots(case.id, "alert")
    slot = standing.get(holder.user) or desk.staff_slot(holder, case.id, "alert")
    linked = links.codes(desk, case.head)
    said = alerts.card(desk.house.questionnaire, case.head, case.id, language, desk.unix, linked)
    desk.show(slot, holder.user, said, priority_of(case.head), case=case.id, fresh=True, protect=True)


def _follow(desk: Desk, case: Case, before: Mapping[str, Any]) -> None:
    """What stands of an alert is edited where it says something else; who is called by now and has none gets it."""
    house, standing = desk.house, desk.staff_slots(case.id, "alert")
    to_call = {one.id for one in called(desk.staff, case.head, desk.now)}
    for one in desk.staff:
        slot = standing.get(one.user)
        if one.body.get("removed") or (slot is None and one.id not in to_call):
            continue
        language = house.language(one.body["language"])
        said = alerts.waiting(house, case, language, desk.unix)
        known = alerts.alert(house.questionnaire, before, case.id, language, desk.unix)
        if slot and (house.discreet or said == known):
            continue
        rings, slot = slot is not None and desk.rings(slot), slot or desk.staff_slot(one, case.id, "alert")
        desk.show(slot, one.user, said, priority_of(case.head), case=case.id, fresh=True, protect=True, anew=rings)


def tell(desk: Desk, one: Staff, line: Text) -> None:
    """A message that stands until it is swept."""
    said = escape(desk.house.language(one.body["language"]).say(line))
    slot = desk.staff_slot(one, None, "news")
    desk.show(slot, one.user, (said, []), Priority.ALERT, fresh=True, protect=True)


def alarm(desk: Desk, case: Case) -> Case:
    """The alert of a case that waits is sent anew, so that phones ring, to all whom its ladder has reached."""
    addressees = called(desk.staff, case.head, desk.now)
    if not addressees:
        return case
    case = floods.admit(desk, desk.head(case, ladder.climb(case.head, desk.unix)))
    if floods.is_grouped(case):
        ring(desk, case, "alert", ())
        if case.head["times"][ladder.ALARMED] < desk.unix:
            floods.changed(desk, anew=True)
        return case
    languages = {one.id: desk.house.language(one.body["language"]) for one in addressees}
    said = [(one, alerts.waiting(desk.house, case, languages[one.id], desk.unix)) for one in addressees]
    ring(desk, case, "alert", said)
    return case


def ring(desk: Desk, case: Case, kind: str, said: Iterable[tuple[Staff, alerts.Message]]) -> None:
    """A message of this kind on a case is sent anew, so that phones ring; whoever is not among these has none any
    more. One that has not been sent yet is replaced: an outage piles up nothing."""
    standing = desk.staff_slots(case.id, kind)
    for one, message in said:
        slot = standing.pop(one.user, None)
        if slot is None:
            slot = desk.staff_slot(one, case.id, kind)
        else:
            desk.remove(slot, one.user, after=SWEPT_AFTER, case=case.id)
        desk.show(slot, one.user, message, priority_of(case.head), case=case.id, fresh=True, protect=True, anew=True)
    for chat, slot in standing.items():
        desk.remove(slot, chat, case=case.id)


def inform(desk: Desk, case: Case) -> None:
    """The holder hears of something new by a new message."""
    case = desk.work.load_cases([case.id])[case.id]
    holder = holder_of(desk, case.head)
    if holder is None:
        return
    case = unanswered(desk, case)
    language = desk.house.language(holder.body["language"])
    ring(desk, case, "news", [(holder, alerts.news(case.head, case.id, language))])


def holder_of(desk: Desk, head: Mapping[str, Any]) -> Staff | None:
    return next(
        (one for one in desk.staff if one.id.hex() == head["holder"] and not one.body.get("removed")), None
    )


def name_of(desk: Desk, row: str) -> str:
    """Of a member of staff, by the id that stands in a head."""
    return next((one.body.get("name") for one in desk.staff if one.id.hex() == row), None) or "—"


def waits(case: Case) -> bool:
    """Whether somebody has still to take it."""
    return not case.head["holder"] and case.head["state"] != CLOSED


def renew(desk: Desk, case: Case) -> Case:
    """There was contact: retention counts from now."""
    return desk.head(case, {**case.head, "times": {**case.head["times"], "contact": desk.unix}})


def unanswered(desk: Desk, case: Case) -> Case:
    """Something reaches the holder: where the case is urgent, it waits for an act of theirs."""
    if case.head["urgency"] > Urgency.URGENT or UNANSWERED in case.head["times"]:
        return case
    return desk.head(case, {**case.head, "times": {**case.head["times"], UNANSWERED: desk.unix}})


def answered(desk: Desk, case: Case) -> Case:
    """Its holder has acted on it: nothing waits for them any more, and nobody need ask whether it is still theirs."""
    head = without(case.head, UNANSWERED, LISTED)
    return desk.head(case, head) if head["times"] != case.head["times"] else case


def without(head: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The head without these times."""
    return {**head, "times": {name: at for name, at in head["times"].items() if name not in names}}


# The end ----------------------------------------------------------------------------------------------


def ask_to_erase(desk: Desk, case: Case) -> None:
    """The person's wish. Where an alert went out before they sent it, somebody else may hold the phone by now, or the
    code with which they came back: then there is a day in which the holder may stop it."""
    if "early" not in case.head["flags"] and RETURNED not in case.head["times"]:
        erase(desk, case.id, Why.PERSON, PERSON)
        return
    times = {**case.head["times"], "erase": desk.unix + ERASED_AFTER, **_unsure(desk)}
    before, case = case.head, desk.head(case, {**case.head, "times": times})
    desk.work.note(PERSON, Act.ERASE_ASKED, case.id)
    announce(desk, case, before)
    tell_erasing(desk, case)


def tell_erasing(desk: Desk, case: Case) -> None:
    """The holder hears by a message of its own that the case is to go, and how to stop it."""
    holder = holder_of(desk, case.head)
    if holder is None or "erase" not in case.head["times"] or holder.user in desk.staff_slots(case.id, "erasing"):
        return
    slot = desk.staff_slot(holder, case.id, "erasing")
    said = alerts.erasing(case.head, case.id, desk.house.language(holder.body["language"]))
    desk.show(slot, holder.user, said, priority_of(case.head), case=case.id, fresh=True, protect=True)


def keep(desk: Desk, case: Case, holder: Staff) -> None:
    """The holder believes that the person was made to erase: the case stays."""
    if "erase" not in case.head["times"]:
        return
    times = {name: at for name, at in case.head["times"].items() if name != "erase"}
    flags = sorted({*case.head["flags"], "coerced"})
    head = {**case.head, "flags": flags, "times": {**times, "contact": desk.unix}}
    before, case = case.head, desk.head(case, head)
    desk.work.note(desk.work.actor(holder.user), Act.ERASE_STOPPED, case.id)
    for chat, slot in desk.staff_slots(case.id, "erasing").items():
        desk.remove(slot, chat, case=case.id)
    announce(desk, case, before)


def erase(desk: Desk, case_id: bytes, why: Why, actor: str) -> None:
    """Every trace of the case goes, at once; the holder is told that it is gone."""
    case = desk.work.load_cases([case_id]).get(case_id)
    slots = desk.work.slots_of_case(case_id)
    for slot in slots:
        if slot.body.get("message"):
            desk.delete(slot.body["chat"], slot.body["message"])
    gone = {slot.id.hex() for slot in slots}
    if case is not None:
        floods.follow(desk, case)
    desk.rows[:] = [
        row for row in desk.rows if row.body.get("case") != case_id.hex() and row.body.get("slot") not in gone
    ]
    desk.work.erase_case(case_id)
    desk.work.note(actor, Act.ERASE, case_id)
    desk.erased.append(case_id)
    for other in links.forget(desk, case_id, case.head if case else None):
        announce(desk, other, other.head)
    if case is None:
        return
    address.detach(desk, case)
    holder = holder_of(desk, case.head)
    if holder is not None and why not in (Why.HOLDER, Why.AGAIN):
        tell(desk, holder, _last_word(case.head["code"], why))


def _last_word(code: str, why: Why) -> Text:
    match why:
        case Why.PERSON:
            return text("{code}: erased by the person", code=code)
        case Why.ADMIN:
            return text("{code}: erased by an administrator", code=code)
        case Why.TIME | Why.HOLDER | Why.AGAIN:
            return text("{code}: erased, the time for keeping it is over", code=code)


def close(desk: Desk, case: Case, actor: str, outcome: str | None = None) -> None:
    """Nothing more is to be done: the address goes now, the case in 30 days."""
    if case.head["state"] == CLOSED:
        return
    times = {**case.head["times"], "closed": desk.unix, **_unsure(desk)}
    head = {**case.head, "state": CLOSED, "outcome": outcome, "handover": None, "times": times}
    kept_until = desk.now.date() + timedelta(days=CLOSED_DAYS)
    desk.work.save_cases([replace(case, chat=None, head=head, expires=kept_until)])
    floods.follow(desk, case)
    desk.work.note(actor, Act.CLOSE, case.id)
    for slot in desk.work.slots_of_case(case.id):
        desk.remove(slot.id, slot.body["chat"], case=case.id)
    address.detach(desk, case)


def _unsure(desk: Desk) -> dict[str, int]:
    """What is reckoned by a clock in doubt is marked: retention reckons it anew by the right one."""
    return {} if desk.work.clock_sure() else {"unsure": desk.unix}
