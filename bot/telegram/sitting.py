"""A member of staff in the middle of something on a case: what the words they type next are for.

What is kept of it stands under the day's key, like a person's draft, and goes with its message: when it is done, when
the case goes, or after ten untouched minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.intake.text import text
from bot.languages import Language
from bot.store.records import Case, Priority, Slot, Staff
from bot.telegram.casework import CLOSED
from bot.telegram.desk import Desk, new_id
from bot.telegram.screens import Button

LASTS = 600
SAID_FOR = 60
KIND = "sitting"
PREFIX = "sit="
SAVE, LEAVE = "-save", "-leave"
_IN_BODY = "sitting"
Said = tuple[str, list[list[Button]]]


@dataclass(frozen=True)
class Sitting:
    """``what`` is being done; ``place`` is the slot of its message; ``kept`` is what has been said so far."""

    row: bytes
    place: bytes
    case: Case
    what: str
    kept: Mapping[str, Any]


def begin(desk: Desk, one: Staff, case: Case, what: str, said: Said, **kept: Any) -> None:
    """Whatever was begun before is left."""
    end(desk, one)
    sitting = Sitting(new_id(), desk.staff_slot(one, case.id, KIND), case, what, kept)
    desk.change(desk.member(one.id), {_IN_BODY: sitting.row.hex()})
    go_on(desk, one, sitting, said, **kept)


def go_on(desk: Desk, one: Staff, sitting: Sitting, said: Said, **kept: Any) -> None:
    body = {
        "chat": one.user, "message": None, "sent": None, "kind": KIND, "what": sitting.what, "at": desk.unix,
        "place": sitting.place.hex(), "kept": kept,
    }  # fmt: skip
    desk.work.save_slots([Slot(sitting.row, sitting.case.id, body)])
    _show(desk, one, sitting.place, said, sitting.case.id, LASTS)
    desk.remove(sitting.row, one.user, after=LASTS, case=sitting.case.id)


def current(desk: Desk, one: Staff) -> Sitting | None:
    """What they are in the middle of, while the case is theirs."""
    row = desk.member(one.id).body.get(_IN_BODY)
    slot = desk.work.load_slots([bytes.fromhex(row)]).get(bytes.fromhex(row)) if row else None
    if slot is None or slot.case is None or not 0 <= desk.unix - slot.body["at"] < LASTS:
        return None
    case = desk.work.load_cases([slot.case]).get(slot.case)
    if case is None or case.head["holder"] != one.id.hex() or case.head["state"] == CLOSED:
        return None
    return Sitting(slot.id, bytes.fromhex(slot.body["place"]), case, slot.body["what"], slot.body["kept"])


def end(desk: Desk, one: Staff, last: Said | None = None) -> None:
    """It is done, or left: its message goes, at once or after a last word."""
    row = desk.member(one.id).body.get(_IN_BODY)
    if row is None:
        return
    desk.change(desk.member(one.id), {_IN_BODY: None})
    slot = desk.work.load_slots([bytes.fromhex(row)]).get(bytes.fromhex(row))
    if slot is None:
        return
    place = bytes.fromhex(slot.body["place"])
    if last is not None:
        _show(desk, one, place, last, slot.case, SAID_FOR)
    else:
        desk.remove(place, one.user, case=slot.case)
    desk.work.drop_slots([slot.id])


def button(language: Language, what: str, choice: str) -> Button:
    label = text("Keep") if choice == SAVE else text("Cancel")
    return {"text": language.say(label), "callback_data": f"{PREFIX}{what}={choice}"}


def _show(desk: Desk, one: Staff, place: bytes, said: Said, case: bytes | None, stands: int) -> None:
    desk.show(place, one.user, said, Priority.REPLY, case=case, fresh=True, protect=True)
    desk.remove(place, one.user, after=stands, case=case)
