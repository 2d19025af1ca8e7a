"""The HTTP face of the little world: `/bot<token>/<method>` on a local port."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter, deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web

from bot.sandbox.account import Account
from bot.sandbox.api import Api, Params, Refused, bad
from bot.sandbox.faults import CONFLICT, HOOKED, Drop, Fault
from bot.sandbox.files import LARGEST_UPLOAD
from bot.sandbox.webhook import Postman
from bot.sandbox.world import JSON, Clock, Person, World

TOKEN = "7000000001:SANDBOX-0000000000-0000000000-00000"
MAX_POLL = 50


@dataclass(frozen=True)
class Call:
    """One request as it ended. `at` is the sandbox clock, `when` a monotonic one for measuring."""

    method: str
    chat: int | None
    ok: bool
    at: datetime
    error: str | None
    when: float
    params: Mapping[str, Any] = field(repr=False, default_factory=dict)


class Sandbox:
    """Keeps its world from one start to the next: stop and start again to be a Telegram that was away."""

    def __init__(self, token: str = TOKEN, clock: Clock | None = None, username: str = "sandbox_bot") -> None:
        self.token = token
        self.revoked = False
        bot_id = token.partition(":")[0]
        bot = {
            "id": int(bot_id) if bot_id.isdecimal() else 7_000_000_001,
            "is_bot": True,
            "first_name": "Sandbox",
            "username": username,
        }
        self.world = World(bot, clock)
        self.api = Api(self.world)
        self.url = ""
        self.calls: list[Call] = []
        self.polls: deque[Call] = deque(maxlen=1000)
        self._faults: list[Fault] = []
        self._busy = 0
        self._runner: web.AppRunner | None = None
        self._poll = asyncio.Event()
        self._delivering: asyncio.Task[None] | None = None
        self._accounts: dict[int, Account] = {}
        self._others: dict[str, Sandbox] = {}

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> str:
        """Listen, and return the base address the bot is given."""
        app = web.Application(client_max_size=LARGEST_UPLOAD)
        app.router.add_route("*", "/bot{token}/{method}", self._answer)
        app.router.add_get("/file/bot{token}/{path:.+}", self._give)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        bound = self._runner.addresses[0][1]
        self.url = f"http://{host}:{bound}"
        self._delivering = asyncio.create_task(self.api.postman.run())
        return self.url

    async def stop(self) -> None:
        self._poll.set()
        if self._delivering is not None:
            self._delivering.cancel()
            await asyncio.gather(self._delivering, return_exceptions=True)
            self._delivering = None
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Sandbox:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def beside(self, token: str, username: str) -> Sandbox:
        """Another bot at the same address, with chats of its own; it is not started."""
        other = self._others[token] = Sandbox(token, self.world.clock, username)
        other.url = self.url
        return other

    def revoke(self) -> None:
        """Telegram removes the bot: whoever asks with its token is told that there is none."""
        self.revoked = True
        self.world.touch()

    def user(
        self,
        id: int,
        first_name: str = "Aigul",
        language_code: str | None = "ru",
        username: str | None = None,
    ) -> Account:
        """A person with Telegram; the same id gives the same account."""
        if id not in self._accounts:
            person = Person(id, first_name, language_code, username)
            self.world.people[id] = person
            self._accounts[id] = Account(self.world, self.api.profile, person)
        return self._accounts[id]

    def fail(
        self,
        method: str = "*",
        *,
        times: int | None = 1,
        status: int | None = None,
        description: str | None = None,
        retry_after: int | None = None,
        chat: int | None = None,
        drop: Drop | None = None,
        latency: float = 0.0,
    ) -> Fault:
        """The next `times` calls meet this fault; without status, retry_after and drop it only slows them."""
        fault = Fault(method, times, status, description, retry_after, chat, drop, latency)
        self._faults.append(fault)
        return fault

    def heal(self) -> None:
        self._faults.clear()

    def redeliver(self, update: JSON) -> None:
        """Send an update the bot has confirmed once more, as Telegram does after a crash."""
        self.world.again(update)

    @property
    def postman(self) -> Postman:
        """Who brings updates to the bot's webhook."""
        return self.api.postman

    def count(self, chat: int | None = None) -> Counter[str]:
        """Calls by method, of one chat or of all; getUpdates is never among them."""
        return Counter(call.method for call in self.calls if chat is None or call.chat == chat)

    async def settled(self, quiet: float = 0.1, timeout: float = 15.0) -> None:
        """Until the bot has confirmed every update and then said nothing for `quiet` seconds."""
        async with asyncio.timeout(timeout):
            while True:
                change = self.world.change()
                try:
                    await asyncio.wait_for(change.wait(), quiet)
                except TimeoutError:
                    if not self.world.owed() and not self._busy:
                        return
                    await change.wait()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        token = request.match_info["token"]
        if token in self._others:
            return await self._others[token]._answer(request)
        if token != self.token or self.revoked:
            return _reply(_unknown())
        method = request.match_info["method"]
        if method.lower() == "getupdates":
            return await self._serve(request, method)
        self._busy += 1
        try:
            return await self._serve(request, method)
        finally:
            self._busy -= 1

    async def _give(self, request: web.Request) -> web.Response:
        """A file, by the path that getFile gave."""
        if request.match_info["token"] != self.token or self.revoked:
            return _reply(_unknown())
        file = self.world.files.at(request.match_info["path"])
        return _reply(Refused(404, "Not Found")) if file is None else web.Response(body=file.content)

    async def _serve(self, request: web.Request, method: str) -> web.StreamResponse:
        given: Mapping[str, Any] = {}
        chat: int | None = None
        refusal: Refused | None = None
        try:
            given = await _read(request)
            params = Params(given)
            chat = self._chat(params)
            fault = next((one for one in self._faults if one.meets(method, chat)), None)
            if fault is None:
                response = _reply(await self._execute(request, method, params))
            else:
                fault.hits += 1
                response = await self._trouble(fault, request, method, params)
        except Refused as error:
            refusal = error
            response = _reply(error)
        except _Dropped as dropped:
            refusal = Refused(0, str(dropped))
            response = web.Response()
        self._log(method, chat, refusal, given)
        return response

    async def _trouble(self, fault: Fault, request: web.Request, method: str, params: Params) -> web.Response:
        if fault.latency:
            await asyncio.sleep(fault.latency)
        if fault.drop is None:
            if fault.refusal is not None:
                raise Refused(*fault.refusal, fault.wait)
            return _reply(await self._execute(request, method, params))
        if fault.drop == "after":
            with suppress(Refused):
                await self._execute(request, method, params)
        if request.transport is not None:
            request.transport.abort()
        raise _Dropped(f"connection dropped {fault.drop} executing")

    async def _execute(self, request: web.Request, method: str, params: Params) -> Any:
        if method.lower() == "getupdates":
            return await self._get_updates(request, params)
        if not self.api.knows(method):
            raise Refused(404, "Not Found")
        return self.api.call(method, params)

    async def _get_updates(self, request: web.Request, params: Params) -> list[JSON]:
        self._poll.set()
        ended = self._poll = asyncio.Event()
        allowed = params.value("allowed_updates")
        if isinstance(allowed, list):
            self.world.allowed = tuple(str(kind) for kind in allowed)
        self.world.confirm(params.number("offset") or 0)
        limit = min(max(params.number("limit") or 100, 1), 100)
        until = time.monotonic() + min(max(params.number("timeout") or 0, 0), MAX_POLL)
        while True:
            if request.transport is None:
                raise _Dropped("connection closed by the bot")
            if self.revoked:
                raise _unknown()
            if self.postman.webhook.url:
                raise Refused(409, HOOKED)
            change = self.world.change()
            batch = self.world.take(limit)
            left = until - time.monotonic()
            if batch or left <= 0:
                return batch
            waits = {asyncio.ensure_future(one.wait()) for one in (change, ended)}
            try:
                await asyncio.wait(waits, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
            if ended.is_set():
                raise Refused(409, CONFLICT)

    def _chat(self, params: Params) -> int | None:
        query = self.world.queries.get(params.text("callback_query_id"))
        return query.chat if query else params.number("chat_id")

    def _log(self, method: str, chat: int | None, refusal: Refused | None, given: Mapping[str, Any]) -> None:
        error = refusal.description if refusal else None
        call = Call(method, chat, refusal is None, self.world.clock(), error, time.monotonic(), given)
        if method.lower() == "getupdates":
            self.polls.append(call)
        else:
            self.calls.append(call)
            self.world.touch()


class _Dropped(Exception):
    """The connection is gone; nobody reads the answer."""


async def _read(request: web.Request) -> Mapping[str, Any]:
    given: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.read() or b"{}")
        except ValueError:
            raise bad("can't parse JSON object") from None
        if not isinstance(body, dict):
            raise bad("object expected as request body")
        return given | body
    for name, value in (await request.post()).items():
        given[name] = (value.filename, value.file.read()) if isinstance(value, web.FileField) else value
    return given


def _unknown() -> Refused:
    return Refused(401, "Unauthorized")


def _reply(answer: Any) -> web.Response:
    if not isinstance(answer, Refused):
        return web.json_response({"ok": True, "result": answer})
    body: JSON = {"ok": False, "error_code": answer.status, "description": answer.description}
    if answer.retry_after is not None:
        body["parameters"] = {"retry_after": answer.retry_after}
    return web.json_response(body, status=answer.status)
