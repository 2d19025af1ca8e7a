"""A person's address: where the bot may write to them, kept only as long as a case or a draft needs it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.intake.state import Phase, State
from bot.store.records import Case, Chat, Priority
from bot.telegram.desk import Desk

LOCKED = "locked"
"""Of an address: the chat is cleared, and the person has not written since."""
UNSAFE, UNREACHABLE = "unsafe", "unreachable"
"""Flags of a case: the holder says that nothing may reach the person now; the bot can't write to them.
In the address the latter says that there is such a case."""


def leave(desk: Desk, chat: Chat) -> None:
    """The person is a stranger from now on; only a case that still stands can be answered through this chat."""
    _quiet(desk, chat)
    if desk.work.cases_of_chat(chat.id):
        address = {"slot": None, "shown": 0, "wake": chat.address["wake"], "cases": [], LOCKED: True}
        desk.chats[chat.user] = replace(chat, address=address, draft=None, lasting=True)
    else:
        desk.work.delete_chat(chat.id)
        desk.chats.pop(chat.user, None)


def lock(desk: Desk, chat: Chat) -> Chat:
    """The bot's message goes from the person's chat, and nothing that the bot begins by itself goes there until they
    write: somebody else may hold the phone."""
    if chat.address["slot"]:
        desk.remove(bytes.fromhex(chat.address["slot"]), chat.user)
    locked = replace(chat, address={**chat.address, "slot": None, LOCKED: True})
    desk.chats[chat.user] = locked
    return locked


def detach(desk: Desk, case: Case) -> None:
    """A case is erased or closed: its address goes, and what the chat still holds of the case."""
    chat = desk.chat(case.chat) if case.chat is not None else None
    if chat is None:
        return
    others = [one for one in desk.work.cases_of_chat(chat.id) if one.id != case.id]
    known = {one.id.hex(): one for one in others}
    listed = [row for row in chat.address["cases"] if row in known]
    home, draft = chat.address.get("home"), chat.draft
    letters = (draft or {}).get("letters", [])
    left = [one for one in letters if one["case"] != case.id.hex()]
    if _is_of(case, draft or home) or any(one["told"] for one in letters if one not in left):
        _quiet(desk, chat)
        chat = replace(chat, address={**chat.address, "slot": None})
    if _is_of(case, draft):
        draft = None
    if home is not None and _is_of(case, home):
        home = _home_of(home, known[listed[-1]].head["code"]) if listed else None
    if draft or (left and home):
        draft = {**(draft or home or {}), "letters": left, "reading": 0}
    if left:  # what the other letters wait for has changed
        desk.put({"do": "wake", "chat_row": chat.id.hex()}, Priority.WAKE, row=bytes.fromhex(chat.address["wake"]))
    if not others and draft is None:
        leave(desk, chat)
        return
    address = {**chat.address, "cases": listed, "home": home}
    if address.get("relay") == case.id.hex():
        del address["relay"]
    desk.chats[chat.user] = replace(chat, address=address, draft=draft, lasting=bool(others))


def _is_of(case: Case, state: dict[str, Any] | None) -> bool:
    """Whether this state of the conversation is about the case."""
    return state is not None and state["code"] == case.head["code"]


def _quiet(desk: Desk, chat: Chat) -> None:
    """The living message and the timer go, and what of it has not been sent."""
    if chat.address["slot"]:
        slot = bytes.fromhex(chat.address["slot"])
        desk.cancel(slot)
        desk.remove(slot, chat.user)
    desk.cancel(bytes.fromhex(chat.address["wake"]))


def _home_of(home: dict[str, Any], code: str) -> dict[str, Any]:
    """The home of another case of the chat, in place of that of the one that is gone."""
    gone = State.from_json(home)
    other = State(gone.language, Phase.HOME, recorded=True, code=code, early=gone.early, touched=gone.touched)
    return other.to_json()
