"""Brings updates to webhooks as lean as can be: to one address after the other, each person's in their order."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque

SECRET = "quiet_words-7"
PATH = "/way-in"
AGAIN_AFTER = 1.0


class Webhooks:
    """An update is done when an address has answered 200; until then the person's next one waits behind it."""

    def __init__(self, ports: list[int]) -> None:
        self.refused = 0
        self._turn = itertools.cycle(ports)
        self._behind: dict[int, deque[bytes]] = {}
        self._free: dict[int, list[Delivery]] = {port: [] for port in ports}
        self._wires: set[Delivery] = set()
        self._opening: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return sum(map(len, self._behind.values()))

    def bring(self, person: int, update: bytes) -> None:
        behind = self._behind.setdefault(person, deque())
        behind.append(update)
        if len(behind) == 1:
            self._send(person)

    def close(self) -> None:
        self._behind.clear()
        for wire in self._wires:
            wire.close()

    def _send(self, person: int) -> None:
        if person not in self._behind:
            return
        port = next(self._turn)
        if self._free[port]:
            self._free[port].pop().post(person, self._behind[person][0])
        else:
            opening = asyncio.ensure_future(self._open(port, person))
            self._opening.add(opening)
            opening.add_done_callback(self._opening.discard)

    async def _open(self, port: int, person: int) -> None:
        try:
            _, wire = await asyncio.get_running_loop().create_connection(
                lambda: Delivery(self, port), "127.0.0.1", port
            )
        except OSError:
            self.answered(person, 0)
            return
        self._wires.add(wire)
        if person in self._behind:
            wire.post(person, self._behind[person][0])

    def answered(self, person: int, status: int) -> None:
        """``status``: 0 where the connection was lost."""
        if status != 200:
            self.refused += 1
            asyncio.get_running_loop().call_later(AGAIN_AFTER, self._send, person)
            return
        self._behind[person].popleft()
        if self._behind[person]:
            self._send(person)
        else:
            del self._behind[person]

    def freed(self, wire: Delivery) -> None:
        self._free[wire.port].append(wire)

    def lost(self, wire: Delivery) -> None:
        self._wires.discard(wire)
        if wire in self._free[wire.port]:
            self._free[wire.port].remove(wire)


class Delivery(asyncio.Protocol):
    """One connection, one update at a time."""

    def __init__(self, webhooks: Webhooks, port: int) -> None:
        self.port = port
        self._webhooks = webhooks
        self._person: int | None = None
        self._read = b""
        self._transport: asyncio.Transport | None = None
        self._head = (
            f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Telegram-Bot-Api-Secret-Token: {SECRET}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def post(self, person: int, update: bytes) -> None:
        assert self._transport is not None
        self._person = person
        self._transport.write(self._head + b"%d\r\n\r\n" % len(update) + update)

    def data_received(self, data: bytes) -> None:
        self._read += data
        end = self._read.find(b"\r\n\r\n")
        if end < 0 or self._person is None:
            return
        head = self._read[:end].decode("latin-1").lower()
        fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
        if len(self._read) < end + 4 + int(fields.get("content-length", 0)):
            return
        person, self._person, self._read = self._person, None, b""
        self._webhooks.freed(self)
        self._webhooks.answered(person, int(head.split(" ", 2)[1]))

    def connection_lost(self, error: Exception | None) -> None:
        self._webhooks.lost(self)
        if self._person is not None:
            self._webhooks.answered(self._person, 0)

    def close(self) -> None:
        self._person = None
        if self._transport is not None:
            self._transport.close()
