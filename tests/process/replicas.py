"""Several `qorgan run` over one database, and the door in front of them that people's web servers stand for."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import aiohttp
from aiohttp import web

from bot.sandbox import Sandbox
from tests.ports import free_port
from tests.process.conftest import Home
from tests.process.zygote import Process

SECRET = "quiet_words-7"


@dataclass
class Replica:
    """One of them; ``output`` is where it alone says what it does."""

    home: Home
    listen: str
    process: Process

    @property
    def leads(self) -> bool:
        said = self.home.output.read_text()
        return said.rfind("lead.won") > said.rfind("lead.lost")


@dataclass
class Door:
    """Passes on what Telegram brings: to one replica after the other, and to the next where one does not answer."""

    home: Home
    sandbox: Sandbox
    port: int = field(default_factory=free_port)
    replicas: list[Replica] = field(default_factory=list)
    _turn: itertools.count[int] = field(default_factory=itertools.count)

    @property
    def settings(self) -> dict[str, str]:
        return {
            "QORGAN_API_URL": self.sandbox.url,
            "QORGAN_WEBHOOK_URL": f"http://127.0.0.1:{self.port}/way-in",
            "QORGAN_WEBHOOK_SECRET": SECRET,
        }

    def begin(self) -> Replica:
        """One more."""
        number, listen = len(self.home.running), f"127.0.0.1:{free_port()}"
        own = replace(self.home, output=self.home.output.with_name(f"replica-{number}"))
        own.output.touch()
        replica = Replica(own, listen, own.begin("run", QORGAN_WEBHOOK_LISTEN=listen, **self.settings))
        self.replicas.append(replica)
        return replica

    async def leader(self, within: float = 15) -> Replica:
        async with asyncio.timeout(within):
            while True:
                for replica in self.replicas:
                    if replica.leads and replica.process.poll() is None:
                        return replica
                await asyncio.sleep(0.05)

    async def ready(self, replica: Replica) -> None:
        """Until it takes updates in."""
        async with asyncio.timeout(15), aiohttp.ClientSession() as session:
            while True:
                try:
                    async with session.get(f"http://{replica.listen}/readyz") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.05)

    async def deliver(self, session: aiohttp.ClientSession, replica: Replica, body: bytes) -> int:
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        async with session.post(f"http://{replica.listen}/way-in", data=body, headers=headers) as answer:
            return answer.status

    async def _pass(self, session: aiohttp.ClientSession, request: web.BaseRequest) -> web.Response:
        body, turn = await request.read(), next(self._turn)
        living = [replica for replica in self.replicas if replica.process.poll() is None]
        for step in range(len(living)):
            try:
                return web.Response(status=await self.deliver(session, living[(turn + step) % len(living)], body))
            except aiohttp.ClientError:
                continue
        return web.Response(status=502)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Door]:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

            async def answer(request: web.BaseRequest) -> web.Response:
                return await self._pass(session, request)

            runner = web.ServerRunner(web.Server(answer, access_log=None), shutdown_timeout=0.2)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", self.port).start()
            try:
                yield self
            finally:
                await runner.cleanup()
