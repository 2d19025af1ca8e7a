"""What the holder sets on a case: its urgency, a call, that it is not safe to write, that the chat is locked."""

from __future__ import annotations

from bot.intake.summary import REASONS, URGENCIES
from bot.intake.text import text
from bot.store.records import Act, Case, Staff
from bot.telegram import address, card, person
from bot.telegram.actions import HOLDER, CaseAction
from bot.telegram.address import UNSAFE
from bot.telegram.card import CALL
from bot.telegram.casework import announce, answered, renew
from bot.telegram.desk import Desk


def _arrange_call(desk: Desk, one: Staff, case: Case, _: str) -> None:
    case = renew(desk, case)
    case = desk.head(case, {**case.head, "times": {**case.head["times"], CALL: desk.unix}})
    card.show(desk, one, case)


def _mark_unsafe(desk: Desk, one: Staff, case: Case, _: str) -> None:
    _flag(desk, one, case, {*case.head["flags"], UNSAFE})


def _mark_safe(desk: Desk, one: Staff, case: Case, _: str) -> None:
    _flag(desk, one, case, {*case.head["flags"]} - {UNSAFE})


def _flag(desk: Desk, one: Staff, case: Case, flags: set[str]) -> None:
    case = desk.head(case, {**case.head, "flags": sorted(flags)})
    chat = desk.chat(case.chat) if case.chat is not None else None
    if chat is not None:
        person.look_again(desk, chat)
    card.show(desk, one, case)


def _is_unsafe(desk: Desk, one: Staff, case: Case) -> bool:
    return UNSAFE in case.head["flags"]


def _is_safe(desk: Desk, one: Staff, case: Case) -> bool:
    return UNSAFE not in case.head["flags"]


def _lock(desk: Desk, one: Staff, case: Case, _: str) -> None:
    """Whoever holds the phone sees an empty chat, and a stranger's if they write there."""
    chat = desk.chat(case.chat) if case.chat is not None else None
    if chat is not None:
        person.lock(desk, chat)
    card.show(desk, one, case)


def _unlock(desk: Desk, one: Staff, case: Case, _: str) -> None:
    """Nothing comes into the chat by this, but what waits for it."""
    chat = desk.chat(case.chat) if case.chat is not None else None
    if chat is not None:
        person.unlock(desk, chat, case)
    card.show(desk, one, case)


def _is_unlocked(desk: Desk, one: Staff, case: Case) -> bool:
    chat = desk.chat(case.chat) if case.chat is not None else None
    return chat is not None and case.id.hex() in chat.address["cases"]


def _is_locked(desk: Desk, one: Staff, case: Case) -> bool:
    chat = desk.chat(case.chat) if case.chat is not None else None
    return chat is not None and address.is_locked(chat, case)


def _set_urgency(desk: Desk, one: Staff, case: Case, argument: str) -> None:
    """Asked in two steps: how urgent, and for which of the reasons that an alert may name."""
    level, _, reason = argument.partition(".")
    levels = {str(number): label for number, label in enumerate(URGENCIES)}
    if level not in levels:
        card.ask(desk, one, case, text("How urgent is it?"), "urgency", levels)
    elif reason not in REASONS:
        reasons = {f"{level}.{name}": label for name, label in REASONS.items()}
        card.ask(desk, one, case, text("For which reason?"), "urgency", reasons)
    else:
        before = case.head
        case = desk.head(case, {**before, "urgency": int(level), "reasons": [reason]})
        desk.work.note(desk.work.actor(one.user), Act.URGENCY, case.id)
        announce(desk, case, before)
        card.show(desk, one, answered(desk, desk.work.load_cases([case.id])[case.id]))


ACTIONS = (
    CaseAction("call", HOLDER, _arrange_call, typed=True, label=text("Call arranged")),
    CaseAction("urgency", HOLDER, _set_urgency, typed=True, label=text("Set urgency")),
    CaseAction("unsafe", HOLDER, _mark_unsafe, typed=True, label=text("Not safe to contact"), when=_is_safe),
    CaseAction("safe", HOLDER, _mark_safe, typed=True, label=text("Safe to contact again"), when=_is_unsafe),
    CaseAction("lock", HOLDER, _lock, typed=True, label=text("Lock their chat"), when=_is_unlocked),
    CaseAction("unlock", HOLDER, _unlock, typed=True, label=text("Unlock their chat"), when=_is_locked),
)
