"""What has been sent and has still to leave the outbox, and which message of ours stands where.

What leaves a trace (a new message, a failure) is written before anything else goes to its chat. What could be done
twice without anybody noticing (an edit, a deletion) may stand there a moment longer, so that many leave together.
"""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial

from bot import logs
from bot.store.records import Outgoing, Priority, Slot, StoreError
from bot.store.store import Store
from bot.store.work import Work
from bot.telegram.delivery import Failure, Outcome, slot_of
from bot.telegram.waiting import Waiting

log = logs.named(__name__)
WITHIN, TOGETHER = 0.25, 256
"""Seconds, and how many, after which what left no trace leaves the store."""
KNOWN_SLOTS = 10_000
OnFailure = Callable[[Work, Outgoing, Failure], Iterable[Outgoing]]
Cancelled = list[tuple[bytes, int | None]]
"""Rows that wait no more, with the turn they had in memory; None: whatever they have."""


class Settling:
    """`on_failure(work, row, failure)` runs in the write that settles a row, and gives what is to be sent after it."""

    def __init__(self, store: Store, on_failure: OnFailure | None) -> None:
        self._store = store
        self._on_failure = on_failure
        self._slots: OrderedDict[bytes, Slot] = OrderedDict()
        self._done: list[Outcome] = []
        self._passing: dict[bytes, int] = {}
        self._at = 0.0

    def __bool__(self) -> bool:
        """Whether anything is to be settled."""
        return bool(self._done or self._passing)

    def forget_slots(self, case: bytes | None = None) -> None:
        """Those of a case, or all: somebody else may have changed them."""
        for slot in [slot.id for slot in self._slots.values() if case in (None, slot.case)]:
            del self._slots[slot]

    def knows(self, row: Outgoing) -> bool:
        """Whether it needs no slot, or its slot is at hand."""
        place = slot_of(row)
        return place is None or place in self._slots

    def slot(self, row: Outgoing) -> Slot | None:
        place = slot_of(row)
        if place is None or place not in self._slots:
            return None
        self._slots.move_to_end(place)
        return self._slots[place]

    def finish(self, outcome: Outcome, waiting: Waiting) -> None:
        if outcome.lasting:
            self._done.append(outcome)
            return
        if not self._passing:
            self._at = time.monotonic() + WITHIN
        self._passing[outcome.row.id] = outcome.row.turn
        waiting.release(outcome.row)

    def is_done(self, row: Outgoing) -> bool:
        """Whether a row read from the store is one that has been sent."""
        return self._passing.get(row.id, -1) >= row.turn

    def due(self) -> bool:
        return bool(self._done) or (bool(self._passing) and (self.pause() <= 0 or len(self._passing) >= TOGETHER))

    def pause(self) -> float:
        """Seconds until it is due."""
        return self._at - time.monotonic() if self._passing else float("inf")

    async def tell_failures(self) -> AsyncIterator[list[Outgoing]]:
        """What is to be sent in the place of each, as soon as it is written. By itself, because a fault in the
        callback must not undo what others have achieved."""
        for index, outcome in enumerate(self._done):
            if outcome.failure is not None and self._on_failure is not None:
                try:
                    told = await self._store.write(partial(_failed, self._on_failure, outcome))
                except StoreError:
                    raise
                except Exception as error:
                    log.error("failure.untold", error=error)
                    told = []
                self._done[index] = replace(outcome, failure=None)
                yield told

    async def settle(self, waiting: Waiting, wanted: Iterable[Outgoing] = ()) -> list[Outgoing]:
        """What is done leaves the store; in the same breath the slots of ``wanted`` rows are read.

        Gives what is to be sent after it.
        """
        done, passing, cancelled = self._done[:], dict(self._passing), _overtaken(self._done, waiting)
        places = {place for row in wanted if (place := slot_of(row)) is not None}
        slots, strays = await self._store.write(partial(_write, done, passing, cancelled, places), beside=True)
        del self._done[: len(done)]
        for row, turn in passing.items():
            if self._passing[row] == turn:
                del self._passing[row]
        self._at = time.monotonic() + WITHIN
        for overtaken, before in cancelled:
            waiting.forget(overtaken, before)
        for outcome in done:
            if outcome.drop is not None:
                self._slots.pop(outcome.drop, None)
            waiting.release(outcome.row)
        self._slots.update(slots)
        while len(self._slots) > KNOWN_SLOTS:
            self._slots.popitem(last=False)
        return strays


def _overtaken(done: Iterable[Outcome], waiting: Waiting) -> Cancelled:
    """Screens still waiting when their slot was removed: they must not come back afterwards."""
    shows: Cancelled = []
    for row in (outcome.row for outcome in done if outcome.row.body.get("do") == "remove"):
        slot = slot_of(row)
        show = waiting.get(slot) if slot is not None else None
        if show is not None:
            # A screen made after the removal fell due is another one.
            if show.turn < row.turn or show.body.get("at", 0) < row.not_before:
                shows.append((show.id, show.turn))
        elif slot is not None and waiting.ceiling is not None:
            shows.append((slot, None))
    return shows


def _write(
    done: list[Outcome], passing: Mapping[bytes, int], cancelled: Cancelled, wanted: set[bytes], work: Work
) -> tuple[dict[bytes, Slot], list[Outgoing]]:
    saved = [outcome.save for outcome in done if outcome.save is not None]
    gone = _erased(work, {slot.case for slot in saved if slot.case is not None})
    strays = [_deletion(work, slot) for slot in saved if slot.case in gone]
    work.put_outgoing([*strays, *(wake for outcome in done if (wake := _wake(work, outcome.row)))])
    work.settle([*passing.items(), *((outcome.row.id, outcome.row.turn) for outcome in done)])
    work.settle([(show, turn) for show, turn in cancelled if turn is not None])
    work.remove_outgoing([show for show, turn in cancelled if turn is None])
    work.drop_slots([outcome.drop for outcome in done if outcome.drop is not None])
    kept = {slot.id: slot for slot in saved if slot.case not in gone}
    work.save_slots(kept.values())
    return kept | (work.load_slots(wanted) if wanted else {}), strays


def _failed(tell: OnFailure, outcome: Outcome, work: Work) -> list[Outgoing]:
    assert outcome.failure is not None
    work.settle([(outcome.row.id, outcome.row.turn)])
    return list(tell(work, outcome.row, outcome.failure))


def _erased(work: Work, about: set[bytes]) -> set[bytes]:
    """The cases that are gone: one with entries and a head that doesn't open is damaged, not erased."""
    missing = about - set(work.load_cases(about)) if about else set()
    return {case for case in missing if not work.sealed_entries(case)}


def _deletion(work: Work, slot: Slot) -> Outgoing:
    """Of a message that arrived when its case had just been erased: no alert outlives its case."""
    body = {"do": "delete", "chat": slot.body["chat"], "messages": [slot.body["message"]]}
    return Outgoing(secrets.token_bytes(16), Priority.ALERT, 0, work.next_turn(), body)


def _wake(work: Work, row: Outgoing) -> Outgoing | None:
    """The timer of a chat goes off now, where somebody waits to know what became of this row."""
    chat = row.body.get("wakes")
    if chat is None:
        return None
    body = {"do": "wake", "chat_row": chat["chat_row"]}
    return Outgoing(bytes.fromhex(chat["timer"]), Priority.WAKE, 0, work.next_turn(), body)
