"""Carries the outbox to Telegram: at least once, in order within a chat, the urgent first.

A row leaves the store only after Telegram has accepted it, in the same write that remembers which
message it became. Log lines name what was to be done and the class of an error, never whom or what.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError

from bot.store.records import Outgoing, Priority, Slot, StoreError
from bot.store.store import Store
from bot.store.work import Work
from bot.telegram.delivery import Calls, Failure, Outcome, action_of, deliver, slot_of, unknown_chat
from bot.telegram.limits import Limits
from bot.telegram.waiting import HORIZON, Waiting, chat_of

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
SEVERAL = 3  # chats in trouble with no success in between: then it is not the chats
LAST_WORDS = 5.0  # seconds that calls under way get when the sender ends
OnFailure = Callable[[Work, Outgoing, Failure], Iterable[Outgoing]]


class Sender:
    """The only one who sends.

    `on_failure(work, row, failure)` runs in the write that settles a row, and gives what is to be sent after it.
    """

    def __init__(
        self,
        store: Store,
        transport: Calls,
        *,
        send_rate: float = 30.0,
        chat_rate: float = 1.0,
        clock: Callable[[], float] = time.time,
        on_failure: OnFailure | None = None,
        parallel: int = 30,
        capacity: int = 10_000,
        page: int = 1_000,
    ) -> None:
        self._store = store
        self._transport = transport
        self._clock = clock
        self._on_failure = on_failure
        self._parallel = parallel
        self._page = page
        self._limits = Limits(send_rate, chat_rate)
        self._waiting = Waiting(self._limits, capacity)
        self._calls: set[asyncio.Task[None]] = set()
        self._done: list[Outcome] = []
        self._late: list[Outgoing] | None = None
        self._look_at: float | None = None  # when to look into the store; None: now
        self._troubled: set[int] = set()
        self._failures: Counter[int] = Counter()
        self._outage = 0
        self._stop = asyncio.Event()
        self._wake = asyncio.Event()
        self._stepped = asyncio.Event()
        self.dropped: Counter[str] = Counter()

    def offer(self, rows: Iterable[Outgoing]) -> None:
        """Rows just committed. Timers (wakes) are passed over."""
        fresh = [row for row in rows if row.priority < Priority.WAKE]
        if self._late is not None:
            self._late += fresh
        else:
            self._waiting.put(fresh, self._clock())
        self._wake.set()

    def withdraw(self, case: bytes) -> None:
        """Rows of an erased case are gone from the store: forget them here, too."""
        self._waiting.forget_case(case.hex())
        if self._late:
            self._late = [row for row in self._late if row.body.get("case") != case.hex()]

    async def answer(self, callback_id: str, text: str | None = None, alert: bool = False) -> None:
        """Stop a button's spinning, perhaps with a word. Nothing hangs on whether it gets there."""
        try:
            said: dict[str, Any] = {"text": text, "show_alert": alert} if text else {}
            await self._transport.call("answerCallbackQuery", callback_query_id=callback_id, **said)
        except TelegramError as error:
            log.info("answer.failed error=%s", type(error).__name__)

    async def drain(self, timeout: float) -> bool:
        """Wait until nothing that is due waits any more, in the store either; False if the time runs out."""
        self._look_at = None
        self._wake.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while not self._idle():
                    await self._stepped.wait()
                return True
        return False

    def stop(self) -> None:
        """`run` ends after the calls under way."""
        self._stop.set()
        self._wake.set()

    async def run(self) -> None:
        """Send until stopped or cancelled. A store that can't be written is tried again."""
        troubles = 0
        try:
            while not self._stop.is_set():
                self._wake.clear()
                try:
                    await self._step()
                    troubles = 0
                    pause = self._pause()
                except Exception as error:  # whatever it is, what waits must not wait for ever
                    troubles += 1
                    log.error("outbox.failed error=%s", type(error).__name__)
                    pause = _backoff(troubles)
                self._stepped.set()
                self._stepped = asyncio.Event()
                await self._sleep(pause, self._stop if troubles else self._wake)
        finally:
            await self._end()

    async def _step(self) -> None:
        if self._due_to_look():
            await self._look()
        await self._tell_failures()
        now = self._clock()
        chosen: list[Outgoing] = []
        while len(self._calls) + len(chosen) < self._parallel:
            row = self._waiting.next(now)
            if row is None:
                break
            chosen.append(row)
        done = self._done[:]
        if not done and not chosen:
            return
        wanted = {row.id: slot for row in chosen if (slot := slot_of(row)) is not None}
        try:
            cancelled = self._overtaken(done)
            slots, strays = await self._store.write(partial(self._write, done, cancelled, set(wanted.values())))
        except BaseException:
            for row in chosen:
                self._waiting.again(row, now)
            raise
        del self._done[: len(done)]
        self.offer(strays)
        for overtaken, turn in cancelled:
            self._waiting.forget(overtaken, turn)
        for outcome in done:
            self._waiting.release(outcome.row)
            self._wake.set()
        for row in chosen:
            call = asyncio.create_task(self._carry(row, slots.get(wanted.get(row.id, b""))))
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)

    # What is written.

    def _write(
        self, done: list[Outcome], cancelled: list[tuple[bytes, int | None]], wanted: set[bytes], work: Work
    ) -> tuple[dict[bytes, Slot], list[Outgoing]]:
        saved = [outcome.save for outcome in done if outcome.save is not None]
        gone = _erased(work, {slot.case for slot in saved if slot.case is not None})
        strays = [_deletion(work, slot) for slot in saved if slot.case in gone]
        work.put_outgoing([*strays, *(wake for outcome in done if (wake := _wake(work, outcome.row)))])
        work.settle([(outcome.row.id, outcome.row.turn) for outcome in done])
        work.settle([(show, turn) for show, turn in cancelled if turn is not None])
        work.remove_outgoing([show for show, turn in cancelled if turn is None])
        work.drop_slots([outcome.drop for outcome in done if outcome.drop is not None])
        work.save_slots([slot for slot in saved if slot.case not in gone])
        return (work.load_slots(wanted) if wanted else {}), strays

    def _overtaken(self, done: list[Outcome]) -> list[tuple[bytes, int | None]]:
        """Screens still waiting when their slot was removed: they must not come back afterwards."""
        shows: list[tuple[bytes, int | None]] = []
        for row in (outcome.row for outcome in done if outcome.row.body.get("do") == "remove"):
            slot = slot_of(row)
            show = self._waiting.get(slot) if slot is not None else None
            if show is not None:
                # A turn is a time in microseconds: a screen made after the removal fell due is another one.
                if show.turn < max(row.turn, row.not_before * 1_000_000):
                    shows.append((show.id, show.turn))
            elif slot is not None and self._waiting.ceiling is not None:
                shows.append((slot, None))
        return shows

    async def _tell_failures(self) -> None:
        """By itself, because a fault in the callback must not undo what others have achieved."""
        for index, outcome in enumerate(self._done):
            if outcome.failure is not None and self._on_failure is not None:
                try:
                    self.offer(await self._store.write(partial(_failed, self._on_failure, outcome)))
                except StoreError:
                    raise
                except Exception as error:
                    log.error("failure.untold error=%s", type(error).__name__)
                self._done[index] = replace(outcome, failure=None)

    # What is read.

    def _due_to_look(self) -> bool:
        if self._look_at is None:
            return True
        if self._waiting.ceiling is not None and len(self._waiting) < self._page // 2:
            return True
        now = self._clock()
        return not now < self._look_at <= now + HORIZON / 2  # due, or the clock was set back

    async def _look(self) -> None:
        """Take the first rows from the store: at the start, after overflowing, and those now falling due."""
        now = self._clock()
        latest = Priority.WAKE - 1
        self._late = []
        self._look_at = now + HORIZON / 2  # at once, so that a wish to look again meanwhile is kept
        try:
            rows = await self._store.write(lambda work: work.due(int(now) + HORIZON, self._page, latest))
            self._waiting.filled(rows, len(rows) < self._page, now)
        except BaseException:
            self._look_at = None
            raise
        finally:
            late, self._late = self._late, None
            self._waiting.put(late, now)

    # What is sent.

    async def _carry(self, row: Outgoing, slot: Slot | None) -> None:
        try:
            outcome = await deliver(self._transport, row, slot, int(self._clock()))
        except RetryAfter as error:
            asked = error.retry_after
            self._try_again(row, asked.total_seconds() if isinstance(asked, timedelta) else float(asked))
        except Forbidden as error:
            self._drop(row, "unreachable", error, Failure.UNREACHABLE)
        except BadRequest as error:
            if unknown_chat(error):
                self._drop(row, "unreachable", error, Failure.UNREACHABLE)
            else:
                self._drop(row, "refused", error)
        except TelegramError as error:
            log.warning("send.failed action=%s error=%s", action_of(row), type(error).__name__)
            self._try_again(row)
        except Exception as error:
            self._drop(row, "broken", error)
        else:
            if outcome.dropped is not None:
                self._count(row, outcome.dropped)
            self._succeeded(chat_of(row))
            self._done.append(outcome)
        self._wake.set()

    # What came of it.

    def _drop(self, row: Outgoing, reason: str, error: Exception, failure: Failure = Failure.REFUSED) -> None:
        self._count(row, reason, error)
        self._succeeded(chat_of(row))  # Telegram did answer
        self._done.append(Outcome(row, failure=failure))

    def _count(self, row: Outgoing, reason: str, error: Exception | None = None) -> None:
        self.dropped[reason] += 1
        kind = type(error).__name__ if error is not None else "none"
        level = logging.INFO if reason == "stale" else logging.WARNING
        log.log(level, "send.dropped action=%s reason=%s error=%s", action_of(row), reason, kind)

    def _succeeded(self, chat: int) -> None:
        self._troubled.clear()
        self._failures.pop(chat, None)
        self._outage = 0

    def _try_again(self, row: Outgoing, asked: float | None = None) -> None:
        chat = chat_of(row)
        if len(self._troubled) < SEVERAL:
            self._troubled.add(chat)
        if asked is None:
            if len(self._failures) >= self._page:  # an outage; each chat may start from the shortest pause
                self._failures.clear()
            self._failures[chat] += 1
        self._limits.penalise(chat, _backoff(self._failures[chat]) if asked is None else asked)
        if len(self._troubled) >= SEVERAL:
            if asked is not None:
                self._limits.penalise_all(asked)
            elif not self._limits.pause(counted=False):
                self._outage += 1
                self._limits.penalise_all(_backoff(self._outage))
        self._waiting.again(row, self._clock())

    # When to go on.

    def _idle(self) -> bool:
        looked = self._look_at is not None and self._late is None and self._waiting.ceiling is None
        return looked and not self._calls and not self._done and not self._waiting.due(self._clock())

    def _pause(self) -> float:
        if len(self._calls) >= self._parallel:
            return LONGEST_PAUSE  # the end of a call wakes
        return min(self._waiting.pause(self._clock()), HORIZON / 2)

    async def _sleep(self, seconds: float, until: asyncio.Event) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(max(seconds, 0.001)):
                await until.wait()

    async def _end(self) -> None:
        """What Telegram has accepted is settled, or it would be sent once more after the next start."""
        if self._calls:
            _, unfinished = await asyncio.wait(self._calls, timeout=LAST_WORDS)
            for call in unfinished:
                call.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)
        with suppress(StoreError):
            await self._tell_failures()
            done, self._done = self._done, []
            if done:
                await self._store.write(partial(self._write, done, self._overtaken(done), set()))
                for outcome in done:
                    self._waiting.release(outcome.row)
        self._stepped.set()


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


def _backoff(failures: int) -> float:
    return float(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(failures - 1, 10)))
