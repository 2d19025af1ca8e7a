"""A person's chat: updates become events, the new state becomes the living message, effects become rows."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot import logs
from bot.intake import coming_back, conversation, letters
from bot.intake.letters import Letter, Wait
from bot.intake.return_code import normal
from bot.intake.state import (
    Asked,
    Clear,
    Draw,
    Effect,
    Erase,
    Event,
    Give,
    Keep,
    Locked,
    Opened,
    Pass,
    Phase,
    Pressed,
    Record,
    Screen,
    Silence,
    Started,
    State,
    Unreached,
    Unreadable,
    Urgent,
    Wrote,
)  # fmt: skip
from bot.intake.text import text
from bot.intake.views import covered, directed
from bot.intake.word import AGAIN, DIFFERS
from bot.languages import guess
from bot.store.records import Case, Chat, Priority
from bot.telegram import address, attempts, casework, duty, facts, relay, returning, screens, updates
from bot.telegram.address import BEHIND, CLEARED, RELAY, WORD, WORD_ONCE, Layer, behind, is_decoy, is_strange
from bot.telegram.casework import inform
from bot.telegram.desk import RENEWED_AFTER, SWEPT_AFTER, Desk, new_id
from bot.telegram.relay import Look
from bot.vault import Custody

log = logs.named(__name__)
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_COMMANDS: dict[str, Event] = {
    "/start": Started(), "/language": Asked("language"), "/exit": Asked("exit"), "/erase": Asked("erase"),
    "/return": Asked("return"),
}  # fmt: skip
LEFT = text("Hello! To begin, press /start.")
"""What stands in a chat that its person has cleared."""


def handle(desk: Desk, update: updates.Wrote | updates.Pressed | updates.Other) -> None:
    """One update of a person carried through."""
    chat = desk.chats.get(update.user)
    words = update.text if isinstance(update, updates.Wrote) else ""
    if chat is not None and isinstance(update, updates.Wrote) and behind(chat.address) and words[:1] != "/":
        opened_by = _opened_by(desk, chat, words)
        if opened_by is not None:
            desk.delete(update.user, update.message_id)
            _open(desk, chat, opened_by)
            return
        if state_of(chat).menu != coming_back.RETURN:
            attempts.report(desk, chat)
    if chat is None or is_strange(chat):
        if isinstance(update, updates.Pressed) and update.data.endswith(("=-clear", "erase=yes")):
            _pressed_again(desk, update)
            return
        fresh: dict[str, Any] = {"slot": None, "shown": 0, "wake": new_id().hex(), "cases": []}
        chat = chat or Chat(new_id(), update.user, fresh, None)
        begun = conversation.begin(guess(desk.house.languages, update.language_code, words))
        state, known = replace(begun, letters=state_of(chat).letters), False
    else:
        state, known = state_of(chat), True
    if isinstance(update, updates.Pressed):
        desk.answers.append(update.callback_id)
    else:
        desk.delete(update.user, update.message_id)
    event = _event(desk, state, update, known)
    _carry(desk, chat, state, event, own_act=True)
    code = words.strip().partition(" ")[2]
    if code and event == _COMMANDS["/return"]:  # command and words in one message
        chat = desk.chats[update.user]
        _carry(desk, chat, state_of(chat), Wrote(code), own_act=True)


def _opened_by(desk: Desk, chat: Chat, words: str) -> Layer | None:
    """What is locked away under this word."""
    word = normal(words)
    for layer in behind(chat.address):
        if layer[WORD] and desk.work.verifies_word(word, chat.id, bytes.fromhex(layer[WORD])):
            return layer
    return None


def _open(desk: Desk, chat: Chat, layer: Layer) -> None:
    """By its word: what was locked away stands in the chat again."""
    attempts.forget(desk, layer)
    chat = address.unlock(desk, chat, state_of(chat), layer)
    _carry(desk, chat, state_of(chat), Started(), own_act=True)


def _pressed_again(desk: Desk, update: updates.Pressed) -> None:
    """The second press of a hasty finger must bring nothing back into a chat just cleared."""
    desk.answers.append(update.callback_id)
    if update.message_id is not None:
        desk.delete(update.user, update.message_id)


def wake(desk: Desk, chat: Chat) -> None:
    """A timer of the conversation went off."""
    _carry(desk, chat, state_of(chat), Silence(), own_act=False)


def opened(desk: Desk, chat: Chat, code: str) -> None:
    """A coordinator has opened the case of this number: the person may see so, if the chat shows it."""
    state, layers = state_of(chat), behind(chat.address)
    if state.code == code:
        _carry(desk, chat, state, Opened(desk.unix), own_act=False)
    elif code in [layer["home"]["code"] for layer in layers]:
        desk.chats[chat.user] = address.opened(chat, code, desk.unix)


def tell(desk: Desk, chat: Chat, letter: Letter) -> None:
    """A coordinator has written: it reaches the chat now, or when nothing is in the way any more."""
    place = chat.address
    if letter.case in place["cases"]:
        place = {**place, RELAY: letter.case}
    else:
        layers = [{**one, RELAY: letter.case} if letter.case in one["cases"] else one for one in behind(place)]
        place = {**place, BEHIND: layers}
    chat, state = replace(chat, address=place), state_of(chat)
    _carry(desk, chat, replace(state, letters=letters.add(state.letters, letter)), Silence(), own_act=False)


def unreached(desk: Desk, chat: Chat, case: Case) -> bool:
    """The person hears by a new message that nobody could be reached; False where something is in the way now."""
    state, (known, _, unsent) = state_of(chat), relay.standing(desk, chat.address)
    if relay.hindrance(desk, case, known, state) is not Wait.NOT:
        return False
    ring = Look(state, known, rings=True, unsent=unsent)
    _carry(desk, replace(chat, address=known), state, Unreached(desk.unix), own_act=False, seen=ring)
    return True


def lock(desk: Desk, chat: Chat) -> None:
    """By the holder: whoever writes there next is a stranger."""
    _carry(desk, chat, state_of(chat), Locked(), own_act=False)


def unlock(desk: Desk, chat: Chat, case: Case) -> None:
    """By the holder: the person finds their home again as soon as they write."""
    look_again(desk, address.unlock(desk, chat, state_of(chat), address.layer_of(chat, case)))


def look_again(desk: Desk, chat: Chat) -> None:
    """Something has changed that letters wait for: a flag, a lock, whether the bot can write."""
    if state_of(chat).letters:
        _carry(desk, chat, state_of(chat), Silence(), own_act=False)


def state_of(chat: Chat) -> State:
    """The conversation of a chat: its draft, else the home of what was sent, else a stranger's."""
    if chat.draft is not None:
        return State.from_json(chat.draft)
    if chat.address.get("home"):
        return State.from_json(chat.address["home"])
    return conversation.begin(chat.address.get("language", "ru"))


def _event(
    desk: Desk, state: State, update: updates.Wrote | updates.Pressed | updates.Other, known: bool
) -> Event:
    if isinstance(update, updates.Pressed):
        return screens.pressed(update.data)
    if isinstance(update, updates.Other):
        return Unreadable(update.kind) if known else Started()
    words = update.text.strip()
    command = _COMMANDS.get(words.split(maxsplit=1)[0].partition("@")[0].lower()) if words else None
    if command is not None:
        return command
    if not known:
        return Started()
    shown = conversation.view(desk.house.questionnaire, state, desk.now)
    return screens.typed(shown, words, desk.house.languages) or Wrote(update.text)


def _carry(
    desk: Desk,
    chat: Chat,
    state: State,
    event: Event,
    *,
    own_act: bool,
    seen: Look | None = None,
    words: Sequence[str] = (),
) -> None:
    """``words``: a return code, which the screen shows this once."""
    house = desk.house
    new, screen, effects = conversation.advance(house.questionnaire, state, event, desk.now)
    if any(isinstance(effect, Erase) for effect in effects):
        _erase(desk, chat)
        return
    given = next((effect for effect in effects if isinstance(effect, Give)), None)
    if given is not None:
        chat, case = returning.tried(desk, chat, given.words)
        if case is not None:
            chat, came, words = returning.come(desk, chat, state, case)
            _carry(desk, chat, came, Asked("code"), own_act=True, words=words)
            return
        if behind(chat.address):
            attempts.report(desk, chat)
    carried = _pretend if is_decoy(chat.address) else _effect
    for effect in effects:
        new, chat = carried(desk, chat, new, effect)
    if any(isinstance(effect, Draw) for effect in effects):
        chat, words = returning.draw(desk, chat, new.language, _case(desk, chat))
    if own_act and behind(chat.address) and new.phase not in (Phase.CONSENT, Phase.DECLINED):
        attempts.report(desk, chat)
    if any(isinstance(effect, Clear) for effect in effects):
        leaves = event == Asked("exit") or (isinstance(event, Pressed) and event.choice == "-clear")
        line = screens.escape(house.language(new.language).say(LEFT)) if leaves and new.recorded else ""
        left = address.lock(desk, chat, new, line)
        if left is not None:
            look_again(desk, left)
        return
    went_back = new.phase is Phase.CONSENT and state.phase is Phase.QUESTIONS
    if went_back and chat.address.get("home"):  # from the first question about another person
        home = State.from_json(chat.address["home"])
        new = replace(home, language=new.language, touched=new.touched, letters=new.letters)
        screen = conversation.view(house.questionnaire, new, desk.now)
    if effects and new.phase in (Phase.OFFER, Phase.HOME):  # they show the number, which it may have got only now
        screen = conversation.view(house.questionnaire, new, desk.now, screen.notice)
    kept = {**chat.address, "language": new.language}
    if own_act:
        kept.pop(CLEARED, None)
    rings, unsent = (seen.rings, seen.unsent) if seen is not None else (False, False)
    seen = Look(new, kept, rings, unsent)
    if new.letters:
        seen = relay.look(desk, kept, new, own_act=own_act)
        relay.report(desk, state.letters, seen.state.letters)
        new, kept, seen = seen.state, seen.address, replace(seen, rings=seen.rings or rings)
        screen = conversation.view(house.questionnaire, new, desk.now, screen.notice)
    if screen.place == Phase.CONSENT:
        screen = covered(screen, duty.cover(desk.staff, new.language, desk.now))
    if screen.place == "more":
        screen = directed(screen, house.page, offline=desk.work.custody is Custody.OFFLINE)
    if words:
        screen = coming_back.shown(screen, words)
    if own_act or (new != state and screen.place != coming_back.CODE):  # else its words would go unasked
        kept = _show(desk, chat, seen, screen, own_act=own_act)
    waits = conversation.next_wake(house.questionnaire, new, desk.now)
    due = min((moment for moment in (waits and int(waits.timestamp()), seen.again) if moment), default=0)
    wake_row = bytes.fromhex(kept["wake"])
    if due:
        body = {"do": "wake", "chat_row": chat.id.hex()}
        desk.put(body, Priority.WAKE, row=wake_row, not_before=due)
    else:
        desk.work.remove_outgoing([wake_row])
    at_home = new.phase is Phase.HOME and not new.answers and chat.lasting
    waiting = new.stray or new.letters
    if at_home:
        kept["home"] = replace(new, stray="", letters=(), reading=0).to_json()  # words: under the day's key only
    draft = None if at_home and not waiting else new.to_json()
    desk.chats[chat.user] = replace(chat, address=kept, draft=draft)


def _show(desk: Desk, chat: Chat, seen: Look, screen: Screen, *, own_act: bool) -> dict[str, Any]:
    """The screen as the living message: edited, or sent anew in answer to the person's own act or for a letter."""
    address, state, may_send = seen.address, seen.state, own_act or seen.rings
    slot, sent_anew = bytes.fromhex(address["slot"]) if address["slot"] else None, seen.unsent
    old = desk.unix - address["shown"] > RENEWED_AFTER or (state.anew and own_act)
    if slot is not None and may_send and old:
        desk.remove(slot, chat.user)
        slot = None
    if slot is None:
        if not may_send:
            return address
        slot, sent_anew = new_id(), True
    if sent_anew or seen.rings:
        desk.remove(slot, chat.user, after=SWEPT_AFTER)
        address = {**address, "slot": slot.hex(), "shown": desk.unix}
    said = screens.render(screen, desk.house.language(state.language))
    priority = Priority.GREETING if state.phase is Phase.CONSENT else Priority.REPLY
    unsure = any(one.told and not one.sent for one in state.letters)
    desk.show(
        slot, chat.user, said, priority, own_act=own_act, fresh=seen.rings and sent_anew, anew=seen.rings,
        wakes={"timer": address["wake"], "chat_row": chat.id.hex()} if unsure else None,
    )  # fmt: skip
    return address


def _effect(desk: Desk, chat: Chat, new: State, effect: Effect) -> tuple[State, Chat]:
    match effect:
        case Record():
            return _record(desk, chat, new, effect)
        case Pass(words=words, reply=reply):
            case = None if reply and relay.answer(desk, chat, words) else _case(desk, chat)
            if case is not None:
                desk.work.append_entry(
                    case.id, {"words": words, "at": desk.unix}, desk.house.questionnaire.entry_size
                )
                inform(desk, casework.renew(desk, case))
        case Urgent(assessment=assessment):
            case = _case(desk, chat)
            if case is not None:
                inform(desk, facts.add(desk, case, facts.UPDATE, assessment, ()))
        case Keep(word=word):
            return _keep_word(desk, chat, new, word)
        case Clear() | Erase() | Draw() | Give():
            pass
    return new, chat


def _keep_word(desk: Desk, chat: Chat, new: State, word: str) -> tuple[State, Chat]:
    """Typed once it waits, typed again it counts; of neither more is kept than what verifies it."""
    place = {name: value for name, value in chat.address.items() if name != WORD_ONCE}
    once = chat.address.get(WORD_ONCE)
    if not word:
        place.pop(WORD, None)
    elif new.menu == AGAIN:
        place[WORD_ONCE] = desk.work.word_verifier(normal(word), chat.id).hex()
    elif once is not None and desk.work.verifies_word(normal(word), chat.id, bytes.fromhex(once)):
        place[WORD] = once
        new = replace(new, word=True)
    else:
        new = replace(new, partial=(DIFFERS,))
    return new, replace(chat, address=place)


def _pretend(desk: Desk, chat: Chat, new: State, effect: Effect) -> tuple[State, Chat]:
    """In front of a chat that waits for its word nothing is kept, and it looks as if it were."""
    match effect:
        case Record():
            if new.phase is Phase.TAKEN:
                attempts.report(desk, chat, taken=True)
            new = replace(new, code=new.code or _new_code())
        case Keep(word=word):
            new = replace(new, word=bool(word) and (new.word or new.menu != AGAIN))
        case _:
            pass
    return new, chat


def _new_code() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(6))


def _erase(desk: Desk, chat: Chat) -> None:
    """Whoever holds the phone sees a stranger's bot from now on."""
    ids = [bytes.fromhex(row) for row in chat.address["cases"]]
    known = desk.work.load_cases(ids)
    for row in ids:
        if row in known:
            casework.ask_to_erase(desk, known[row])
        else:  # gone already, or damaged: nobody can hold it
            casework.erase(desk, row, casework.Why.PERSON, casework.PERSON)
    address.leave(desk, desk.chats.get(chat.user, chat))


def _record(desk: Desk, chat: Chat, new: State, effect: Record) -> tuple[State, Chat]:
    """The answers into the case, which begins with the first of them; alerts follow."""
    case = _case(desk, chat) if new.code else None
    code = new.code or _new_code()
    if case is None:
        case = facts.begin(desk, new_id(), chat, effect, code, new.language)
        chat = replace(
            chat, lasting=True, address={**chat.address, "cases": [*chat.address["cases"], case.id.hex()]}
        )
        log.info("case.opened", kind=effect.kind)
    else:
        case = facts.add(desk, case, effect.kind, effect.assessment, effect.answers, effect.removed)
        if any(answer.question in desk.house.questionnaire.news for answer in effect.answers):
            inform(desk, case)
    return replace(new, code=code), chat


def _case(desk: Desk, chat: Chat) -> Case | None:
    """The case this chat is on: the newest."""
    if not chat.address["cases"]:
        return None
    row = bytes.fromhex(chat.address["cases"][-1])
    return desk.work.load_cases([row]).get(row)


def apology(desk: Desk, user: int, language_code: str | None) -> None:
    """One line where an update could not be carried through."""
    said = desk.house.language(guess(desk.house.languages, language_code)).say(
        text("Something went wrong here. Please try once more.")
    )
    slot = new_id()
    desk.show(slot, user, (screens.escape(said), []), Priority.REPLY, fresh=True)
    desk.remove(slot, user, after=60)
