"""The lead: of several processes over one database one polls, sends and keeps the house; the others stand by.

Whoever lets it run out has stopped: it takes nothing up and sends nothing more, however late it learns of that.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from bot import logs
from bot.store.records import StoreError
from bot.store.store import Store
from bot.telegram.transport import uptime

log = logs.named(__name__)
LASTS, RENEWED_EVERY, TRIED_EVERY = 6.0, 2.0, 1.0
"""Seconds: a dead process's work is taken over within the first and the last of them together; on its own machine
at once."""


class Lead:
    """``ticks``: seconds that go on whatever the clock is set to."""

    def __init__(self, store: Store, ticks: Callable[[], float] = uptime) -> None:
        self._store = store
        self._ticks = ticks
        self._holder = identity()
        self._until = float("-inf")
        self.known = asyncio.Event()
        """Set once it is known whether this process leads or stands by."""

    def held(self) -> bool:
        """Whether this process may act on it at this moment."""
        return self._ticks() < self._until

    async def won(self) -> None:
        """Returns once it is ours."""
        while not await self._tried():
            await asyncio.sleep(TRIED_EVERY)

    async def lost(self) -> None:
        """Renews it; returns once another process has it. While the database is away nobody else gets it, either."""
        while True:
            await asyncio.sleep(RENEWED_EVERY)
            if await self._tried() is False:
                return

    async def give_up(self) -> None:
        """Another process need not wait until it ends."""
        self._until = float("-inf")
        with suppress(StoreError):
            await self._store.write(lambda work: work.give_up_lead(self._holder), beside=True)

    async def _tried(self) -> bool | None:
        """None if the database could not be asked."""
        try:
            return await self._take()
        except Exception as error:
            log.warning("lead.failed", error=error)
            return None

    async def _take(self) -> bool:
        asked = self._ticks()
        taken = await self._store.write(lambda work: work.take_lead(self._holder, LASTS, gone), beside=True)
        self._until = asked + LASTS if taken else float("-inf")
        self.known.set()
        return taken


def identity() -> bytes:
    """This process among all: 8 bytes of its machine, 4 of its number there, 4 of its start. Else 16 at random."""
    own = os.getpid()
    return _machine() + own.to_bytes(4, "big") + (_start(own) or secrets.token_bytes(4))


def gone(holder: bytes) -> bool:
    """Whether this was a process of this machine, and runs no more."""
    number = int.from_bytes(holder[8:12], "big")
    return holder[:8] == _machine() and number > 0 and _ended(number, holder[12:])


def _ended(process: int, start: bytes) -> bool:
    """What can't be seen need not be gone: a machine may hide the files of who lets nobody look in."""
    found = _start(process)
    if found is not None:
        return found != start
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return False


def _machine() -> bytes:
    """Since its start, and as processes see each other: containers of one machine are several."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_bytes()
        return hashlib.sha256(boot + os.readlink("/proc/self/ns/pid").encode()).digest()[:8]
    except OSError:
        return secrets.token_bytes(8)


def _start(process: int) -> bytes | None:
    """When it began, since the machine did; nothing if it runs no more; None if there is none to be seen."""
    try:
        fields = Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return None
    return b"" if fields[0] in (b"Z", b"X") else (int(fields[19]) % 2**32).to_bytes(4, "big")
