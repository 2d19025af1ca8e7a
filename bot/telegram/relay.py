"""The relay between a coordinator and a person: what may reach the person's chat, and what each side is told of it.

Words are copied, never forwarded, and nothing of an account goes with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.intake import conversation, hours, letters
from bot.intake.coming_back import CODE
from bot.intake.letters import KEPT, Letter, Wait
from bot.intake.state import Phase, State
from bot.intake.text import Text, text
from bot.languages import Language
from bot.store.records import Case, Chat
from bot.telegram import alerts
from bot.telegram.actions import CLOSED
from bot.telegram.address import CLEARED, RELAY, UNREACHABLE, UNSAFE
from bot.telegram.casework import holder_of, priority_of, renew, unanswered
from bot.telegram.desk import SWEPT_AFTER, Desk
from bot.telegram.screens import escape

ANSWER = "answer"
"""The kind of a slot that holds what a person answered."""
WAITS = {
    Wait.LOCKED: text("waits: the person's chat is locked"),
    Wait.CLEARED: text("waits until the person writes: their chat is cleared"),
    Wait.UNSAFE: text("waits: it is not safe to contact them now"),
    Wait.UNREACHABLE: text("could not be delivered: the bot can't write to this person"),
}


@dataclass(frozen=True)
class Look:
    """What a look at a person's letters has shown."""

    state: State
    address: dict[str, Any]
    rings: bool = False  # a line is to be sent anew
    unsent: bool = False  # the living message has not been sent yet
    again: int = 0  # when to look again


def look(desk: Desk, address: dict[str, Any], state: State, *, own_act: bool) -> Look:
    """Each letter as it stands now: told where nothing is in the way, taken back where something has come up."""
    cases = desk.work.load_cases({bytes.fromhex(one.case) for one in state.letters})
    address, taken, unsent = standing(desk, address)
    kept, moments, rings = [], [], False
    for before in state.letters:
        case = cases.get(bytes.fromhex(before.case))
        if case is None or case.head["state"] == CLOSED:
            continue
        wait = hindrance(desk, case, address, state, own_act=own_act, before=before)
        after = letters.look(before, wait, desk.unix)
        if after is None:
            continue
        if after.told and before.told and not after.sent and taken:
            after = replace(after, sent=taken)
        rings = rings or bool(after.told and not before.told)
        kept.append(after)
        moments.append(after.at + KEPT)
        if after.wait is Wait.HOURS:
            moments.append(int(_next_safe(desk, case.head).timestamp()))
    reading = state.reading if any(one.opened for one in kept) and not rings else 0
    state = replace(state, letters=tuple(kept), reading=reading)
    return Look(state, address, rings, unsent, min(moments, default=0))


def hindrance(
    desk: Desk,
    case: Case,
    address: Mapping[str, Any],
    state: State,
    *,
    own_act: bool = False,
    before: Letter | None = None,
) -> Wait:
    """What keeps a letter out of the chat now. Who is at the chat by their own act is not kept waiting by the hours."""
    if UNREACHABLE in case.head["flags"]:
        return Wait.UNREACHABLE
    if UNSAFE in case.head["flags"]:
        return Wait.UNSAFE
    until_they_write = before is not None and before.wait in (Wait.CLEARED, Wait.UNREACHABLE)
    if case.id.hex() not in address["cases"]:
        return Wait.LOCKED
    if address.get(CLEARED) or state.phase in (Phase.TAKEN, Phase.UNSAFE):
        return Wait.CLEARED
    if not own_act and (address["slot"] is None or until_they_write):
        return Wait.CLEARED
    if state.menu == CODE or (state.stray and not state.hidden):
        return Wait.SOON
    there = own_act or conversation.present(desk.house.questionnaire, state, desk.now)
    return Wait.NOT if there or hours.within(case.head["hours"], _local(desk)) else Wait.HOURS


def standing(desk: Desk, address: dict[str, Any]) -> tuple[dict[str, Any], int, bool]:
    """The address, without its living message where the person has deleted it; when Telegram took what stands there;
    whether nothing has been sent yet."""
    if not address["slot"]:
        return address, 0, False
    place = bytes.fromhex(address["slot"])
    slot = desk.work.load_slots([place]).get(place)
    if desk.row(place) is not None:
        return address, 0, slot is None
    if slot is not None:
        return address, slot.body.get("sent") or 0, False
    swept = desk.unix - address["shown"] >= SWEPT_AFTER
    return (address if swept else {**address, "slot": None, CLEARED: True}), 0, False


def _next_safe(desk: Desk, head: Mapping[str, Any]) -> datetime:
    return hours.following(head["hours"], _local(desk), 1)[0]


def _local(desk: Desk) -> datetime:
    return desk.now.astimezone(desk.house.questionnaire.zone)


# What the holder is told -----------------------------------------------------------------------------


def report(desk: Desk, before: Iterable[Letter], after: Iterable[Letter]) -> None:
    """Where a letter has changed, the holder's word on it does too; it never holds the letter itself."""
    known, left = {one.id: one for one in before}, {one.id: one for one in after}
    changed = [one for one in left.values() if known.get(one.id) != one]
    over = [one for one in known.values() if one.id not in left and not one.opened and _is_over(desk, one)]
    if not changed and not over:
        return
    cases = desk.work.load_cases({bytes.fromhex(one.case) for one in (*changed, *over)})
    for letter in (*changed, *over):
        case = cases.get(bytes.fromhex(letter.case))
        holder = holder_of(desk, case.head) if case is not None else None
        if case is None or holder is None:
            continue
        language = desk.house.language(holder.body["language"])
        done = text("not opened in 48 hours, deleted") if letter.id not in left else status(desk, case.head, letter)
        title = text("To {code}, {moment}", code=case.head["code"], moment=alerts.moment(letter.at))
        slot = desk.staff_slots(case.id, _kind(letter.id)).get(holder.user)
        slot = slot or desk.staff_slot(holder, case.id, _kind(letter.id))
        said: alerts.Message = f"<b>{escape(language.say(title))}</b>\n{escape(language.say(done))}", []
        desk.show(slot, holder.user, said, priority_of(case.head), case=case.id, fresh=True, protect=True)


def status(desk: Desk, head: Mapping[str, Any], letter: Letter) -> Text:
    """What has become of a letter, as far as it is known."""
    if letter.opened:
        return text("opened by a press: {moment}", moment=alerts.moment(letter.opened))
    if letter.sent:
        return text("sent: {moment}", moment=alerts.moment(letter.sent))
    if letter.wait is Wait.HOURS:
        return text("waits for their safe hours: {moment}", moment=_next_safe(desk, head))
    return WAITS.get(letter.wait) or text("on its way")


def sweep(desk: Desk, case: Case, left: Iterable[Letter]) -> None:
    """A new letter takes what it answers out of staff chats, and the word on letters that are done with."""
    kinds = {_kind(one.id) for one in left if not one.opened}
    for slot in desk.work.slots_of_case(case.id):
        kind = slot.body.get("kind", "")
        if kind == ANSWER or (kind.startswith(_kind("")) and kind not in kinds):
            desk.remove(slot.id, slot.body["chat"], case=case.id)


def answer(desk: Desk, chat: Chat, words: str) -> bool:
    """What a person writes back, into the case and as a copy to its holder; False where nobody has written to them."""
    row = chat.address.get(RELAY)
    case = desk.work.load_cases([bytes.fromhex(row)]).get(bytes.fromhex(row)) if row else None
    holder = holder_of(desk, case.head) if case is not None and case.head["state"] != CLOSED else None
    if case is None or holder is None:
        return False
    body = {"from": words, "at": desk.unix}
    desk.work.append_entry(case.id, body, desk.house.questionnaire.entry_size)
    case = unanswered(desk, renew(desk, case))
    language = desk.house.language(holder.body["language"])
    slot = desk.staff_slot(holder, case.id, ANSWER)
    said = _answer(case, words, desk.unix, language)
    desk.show(slot, holder.user, said, priority_of(case.head), case=case.id, fresh=True, protect=True)
    return True


def _answer(case: Case, words: str, at: int, language: Language) -> alerts.Message:
    """The words stand as code, so that nothing in them acts."""
    line = text("From {code}, {moment}", code=case.head["code"], moment=alerts.moment(at))
    said = f"<b>{escape(language.say(line))}</b>\n<code>{escape(words)}</code>"
    return said, [[alerts.to_write(case.id, language)]]


def _is_over(desk: Desk, letter: Letter) -> bool:
    return desk.unix >= letter.at + KEPT


def _kind(letter: str) -> str:
    return f"letter {letter}"

