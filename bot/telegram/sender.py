"""Carries the outbox to Telegram: at least once, in order within a chat, the urgent first.

A row leaves the store only after Telegram has accepted it, in the same write that remembers which message it became
(see ``settling``). Log lines name what was to be done and the class of an error, never whom or what.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError

from bot import logs
from bot.store.records import Outgoing, Priority, Slot, StoreError
from bot.store.store import Store
from bot.telegram.delivery import Calls, Failure, Outcome, action_of, deliver, unknown_chat
from bot.telegram.limits import Limits
from bot.telegram.settling import OnFailure, Settling
from bot.telegram.waiting import HORIZON, Waiting, chat_of

log = logs.named(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
SEVERAL = 3  # chats in trouble with no success in between: then it is not the chats
LAST_WORDS = 5.0  # seconds that calls under way get when the sender ends
LOOKED_FOR_LEAD = 1.0
HEARD_EVERY = 0.02  # seconds between two readings of what others have committed: then many at once


class Sender:
    """The only one who sends, of all processes. While it does not run, what is offered waits in the store.

    `may` tells whether it is still this process that sends. For `on_failure` see ``Settling``.
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
        may: Callable[[], bool] = lambda: True,
        parallel: int = 30,
        capacity: int = 10_000,
        page: int = 1_000,
    ) -> None:
        self._store = store
        self._transport = transport
        self._clock = clock
        self._may = may
        self._parallel = parallel
        self._page = page
        self._capacity = capacity
        self._limits = Limits(send_rate, chat_rate)
        self._waiting = Waiting(self._limits, capacity)
        self._settling = Settling(store, on_failure)
        self._running = False
        self._draining = 0
        self._calls: set[asyncio.Task[None]] = set()
        self._heard: set[bytes] = set()  # rows that other processes have changed
        self._hear_at = 0.0
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
        if not fresh or not self._running:
            return
        if self._late is not None:
            self._late += fresh
        else:
            self._put(fresh)
        self._wake.set()

    def withdraw(self, case: bytes) -> None:
        """Rows of an erased case are gone from the store: forget them here, too."""
        self._forget(lambda row: row.body.get("case") == case.hex())
        self._settling.forget_slots(case)

    def hear(self, rows: Iterable[bytes]) -> None:
        """Other processes have put or removed these rows."""
        self._heard.update(rows)
        if len(self._heard) > self._capacity:
            self.read_anew()
        self._wake.set()

    def read_anew(self) -> None:
        """Others may have changed anything: what waits is read from the store."""
        self._heard.clear()
        self._waiting.forget_all()
        self._look_at = None
        self._wake.set()

    async def answer(self, callback_id: str, text: str | None = None, alert: bool = False) -> None:
        """Stop a button's spinning, perhaps with a word. Nothing hangs on whether it gets there."""
        try:
            said: dict[str, Any] = {"text": text, "show_alert": alert} if text else {}
            await self._transport.call("answerCallbackQuery", callback_query_id=callback_id, **said)
        except TelegramError as error:
            log.info("answer.failed", error=error)

    async def drain(self, timeout: float) -> bool:
        """Wait until nothing that is due waits any more, in the store either; False if the time runs out."""
        self._look_at = None
        self._draining += 1
        self._wake.set()
        try:
            async with asyncio.timeout(timeout):
                while not self._idle():
                    await self._stepped.wait()
                return True
        except TimeoutError:
            return False
        finally:
            self._draining -= 1

    def stop(self) -> None:
        """`run` ends after the calls under way."""
        self._stop.set()
        self._wake.set()

    async def run(self) -> None:
        """Send until stopped or cancelled. A store that can't be written is tried again."""
        self._stop.clear()
        self._settling.forget_slots()
        self._waiting = Waiting(self._limits, self._capacity)
        self._running = True
        self.read_anew()
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
                    log.error("outbox.failed", error=error)
                    pause = _backoff(troubles)
                self._stepped.set()
                self._stepped = asyncio.Event()
                await self._sleep(pause, self._stop if troubles else self._wake)
        finally:
            self._running = False
            await self._end()

    async def _step(self) -> None:
        if self._due_to_look():
            await self._look()
        if self._heard and time.monotonic() >= self._hear_at:
            await self._take_heard()
        async for rows in self._settling.tell_failures():
            self.offer(rows)
        now = self._clock()
        chosen: list[Outgoing] = []
        while len(self._calls) + len(chosen) < self._parallel and self._may():
            row = self._waiting.next(now)
            if row is None:
                break
            chosen.append(row)
        unknown = [row for row in chosen if not self._settling.knows(row)]
        if unknown or self._settling.due() or (self._settling and self._draining):
            try:
                await self._settle(unknown)
            except BaseException:
                for row in chosen:
                    self._waiting.again(row, now)
                raise
        for row in chosen:
            call = asyncio.create_task(self._carry(row, self._settling.slot(row)))
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)

    async def _settle(self, wanted: Iterable[Outgoing] = ()) -> None:
        self.offer(await self._settling.settle(self._waiting, wanted))
        self._wake.set()  # chats are free again

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
        if self._settling:
            await self._settle()
        now = self._clock()
        latest = Priority.WAKE - 1
        self._late = []
        self._look_at = now + HORIZON / 2  # at once, so that a wish to look again meanwhile is kept
        try:
            rows = await self._store.write(lambda work: work.due(int(now) + HORIZON, self._page, latest), beside=True)
            self._waiting.filled(rows, len(rows) < self._page)
            self._put(rows)
        except BaseException:
            self._look_at = None
            raise
        finally:
            late, self._late = self._late, None
            self._put(late)

    async def _take_heard(self) -> None:
        """What other processes have changed is sent, or forgotten where it was removed."""
        heard = set(list(self._heard)[: self._page])
        rows = await self._store.write(lambda work: work.load_outgoing(heard), beside=True)
        self._heard -= heard
        gone = heard - set(rows)
        if gone:
            self._forget(lambda row: row.id in gone)
        self.offer(rows.values())
        self._hear_at = time.monotonic() + HEARD_EVERY

    def _put(self, rows: list[Outgoing]) -> None:
        self._waiting.put([row for row in rows if not self._settling.is_done(row)], self._clock())

    def _forget(self, unwanted: Callable[[Outgoing], bool]) -> None:
        self._waiting.withdraw(unwanted)
        if self._late:
            self._late = [row for row in self._late if not unwanted(row)]

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
            log.warning("send.failed", action=action_of(row), error=error)
            self._try_again(row)
        except Exception as error:
            self._drop(row, "broken", error)
        else:
            if outcome.dropped is not None:
                self._count(row, outcome.dropped)
            self._succeeded(chat_of(row))
            self._settling.finish(outcome, self._waiting)
        self._wake.set()

    # What came of it.

    def _drop(self, row: Outgoing, reason: str, error: Exception, failure: Failure = Failure.REFUSED) -> None:
        self._count(row, reason, error)
        self._succeeded(chat_of(row))  # Telegram did answer
        self._settling.finish(Outcome(row, failure=failure), self._waiting)

    def _count(self, row: Outgoing, reason: str, error: Exception | None = None) -> None:
        self.dropped[reason] += 1
        level = logging.INFO if reason == "stale" else logging.WARNING
        log.log(level, "send.dropped", action=action_of(row), reason=reason, error=error or "none")

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
        if self._look_at is None or self._late is not None or self._waiting.ceiling is not None:
            return False
        return not (self._calls or self._settling or self._heard or self._waiting.due(self._clock()))

    def _pause(self) -> float:
        pause = min(HORIZON / 2, self._settling.pause())
        if self._heard:
            pause = min(pause, self._hear_at - time.monotonic())
        if len(self._calls) >= self._parallel:
            return pause  # the end of a call wakes
        if not self._may():
            return min(pause, LOOKED_FOR_LEAD)
        return min(pause, self._waiting.pause(self._clock()))

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
            async for _ in self._settling.tell_failures():
                pass
            if self._settling:
                await self._settling.settle(self._waiting)
        self._stepped.set()


def _backoff(failures: int) -> float:
    return float(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(failures - 1, 10)))
