"""What waits in the bot's outbox: how much, for whom, and which messages are to be deleted when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.store.records import Outgoing, Priority, Slot
from bot.store.work import Work
from bot.telegram.delivery import slot_of

EVER = 2**53
MOST = 1000


@dataclass(frozen=True)
class Waits:
    """``owed``: chats for which something is due. ``goes``: by chat and message."""

    count: int = 0
    owed: frozenset[int] = frozenset()
    goes: Mapping[tuple[int, int], datetime] = field(default_factory=dict)


def look(work: Work) -> Waits:
    rows = work.due(EVER, MOST, Priority.WAKE - 1)
    now = work.now.timestamp()
    slots = work.load_slots({place for row in rows if row.body["do"] == "remove" and (place := slot_of(row))})
    goes = {
        (row.body["chat"], message): datetime.fromtimestamp(row.not_before, UTC)
        for row in rows
        for message in _deleted(row, slots)
    }
    return Waits(len(rows), frozenset(row.body["chat"] for row in rows if row.not_before <= now), goes)


def _deleted(row: Outgoing, slots: Mapping[bytes, Slot]) -> list[int]:
    if row.body["do"] == "delete":
        return list(row.body["messages"])
    slot = slots.get(slot_of(row) or b"") if row.body["do"] == "remove" else None
    return [slot.body["message"]] if slot is not None and slot.body.get("message") is not None else []
