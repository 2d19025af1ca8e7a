"""Telegram does not know the bot any more: it was removed, or its token was revoked. It says so to whom it asks only.

The program stays and asks again, because Telegram has taken such an answer back, and because a program that ends is
started again at once by whatever keeps it running. Meanwhile the log and the pager are the only ways out.
"""

from __future__ import annotations

import asyncio
import time

from bot import logs
from bot.store.records import StoreError
from bot.store.store import Store
from bot.telegram.pager import Pager
from bot.telegram.profile import BOT, NAME

log = logs.named(__name__)
ASKED_EVERY, PAGED_EVERY = 60.0, 600.0


class Removal:
    """``known`` is set once Telegram has said so. ``every``: seconds until it is asked again."""

    def __init__(self, store: Store, pager: Pager | None, every: float = ASKED_EVERY) -> None:
        self.known = asyncio.Event()
        self.every = every
        self._store = store
        self._pager = pager
        self._paged: float | None = None

    async def waited(self) -> bool:
        """Tells of it and gives Telegram some time; False where no bot has run here yet: then the token is wrong."""
        try:
            ran = bool({BOT, NAME} & (await self._store.write(lambda work: work.state())).keys())
        except StoreError:
            ran = True
        if not ran:
            return False
        self.known.set()
        log.error("bot.removed")
        now = time.monotonic()
        if self._pager is not None and (self._paged is None or now - self._paged >= PAGED_EVERY):
            self._paged = now
            await self._pager.call()
        await asyncio.sleep(self.every)
        return True
