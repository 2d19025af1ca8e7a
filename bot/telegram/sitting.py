"""A member of staff in the middle of something with a case: the words they type next are for it.

What has been said so far stands under the day's key, like a person's draft, and goes with its message: when it is done
or left, when the case goes, or after ten untouched minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.intake.text import Text, text
from bot.languages import Language
from bot.store.records import Case, Priority, Slot, Staff
from bot.telegram.actions import HOLDER, CaseAction, Relation, expect, relation
from bot.telegram.desk import SAID_FOR, Desk, new_id
from bot.telegram.screens import Button, escape

LASTS = 600
KIND = "sitting"
OVER = text("That is over. Begin again from the case.")
_IN_BODY = "sitting"
Said = tuple[str, list[list[Button]]]


@dataclass(frozen=True)
class Sitting:
    """``what``: the action that takes the next words. ``kept``: what has been said so far."""

    row: bytes
    place: bytes
    case: Case
    what: str
    kept: Mapping[str, Any]


def stand(
    desk: Desk, one: Staff, case: Case, what: str, said: Said, *, awaits: bool = True, **kept: Any
) -> None:
    """Begun, or gone on with, in its one message; whatever else was begun is left."""
    now = current(desk, one, what)
    if now is None or now.case.id != case.id:
        end(desk, one)
        now = Sitting(new_id(), desk.staff_slot(one, case.id, KIND), case, what, {})
        desk.change(one, {_IN_BODY: now.row.hex()})
    body = {
        "chat": one.user, "message": None, "sent": None, "kind": KIND, "what": what, "at": desk.unix,
        "place": now.place.hex(), "kept": kept,
    }  # fmt: skip
    desk.work.save_slots([Slot(now.row, case.id, body)])
    desk.remove(now.row, one.user, after=LASTS, case=case.id)
    _show(desk, one, now.place, said, case.id, LASTS)
    if awaits:
        expect(desk, one, what, case, within=LASTS)


def current(desk: Desk, one: Staff, what: str) -> Sitting | None:
    """What they are in the middle of, while the case is theirs."""
    slot = _slot(desk, one)
    if slot is None or slot.case is None or slot.body["what"] != what or not 0 <= desk.unix - slot.body["at"] < LASTS:
        return None
    case = desk.work.load_cases([slot.case]).get(slot.case)
    if case is None or relation(one, case) is not Relation.MINE:
        return None
    return Sitting(slot.id, bytes.fromhex(slot.body["place"]), case, what, slot.body["kept"])


def end(desk: Desk, one: Staff, last: Text | None = None) -> None:
    """It is done, or left: its message goes, at once or after a last word."""
    slot = _slot(desk, one)
    if slot is None:
        return
    desk.change(one, {_IN_BODY: None})
    desk.work.drop_slots([slot.id])
    place = bytes.fromhex(slot.body["place"])
    if last is None:
        desk.remove(place, one.user, case=slot.case)
    else:
        said = escape(desk.house.language(one.body["language"]).say(last))
        _show(desk, one, place, (said, []), slot.case, SAID_FOR)


def button(language: Language, name: str, label: Text, case: Case) -> Button:
    return {"text": language.say(label), "callback_data": f"{name}={case.id.hex()}"}


def leave(language: Language, case: Case) -> Button:
    return button(language, "leave", text("Cancel"), case)


def _slot(desk: Desk, one: Staff) -> Slot | None:
    row = desk.member(one.id).body.get(_IN_BODY)
    return desk.work.load_slots([bytes.fromhex(row)]).get(bytes.fromhex(row)) if row else None


def _show(desk: Desk, one: Staff, place: bytes, said: Said, case: bytes | None, stands: int) -> None:
    desk.show(place, one.user, said, Priority.REPLY, case=case, fresh=True, protect=True)
    desk.remove(place, one.user, after=stands, case=case)


def _leave(desk: Desk, one: Staff, case: Case, _: str) -> None:
    end(desk, one)


ACTIONS = (CaseAction("leave", HOLDER, _leave, answers=False),)
