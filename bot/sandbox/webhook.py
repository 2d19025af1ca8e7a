"""Telegram's side of a webhook: brings updates to the bot, each chat's in order, and again until they are taken."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field

import aiohttp

from bot.sandbox.world import JSON, World

SECRET = "X-Telegram-Bot-Api-Secret-Token"
MAX_CONNECTIONS = 100
ANSWERED_WITHIN = 60.0
FIRST_DELAY, LONGEST_DELAY = 0.2, 2.0
"""Telegram's own are 1 and 60 to 120 seconds; tests have less time."""


class BadWebhook(ValueError):
    """With Telegram's words for why."""


@dataclass(frozen=True)
class Webhook:
    url: str = ""
    secret: str = ""
    connections: int = 40


def check(url: str, secret: str, connections: int) -> Webhook:
    """http only to this machine, as a local Bot API server takes it."""
    if url and not re.match(r"https://|http://(127\.0\.0\.1|localhost)[:/]", url):
        raise BadWebhook("bad webhook: An HTTPS URL must be provided for webhook")
    if len(secret) > 256:
        raise BadWebhook("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise BadWebhook("secret token contains unallowed characters")
    return Webhook(url, secret, min(max(connections, 1), MAX_CONNECTIONS))


@dataclass
class Postman:
    """``lost`` is how many of the bot's next answers Telegram will not hear; ``answers`` is what it heard."""

    world: World
    webhook: Webhook = field(default_factory=Webhook)
    lost: int = 0
    answers: list[int] = field(default_factory=list)
    failed: tuple[int, str] | None = None
    _delays: dict[int, float] = field(default_factory=dict)

    async def run(self) -> None:
        """Until cancelled."""
        under_way: dict[asyncio.Task[None], int] = {}
        connector = aiohttp.TCPConnector(limit=0)
        timeout = aiohttp.ClientTimeout(ANSWERED_WITHIN)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            try:
                while True:
                    change = self.world.change()
                    if self.webhook.url:
                        self._start(session, under_way)
                    news = asyncio.ensure_future(change.wait())
                    try:
                        await asyncio.wait({news, *under_way}, return_when=asyncio.FIRST_COMPLETED)
                    finally:
                        news.cancel()
                    under_way = {task: chat for task, chat in under_way.items() if not task.done()}
            finally:
                for task in under_way:
                    task.cancel()
                await asyncio.gather(*under_way, return_exceptions=True)

    def _start(self, session: aiohttp.ClientSession, under_way: dict[asyncio.Task[None], int]) -> None:
        busy = set(under_way.values())
        for update in self.world.pending():
            if len(under_way) >= self.webhook.connections:
                return
            chat = _chat(update)
            if chat not in busy:
                busy.add(chat)
                under_way[asyncio.create_task(self._deliver(session, update))] = chat

    async def _deliver(self, session: aiohttp.ClientSession, update: JSON) -> None:
        number = update["update_id"]
        headers = {SECRET: self.webhook.secret} if self.webhook.secret else {}
        status, wait, words = 0, None, "Connection refused"
        try:
            async with session.post(self.webhook.url, json=update, headers=headers) as response:
                status, wait = response.status, response.headers.get("Retry-After")
                words = f"Wrong response from the webhook: {status} {response.reason}"
        except (aiohttp.ClientError, TimeoutError, ConnectionError):
            pass
        if self.lost and status:
            self.lost -= 1
            status, wait, words = 0, None, "Webhook connection closed"
        self.answers.append(status)
        if 200 <= status < 300:
            self._delays.pop(number, None)
            self.world.confirm_one(update)
            return
        self.failed = int(self.world.clock().timestamp()), words
        delay = self._delays.get(number, FIRST_DELAY)
        self._delays[number] = min(delay * 2, LONGEST_DELAY)
        await asyncio.sleep(float(wait) if wait else delay)


def _chat(update: JSON) -> int:
    """The queue an update stands in: its person's; one without a person stands alone."""
    content = next((value for key, value in update.items() if key != "update_id" and isinstance(value, dict)), {})
    author = content.get("from")
    number = author.get("id") if isinstance(author, dict) else None
    return number if isinstance(number, int) else -int(update["update_id"])
