"""Builds the parts and runs them: the only file, with the command line, that knows them all."""

from __future__ import annotations

import asyncio
import gc
import os
import secrets
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from telegram.error import InvalidToken, TelegramError

from bot import health, languages, logs, return_words, speaking
from bot.metrics import Figures
from bot.notify import NOBODY, STOPPING, Manager, manager
from bot.settings import Settings, SettingsError
from bot.store.records import Staff
from bot.store.store import Store
from bot.store.work import Work
from bot.telegram import undelivered
from bot.telegram.desk import House
from bot.telegram.hearing import hear
from bot.telegram.ingest import Ingest
from bot.telegram.keeper import Keeper
from bot.telegram.lead import Lead
from bot.telegram.pager import Pager
from bot.telegram.profile import BOT, introduce
from bot.telegram.removal import Removal
from bot.telegram.sender import Sender
from bot.telegram.table import TABLE
from bot.telegram.transport import Transport, uptime
from bot.telegram.webhook import CannotListen, Hook, Webhook
from bot.vault import open_vault

log = logs.named(__name__)
STOP_WITHIN = 2.5
"""Seconds that a stop may take to send what is in hand; with the webhook's two and the sender's last words less
than the ten that containers give. The rest waits in the outbox."""


def utc() -> datetime:
    return datetime.now(UTC)


@dataclass
class App:
    """The running parts."""

    house: House
    store: Store
    transport: Transport
    sender: Sender
    ingest: Ingest
    keeper: Keeper
    lead: Lead
    removal: Removal
    hook: Hook | None = None
    listen: tuple[str, int] | None = None
    manager: Manager = NOBODY
    figures: Figures | None = None

    async def serve(self, stop: asyncio.Event) -> None:
        """Take in and send until ``stop``; then finish what is in hand. A fault of a part ends all of them."""
        parts = [
            asyncio.create_task(self.keeper.live()),
            asyncio.create_task(self.manager.accompany(self.lead.known, self._probe)),
        ]
        if self.listen is not None:
            parts.append(asyncio.create_task(Webhook(self.listen, self.hook, self.ingest.accept, self._probe).run()))
        if self.figures is not None:
            parts.append(asyncio.create_task(self.figures.run()))
        leading = asyncio.create_task(self._lead())
        stopping = asyncio.create_task(stop.wait())
        ended, _ = await asyncio.wait({leading, stopping, *parts}, return_when=asyncio.FIRST_COMPLETED)
        self.manager.tell(STOPPING)
        # Nothing new is taken in; then what is in hand is sent.
        for some in ((stopping, *parts), (leading,)):
            for part in some:
                part.cancel()
            await asyncio.gather(*some, return_exceptions=True)
        for one in ended:
            one.result()

    async def _lead(self) -> None:
        """Of all processes over this database one polls, sends and keeps the house; the others wait for its end."""
        try:
            while True:
                await self.lead.won()
                log.info("lead.won")
                try:
                    await self._act()
                    log.warning("lead.lost")
                except InvalidToken:
                    if not await self.removal.waited():
                        raise
        finally:
            await self.lead.give_up()

    async def _act(self) -> None:
        """Until another process has the lead; a fault of a part is raised. Cancelled, it sends what is due."""
        await self.ingest.look_back()
        sender = asyncio.create_task(self.sender.run())
        # Nobody waits for the introduction: it may be refused while updates and alerts get through.
        introducing = asyncio.create_task(introduce(self.transport, self.store, self.house.languages))
        lost = asyncio.create_task(self.lead.lost())
        parts = [
            introducing,
            lost,
            asyncio.create_task(self.ingest.register(self.hook) if self.hook else self.ingest.poll()),
            asyncio.create_task(self.ingest.wakes()),
            asyncio.create_task(self.keeper.run()),
            asyncio.create_task(hear(self.store, self.sender)),
        ]
        ended: set[asyncio.Task[Any]] = set()
        waited: set[asyncio.Task[Any]] = {sender, *parts}
        try:
            while not ended:
                ended, waited = await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
                if introducing in ended and introducing.exception() is None:
                    ended.discard(introducing)
        finally:
            for part in parts:
                if part is not lost:
                    part.cancel()
            await asyncio.gather(*(part for part in parts if part is not lost), return_exceptions=True)
            if not ended:
                await self.sender.drain(STOP_WITHIN)
            self.sender.stop()
            await asyncio.gather(sender, return_exceptions=True)
            lost.cancel()
            await asyncio.gather(lost, return_exceptions=True)
        for one in (*ended, sender):
            one.result()

    async def _probe(self) -> None:
        """Raises while nothing can be stored."""
        await self.store.write(lambda work: None, beside=True)


async def build(
    settings: Settings,
    stack: AsyncExitStack,
    *,
    migrate: bool = False,
    clock: Callable[[], datetime] = utc,
    ticks: Callable[[], float] = uptime,
) -> App:
    """The parts of a bot, opened; ``stack`` closes them. ``ticks``: seconds that go on whatever the clock is set to."""
    if settings.token is None or settings.passphrase is None:
        raise SettingsError("a bot token and a passphrase are needed", "run: qorgan check")
    asked, spoken = speaking.load(settings.questionnaire, settings.locales)
    discreet = settings.alert_detail == "discreet"
    house = House(
        asked,
        spoken,
        discreet,
        settings.rotation_days,
        settings.flood_from,
        settings.summary_minutes,
        TABLE,
        settings.page_url,
        settings.standby,
        return_words.load(*languages.places(settings.locales)),
        settings.data_dir,
        settings.drafts_in_chat,
        settings.templates,
    )
    vault = await asyncio.to_thread(open_vault, settings.keyring, settings.day_keys, settings.passphrase)
    store = await asyncio.to_thread(lambda: Store.open(settings.database_url, vault, migrate=migrate, clock=clock))
    stack.callback(store.close)
    await store.write(lambda work: refuse_another_bot(work, settings))
    await store.write(lambda work: seed_staff(work, settings))
    transport = Transport(settings.api_url, settings.token, ticks=ticks)
    await transport.initialize()
    stack.push_async_callback(transport.shutdown)
    lead = Lead(store)
    store.sends = lead.held
    sender = Sender(
        store,
        transport,
        may=lead.held,
        send_rate=settings.send_rate,
        chat_rate=settings.chat_rate,
        clock=lambda: clock().timestamp(),
        on_failure=partial(undelivered.tell, house),
    )
    ingest = Ingest(house, store, transport, sender, settings.person_rate, lead.held)
    pager = Pager(settings.pager_url) if settings.pager_url is not None else None
    keeper = Keeper(house, store, vault, transport, ingest.release, pager)
    hook = None
    if settings.webhook_url is not None and settings.webhook_secret is not None:
        hook = Hook(settings.webhook_url, settings.webhook_secret)
    removal = Removal(store, pager)
    figures = None
    if settings.metrics is not None:
        figures = Figures(settings.metrics, house, store, lambda: ingest.in_hand, lead.held)
        store.committed, transport.failed = figures.committed, figures.failed
    return App(house, store, transport, sender, ingest, keeper, lead, removal, hook, settings.listen, figures=figures)


def refuse_another_bot(work: Work, settings: Settings) -> None:
    """What stands in chats, and whom a bot may write to, is that bot's: another one takes over by a switch."""
    if work.state().get(BOT, settings.bot) != settings.bot:
        raise SettingsError(
            "the token is another bot's than the one that ran here before",
            "put the token of the one before back; if that bot is gone: qorgan continuity switch",
        )


def seed_staff(work: Work, settings: Settings) -> None:
    """Administrators and coordinators of the settings fill an empty staff table, once."""
    if work.staff():
        return
    roles = {user: "coordinator" for user in settings.coordinators} | {
        user: "admin" for user in settings.admins
    }
    work.save_staff(
        Staff(secrets.token_bytes(16), user, {"role": role, "language": "", "name": "", "reachable": True})
        for user, role in roles.items()
    )


def run(settings: Settings) -> None:
    """Run until SIGTERM or Ctrl-C."""
    configure_logging(os.environ.get("LOG_LEVEL", "INFO"), settings.log_format)
    asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    async with AsyncExitStack() as stack:
        # An older schema is brought up to date; an empty file where a database should be is refused.
        migrate = bool(await asyncio.to_thread(health.revision, settings))
        app = await build(settings, stack, migrate=migrate)
        app.manager = manager(os.environ)
        # Modules, catalogues and the questionnaire stay for good: not to be looked through at each collection.
        gc.collect()
        gc.freeze()
        log.info("bot.started")
        try:
            await app.serve(stop)
        except TelegramError as error:
            raise SettingsError(
                f"Telegram refused the bot ({type(error).__name__})",
                "check QORGAN_BOT_TOKEN and QORGAN_API_URL",
            ) from None
        except CannotListen as error:
            raise SettingsError(
                f"nothing can listen where QORGAN_WEBHOOK_LISTEN says: {error}",
                "write an address of this machine that no other program uses",
            ) from None
        log.info("bot.stopped")


def configure_logging(level: str, form: str = "") -> None:
    """``level`` is of our own actions; libraries are heard from warnings up."""
    if level.upper() not in logs.LEVELS:
        raise SettingsError("LOG_LEVEL in the environment is no level", f"use one of {', '.join(logs.LEVELS)}")
    logs.configure(level, form)
