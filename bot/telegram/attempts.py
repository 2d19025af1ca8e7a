"""Somebody writes in a locked chat without its word: whoever holds what is locked away hears of it."""

from __future__ import annotations

from bot.intake.rules import Urgency
from bot.intake.text import text
from bot.store.records import Case, Chat
from bot.telegram.actions import CLOSED
from bot.telegram.address import Layer, behind, is_decoy
from bot.telegram.casework import TRIED, announce, holder_of, priority_of, unanswered, without
from bot.telegram.desk import Desk
from bot.telegram.screens import escape

TOLD_EVERY = 3600
"""Seconds between two words on the same chat."""
TAKEN = "being_taken"
NOT_KEPT = text("Nothing of it is kept. It may be the person without their word, or somebody else with the phone.")
KEPT = text("It becomes a case of its own. It may be the person, or somebody else with the phone.")


def report(desk: Desk, chat: Chat, *, taken: bool = False) -> None:
    """``taken``: what was pressed is *I am being taken now*; nobody can tell whose finger it was, so it counts."""
    for case in _cases(desk, behind(chat.address)):
        times = case.head["times"]
        if not taken and desk.unix - times.get(TRIED, 0) < TOLD_EVERY:
            continue
        before = case.head
        case = desk.head(case, {**before, "times": {**times, TRIED: desk.unix}})
        if taken:
            head = {**case.head, "urgency": int(Urgency.CRITICAL), "reasons": [TAKEN]}
            case = desk.head(case, head)
            announce(desk, case, before)
        _tell(desk, desk.work.load_cases([case.id])[case.id], kept=not is_decoy(chat.address), taken=taken)


def forget(desk: Desk, layer: Layer) -> None:
    """It was the person: they have written the word."""
    for case in _cases(desk, [layer]):
        if TRIED in case.head["times"]:
            desk.head(case, without(case.head, TRIED))
        for user, slot in desk.staff_slots(case.id, TRIED).items():
            desk.remove(slot, user, case=case.id)


def _cases(desk: Desk, layers: list[Layer]) -> list[Case]:
    rows = [bytes.fromhex(row) for layer in layers for row in layer["cases"]]
    return [case for case in desk.work.load_cases(rows).values() if case.head["state"] != CLOSED]


def _tell(desk: Desk, case: Case, *, kept: bool, taken: bool) -> None:
    holder = holder_of(desk, case.head)
    if holder is None:
        return
    case = unanswered(desk, case)
    lines = [text("{code}: somebody writes in the person's locked chat.", code=case.head["code"])]
    if taken:
        lines.append(text("They pressed “I am being taken now”."))
    lines.append(KEPT if kept else NOT_KEPT)
    language = desk.house.language(holder.body["language"])
    said = "\n".join(escape(language.say(line)) for line in lines)
    for user, old in desk.staff_slots(case.id, TRIED).items():
        desk.remove(old, user, case=case.id)
    slot = desk.staff_slot(holder, case.id, TRIED)
    desk.show(slot, holder.user, (said, []), priority_of(case.head), case=case.id, fresh=True, protect=True)
