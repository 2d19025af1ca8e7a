"""What one transaction works on: rows loaded once, changed as values, saved together at its end."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.intake.questionnaire import Questionnaire
from bot.intake.text import Text
from bot.languages import Language
from bot.store.records import Case, Chat, Outgoing, Priority, Slot, Staff
from bot.store.work import Work
from bot.telegram.screens import escape

if TYPE_CHECKING:  # actions are done at a desk
    from bot.telegram.actions import Action, CaseAction

SWEPT_AFTER = 40 * 3600
"""Seconds after which a message of ours goes; Telegram lets no bot delete after 48 hours."""
RENEWED_AFTER = 36 * 3600
"""Seconds after which the living message is sent anew instead of edited."""

SAID_FOR = 60
"""Seconds that a short line to one of the staff stands."""


@dataclass(frozen=True)
class House:
    """What never changes while the bot runs."""

    questionnaire: Questionnaire
    languages: Mapping[str, Language]
    discreet: bool = False
    rotation_days: int = 30
    alone: int = 10  # new cases in ten minutes that have an alert each: of the critical ones, and of all others
    summary_minutes: int = 15  # that an opened summary stands
    actions: Mapping[str, Action | CaseAction] = field(default_factory=dict)  # what staff may do, by name
    page: str = ""  # the address of the page where people look if the bot is gone
    standby: str = ""  # the name of the bot that takes its place then
    return_words: Mapping[str, Sequence[str]] = field(default_factory=dict)  # by language
    data: Path | None = None  # the folder whose disk must not be full
    drafts: bool = False  # may be sent to their holder's chat
    templates: Path | None = None  # the organisation's own, of drafts

    def language(self, code: str) -> Language:
        return self.languages.get(code) or next(iter(self.languages.values()))


@dataclass
class Desk:
    """One transaction's loaded rows and what is to go out after it."""

    house: House
    work: Work
    staff: list[Staff]
    chats: dict[int, Chat]
    rows: list[Outgoing] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)  # callback ids to be answered after the commit
    erased: list[bytes] = field(
        default_factory=list
    )  # cases erased: the sender forgets what it holds of them
    deletions: dict[int, list[int]] = field(default_factory=dict)
    pressed: int | None = None  # the message whose button a member of staff has just pressed
    refreshing: bool = False  # nobody has asked: what stands is only brought up to date

    @property
    def now(self) -> datetime:
        return self.work.now

    @property
    def unix(self) -> int:
        return int(self.work.now.timestamp())

    def put(
        self, body: dict[str, Any], priority: Priority, *, row: bytes | None = None, not_before: int = 0
    ) -> None:
        """A row of the outbox; one that says ``row`` again replaces the earlier."""
        self.rows.append(Outgoing(row or new_id(), priority, not_before, self.work.next_turn(), body))

    def show(
        self,
        slot: bytes,
        chat: int,
        said: tuple[str, list[list[dict[str, Any]]]],
        priority: Priority,
        *,
        case: bytes | None = None,
        own_act: bool = False,
        fresh: bool = False,
        protect: bool = False,
        anew: bool | str = False,
        wakes: dict[str, str] | None = None,
    ) -> None:
        """The message of a slot, sent or edited; the newest wins.

        ``anew``: sent once more, so that it rings, where the one before still stands; a newer version of it says which
        ring it is (`rings`), so that none rings twice. ``wakes``: the chat whose timer goes off when this is done.
        """
        ring = new_id().hex() if anew is True else anew
        body = {
            "do": "show", "slot": slot.hex(), "chat": chat, "text": said[0], "buttons": said[1],
            "own_act": own_act, "fresh": fresh, "protect": protect, "case": case.hex() if case else None,
            "at": self.unix, **({"anew": ring} if ring else {}), **({"wakes": wakes} if wakes else {}),
        }  # fmt: skip
        self.put(body, priority, row=slot)

    def file(
        self, slot: bytes, chat: int, name: str, content: bytes, caption: str, *, case: bytes, protect: bool = False
    ) -> None:
        """A file in the place of a slot; it is sent once and never changed."""
        body = {
            "do": "file", "slot": slot.hex(), "chat": chat, "name": name, "text": caption, "case": case.hex(),
            "content": base64.b64encode(content).decode(), "protect": protect,
        }  # fmt: skip
        self.put(body, Priority.ALERT, row=slot)

    def remove(self, slot: bytes, chat: int, *, after: int = 0, case: bytes | None = None) -> None:
        """The message of a slot goes, ``after`` seconds from now, whatever was said of it before."""
        body = {"do": "remove", "slot": slot.hex(), "chat": chat, "case": case.hex() if case else None}
        not_before = self.unix + after if after else 0
        self.put(body, Priority.ALERT, row=_removal(slot), not_before=not_before)

    def cancel(self, row: bytes) -> None:
        """A row of the outbox that is not wanted any more."""
        self.rows[:] = [one for one in self.rows if one.id != row]
        self.work.remove_outgoing([row])

    def row(self, row: bytes) -> Outgoing | None:
        """A row of the outbox as put last, while it has still to be carried out."""
        put = [one for one in self.rows if one.id == row]
        return put[-1] if put else self.work.load_outgoing([row]).get(row)

    def rings(self, slot: bytes) -> str | bool:
        """The ring with which what is to stand in a slot has still to be sent: a newer version of it has to ring, too,
        unless that ring has gone out meanwhile."""
        row = self.row(slot)
        ring: str | bool = row.body.get("anew", False) if row is not None else False
        return ring

    def chat(self, row: bytes) -> Chat | None:
        """A person's chat by its row, as changed so far."""
        known = next((chat for chat in self.chats.values() if chat.id == row), None)
        return known or self.work.load_chats_by_id([row]).get(row)

    def delete(self, chat: int, message: int) -> None:
        self.deletions.setdefault(chat, []).append(message)

    def staff_slot(self, one: Staff, case: bytes | None, kind: str) -> bytes:
        """A new place in a coordinator's chat for a message on a case; swept in time."""
        slot = new_id()
        self.work.save_slots(
            [Slot(slot, case, {"chat": one.user, "message": None, "sent": None, "kind": kind})]
        )
        self.remove(slot, one.user, after=SWEPT_AFTER, case=case)
        return slot

    def staff_slots(self, case: bytes, kind: str) -> dict[int, bytes]:
        """The slots of a kind that stand for a case, by coordinator's chat; not those that are about to go."""
        slots = [slot for slot in self.work.slots_of_case(case) if slot.body.get("kind") == kind]
        removals = {_removal(slot.id): slot.id for slot in slots}
        put = {row.id: row for row in (*self.work.load_outgoing(removals).values(), *self.rows)}
        going = {removals[row] for row in removals if row in put and put[row].not_before <= self.unix}
        return {slot.body["chat"]: slot.id for slot in slots if slot.id not in going}

    def member(self, row: bytes) -> Staff:
        """The member of staff as changed so far."""
        return next(one for one in self.staff if one.id == row)

    def change(self, one: Staff, changes: dict[str, Any]) -> Staff:
        """The member of staff, as they stand now, with something new in their body; saved."""
        changed = replace(one, body={**self.member(one.id).body, **changes})
        self.staff[:] = [changed if other.id == one.id else other for other in self.staff]
        self.work.save_staff([changed])
        return changed

    def screen(self, one: Staff, said: tuple[str, list[list[dict[str, Any]]]], *, view: str = "") -> None:
        """A member's own living message: edited where one of its buttons was pressed, else sent anew.

        ``view``: the data of a button that shows the same again; by it the message is kept up to date.
        """
        slot, message = self._living(one)
        fingerprint = hashlib.sha256(repr(said).encode()).hexdigest()[:16]
        seen = {"data": view, "at": self.unix, "said": fingerprint} if view else None
        if self.refreshing:
            self._refresh(one, slot if message else None, said, fingerprint)
            return
        if slot is None or not message or message != self.pressed:
            if slot is not None:
                self.remove(slot, one.user)
            slot = new_id()
            self.remove(slot, one.user, after=SWEPT_AFTER)
        self.change(one, {"slot": slot.hex(), "view": seen})
        self.show(slot, one.user, said, Priority.REPLY, fresh=True, protect=True)

    def _living(self, one: Staff) -> tuple[bytes | None, int | None]:
        """The slot of the member's living message, and the message in it while it may be edited."""
        known = self.member(one.id).body.get("slot")
        slot = bytes.fromhex(known) if known else None
        place = self.work.load_slots([slot]).get(slot) if slot is not None else None
        stands = place is not None and place.body.get("sent") and self.unix - place.body["sent"] < RENEWED_AFTER
        return slot, place.body["message"] if place is not None and stands else None

    def _refresh(self, one: Staff, slot: bytes | None, said: tuple[str, list[list[dict[str, Any]]]], new: str) -> None:
        """What nobody has asked for is only edited, and only where it says something else."""
        view = self.member(one.id).body.get("view")
        if slot is None or view is None:
            self.change(one, {"view": None})
        elif view["said"] != new:
            self.change(one, {"view": {**view, "said": new}})
            self.show(slot, one.user, said, Priority.REPLY, protect=True)

    def say(self, one: Staff, line: Text) -> None:
        """One short line to a member, that goes again by itself."""
        slot = new_id()
        said = escape(self.house.language(one.body["language"]).say(line))
        self.show(slot, one.user, (said, []), Priority.REPLY, fresh=True, protect=True)
        self.remove(slot, one.user, after=SAID_FOR)

    def head(self, case: Case, head: dict[str, Any]) -> Case:
        """The case with a new head, saved."""
        changed = replace(case, head=head)
        self.work.save_cases([changed])
        return changed

    def save(self) -> None:
        """Everything changed, in one go, at the end of the transaction."""
        self.work.save_chats(self.chats.values())
        for chat, messages in self.deletions.items():
            self.put({"do": "delete", "chat": chat, "messages": messages}, Priority.ALERT)
        self.work.put_outgoing(self.rows)


def _removal(slot: bytes) -> bytes:
    """The row of the outbox by which a slot's message goes."""
    return hashlib.sha256(slot).digest()[:16]


def new_id() -> bytes:
    return secrets.token_bytes(16)
