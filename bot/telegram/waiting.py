"""The rows that wait to be sent, and which of them goes next. No I/O and no clock but the limits'."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from heapq import heappop, heappush

from bot.store.records import Outgoing
from bot.telegram.limits import Limits

HORIZON = 30  # seconds: what falls due later than that stays in the store alone
_SLACK = 1024  # outdated heap entries borne before the heaps are made anew

COUNTED = ("show", "file")
"""What Telegram counts against its limits."""

Key = tuple[int, int]  # priority, turn
NOTHING_READ: Key = (-1, 0)


def chat_of(row: Outgoing) -> int:
    """The chat a row is for; one without a chat waits in a lane of its own until it is refused."""
    chat = row.body.get("chat")
    return chat if isinstance(chat, int) else 0


class Waiting:
    """At most one row of a chat is out at a time, and rows of a chat leave by (priority, turn).

    Memory is bounded: beyond `capacity` the last rows are forgotten and `ceiling` is set. While it is,
    whatever comes after it in the order lives in the store alone, so that nothing overtakes what was
    forgotten. It starts as "all is in the store".
    """

    def __init__(
        self, limits: Limits, capacity: int = 10_000, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._limits = limits
        self._capacity = capacity
        self._monotonic = monotonic
        self.ceiling: Key | None = NOTHING_READ
        self._rows: dict[bytes, Outgoing] = {}
        self._out: dict[int, Outgoing] = {}
        self._withdrawn: set[bytes] = set()  # of those that are out
        # Heaps may hold entries that are outdated; they are passed over when they come up.
        self._lanes: dict[int, list[tuple[int, int, bytes]]] = {}
        self._ready: list[tuple[int, int, int]] = []
        self._resting: list[tuple[float, int]] = []
        self._rests: set[int] = set()
        self._later: list[tuple[int, int, bytes]] = []
        self._outdated = 0

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, row: bytes) -> Outgoing | None:
        return self._rows.get(row)

    def put(self, rows: Iterable[Outgoing], now: float) -> None:
        """Rows as committed: a later turn replaces an older one of the same id."""
        for row in rows:
            out = self._out.get(chat_of(row))
            if out is not None and out.id == row.id and out.turn >= row.turn:
                continue
            known = self._rows.get(row.id)
            if known is not None:
                if known.turn >= row.turn:
                    continue
                self.forget(row.id)
            beyond = self.ceiling is not None and (row.priority, row.turn) > self.ceiling
            if not beyond and row.not_before <= now + HORIZON:
                self._accept(row, now)
        if len(self._rows) > self._capacity:
            self._shrink(now)

    def filled(self, rows: list[Outgoing], complete: bool) -> None:
        """The first rows of the store are about to be put here, or all of them."""
        if complete:
            self.ceiling = None
        elif self.ceiling is not None:
            self.ceiling = max(self.ceiling, (rows[-1].priority, rows[-1].turn))

    def forget(self, row: bytes, turn: int | None = None) -> None:
        found = self._rows.get(row)
        if found is not None and turn in (None, found.turn):
            del self._rows[row]
            self._outdated += 1

    def withdraw(self, unwanted: Callable[[Outgoing], bool]) -> None:
        """Forget these rows, also those that are out: they are not tried again."""
        for row in [row.id for row in self._rows.values() if unwanted(row)]:
            self.forget(row)
        self._withdrawn |= {row.id for row in self._out.values() if unwanted(row)}

    def forget_all(self) -> None:
        """But what is out: all that waits is in the store."""
        self._outdated += len(self._rows)
        self._rows.clear()
        self.ceiling = NOTHING_READ

    def next(self, now: float) -> Outgoing | None:
        """Take the first row that may go now; its chat is occupied until `release` or `again`."""
        if self._outdated > len(self._rows) + _SLACK:
            self._rebuild(now)
        self._promote(now)
        while self._ready:
            *key, chat = heappop(self._ready)
            row = self._first(chat)
            if row is None or chat in self._out or chat in self._rests:
                continue
            if [row.priority, row.turn] != key:
                heappush(self._ready, (row.priority, row.turn, chat))
                continue
            counted = row.body.get("do") in COUNTED
            if self._limits.pause(counted=counted) > 0:
                heappush(self._ready, (row.priority, row.turn, chat))
                return None
            rest = self._limits.chat_pause(chat, counted=counted)
            if rest > 0:
                self._rests.add(chat)
                heappush(self._resting, (self._monotonic() + rest, chat))
                continue
            if counted:
                self._limits.take(chat)
            heappop(self._lanes[chat])
            del self._rows[row.id]
            self._out[chat] = row
            return row
        return None

    def release(self, row: Outgoing) -> None:
        """It is settled: the next of its chat may go."""
        chat = chat_of(row)
        self._out.pop(chat, None)
        self._withdrawn.discard(row.id)
        self._offer(chat)

    def again(self, row: Outgoing, now: float) -> None:
        """It has to be tried once more, unless a later turn of it waits already or it was withdrawn."""
        if row.id not in self._rows and row.id not in self._withdrawn:
            self._accept(row, now)
        self.release(row)

    def due(self, now: float) -> bool:
        """Whether anything that is due is not settled."""
        return bool(self._out) or any(row.not_before <= now for row in self._rows.values())

    def pause(self, now: float) -> float:
        """Seconds until `next` may have something that it doesn't have now."""
        moments = []
        if self._ready:
            moments.append(self._limits.pause(counted=self._ready_counted()))
        if self._resting:
            moments.append(self._resting[0][0] - self._monotonic())
        if self._later:
            moments.append(self._later[0][0] - now)
        return max(0.0, min(moments, default=float(HORIZON)))

    def _ready_counted(self) -> bool:
        row = self._first(self._ready[0][2])
        return row is None or row.body.get("do") in COUNTED

    def _accept(self, row: Outgoing, now: float) -> None:
        self._rows[row.id] = row
        if row.not_before > now:
            heappush(self._later, (row.not_before, row.turn, row.id))
        else:
            self._line_up(row)

    def _line_up(self, row: Outgoing) -> None:
        chat = chat_of(row)
        lane = self._lanes.setdefault(chat, [])
        heappush(lane, (row.priority, row.turn, row.id))
        if lane[0][2] == row.id:
            self._offer(chat)

    def _offer(self, chat: int) -> None:
        row = self._first(chat)
        if row is not None and chat not in self._out and chat not in self._rests:
            heappush(self._ready, (row.priority, row.turn, chat))

    def _first(self, chat: int) -> Outgoing | None:
        lane = self._lanes.get(chat)
        while lane:
            _, turn, row = lane[0]
            found = self._rows.get(row)
            if found is not None and found.turn == turn:
                return found
            heappop(lane)
        self._lanes.pop(chat, None)
        return None

    def _promote(self, now: float) -> None:
        while self._later and self._later[0][0] <= now:
            _, turn, row = heappop(self._later)
            found = self._rows.get(row)
            if found is not None and found.turn == turn:
                self._line_up(found)
        moment = self._monotonic()
        while self._resting and self._resting[0][0] <= moment:
            chat = heappop(self._resting)[1]
            self._rests.discard(chat)
            self._offer(chat)

    def _shrink(self, now: float) -> None:
        ordered = sorted(self._rows.values(), key=lambda row: (row.priority, row.turn))
        kept = ordered[: self._capacity * 3 // 4]
        self._rows = {row.id: row for row in kept}
        self.ceiling = (kept[-1].priority, kept[-1].turn)
        self._rebuild(now)

    def _rebuild(self, now: float) -> None:
        self._lanes, self._ready, self._later, self._outdated = {}, [], [], 0
        self._resting, self._rests = [], set()
        for row in self._rows.values():
            self._accept(row, now)
