"""The holder says who came back from another account: their person, or somebody else who had the code."""

from __future__ import annotations

from dataclasses import replace

from bot.intake.text import text
from bot.store.records import Act, Case, Staff
from bot.telegram import address, card, casework, person, returning
from bot.telegram.actions import HOLDER, CaseAction
from bot.telegram.address import BEHIND, CAME, LEFT, behind, less
from bot.telegram.casework import RETURNED, without
from bot.telegram.desk import Desk

ASKED = text(
    "Is it somebody else? The case goes back to the chat where it was; in the other one nothing opens it any more."
)


def _verify(desk: Desk, one: Staff, case: Case, _: str) -> None:
    """The chat where it was before is remembered no more."""
    address.forget(desk, case)
    case = desk.head(case, without(case.head, RETURNED))
    chat = desk.chat(case.chat) if case.chat is not None else None
    if chat is not None:
        desk.chats[chat.user] = address.verified(chat, case)
    desk.work.note(desk.work.actor(one.user), Act.VERIFIED, case.id)
    returning.settle(desk, case)
    card.show(desk, one, case)


def _disown(desk: Desk, one: Staff, case: Case, sure: str) -> None:
    """Asked first: the case is again where it was; the other chat becomes a stranger's, and its code opens nothing."""
    if sure != "yes":
        card.ask(desk, one, case, ASKED, "disown", {"yes": returning.ANSWERS["disown"]})
        return
    casework.keep(desk, case, one)
    case = desk.work.load_cases([case.id])[case.id]
    desk.work.set_return(case.id, None)
    desk.work.note(desk.work.actor(one.user), Act.DISOWNED, case.id)
    returning.settle(desk, case)
    chat = desk.chat(case.chat) if case.chat is not None else None
    row = chat.address.get(CAME, {}).get(case.id.hex()) if chat is not None else None
    former = desk.chat(bytes.fromhex(row)) if row is not None else None
    place = former.address.get(LEFT, {}).get(case.id.hex()) if former is not None else None
    to = former.id if former is not None and place is not None else None
    waiting = []
    if chat is not None:
        chat = replace(chat, address=less(chat.address, CAME, case))
        waiting = returning.take_out(desk, chat, case, to)
    case = desk.head(replace(case, chat=to), without(case.head, RETURNED))
    if former is not None and place is not None:
        layer = {name: value for name, value in place.items() if name != "locked"}
        kept = {**less(former.address, LEFT, case), BEHIND: [*behind(former.address), layer]}
        state = person.state_of(former)
        state = replace(state, letters=(*state.letters, *waiting))
        draft = state.to_json() if state.letters or former.draft else None
        former = replace(former, address=kept, draft=draft, lasting=True)
        desk.chats[former.user] = former
        if not place["locked"]:
            desk.chats[former.user] = address.unlock(desk, former, state, layer)
        person.look_again(desk, desk.chats[former.user])
    card.show(desk, one, case)


def _is_unverified(desk: Desk, one: Staff, case: Case) -> bool:
    return RETURNED in case.head["times"]


ACTIONS = tuple(
    CaseAction(name, HOLDER, act, typed=True, label=returning.ANSWERS[name], when=_is_unverified)
    for name, act in (("verify", _verify), ("disown", _disown))
)
