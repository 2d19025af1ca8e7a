"""How fast we may send: token buckets for the bot and for each chat, and the pauses Telegram asks for."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

_PRUNE_FROM = 1024  # chats remembered before the rested ones are forgotten


@dataclass
class _Bucket:
    tokens: float
    filled: float  # when `tokens` was true
    until: float = 0.0  # no sending before


class Limits:
    """A rate of 0 or less means no limit. The clock counts seconds and must not jump (time.monotonic)."""

    def __init__(
        self,
        send_rate: float,
        chat_rate: float,
        clock: Callable[[], float] = time.monotonic,
        *,
        burst: int = 3,
    ) -> None:
        self._send_rate = send_rate
        self._chat_rate = chat_rate
        self._clock = clock
        self._burst = float(burst)
        # Telegram counts its 30 a second itself: a large reserve would be spent on top of them.
        self._reserve = max(1.0, send_rate / 5)
        self._all = _Bucket(self._reserve, clock())
        self._chats: dict[int, _Bucket] = {}
        self._prune_at = _PRUNE_FROM

    def __len__(self) -> int:
        """Chats remembered."""
        return len(self._chats)

    def pause(self, *, counted: bool = True) -> float:
        """Seconds until anything may be sent. What is not `counted` (deletions) waits for penalties only."""
        return self._pause(self._all, self._send_rate, self._reserve, counted)

    def chat_pause(self, chat: int, *, counted: bool = True) -> float:
        """Seconds until this chat may get something, the overall limit left aside."""
        bucket = self._chats.get(chat)
        return 0.0 if bucket is None else self._pause(bucket, self._chat_rate, self._burst, counted)

    def take(self, chat: int) -> None:
        """One message is being sent to this chat."""
        self._fill(self._all, self._send_rate, self._reserve)
        self._all.tokens -= 1
        bucket = self._bucket(chat)
        self._fill(bucket, self._chat_rate, self._burst)
        bucket.tokens -= 1

    def penalise(self, chat: int, seconds: float) -> None:
        """Nothing goes to this chat for so long."""
        bucket = self._bucket(chat)
        bucket.until = max(bucket.until, self._clock() + seconds)

    def penalise_all(self, seconds: float) -> None:
        self._all.until = max(self._all.until, self._clock() + seconds)

    def _pause(self, bucket: _Bucket, rate: float, full: float, counted: bool) -> float:
        self._fill(bucket, rate, full)
        pause = max(0.0, bucket.until - self._clock())
        if counted and rate > 0 and bucket.tokens < 1:
            pause = max(pause, (1 - bucket.tokens) / rate)
        return pause

    def _fill(self, bucket: _Bucket, rate: float, full: float) -> None:
        now = self._clock()
        if rate <= 0:
            bucket.tokens = full
        else:
            # A hair more than exact, so that whoever waited the pause asked for is not told to wait 1e-16 s.
            bucket.tokens = min(full, bucket.tokens + max(0.0, now - bucket.filled) * rate + 1e-9)
        bucket.filled = now

    def _bucket(self, chat: int) -> _Bucket:
        bucket = self._chats.get(chat)
        if bucket is None:
            if len(self._chats) >= self._prune_at:
                self._prune()
            bucket = self._chats[chat] = _Bucket(self._burst, self._clock())
        return bucket

    def _prune(self) -> None:
        """A chat with a full bucket and no penalty is as good as one never seen."""
        now = self._clock()
        for chat, bucket in list(self._chats.items()):
            self._fill(bucket, self._chat_rate, self._burst)
            if bucket.tokens >= self._burst and bucket.until <= now:
                del self._chats[chat]
        self._prune_at = max(_PRUNE_FROM, 2 * len(self._chats))
