"""The page's HTTP face: one address with a key in it, on this machine alone."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from bot import languages
from bot.demo import disk, words
from bot.demo.stage import Nonsense, Stage
from bot.demo.view import JSON

HOST = "127.0.0.1"
WEB = Path(__file__).parent / "web"
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}
LARGEST = 64 * 1024
SOON, SELDOM, SILENT = 0.05, 0.25, 15.0
"""Seconds: between two states at least, between two looks at what changes by itself, between two signs of life."""
SHORTEST = 5
"""Bytes of what is searched for: less stands by chance in what is random."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Page:
    def __init__(self, stage: Stage, data: Path) -> None:
        self._stage = stage
        self._data = data
        self._key = secrets.token_urlsafe(24)
        self._runner: web.AppRunner | None = None
        self._hosts: frozenset[str] = frozenset()

    async def start(self, port: int) -> str:
        """Listen, and return the one address there is. OSError where the port is another program's."""
        app = web.Application(client_max_size=LARGEST, middlewares=[self._guard])
        app.on_response_prepare.append(_dress)
        at = f"/{self._key}/"
        app.router.add_get(at, _static)
        app.router.add_get(f"{at}web/{{name}}", _static)
        app.router.add_get(f"{at}texts/{{code}}", _texts)
        app.router.add_get(f"{at}languages", _languages)
        app.router.add_get(f"{at}events", self._events)
        app.router.add_get(f"{at}disk", self._disk)
        app.router.add_post(f"{at}search", self._search)
        app.router.add_post(f"{at}do", self._do)
        app.router.add_get(f"{at}file/{{account:[0-9]+}}/{{message:[0-9]+}}", self._file)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, port).start()
        bound = self._runner.addresses[0][1]
        self._hosts = frozenset({f"{HOST}:{bound}", f"localhost:{bound}"})
        return f"http://{HOST}:{bound}{at}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """A page of another origin, or a name that somebody has made point here, gets nothing and does nothing."""
        own = f"http://{request.host}"
        if request.host not in self._hosts or request.headers.get("Origin", own) != own:
            raise web.HTTPForbidden
        return await handler(request)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        shown, spoken = "", time.monotonic()
        try:
            while True:
                change = self._stage.change()
                state = await self._stage.state()
                compared = json.dumps(state | {"now": None})
                if compared != shown:
                    await response.write(f"event: state\ndata: {json.dumps(state)}\n\n".encode())
                    shown, spoken = compared, time.monotonic()
                elif time.monotonic() - spoken >= SILENT:
                    await response.write(b": still here\n\n")
                    spoken = time.monotonic()
                await asyncio.sleep(SOON)
                with suppress(TimeoutError):
                    await asyncio.wait_for(change.wait(), SELDOM)
        except ConnectionResetError:
            return response

    async def _disk(self, request: web.Request) -> web.Response:
        return web.json_response(await asyncio.to_thread(disk.listed, self._data))

    async def _search(self, request: web.Request) -> web.Response:
        sought = (await _asked(request)).get("words")
        if not isinstance(sought, str) or len(sought.strip().encode("utf-8", "replace")) < SHORTEST:
            raise _bad("search for something longer")
        return web.json_response(await asyncio.to_thread(disk.search, self._data, sought.strip()))

    async def _do(self, request: web.Request) -> web.Response:
        try:
            await self._stage.do(await _asked(request))
        except Nonsense as why:
            raise _bad(str(why)) from None
        return web.Response(status=204)

    async def _file(self, request: web.Request) -> web.Response:
        try:
            account = self._stage.account(int(request.match_info["account"]))
            number = int(request.match_info["message"])
            message = next(one for one in account.messages() if one.id == number)
            content = account.download(message)
        except (Nonsense, StopIteration, LookupError):
            raise web.HTTPNotFound from None
        name = quote(message.extra["document"]["file_name"])
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
        return web.Response(body=content, content_type="application/octet-stream", headers=headers)


async def _dress(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)


async def _static(request: web.Request) -> web.Response:
    name = request.match_info.get("name", "index.html")
    file = WEB / name
    if not re.fullmatch(r"[a-z0-9_-]+(\.[a-z]+)+", name) or file.suffix not in TYPES or not file.is_file():
        raise web.HTTPNotFound
    return web.Response(body=file.read_bytes(), content_type=TYPES[file.suffix], charset="utf-8")


async def _texts(request: web.Request) -> web.Response:
    language = languages.load().get(request.match_info["code"])
    if language is None:
        raise web.HTTPNotFound
    # As they stand in the catalogue: the page fills their placeholders itself.
    said = language.translations.gettext
    return web.json_response({name: said(word.message) for name, word in words.WORDS.items()})


async def _languages(request: web.Request) -> web.Response:
    return web.json_response([{"code": one.code, "name": one.name} for one in languages.load().values()])


async def _asked(request: web.Request) -> JSON:
    """Only as JSON, which no form of another page can send."""
    if request.content_type != "application/json":
        raise _bad("ask in JSON")
    try:
        asked = json.loads(await request.read())
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        raise _bad("ask in JSON")
    return asked


def _bad(why: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=json.dumps({"error": why}), content_type="application/json")
