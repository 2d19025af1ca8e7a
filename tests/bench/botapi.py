"""A Bot API as lean as it can be, so that what is measured is the bot: the sandbox costs more than most bots.

It answers every call as Telegram would where all goes well, echoing text and buttons, and keeps nothing.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from tests.bench.webhooks import Webhooks

TOKEN = "7000000001:SANDBOX-0000000000-0000000000-00000"
BOT = {"id": 7_000_000_001, "is_bot": True, "first_name": "Bench", "username": "bench_bot"}
SHOWS = ("sendMessage", "editMessageText")
AT_ONCE = 100

Shown = Callable[[int, int, str, str], None]
"""Chat, message, its text and its buttons as JSON."""


@dataclass
class Bucket:
    """What Telegram lets through: ``rate`` a second, ``most`` at once."""

    rate: float
    most: float
    left: float
    filled: float = field(default_factory=time.monotonic)

    def wait(self) -> float:
        """Seconds until one more is let through; it is taken when that is 0."""
        now = time.monotonic()
        self.left = min(self.most, self.left + (now - self.filled) * self.rate)
        self.filled = now
        if self.left < 1:
            return (1 - self.left) / self.rate
        self.left -= 1
        return 0.0


class BotApi:
    """One bot's Telegram on a local port. ``limited``: 30 messages a second overall, one a second in a chat.

    ``webhooks``: where updates are brought to, if they are not asked for.
    """

    def __init__(self, shown: Shown) -> None:
        self.calls: Counter[str] = Counter()
        self.refused = 0
        self.polled = asyncio.Event()
        self.limited = False
        self.webhooks: Webhooks | None = None
        self.url = ""
        self._shown = shown
        self._hook = ""
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._poll: tuple[Wire, int] | None = None
        self._polls = 0
        self._updates = 1000
        self._messages = 1000
        self._all = Bucket(30, 30, 30)
        self._chats: dict[int, Bucket] = {}
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> BotApi:
        self._server = await asyncio.get_running_loop().create_server(lambda: Wire(self), "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        if self.webhooks is not None:
            self.webhooks.close()

    @property
    def shows(self) -> int:
        """Messages and edits asked for, those refused among them."""
        return sum(self.calls[method] for method in SHOWS)

    @property
    def unconfirmed(self) -> int:
        """Updates that the bot has not yet taken over."""
        return len(self._waiting) if self.webhooks is None else len(self.webhooks)

    def write(self, user: int, text: str) -> None:
        self._messages += 1
        entities = [{"type": "bot_command", "offset": 0, "length": len(text)}] if text.startswith("/") else []
        message = {"message_id": self._messages, "from": person(user), "chat": chat(user), "date": int(time.time())}
        self._add(user, {"message": message | {"text": text} | ({"entities": entities} if entities else {})})

    def press(self, user: int, message_id: int, data: str) -> None:
        self._messages += 1
        held = {"message_id": message_id, "from": BOT, "chat": chat(user), "date": int(time.time()), "text": "…"}
        query = {"id": str(self._messages), "from": person(user), "message": held, "chat_instance": "1", "data": data}
        self._add(user, {"callback_query": query})

    def _add(self, user: int, update: dict[str, Any]) -> None:
        self._updates += 1
        raw = json.dumps({"update_id": self._updates} | update).encode()
        if self.webhooks is not None:
            self.webhooks.bring(user, raw)
            return
        self._waiting.append((self._updates, raw))
        if self._poll is not None:
            wire, number = self._poll
            asyncio.get_running_loop().call_soon(self._deliver, wire, number)

    def call(self, wire: Wire, method: str, given: dict[str, Any]) -> None:
        if method == "getUpdates":
            self.polled.set()
            while self._waiting and self._waiting[0][0] < int(given.get("offset") or 0):
                self._waiting.popleft()
            self._polls += 1
            self._poll = wire, self._polls
            if self._waiting:
                self._deliver(*self._poll)
            else:
                later = float(given.get("timeout") or 0)
                asyncio.get_running_loop().call_later(later, self._deliver, wire, self._polls)
            return
        self.calls[method] += 1
        if method in SHOWS:
            self._show(wire, given)
            return
        if method == "setWebhook":
            self._hook = str(given["url"])
        told = {"getMe": BOT, "getWebhookInfo": {"url": self._hook}}
        wire.answer(json.dumps({"ok": True, "result": told.get(method, True)}).encode())

    def _deliver(self, wire: Wire, number: int) -> None:
        if self._poll == (wire, number):
            self._poll = None
            some = [raw for _, raw in list(self._waiting)[:AT_ONCE]]
            wire.answer(b'{"ok":true,"result":[' + b",".join(some) + b"]}")

    def _show(self, wire: Wire, given: dict[str, Any]) -> None:
        to = int(given["chat_id"])
        wait = self._wait(to) if self.limited else 0.0
        if wait:
            self.refused += 1
            body = {"ok": False, "error_code": 429, "description": "Too Many Requests: retry later"}
            wire.answer(json.dumps(body | {"parameters": {"retry_after": max(1, round(wait))}}).encode(), 429)
            return
        self._messages += 1
        message_id = int(given.get("message_id") or self._messages)
        markup = given.get("reply_markup") or {}
        buttons = markup if isinstance(markup, str) else json.dumps(markup)
        message = {"message_id": message_id, "from": BOT, "chat": chat(to), "date": int(time.time())}
        message |= {"text": given["text"], "reply_markup": json.loads(buttons)}
        self._shown(to, message_id, given["text"], buttons)
        wire.answer(json.dumps({"ok": True, "result": message}).encode())

    def _wait(self, to: int) -> float:
        """The chat is asked first: what it refuses is not counted overall."""
        one = self._chats.setdefault(to, Bucket(1, 4, 4))
        return one.wait() or self._all.wait()


class Wire(asyncio.Protocol):
    """One connection: a request after the other, bodies with their length."""

    def __init__(self, api: BotApi) -> None:
        self._api = api
        self._read = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        while (end := self._read.find(b"\r\n\r\n")) >= 0:
            head = self._read[:end].decode("latin-1")
            fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:])
            whole = end + 4 + int(fields.get("content-length", 0))
            if len(self._read) < whole:
                return
            body, self._read = self._read[end + 4 : whole], self._read[whole:]
            method = head.split(" ", 2)[1].rpartition("/")[2]
            self._api.call(self, method, _given(body, fields.get("content-type", "")))

    def answer(self, body: bytes, status: int = 200) -> None:
        if self._transport is not None and not self._transport.is_closing():
            head = f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            self._transport.write(head.encode() + body)


def _given(body: bytes, kind: str) -> dict[str, Any]:
    if not body:
        return {}
    return dict(json.loads(body)) if "json" in kind else dict(parse_qsl(body.decode()))


def chat(user: int) -> dict[str, Any]:
    return {"id": user, "type": "private", "first_name": "Ivan"}


def person(user: int) -> dict[str, Any]:
    return {"id": user, "is_bot": False, "first_name": "Ivan", "language_code": "ru"}
