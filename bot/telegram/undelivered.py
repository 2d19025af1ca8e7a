"""What Telegram would not deliver: each ends in a state that somebody sees, and none is tried for ever."""

from __future__ import annotations

import html
import re
from dataclasses import replace

from bot import logs
from bot.intake.text import text
from bot.store.records import Case, Outgoing, Staff
from bot.store.work import Work
from bot.telegram import coordinator, notices, person
from bot.telegram.actions import CLOSED
from bot.telegram.address import UNREACHABLE
from bot.telegram.casework import announce
from bot.telegram.delivery import Failure, slot_of
from bot.telegram.desk import Desk, House
from bot.telegram.waiting import chat_of

log = logs.named(__name__)
LONGEST_TEXT = 4000


def tell(house: House, work: Work, row: Outgoing, failure: Failure) -> list[Outgoing]:
    """To be called in the write that settles the row; gives what is to be sent after it."""
    desk = Desk(house, work, work.staff(), {})
    if failure is Failure.UNREACHABLE:
        lost(desk, chat_of(row))
    else:
        _refused(desk, row)
    desk.save()
    return desk.rows


def lost(desk: Desk, user: int) -> None:
    """The bot can't write to this user any more: the other staff see so, or whoever has the person's cases."""
    one = _member(desk, user)
    if one is not None:
        if one.body.get("reachable", True):
            before = [*desk.staff]
            desk.change(one, {"reachable": False})
            log.warning("staff.unreachable", role=one.body["role"])
            notices.tell_absent(desk)
            coordinator.step_in(desk, before)
        return
    chat = desk.chats.get(user) or desk.work.load_chats([user]).get(user)
    unmarked = [] if chat is None else [case for case in _open_cases(desk, chat.id) if not _marked(case)]
    for case in unmarked:
        _mark(desk, case, {*case.head["flags"], UNREACHABLE})
    if chat is not None and unmarked:
        desk.chats[user] = replace(chat, address={**chat.address, UNREACHABLE: True})
        person.look_again(desk, desk.chats[user])


def back(desk: Desk, user: int) -> None:
    """A user gave a sign of life: they can be written to."""
    one = _member(desk, user)
    if one is not None:
        if not one.body.get("reachable", True):
            one = desk.change(one, {"reachable": True})
            notices.tell_absent(desk)
            if one.body.get("started"):
                coordinator.catch_up(desk, one, desk.work.all_cases())
        return
    chat = desk.chats.get(user)
    if chat is not None and chat.address.get(UNREACHABLE):
        address = {name: value for name, value in chat.address.items() if name != UNREACHABLE}
        desk.chats[user] = replace(chat, address=address)
        for case in _open_cases(desk, chat.id):
            if _marked(case):
                _mark(desk, case, {*case.head["flags"]} - {UNREACHABLE})
        person.look_again(desk, desk.chats[user])


def _refused(desk: Desk, row: Outgoing) -> None:
    """Counted, and said once more without anything that Telegram could object to."""
    body, one = row.body, _member(desk, chat_of(row))
    if body.get("plain"):
        return
    if one is None or body.get("case"):  # or else the word of a refusal could feed itself
        state = desk.work.state()
        desk.work.save_state({**state, "unsent": state.get("unsent", 0) + 1})
    said = _plainly(desk, row, one)
    if body.get("do") in ("show", "file") and slot_of(row) is not None and said:
        again = {name: value for name, value in body.items() if name != "content"}
        again = {"fresh": True, "protect": True, **again, "do": "show", "text": said, "plain": True}
        # In the refused row's place: what was made of this message since comes after it, and wins.
        desk.rows.append(Outgoing(row.id, row.priority, 0, row.turn + 1, again))


def _plainly(desk: Desk, row: Outgoing, one: Staff | None) -> str:
    body = row.body
    constant = desk.house.discreet and _kind(desk, row) == "alert"
    if one is None or not body.get("case") or constant:
        return html.unescape(re.sub("<[^>]*>", "", body.get("text") or ""))[:LONGEST_TEXT].strip()
    case = desk.work.load_cases([bytes.fromhex(body["case"])]).get(bytes.fromhex(body["case"]))
    if case is None:
        return ""
    lines = [text("Case: {code}", code=case.head["code"]), text("Telegram refused the message about it.")]
    return "\n".join(desk.house.language(one.body["language"]).say(line) for line in lines)


def _kind(desk: Desk, row: Outgoing) -> str | None:
    place = slot_of(row)
    slot = desk.work.load_slots([place]).get(place) if place is not None else None
    return slot.body.get("kind") if slot is not None else None


def _member(desk: Desk, user: int) -> Staff | None:
    return next((one for one in desk.staff if one.user == user and not one.body.get("removed")), None)


def _open_cases(desk: Desk, chat: bytes) -> list[Case]:
    return [case for case in desk.work.cases_of_chat(chat) if case.head["state"] != CLOSED]


def _marked(case: Case) -> bool:
    return UNREACHABLE in case.head["flags"]


def _mark(desk: Desk, case: Case, flags: set[str]) -> None:
    before = case.head
    announce(desk, desk.head(case, {**before, "flags": sorted(flags)}), before)
