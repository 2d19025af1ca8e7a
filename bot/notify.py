"""Tells the service manager that started us how we are, in the words of sd_notify(3). Where there is none, nobody."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot import logs

log = logs.named(__name__)
READY, ALIVE, STOPPING = "READY=1", "WATCHDOG=1", "STOPPING=1"
TAKEN_WITHIN = 1.0
"""Seconds: a manager that reads nothing must not hold us up."""


@dataclass(frozen=True)
class Manager:
    """``address``: empty if there is none. ``patience``: seconds without a word after which it ends us, if it does."""

    address: str = ""
    patience: float | None = None

    def tell(self, word: str) -> None:
        if not self.address:
            return
        # A name that begins with @ is in no folder.
        address = "\0" + self.address[1:] if self.address.startswith("@") else self.address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as way:
                way.settimeout(TAKEN_WITHIN)
                way.sendto(word.encode(), address)
        except OSError as error:
            log.warning("notify.failed", error=error)

    async def accompany(self, up: asyncio.Event, probe: Callable[[], Awaitable[None]]) -> None:
        """Until cancelled: ready once ``up``; then alive, as long as ``probe`` answers and the loop goes round."""
        await up.wait()
        self.tell(READY)
        if self.patience is None:
            await asyncio.Event().wait()
            return
        # A probe that takes as long as it may, and the rest before the next: together less than the patience.
        third = self.patience / 3
        while True:
            try:
                async with asyncio.timeout(third):
                    await probe()
            except Exception as error:
                log.warning("watchdog.withheld", error=error)
            else:
                self.tell(ALIVE)
            await asyncio.sleep(third)


NOBODY = Manager()


def manager(environ: Mapping[str, str]) -> Manager:
    """The one that the environment names."""
    watched = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    limit = environ.get("WATCHDOG_USEC", "") if watched else ""
    patience = int(limit) / 1_000_000 if limit.isdecimal() else 0.0
    return Manager(environ.get("NOTIFY_SOCKET", ""), patience or None)
