"""What changes in a case send to staff: alerts that follow it, news for its holder, its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.intake.text import text
from bot.store.records import Case, Priority, Staff
from bot.telegram import alerts
from bot.telegram.desk import Desk
from bot.telegram.screens import escape


def priority_of(head: Mapping[str, Any]) -> Priority:
    return Priority.CRITICAL if head["urgency"] == 0 else Priority.ALERT


def announce(desk: Desk, case: Case, before: Mapping[str, Any] | None) -> None:
    """The alert of a new case, or its newer version; once taken, the holder's card."""
    house = desk.house
    standing = desk.staff_slots(case.id, "alert") if before is not None else {}
    for one in alerts.addressees(desk.staff):
        language = house.language(one.body["language"])
        holder = case.head["holder"] == one.id.hex()
        if case.head["holder"] and not holder:
            continue
        slot = standing.get(one.user)
        if house.discreet:
            if before is not None and case.head["urgency"] >= before["urgency"]:
                continue
            said, slot = alerts.discreet(language), None
        elif holder:
            said = alerts.card(house.questionnaire, case.head, case.id, language)
        else:
            said = alerts.alert(house.questionnaire, case.head, case.id, language)
            if slot and before and alerts.alert(house.questionnaire, before, case.id, language) == said:
                continue
        slot = slot or desk.staff_slot(one, case.id, "alert")
        desk.show(slot, one.user, said, priority_of(case.head), case=case.id, fresh=True, protect=True)


def inform(desk: Desk, case: Case) -> None:
    """The holder hears of something new by a new message."""
    holder = holder_of(desk, case.head)
    if holder is None:
        return
    language = desk.house.language(holder.body["language"])
    for old in desk.staff_slots(case.id, "news").values():
        desk.remove(old, holder.user, case=case.id)
    slot = desk.staff_slot(holder, case.id, "news")
    said = alerts.news(case.head, case.id, language)
    desk.show(slot, holder.user, said, priority_of(case.head), case=case.id, fresh=True, protect=True)


def holder_of(desk: Desk, head: Mapping[str, Any]) -> Staff | None:
    return next((one for one in desk.staff if one.id.hex() == head["holder"]), None)


def erased(desk: Desk, case_id: bytes) -> None:
    """The person erased the case: every trace of it goes, the holder is told that it is gone."""
    case = desk.work.load_cases([case_id]).get(case_id)
    if case is None:
        return
    holder = holder_of(desk, case.head)
    for slot in desk.work.slots_of_case(case_id):
        if slot.body.get("message"):
            desk.delete(slot.body["chat"], slot.body["message"])
    desk.rows[:] = [row for row in desk.rows if row.body.get("case") != case_id.hex()]
    desk.work.erase_case(case_id)
    desk.erased.append(case_id)
    if holder is not None:
        language = desk.house.language(holder.body["language"])
        said = escape(language.say(text("{code}: erased by the person", code=case.head["code"])))
        slot_id = desk.staff_slot(holder, None, "news")
        desk.show(slot_id, holder.user, (said, []), Priority.ALERT, fresh=True, protect=True)
