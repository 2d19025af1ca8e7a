"""Takes updates in: one transaction a batch, confirmed to Telegram only when it is committed.

Telegram is asked for them (long polling), or brings them (webhook).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from telegram.error import BadRequest, Conflict, InvalidToken, TelegramError

from bot import logs
from bot.store.records import Outgoing, StoreError
from bot.store.store import Store
from bot.store.work import Work
from bot.telegram import joining, outage, person, table, undelivered
from bot.telegram.desk import Desk, House
from bot.telegram.floods import Gate, Turnstile
from bot.telegram.sender import Sender
from bot.telegram.transport import Transport
from bot.telegram.updates import NO_UPDATE, Barred, Ignored, Incoming, Pressed, Wrote, parse
from bot.telegram.webhook import CONNECTIONS, Hook

log = logs.named(__name__)
POLL_SECONDS = 25
LONGEST_PAUSE = 30.0
LOOKED_EVERY = 60.0
AT_ONCE = 100
WAKES = 100
ALLOWED = ["message", "edited_message", "callback_query", "my_chat_member"]
Outcome = tuple[list[Outgoing], list[str], list[bytes]]
"""Rows to send, callback ids to answer, cases erased."""


class Ingest:
    """The way in: polls, commits, hands what is to be sent to the sender, and lets timers go off.

    ``may`` tells whether it is still this process that polls.
    """

    def __init__(
        self,
        house: House,
        store: Store,
        transport: Transport,
        sender: Sender,
        person_rate: float = 60.0,
        may: Callable[[], bool] = lambda: True,
    ) -> None:
        self._house = house
        self._store = store
        self._transport = transport
        self._sender = sender
        self._gate = Gate(person_rate)
        self._may = may
        self._sooner = asyncio.Event()
        self._arrived: list[tuple[Incoming, asyncio.Future[None]]] = []
        self._taking: asyncio.Task[None] | None = None
        self._in_hand = 0

    @property
    def in_hand(self) -> int:
        """Updates that Telegram has given and that are not committed yet."""
        return len(self._arrived) + self._in_hand

    async def look_back(self) -> None:
        """At a start: whether it was away for so long that Telegram may have forgotten something."""
        self.release(await self._store.write(lambda work: _told(_desk(self._house, work, set()))))

    async def poll(self) -> None:
        """Long polling until cancelled. The next offset is asked for only after the commit."""
        # Once, at the start: a bot that is being replaced by one with a webhook must not take that away from it.
        await self._until_done("deleteWebhook")
        offset: int | None = None
        pause = 1.0
        while True:
            if not self._may():  # two who poll would only take the line from each other
                await asyncio.sleep(1.0)
                continue
            try:
                raw = await self._transport.call(
                    "getUpdates", timeout=POLL_SECONDS, limit=AT_ONCE, allowed_updates=ALLOWED,
                    **({} if offset is None else {"offset": offset}),
                )  # fmt: skip
                batch = [one for one in map(parse, raw) if one.update_id != NO_UPDATE]
                await self.take(batch)
            except (TelegramError, StoreError) as error:
                if isinstance(error, InvalidToken):
                    raise
                log.warning("poll.failed", error=error)
                await asyncio.sleep(3.0 if isinstance(error, Conflict) else pause)
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            pause = 1.0
            if batch:
                offset = max(one.update_id for one in batch) + 1

    async def register(self, hook: Hook, every: float = LOOKED_EVERY) -> None:
        """Telegram is told where to bring updates, and again if somebody tells it otherwise, until cancelled.

        What has waited there comes along.
        """
        told = {"secret_token": hook.secret, "allowed_updates": ALLOWED, "max_connections": CONNECTIONS}
        while True:
            await self._until_done("setWebhook", url=hook.url, **told)
            known = {"url": hook.url}
            while known.get("url") == hook.url:
                await asyncio.sleep(every)
                known = await self._until_done("getWebhookInfo")
            log.error("webhook.taken")

    async def _until_done(self, method: str, **params: Any) -> Any:
        """Tried again even where Telegram refuses: it may still know the webhook of an earlier run."""
        pause = 1.0
        while True:
            try:
                return await self._transport.call(method, **params)
            except InvalidToken:
                raise
            except TelegramError as error:
                level = logging.ERROR if isinstance(error, BadRequest) else logging.WARNING
                log.log(level, "webhook.unset", action=method, error=error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def accept(self, one: Incoming) -> None:
        """One update, to be confirmed when this returns; what arrives during a commit goes into the next together."""
        committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._arrived.append((one, committed))
        if self._taking is None or self._taking.done():
            self._taking = asyncio.create_task(self._take_arrived())
        await committed

    async def _take_arrived(self) -> None:
        while self._arrived:
            group, self._arrived = self._arrived[:AT_ONCE], self._arrived[AT_ONCE:]
            failure: Exception | None = None
            try:
                await self.take([one for one, _ in group])
            except Exception as error:
                failure = error
            if isinstance(failure, StoreError):  # whoever waits behind would only wait as long again
                group, self._arrived = group + self._arrived, []
            for committed in (committed for _, committed in group if not committed.done()):
                if failure is None:
                    committed.set_result(None)
                else:
                    committed.set_exception(failure)

    async def take(self, batch: list[Incoming]) -> None:
        """Commit a batch; where that fails, each update alone, so that one bad one hurts no neighbour."""
        if not batch:
            return
        self._in_hand += len(batch)
        try:
            await self._take(batch)
        finally:
            self._in_hand -= len(batch)

    async def _take(self, batch: list[Incoming]) -> None:
        turnstile = Turnstile(self._gate)
        try:
            outcome = await self._store.write(lambda work: handle(self._house, work, batch, turnstile), beside=True)
        except StoreError:
            raise
        except Exception as error:
            log.error("batch.failed", error=error)
            for one in batch:
                self.release(await self._alone(one, turnstile))
            return
        self.release(outcome)

    async def _alone(self, one: Incoming, turnstile: Turnstile) -> Outcome:
        try:
            return await self._store.write(lambda work: handle(self._house, work, [one], turnstile), beside=True)
        except StoreError:
            raise
        except Exception as error:
            log.error("update.failed", error=error)
            return await self._store.write(lambda work: apologise(self._house, work, one), beside=True)

    def release(self, outcome: Outcome) -> None:
        """After the commit: what is to be sent goes to the sender, buttons stop spinning."""
        rows, answers, erased = outcome
        for case in erased:
            self._sender.withdraw(case)
        self._sender.offer(rows)
        for callback_id in answers:
            task = asyncio.ensure_future(self._sender.answer(callback_id))
            _running.add(task)
            task.add_done_callback(_running.discard)
        self._sooner.set()

    async def wakes(self, every: float = 1.0) -> None:
        """Timers of conversations, as they fall due, until cancelled."""
        while True:
            try:
                await self.ring()
                await asyncio.sleep(every)
            except StoreError as error:
                log.warning("wakes.failed", error=error)
                await asyncio.sleep(LONGEST_PAUSE)
            except Exception as error:
                log.error("wakes.failed", error=error)
                await asyncio.sleep(every)

    async def ring(self) -> None:
        """The timers that are due go off, all of them."""
        left = True
        while left:
            outcome = await self._store.write(lambda work: wake(self._house, work), beside=True)
            self.release(outcome)
            left = len(outcome[0]) >= WAKES


_running: set[asyncio.Future[None]] = set()


def _desk(house: House, work: Work, users: set[int]) -> Desk:
    return Desk(house, work, work.staff(), work.load_chats(users))


def handle(house: House, work: Work, batch: list[Incoming], turnstile: Turnstile) -> Outcome:
    """A batch, in order, in one transaction; what was seen before changes nothing."""
    fresh = work.unseen({one.update_id for one in batch})
    desk = _desk(house, work, {one.user for one in batch if not isinstance(one, Ignored)})
    outage.look_at(desk, [one.date for one in batch if isinstance(one, Wrote) and one.update_id in fresh])
    for one in batch:
        if one.update_id not in fresh:
            continue
        fresh.discard(one.update_id)
        if isinstance(one, Ignored):
            continue
        if isinstance(one, Barred):
            (undelivered.lost if one.barred else undelivered.back)(desk, one.user)
            continue
        undelivered.back(desk, one.user)
        member = next((member for member in desk.staff if member.user == one.user), None)
        if member is None or member.body.get("removed"):
            if table.tried(one):
                work.count_refusal()
            if turnstile.admits(desk, one) and not joining.opened(desk, one):
                person.handle(desk, one)
        else:
            table.dispatch(desk, member, one)
    desk.save()
    work.remember({one.update_id for one in batch})
    return desk.rows, desk.answers, desk.erased


def _told(desk: Desk) -> Outcome:
    outage.look_back(desk)
    desk.save()
    return desk.rows, desk.answers, desk.erased


def apologise(house: House, work: Work, one: Incoming) -> Outcome:
    """An update that can't be carried through: seen, answered with one line, and left."""
    desk = _desk(house, work, set())
    work.remember([one.update_id])
    if not isinstance(one, Barred | Ignored):
        person.apology(desk, one.user, one.language_code)
        if isinstance(one, Pressed):
            desk.answers.append(one.callback_id)
    desk.save()
    return desk.rows, desk.answers, desk.erased


def wake(house: House, work: Work) -> Outcome:
    """The timers that are due; each is put anew or gone after it."""
    due = work.due_wakes(int(work.now.timestamp()), WAKES)
    if not due:
        return [], [], []
    # The others are drafts that nobody sent in time: settled, they are gone.
    wakes = [row for row in due if row.body["do"] == "wake"]
    chats = work.load_chats_by_id(bytes.fromhex(row.body["chat_row"]) for row in wakes)
    desk = Desk(house, work, work.staff(), {chat.user: chat for chat in chats.values()})
    work.settle([(row.id, row.turn) for row in due])
    for row in wakes:
        chat = chats.get(bytes.fromhex(row.body["chat_row"]))
        if chat is not None:
            person.wake(desk, chat)
    desk.save()
    return desk.rows, desk.answers, desk.erased
