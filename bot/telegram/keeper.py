"""What the house does by itself: keys, clock, retention, and what administrators are told of it.

Nothing here is lost by a crash: what there is to do stands in the store.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TypeVar

from bot import logs
from bot.store.audit import HOUSE
from bot.store.rewrapping import Rewrapping
from bot.store.store import Store
from bot.store.work import Work
from bot.telegram import (
    alarms,
    invites,
    notices,
    pager,
    queue,
    reminders,
    retention,
    roll,
    rollcall,
    standby,
    table,
)
from bot.telegram.climbing import Watch
from bot.telegram.deadman import DeadMan
from bot.telegram.desk import Desk, House, new_id
from bot.telegram.ingest import Outcome
from bot.telegram.pager import Pager
from bot.telegram.transport import Transport
from bot.vault import Custody, KeyringError, Vault

log = logs.named(__name__)
T = TypeVar("T")
LOOKED_EVERY, CLIMBED_EVERY, REPORTED_EVERY, WATCHED_EVERY = 1.0, 15.0, 20.0, 60.0
REMINDED_EVERY, TIDIED_EVERY = 300.0, 3600.0
PROCESS_LASTS = 60
SHOWN_EVERY = 2.0
AFTER_A_FAULT = 10.0
CLOCK_DIFFERS, UNHEARD = 3600, 24 * 3600
DIGEST_EVERY = 7 * 24 * 3600


class Keeper:
    """Rounds that go on whatever becomes of each other: `run` in the process that has the lead, `live` in all."""

    def __init__(
        self,
        house: House,
        store: Store,
        vault: Vault,
        transport: Transport,
        release: Callable[[Outcome], None],
        pager: Pager | None = None,
    ) -> None:
        self._house = house
        self._store = store
        self._vault = vault
        self._transport = transport
        self._release = release
        self._pager = pager
        self._process = new_id()
        self._watch = Watch()
        self._dead_man = DeadMan()
        self._begun = time.monotonic()
        self._reported, self._reported_at = 0, 0.0
        self._background = ThreadPoolExecutor(1, "rewrapping", initializer=give_way)
        self._stuck = 0  # wraps that were left as damaged when last looked at

    async def run(self) -> None:
        """The house's, until cancelled."""
        await asyncio.gather(
            _again(self.rewrap, LOOKED_EVERY),
            _again(self.tell_queue, LOOKED_EVERY),
            _again(self.climb, CLIMBED_EVERY),
            _again(self.page, LOOKED_EVERY),
            _again(self.remind, REMINDED_EVERY, first=WATCHED_EVERY),
            _again(self.watch, WATCHED_EVERY),
            _again(self.tidy, TIDIED_EVERY, first=WATCHED_EVERY),
        )

    async def live(self) -> None:
        """This process's own, until cancelled."""
        try:
            await _again(self.report, LOOKED_EVERY)
        finally:
            self._background.shutdown(wait=False)
            with suppress(Exception):
                await self._store.write(lambda work: work.drop_process(self._process))

    async def report(self) -> None:
        """This process lives, and with which generation: now and then, and as soon as that changes, because
        whoever is to destroy the old key waits for it."""
        generation, at = self._vault.generation, time.monotonic()
        if generation != self._reported or at - self._reported_at >= REPORTED_EVERY:
            await self._store.write(lambda work: work.report_process(self._process, PROCESS_LASTS))
            self._reported, self._reported_at = generation, at

    async def rewrap(self) -> None:
        """Whatever stands under an earlier case key goes under the new one; who asked for it sees how far it is."""
        left, watched = await self._store.write(self._unfinished)
        if not watched and left == self._stuck:
            return
        rewrapping, loop = Rewrapping(self._store, self._vault), asyncio.get_running_loop()
        shown = time.monotonic()
        while left := await loop.run_in_executor(self._background, rewrapping.step):
            if time.monotonic() - shown >= SHOWN_EVERY:
                await self._act(partial(notices.report_rotation, left=left, ended=False))
                shown = time.monotonic()
        if watched:
            await asyncio.sleep(shown + SHOWN_EVERY - time.monotonic())
        await self._act(partial(notices.report_rotation, left=0, ended=True))
        self._stuck, _ = await self._store.write(self._unfinished)
        log.info("rotation.finished", damaged=self._stuck)

    async def tell_queue(self) -> None:
        """In a flood of new cases the one message that stands for them keeps up."""
        await self._act(queue.tell)

    async def remind(self) -> None:
        """Days that come near are called to mind."""
        await self._act(reminders.run)

    async def climb(self) -> None:
        """Who begins a duty is asked whether alerts arrive; those that nobody has answered climb."""
        await self._act(rollcall.run)
        await self._act(self._watch.look)

    async def page(self) -> None:
        """Something critical is untaken, and nobody in Telegram may hear of it."""
        if self._pager is not None and await self._act(pager.claim):
            taken = await self._pager.call()
            await self._act(partial(pager.settle, taken=taken))

    async def watch(self) -> None:
        """The clock, what is due by it, what administrators are to be asked, what stands before somebody's eyes."""
        await self._act(self._due)
        await self._act(roll.run)
        await self._act(table.refresh)
        await self._write(lambda work: work.destroy_spent_keys(HOUSE))

    async def tidy(self) -> None:
        """What is past its time goes. After a start Telegram's clock is heard first, unless nothing comes for a day."""
        if self._transport.telegrams_time() is None and time.monotonic() - self._begun < UNHEARD:
            return
        await self._write(lambda work: work.prune(work.now.date()))
        await self._act(retention.run)

    def _unfinished(self, work: Work) -> tuple[int, bool]:
        return work.stale_count(), notices.rotation_watched(self._desk(work))

    def _due(self, desk: Desk) -> None:
        if desk.work.clock_sure():
            _rotate_in_time(desk)
            _digest_in_time(desk)
        invites.prune(desk)
        notices.ask(desk)
        self._dead_man.look(desk)
        standby.ask(desk)

    async def _act(self, act: Callable[[Desk], T]) -> T:
        result, outcome = await self._write(lambda work: self._acted(work, act))
        self._release(outcome)
        return result

    async def _write(self, act: Callable[[Work], T]) -> T:
        """Nothing is destroyed before the clocks are compared: in the same write, as they stand in it."""

        def compared(work: Work) -> T:
            telegram = self._transport.telegrams_time()
            if telegram is not None:
                compare_clocks(work, int(work.now.timestamp() - telegram))
            return act(work)

        return await self._store.write(compared)

    def _acted(self, work: Work, act: Callable[[Desk], T]) -> tuple[T, Outcome]:
        desk = self._desk(work)
        result = act(desk)
        desk.save()
        return result, (desk.rows, desk.answers, desk.erased)

    def _desk(self, work: Work) -> Desk:
        return Desk(self._house, work, work.staff(), {})


def give_way() -> None:
    """The calling thread works while nobody else wants the core: people's replies come first."""
    if sys.platform == "linux":  # elsewhere it would be the whole process
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 15)


async def _again(act: Callable[[], Awaitable[None]], every: float, *, first: float = 0.0) -> None:
    await asyncio.sleep(first)
    while True:
        try:
            await act()
            await asyncio.sleep(every)
        except Exception as error:
            log.error("keeper.failed", error=error)
            await asyncio.sleep(max(every, AFTER_A_FAULT))


def compare_clocks(work: Work, ahead: int) -> None:
    """More than an hour from Telegram's clock is a doubt; a difference that was confirmed is none any more."""
    state = work.state()
    known = state.get("ahead", 0)
    if abs(ahead) <= CLOCK_DIFFERS:
        if known:
            work.save_state({**state, "ahead": 0})
    elif abs(ahead - known) > CLOCK_DIFFERS:
        work.save_state({**state, "ahead": ahead})
        work.doubt_clock("telegram")


def _rotate_in_time(desk: Desk) -> None:
    today = desk.now.date()
    due = alarms.due(desk.work.keys(), desk.house.rotation_days, today)
    if desk.work.custody is Custody.SERVER and today >= due:
        try:
            desk.work.begin_rotation(HOUSE)
        except KeyringError as error:
            log.error("rotation.failed", error=error)


def _digest_in_time(desk: Desk) -> None:
    state = desk.work.state()
    last = state.get("digest")
    if last is None or abs(desk.unix - last) >= DIGEST_EVERY:  # either way: the clock may have been mended
        desk.work.save_state({**state, "digest": desk.unix})
        if last is not None:
            notices.send_digest(desk)
