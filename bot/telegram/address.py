"""A person's address: where the bot may write to them, kept only as long as a case or a draft needs it.

What stands in the chat now is its front. What was locked away stands *behind* it, and whoever writes in front of it
is a stranger, until the code word, the return code or the holder opens it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from bot.intake.conversation import begin
from bot.intake.letters import Letter
from bot.intake.state import Phase, State
from bot.store.records import Case, Chat, Priority
from bot.telegram.desk import Desk

BEHIND = "behind"
"""Of an address: what is locked away, the newest last; each with its cases, the home of the newest of them, what
verifies the word that opens it, and whose letter came last."""
WORD, WORD_ONCE = "word", "word once"
"""Of an address: what verifies the code word, and the one that was typed once so far."""
RELAY = "relay"
"""Of an address: the case whose coordinator wrote last."""
LINE = "line"
"""Of an address: the slot of the harmless line that its person has left in the chat."""
CLEARED = "cleared"
"""Of an address: its person has emptied the chat by hand, and has not written since."""
UNSAFE, UNREACHABLE = "unsafe", "unreachable"
"""Flags of a case: the holder says that nothing may reach the person now; the bot can't write to them.
In the address the latter says that there is such a case."""
PROOF = "proof"
"""Of an address: by case, what proves its return code."""
TRIES = "tries"
"""Of an address: when return codes were tried in this chat."""
LEFT = "left"
"""Of an address: by case, where one stood that was taken to another account and may still be given back."""
CAME = "came"
"""Of an address: by case, the row of the chat that one was taken from."""
TRIED_FOR = 24 * 3600
"""Seconds for which a try is remembered, whatever becomes of the chat."""
Layer = dict[str, Any]
_LASTING = ("wake", "language", BEHIND, LINE, UNREACHABLE, PROOF, TRIES, LEFT, CAME)


def is_of(chat: Chat, case: Case) -> bool:
    """Whether the case came from this chat and has not been taken out of it, locked or not."""
    return case.id.hex() in chat.address["cases"] or is_locked(chat, case)


def is_locked(chat: Chat, case: Case) -> bool:
    return _layer_of(chat, case.id.hex()) is not None


def behind(address: Mapping[str, Any]) -> list[Layer]:
    """What is locked away, each thing by itself: it was not locked by the same person for certain."""
    found: list[Layer] = address.get(BEHIND) or []
    return found


def cases_behind(address: Mapping[str, Any]) -> list[str]:
    return [row for layer in behind(address) for row in layer["cases"]]


def is_decoy(address: Mapping[str, Any]) -> bool:
    """Whether nothing that is written in this chat may count: it waits for its word."""
    return not address["cases"] and any(layer[WORD] for layer in behind(address))


def is_strange(chat: Chat) -> bool:
    """Whether nobody has begun anything in front."""
    begun = chat.draft is not None and chat.draft["touched"]
    return not begun and not chat.address.get("home") and not chat.address["cases"]


def _is_unanswered(chat: Chat) -> bool:
    """Whether whoever wrote in front has not said anything yet: its person, who was met as a stranger, for one."""
    begun = chat.draft is not None and State.from_json(chat.draft).answers
    return not begun and not chat.address.get("home") and not chat.address["cases"]


def lock(desk: Desk, chat: Chat, state: State, line: str = "") -> Chat | None:
    """The front goes from the chat, its cases behind the lock; a chat without a case is forgotten (None).

    ``line``: what its message says from now on, where it is its person who has cleared it.
    """
    layers, front = behind(chat.address), chat.address["cases"]
    if not front and not layers:
        leave(desk, chat, line)
        return None
    _quiet(desk, chat, line)
    said = chat.address.get(LINE)
    if line:
        if said:  # one of them is enough
            desk.remove(bytes.fromhex(said), chat.user)
        said = chat.address["slot"]
    if front:
        home = _as_home(state).to_json() if state.code else chat.address.get("home")
        kept = {name: chat.address.get(name) for name in (WORD, RELAY)}
        layers = [*layers, {"cases": front, "home": home, **kept}]
    return _put(desk, _emptied(chat, {BEHIND: layers, LINE: said, "language": state.language}, state.letters))


def unlock(desk: Desk, chat: Chat, state: State, layer: Layer) -> Chat:
    """What was behind is in front again; a decoy goes, what somebody else began in earnest stays."""
    if is_decoy(chat.address) or _is_unanswered(chat):
        _quiet(desk, chat)
        language = layer["home"]["language"]
        kept = {name: layer[name] for name in ("home", WORD, RELAY)}
        chat = _emptied(chat, {**kept, "language": language}, state.letters)
        if chat.draft:
            chat = replace(chat, draft={**layer["home"], "letters": chat.draft["letters"], "reading": 0})
    left = [one for one in behind(chat.address) if one["cases"] != layer["cases"]]
    address = {**chat.address, "cases": [*layer["cases"], *chat.address["cases"]], BEHIND: left}
    address["home"] = address.get("home") or layer["home"]
    return _put(desk, replace(chat, address=address, lasting=True))


def verified(chat: Chat, case: Case) -> Chat:
    """What its person asks to be erased goes at once again, where no alert went out before they sent it."""
    told = {"early": "early" in case.head["flags"]}
    states = chat.address.get("home"), chat.draft
    home, draft = ({**one, **told} if one and _shows(case, one) else one for one in states)
    return replace(chat, address={**chat.address, "home": home}, draft=draft)


def layer_of(chat: Chat, case: Case) -> Layer:
    """Where the case is locked away; LookupError where it is not."""
    found = _layer_of(chat, case.id.hex())
    if found is None:
        raise LookupError("a case that is not locked away")
    return found


def stood(chat: Chat, case: Case) -> Layer:
    """Where the case stands in this chat, as something that could be locked away by itself."""
    row, place = case.id.hex(), _layer_of(chat, case.id.hex()) or chat.address
    shown = next((state for state in (chat.draft, place.get("home")) if _shows(case, state)), None)
    home = _as_home(State.from_json(shown)).to_json() if shown else home_of(case).to_json()
    relay = row if place.get(RELAY) == row else None
    return {"cases": [row], "home": home, WORD: place.get(WORD), RELAY: relay}


def home_of(case: Case) -> State:
    """What a case's person sees of it who has come from elsewhere: how it stands, and nothing that was answered."""
    head = case.head
    opened = head["times"].get("taken", 0) if head["holder"] else 0
    return State(head["language"], Phase.HOME, recorded=True, early=True, code=head["code"], opened=opened)


def opened(chat: Chat, code: str, at: int) -> Chat:
    """A coordinator has opened the case of this number: who unlocks its chat finds that there."""
    told = {"opened": at, "unreached": 0}
    layers = [
        {**layer, "home": {**layer["home"], **told}} if layer["home"]["code"] == code else layer
        for layer in behind(chat.address)
    ]
    return replace(chat, address={**chat.address, BEHIND: layers})


def leave(desk: Desk, chat: Chat, line: str = "") -> None:
    """The person is a stranger from now on; only a case that still stands can be answered through this chat, and
    what is locked away stays so."""
    _quiet(desk, chat, line)
    if desk.work.cases_of_chat(chat.id) or chat.address.get(LEFT):
        letters = map(Letter.from_json, (chat.draft or {}).get("letters", ()))
        waiting = [one for one in letters if one.case in cases_behind(chat.address)]
        _put(desk, replace(_emptied(chat, {}, waiting), lasting=True))
    elif tries := [at for at in chat.address.get(TRIES, ()) if desk.unix - at < TRIED_FOR]:
        _put(desk, replace(_emptied(chat, {TRIES: tries}, ()), lasting=False))
    else:
        desk.work.delete_chat(chat.id)
        desk.chats.pop(chat.user, None)


def forget(desk: Desk, case: Case) -> None:
    """Where the case was before its person came back from another account, nothing is remembered of it any more."""
    chat = desk.chat(case.chat) if case.chat is not None else None
    row = chat.address.get(CAME, {}).get(case.id.hex()) if chat is not None else None
    if chat is None or row is None:
        return
    _put(desk, replace(chat, address=less(chat.address, CAME, case)))
    former = desk.chat(bytes.fromhex(row))
    if former is None:
        return
    former = replace(former, address=less(former.address, LEFT, case))
    if is_strange(former) and not desk.work.cases_of_chat(former.id):
        leave(desk, former)
    else:
        _put(desk, former)


def detach(desk: Desk, case: Case) -> None:
    """A case is erased or closed, or goes to another chat: what this one still holds of the case goes."""
    forget(desk, case)
    chat = desk.chat(case.chat) if case.chat is not None else None
    if chat is None:
        return
    chat = replace(chat, address=less(chat.address, PROOF, case))
    others = [one for one in desk.work.cases_of_chat(chat.id) if one.id != case.id]
    known = {one.id.hex(): one for one in others}
    listed = [row for row in chat.address["cases"] if row in known]
    home, draft = chat.address.get("home"), chat.draft
    letters = (draft or {}).get("letters", [])
    left = [one for one in letters if one["case"] != case.id.hex()]
    if _shows(case, draft or home) or any(one["told"] for one in letters if one not in left):
        _quiet(desk, chat)
        chat = replace(chat, address={**chat.address, "slot": None})
    if _shows(case, draft):
        draft = None
    if home is not None and _shows(case, home):
        home = _home_of(home, known[listed[-1]].head["code"]) if listed else None
    if draft or (left and home):
        draft = {**(draft or home or {}), "letters": left, "reading": 0}
    if left:  # what the other letters wait for has changed
        desk.put({"do": "wake", "chat_row": chat.id.hex()}, Priority.WAKE, row=bytes.fromhex(chat.address["wake"]))
    layers = [_without(case, layer, known) for layer in behind(chat.address)]
    if not others and (draft is None or is_decoy(chat.address)):
        leave(desk, chat)
        return
    address = {**chat.address, "cases": listed, "home": home, BEHIND: [layer for layer in layers if layer]}
    if address.get(RELAY) == case.id.hex():
        address[RELAY] = None
    lasting = bool(others or chat.address.get(LEFT))
    desk.chats[chat.user] = replace(chat, address=address, draft=draft, lasting=lasting)


def less(address: dict[str, Any], name: str, case: Case) -> dict[str, Any]:
    """The address without what it says of the case under this name."""
    left = {row: value for row, value in (address.get(name) or {}).items() if row != case.id.hex()}
    return {**{key: value for key, value in address.items() if key != name}, **({name: left} if left else {})}


def _layer_of(chat: Chat, row: str) -> Layer | None:
    return next((layer for layer in behind(chat.address) if row in layer["cases"]), None)


def _without(case: Case, layer: Layer, known: Mapping[str, Case]) -> Layer | None:
    """What stays locked away of it when a case is gone."""
    listed = [row for row in layer["cases"] if row in known]
    if not listed:
        return None
    home, relay = layer["home"], layer[RELAY]
    if _shows(case, home):
        home = _home_of(home, known[listed[-1]].head["code"])
    return {**layer, "cases": listed, "home": home, RELAY: relay if relay in listed else None}


def _shows(case: Case, state: dict[str, Any] | None) -> bool:
    """Whether this state of the conversation is about the case."""
    return state is not None and state["code"] == case.head["code"]


def _put(desk: Desk, chat: Chat) -> Chat:
    desk.chats[chat.user] = chat
    return chat


def _emptied(chat: Chat, address: dict[str, Any], letters: Iterable[Letter]) -> Chat:
    """The chat with nothing in front, but for letters that wait."""
    kept = {name: chat.address[name] for name in _LASTING if chat.address.get(name)}
    empty: dict[str, Any] = {"slot": None, "shown": 0, "cases": [], "home": None}
    address = {**kept, **empty, **address}
    state = replace(begin(address.get("language", "ru")), letters=tuple(letters))
    return replace(chat, address=address, draft=state.to_json() if state.letters else None)


def _quiet(desk: Desk, chat: Chat, line: str = "") -> None:
    """The living message and the timer go, and what of it has not been sent; a line in its place is swept in time."""
    if chat.address["slot"]:
        slot = bytes.fromhex(chat.address["slot"])
        desk.cancel(slot)
        if line:
            desk.show(slot, chat.user, (line, []), Priority.REPLY)
        else:
            desk.remove(slot, chat.user)
    desk.cancel(bytes.fromhex(chat.address["wake"]))


def _as_home(state: State) -> State:
    """The conversation's home, without a word of what was being answered."""
    return State(
        state.language, Phase.HOME, recorded=True, early=state.early, code=state.code, helps=state.helps,
        opened=state.opened, unreached=state.unreached, touched=state.touched, word=state.word,
        guarded=state.guarded, wipes=state.wipes, anew=state.anew, another=state.another, coded=state.coded,
    )  # fmt: skip


def _home_of(home: dict[str, Any], code: str) -> dict[str, Any]:
    """The home of another case of the chat, in place of that of the one that is gone."""
    return replace(_as_home(State.from_json(home)), code=code, helps=(), opened=0, unreached=0, coded=False).to_json()
