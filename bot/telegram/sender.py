"""Carries the outbox to Telegram: at least once, in order within a chat, the urgent first.

A row leaves the store only after Telegram has accepted it, in the same write that remembers which
message it became. Log lines name what was to be done and the class of an error, never whom or what.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, Protocol

from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError

from bot.store.records import Outgoing, Priority, Slot, StoreError
from bot.store.store import Store
from bot.store.work import Work
from bot.telegram.limits import Limits
from bot.telegram.waiting import HORIZON, Waiting, chat_of

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
SEVERAL = 3  # chats in trouble with no success in between: then it is not the chats
LAST_WORDS = 5.0  # seconds that calls under way get when the sender ends

_UNCHANGED = "message is not modified"
_GONE = ("message to edit not found", "message can't be edited")
_DELETED = ("message to delete not found", "message can't be deleted")
_NO_CHAT = "chat not found"


class Calls(Protocol):
    async def call(self, method: str, **params: Any) -> Any: ...


@dataclass(frozen=True)
class _Outcome:
    """What is to be written once a row is done with."""

    row: Outgoing
    save: Slot | None = None
    drop: bytes | None = None
    unreachable: bool = False


class Sender:
    """The only one who sends. `on_unreachable(work, chat)` runs in the write that settles the row."""

    def __init__(
        self,
        store: Store,
        transport: Calls,
        *,
        send_rate: float = 30.0,
        chat_rate: float = 1.0,
        clock: Callable[[], float] = time.time,
        on_unreachable: Callable[[Work, int], None] | None = None,
        parallel: int = 30,
        capacity: int = 10_000,
        page: int = 1_000,
    ) -> None:
        self._store = store
        self._transport = transport
        self._clock = clock
        self._on_unreachable = on_unreachable
        self._parallel = parallel
        self._page = page
        self._limits = Limits(send_rate, chat_rate)
        self._waiting = Waiting(self._limits, capacity)
        self._calls: set[asyncio.Task[None]] = set()
        self._done: list[_Outcome] = []
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
        await self._tell_unreachable()
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
        wanted = {row.id: slot for row in chosen if (slot := _slot_of(row)) is not None}
        try:
            cancelled = [show for outcome in done if (show := self._overtaken(outcome.row)) is not None]
            slots = await self._store.write(partial(self._write, done, cancelled, set(wanted.values())))
        except BaseException:
            for row in chosen:
                self._waiting.again(row, now)
            raise
        del self._done[: len(done)]
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
        self, done: list[_Outcome], cancelled: list[tuple[bytes, int | None]], wanted: set[bytes], work: Work
    ) -> dict[bytes, Slot]:
        work.settle([(outcome.row.id, outcome.row.turn) for outcome in done])
        work.settle([(show, turn) for show, turn in cancelled if turn is not None])
        work.remove_outgoing([show for show, turn in cancelled if turn is None])
        work.drop_slots([outcome.drop for outcome in done if outcome.drop is not None])
        work.save_slots([outcome.save for outcome in done if outcome.save is not None])
        return work.load_slots(wanted) if wanted else {}

    def _overtaken(self, row: Outgoing) -> tuple[bytes, int | None] | None:
        """The screen that was still waiting when its slot was removed: it must not come back afterwards."""
        slot = _slot_of(row)
        if row.body.get("do") != "remove" or slot is None:
            return None
        show = self._waiting.get(slot)
        if show is None:
            return (slot, None) if self._waiting.ceiling is not None else None
        # A turn is a time in microseconds: a screen made after the removal fell due is another one.
        overtaken = show.turn < max(row.turn, row.not_before * 1_000_000)
        return (slot, show.turn) if overtaken else None

    async def _tell_unreachable(self) -> None:
        """By itself, because a fault in the callback must not undo what others have achieved."""
        for index, outcome in enumerate(self._done):
            if outcome.unreachable and self._on_unreachable is not None:
                try:
                    await self._store.write(partial(_unreachable, self._on_unreachable, outcome.row))
                except StoreError:
                    raise
                except Exception as error:
                    log.error("unreachable.failed error=%s", type(error).__name__)
                self._done[index] = replace(outcome, unreachable=False)

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
        try:
            rows = await self._store.write(lambda work: work.due(int(now) + HORIZON, self._page, latest))
            self._waiting.filled(rows, len(rows) < self._page, now)
            self._look_at = now + HORIZON / 2
        finally:
            late, self._late = self._late, None
            self._waiting.put(late, now)

    # What is sent.

    async def _carry(self, row: Outgoing, slot: Slot | None) -> None:
        chat = chat_of(row)
        try:
            outcome = await self._execute(row, slot)
        except RetryAfter as error:
            asked = error.retry_after
            self._try_again(row, asked.total_seconds() if isinstance(asked, timedelta) else float(asked))
        except Forbidden as error:
            self._unreachable(row, error)
        except BadRequest as error:
            if _says(error, _NO_CHAT):
                self._unreachable(row, error)
            else:
                self._drop(row, "refused", error)
        except TelegramError as error:
            log.info("send.failed action=%s error=%s", _action(row), type(error).__name__)
            self._try_again(row)
        except Exception as error:
            self._drop(row, "broken", error)
        else:
            self._succeeded(chat)
            self._done.append(outcome)
        self._wake.set()

    async def _execute(self, row: Outgoing, slot: Slot | None) -> _Outcome:
        match row.body["do"]:
            case "show":
                return await self._show(row, slot)
            case "remove":
                if slot is not None and slot.body.get("message") is not None:
                    await self._delete(row.body["chat"], [slot.body["message"]])
                return _Outcome(row, drop=_slot_of(row))
            case "delete":
                await self._delete(row.body["chat"], row.body["messages"])
                return _Outcome(row)
        raise ValueError

    async def _show(self, row: Outgoing, slot: Slot | None) -> _Outcome:
        body = row.body
        slot_id = bytes.fromhex(body["slot"])
        may_send = bool(body.get("own_act") or body.get("fresh"))
        content = {
            "chat_id": body["chat"],
            "text": body["text"],
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
            "reply_markup": {"inline_keyboard": body.get("buttons") or []},
        }
        message = slot.body.get("message") if slot is not None else None
        if message is not None:
            try:
                await self._transport.call("editMessageText", message_id=message, **content)
                return _Outcome(row)
            except BadRequest as error:
                if _says(error, _UNCHANGED):
                    return _Outcome(row)
                if not _says(error, *_GONE):
                    raise
        if not may_send:
            self.dropped["stale"] += 1
            return _Outcome(row, drop=slot_id)
        if not content["reply_markup"]["inline_keyboard"]:
            del content["reply_markup"]
        sent = await self._transport.call(
            "sendMessage",
            protect_content=bool(body.get("protect")),
            disable_notification=bool(body.get("silent")),
            **content,
        )
        case = bytes.fromhex(body["case"]) if body.get("case") else None
        held = slot or Slot(slot_id, case, {})
        now_holds = {"chat": body["chat"], "message": sent["message_id"], "sent": int(self._clock())}
        return _Outcome(row, save=replace(held, body={**held.body, **now_holds}))

    async def _delete(self, chat: int, messages: list[int]) -> None:
        """What is gone already, or too old to go, is done with."""
        for start in range(0, len(messages), 100):
            some = messages[start : start + 100]
            if len(some) > 1:
                try:
                    await self._transport.call("deleteMessages", chat_id=chat, message_ids=some)
                    continue
                except BadRequest as error:
                    if _says(error, _NO_CHAT):
                        raise
            for message in some:
                try:
                    await self._transport.call("deleteMessage", chat_id=chat, message_id=message)
                except BadRequest as error:
                    if _says(error, _NO_CHAT):
                        raise
                    if not _says(error, *_DELETED):
                        log.warning("send.dropped action=delete reason=refused error=BadRequest")
                        self.dropped["refused"] += 1

    # What came of it.

    def _unreachable(self, row: Outgoing, error: Exception) -> None:
        self._drop(row, "unreachable", error)
        self._done[-1] = replace(self._done[-1], unreachable=True)

    def _drop(self, row: Outgoing, reason: str, error: Exception) -> None:
        log.warning("send.dropped action=%s reason=%s error=%s", _action(row), reason, type(error).__name__)
        self.dropped[reason] += 1
        self._succeeded(chat_of(row))  # Telegram did answer
        self._done.append(_Outcome(row))

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
            await self._tell_unreachable()
            done, self._done = self._done, []
            if done:
                await self._store.write(partial(self._write, done, [], set()))
                for outcome in done:
                    self._waiting.release(outcome.row)
        self._stepped.set()


def _unreachable(tell: Callable[[Work, int], None], row: Outgoing, work: Work) -> None:
    tell(work, chat_of(row))
    work.settle([(row.id, row.turn)])


def _slot_of(row: Outgoing) -> bytes | None:
    slot = row.body.get("slot")
    with suppress(ValueError):
        return bytes.fromhex(slot) if isinstance(slot, str) else None
    return None


def _action(row: Outgoing) -> str:
    action = row.body.get("do")
    return action if action in ("show", "remove", "delete") else "unknown"


def _says(error: TelegramError, *phrases: str) -> bool:
    said = error.message.lower()
    return any(phrase in said for phrase in phrases)


def _backoff(failures: int) -> float:
    return float(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(failures - 1, 10)))
