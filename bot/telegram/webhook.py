"""The way in that Telegram calls by itself, and where a machine asks whether the bot is well.

What a stranger can reach says nothing and reads nothing: answers have no body, a body is read only after the
secret, and nothing of either is logged.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aiohttp import web

from bot import logs
from bot.store.records import StoreError
from bot.telegram.updates import NO_UPDATE, Incoming, parse

log = logs.named(__name__)
SECRET = "X-Telegram-Bot-Api-Secret-Token"
LARGEST_BODY = 1024 * 1024
IN_HAND = 200
"""Updates under way at once; Telegram keeps the others."""
CONNECTIONS = 100
"""How many Telegram may bring at once: as many as it allows, because what comes together is committed together."""
BUSY, AWAY = "1", "3"
"""Seconds until Telegram tries again. Without this word it would wait longer each time, up to two minutes."""
BODY_WITHIN = 10.0
FINISH_WITHIN = 2.0
"""Seconds that a stop gives to what is in hand."""
PROBE_WITHIN = 2.0


class CannotListen(Exception):
    """The address is taken, or not one of this machine's."""

@dataclass(frozen=True)
class Hook:
    """What Telegram is told of the webhook."""

    url: str = field(repr=False)
    secret: str = field(repr=False)

    @property
    def path(self) -> str:
        return urlsplit(self.url).path or "/"


class Webhook:
    """Listens until cancelled. ``take`` returns once an update is committed; without a hook only health is told."""

    def __init__(
        self,
        listen: tuple[str, int],
        hook: Hook | None,
        take: Callable[[Incoming], Awaitable[None]],
        probe: Callable[[], Awaitable[None]],
        *,
        in_hand: int = IN_HAND,
    ) -> None:
        """``probe`` raises while the bot could not take anything in."""
        self._listen = listen
        self._hook = hook
        self._take = take
        self._probe = probe
        self._most = in_hand
        self._in_hand = 0
        self._probing: asyncio.Future[None] | None = None

    async def run(self) -> None:
        """Cancelled, it takes nothing new and gives what is in hand a little time."""
        await listen(self._listen, self._answer)

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        path = request.rel_url.raw_path
        try:
            if self._hook is not None and path == self._hook.path:
                return await self._delivered(request, self._hook)
            if path not in ("/healthz", "/readyz"):
                return _said(404)
            if request.method not in ("GET", "HEAD"):
                return _said(405, Allow="GET, HEAD")
            return _said(200 if path == "/healthz" or await self._ready() else 503)
        except Exception as error:
            log.error("webhook.failed", error=error)
            return _said(503, **{"Retry-After": AWAY})

    async def _delivered(self, request: web.BaseRequest, hook: Hook) -> web.Response:
        if request.method != "POST":
            return _said(405, Allow="POST")
        given = request.headers.get(SECRET, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, hook.secret.encode()):
            return _said(401)
        if (request.content_length or 0) > LARGEST_BODY:
            return _said(413)
        if self._in_hand >= self._most:
            return _said(503, **{"Retry-After": BUSY})
        self._in_hand += 1
        try:
            return await self._taken(request)
        finally:
            self._in_hand -= 1

    async def _taken(self, request: web.BaseRequest) -> web.Response:
        try:
            async with asyncio.timeout(BODY_WITHIN):
                body = await _read(request)
        except TimeoutError:
            return _said(408)
        if body is None:
            return _said(413)
        try:
            update = parse(json.loads(body))
        except (ValueError, RecursionError):
            return _said(400)
        if update.update_id == NO_UPDATE:
            return _said(400)
        try:
            await self._take(update)
        except StoreError as error:
            log.warning("webhook.refused", error=error)
            return _said(503, **{"Retry-After": AWAY})
        return _said(200)

    async def _ready(self) -> bool:
        """However many ask, the database is asked once at a time."""
        if self._probing is None or self._probing.done():
            self._probing = asyncio.ensure_future(self._probe())
        done, _ = await asyncio.wait([self._probing], timeout=PROBE_WITHIN)
        return bool(done) and self._probing.exception() is None


async def listen(where: tuple[str, int], answer: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]) -> None:
    """Until cancelled."""
    # The server's own complaints quote what strangers send.
    silent = logging.Logger("silent", logging.CRITICAL + 1)
    server = web.Server(answer, access_log=None, logger=silent, lingering_time=1.0)
    runner = web.ServerRunner(server, shutdown_timeout=FINISH_WITHIN)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, *where).start()
        except OSError as error:
            raise CannotListen((error.strerror or "no reason given").lower()) from None
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


async def _read(request: web.BaseRequest) -> bytes | None:
    """The body; None if it is too large, however it is packed and whatever its header says."""
    body = bytearray()
    async for piece in request.content.iter_any():
        body += piece
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)


def _said(status: int, **headers: str) -> web.Response:
    return web.Response(status=status, headers=headers)
