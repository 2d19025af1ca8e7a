"""Coming back from another account: a return code is drawn, tried, and brings its case to where it was typed."""

from __future__ import annotations

import secrets
from dataclasses import replace

from bot import logs
from bot.intake import return_code
from bot.intake.letters import Letter
from bot.intake.state import Phase, State
from bot.intake.text import text
from bot.store.records import Act, Case, Chat
from bot.telegram import address, alerts, attempts
from bot.telegram.address import BEHIND, CAME, LEFT, PROOF, TRIED_FOR, TRIES, UNREACHABLE, behind, less
from bot.telegram.casework import PERSON, RETURNED, holder_of, priority_of, unanswered, without
from bot.telegram.desk import Desk
from bot.telegram.screens import Button, escape

log = logs.named(__name__)
AT_ONCE, WITHIN, A_DAY = 5, 15 * 60, 20
"""Tries of one account within these seconds, and in a day; nobody else's count."""
KEPT = 30 * 24 * 3600
"""Seconds for which a case that nobody has verified may still be given back."""
KIND = "returned"
ANSWERS = {"verify": text("It is them"), "disown": text("It is not them")}


def draw(desk: Desk, chat: Chat, language: str, case: Case | None) -> tuple[Chat, tuple[str, ...]]:
    """A new code for the case, after which none from before opens it; for no case, words that open nothing."""
    numbers = [secrets.randbelow(return_code.LISTED) for _ in range(return_code.WORDS)]
    words = return_code.make(numbers, desk.house.return_words[language])
    if case is None:
        return chat, words
    proof = desk.work.keep_return(case.id, words).hex()
    proofs = {**chat.address.get(PROOF, {}), case.id.hex(): proof}
    return replace(chat, address={**chat.address, PROOF: proofs}), words


def tried(desk: Desk, chat: Chat, words: str) -> tuple[Chat, Case | None]:
    """The case whose code this is. Each try counts, right or wrong; after too many of them nothing is looked up."""
    tries = [at for at in chat.address.get(TRIES, ()) if desk.unix - at < TRIED_FOR]
    if len(tries) >= A_DAY or sum(desk.unix - at < WITHIN for at in tries) >= AT_ONCE:
        return chat, None
    chat = replace(chat, address={**chat.address, TRIES: [*tries, desk.unix]})
    return chat, found(desk, words)


def found(desk: Desk, words: str) -> Case | None:
    code = return_code.read(words, desk.house.return_words)
    for case in desk.work.returned(code) if code else ():
        chat = desk.chat(case.chat) if case.chat is not None else None
        proof = chat.address.get(PROOF, {}).get(case.id.hex()) if chat is not None else None
        if code and proof and desk.work.proves_return(code, case.id, bytes.fromhex(proof)):
            return case
    return None


def come(desk: Desk, chat: Chat, state: State, case: Case) -> tuple[Chat, State, tuple[str, ...]]:
    """The case stands in this chat now, which goes on with this state, and shows these words of its new code."""
    waiting: list[Letter] = []
    begun = not address.is_decoy(chat.address) and state.phase not in (Phase.CONSENT, Phase.DECLINED)
    layer = address.layer_of(chat, case) if address.is_locked(chat, case) else None
    if case.chat != chat.id:
        chat, case, waiting, layer = _brought(desk, chat, case)
    elif layer is not None:
        attempts.forget(desk, layer)
    elif case.id.hex() not in chat.address["cases"]:  # left, to be erased within a day
        layer = address.stood(chat, case)
    if layer is not None:
        chat = address.unlock(desk, chat if begun else replace(chat, draft=None), state, layer)
    if not begun:
        home = chat.address.get("home")
        state = replace(State.from_json(home) if home else address.home_of(case), letters=state.letters)
    chat, words = draw(desk, chat, case.head["language"], case)
    state = replace(state, menu="", letters=(*state.letters, *waiting))
    return replace(chat, address={name: value for name, value in chat.address.items() if name != TRIES}), state, words


def _brought(desk: Desk, chat: Chat, case: Case) -> tuple[Chat, Case, list[Letter], address.Layer]:
    """The case out of the chat where it was, which falls silent and is remembered until the holder has verified who
    came; what waited there waits here."""
    row, former = case.id.hex(), desk.chat(case.chat) if case.chat is not None else None
    if former is None:
        raise LookupError("a case without a chat, so without a code")
    origin = former.address.get(CAME, {}).get(row)
    place = address.stood(former, case)
    kept = less(former.address, CAME, case)
    if origin is None:
        locked = address.is_locked(former, case)
        kept = {**kept, LEFT: {**kept.get(LEFT, {}), row: {**place, "locked": locked}}}
    waiting = take_out(desk, replace(former, address=kept), case, chat.id)
    origin = origin or former.id.hex()
    times = {**case.head["times"], "contact": desk.unix, RETURNED: desk.unix}
    head = {**case.head, "times": times, "flags": [flag for flag in case.head["flags"] if flag != UNREACHABLE]}
    if origin == chat.id.hex():  # back where it came from
        chat, head = replace(chat, address=less(chat.address, LEFT, case)), without(head, RETURNED)
    else:
        chat = replace(chat, address={**chat.address, CAME: {**chat.address.get(CAME, {}), row: origin}})
    case = desk.head(replace(case, chat=chat.id), head)
    desk.work.note(PERSON, Act.RETURNED, case.id)
    log.info("case.returned")
    tell(desk, case)
    layer = {**place, "home": address.home_of(case).to_json(), address.WORD: None}
    return replace(chat, address={**chat.address, BEHIND: [*behind(chat.address), layer]}), case, waiting, layer


def take_out(desk: Desk, chat: Chat, case: Case, to: bytes | None) -> list[Letter]:
    """The case goes from this chat to another; gives the letters that nobody has opened."""
    letters = map(Letter.from_json, (chat.draft or {}).get("letters", ()))
    waiting = [replace(one, told=0, sent=0) for one in letters if one.case == case.id.hex() and not one.opened]
    desk.chats[chat.user] = chat
    desk.work.save_cases([replace(case, chat=to)])
    address.detach(desk, replace(case, chat=chat.id))
    return waiting


def tell(desk: Desk, case: Case) -> None:
    """The holder hears by a message of its own that somebody came back, and says who it is."""
    holder = holder_of(desk, case.head)
    settle(desk, case)
    if holder is None or RETURNED not in case.head["times"]:
        return
    case = unanswered(desk, case)
    language = desk.house.language(holder.body["language"])
    lines = [
        text("{code}: new account, verify it is them", code=case.head["code"]),
        text("They came back with a return code: {moment}", moment=alerts.moment(case.head["times"][RETURNED])),
        text("None of the answers is shown to them. Ask something that only they know."),
    ]
    said = "\n".join(escape(language.say(line)) for line in lines)
    slot = desk.staff_slot(holder, case.id, KIND)
    buttons: list[Button] = [
        {"text": language.say(label), "callback_data": f"{name}={case.id.hex()}"} for name, label in ANSWERS.items()
    ]
    desk.show(slot, holder.user, (said, [buttons]), priority_of(case.head), case=case.id, fresh=True, protect=True)


def settle(desk: Desk, case: Case) -> None:
    """The question who it is stands no more."""
    for user, slot in desk.staff_slots(case.id, KIND).items():
        desk.remove(slot, user, case=case.id)


def forget_old(desk: Desk) -> None:
    """After thirty days nobody is given a case back that is still unverified."""
    for case in desk.work.all_cases():
        if desk.unix - case.head["times"].get(RETURNED, desk.unix) >= KEPT:
            address.forget(desk, case)
