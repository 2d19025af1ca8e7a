"""What other processes over the same database commit to the outbox reaches the one that sends."""

from __future__ import annotations

import asyncio
import threading

from bot import logs
from bot.store.store import Store
from bot.telegram.sender import Sender

log = logs.named(__name__)
AFTER_A_FAULT = 1.0


async def hear(store: Store, sender: Sender) -> None:
    """Until cancelled. Whenever it begins to listen anew, the sender reads what it may have missed."""
    loop, ended = asyncio.get_running_loop(), threading.Event()

    def begun() -> None:
        loop.call_soon_threadsafe(sender.read_anew)

    def heard(rows: set[bytes]) -> None:
        loop.call_soon_threadsafe(sender.hear, rows)

    try:
        while True:
            try:
                if not await asyncio.to_thread(store.listen, begun, heard, lambda: not ended.is_set()):
                    await asyncio.Event().wait()  # what the shell commits is found when the store is next looked into
            except Exception as error:
                log.warning("hearing.failed", error=error)
            await asyncio.sleep(AFTER_A_FAULT)
    finally:
        ended.set()
