"""A data folder as it is seized: made by ``qorgan init``, lived in by the real bot, copied while it runs."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from bot import app, settings, setup
from bot.sandbox import Account, Sandbox
from bot.sandbox.player import play
from bot.store.records import Act
from bot.store.rewrapping import Rewrapping
from bot.store.work import Work
from bot.vault import CasePublic, Custody, Kdf, Kind, create_case_keyring, open_keyring, open_vault

PASSPHRASE = "семь тихих слов для проб"
FIRST, LATER, WRITING, GONE = 7_318_246_905_511, 7_318_246_905_622, 7_318_246_905_733, 7_318_246_905_844
"""Persons: who came first, who after the change of custody, who is still writing, who erased everything."""
COORDINATOR, ADMINISTRATOR = 5_092_771_483_326, 4_862_095_117_743
SUBMITTED = ("zhusan-17", "zhusan-23")
"""Words of answers that were sent: no screen and no text of ours holds them."""
PASSED_ON, UNSENT, ERASED = "karagai-41", "terek-52", "shynar-66"
STAFF_NAME = "Dana-Kuanysh"
CODE = ("mint", "maple", "kettle", "harvest", "tulip", "wagon")

Answers = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Seized:
    """Everything the server has; and the coordinators' case keyring, which it has not."""

    files: Path
    passphrase: str
    elsewhere: Path


def held(words: str) -> Answers:
    """An intake by someone at a police station: urgent, so a case from the first answers on."""
    return {
        **at_liberty(words),
        "custody": ("police",),
        "detained_since": ("today",),
        "papers": ("protocol", "-done"),
        "date_protocol": ("today",),
        "event": ("unknown",),
        "trusted": (f'"{words}',),
        "category": ("activist", "-done"),
        "family": ("children", "-done"),
        "health": ("ill", "-done"),
        "hours": ("day", "-done"),
    }


def at_liberty(words: str) -> Answers:
    """An intake in no hurry: a draft until it is sent."""
    return {
        "consent": ("agree",),
        "safe_now": ("yes",),
        "who": ("self",),
        "custody": ("liberty",),
        "where": ("almaty",),
        "papers": ("none", "-done"),
        "event": ("none",),
        "contact": ("bot",),
        "offer": ("go_on",),
        "free": (f'"{words}',),
        "review": ("-send",),
    }


async def seize(folder: Path, custody: Custody) -> Seized:
    """The bot serves four people, perhaps goes into offline custody between them, and its files are taken away."""
    folder.mkdir(exist_ok=True)
    data, elsewhere = folder / "data", folder / "case-keyring"
    if custody is Custody.OFFLINE:
        create_case_keyring(elsewhere, PASSPHRASE, kdf=Kdf(8, 1, 1))
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(Sandbox())
        environ = {
            "QORGAN_DATA_DIR": str(data),
            "QORGAN_BOT_TOKEN": sandbox.token,
            "QORGAN_API_URL": sandbox.url,
            "QORGAN_ADMINS": str(ADMINISTRATOR),
            "QORGAN_COORDINATORS": str(COORDINATOR),
            "QORGAN_KEYRING_PASSPHRASE": PASSPHRASE,
        }
        file = data / "settings"
        await asyncio.to_thread(setup.make, environ, file, {}, kdf=Kdf(8, 1, 1))
        known = replace(settings.load(environ, file), send_rate=10_000.0, chat_rate=10_000.0)
        known.recovery_key.unlink()  # as init asks
        bot = await app.build(known, stack)
        stop = asyncio.Event()
        serving = asyncio.create_task(bot.serve(stop))
        try:
            town = _Town(sandbox, bot)
            await town.lives(known, elsewhere if custody is Custody.OFFLINE else None)
            shutil.copytree(data, folder / "seized")
        finally:
            stop.set()
            await serving
    return Seized(folder / "seized", PASSPHRASE, elsewhere)


@dataclass(frozen=True)
class _Town:
    sandbox: Sandbox
    bot: app.App

    async def lives(self, known: settings.Settings, elsewhere: Path | None) -> None:
        administrator = self.sandbox.user(ADMINISTRATOR, "Aigul", "en")
        coordinator = self.sandbox.user(COORDINATOR, STAFF_NAME, "en")
        for one in (administrator, coordinator):
            await self._begin(one)
        first = await self._sends(FIRST, held(SUBMITTED[0]))
        await self._pass_on(first)
        await self._take(coordinator)
        gone = await self._sends(GONE, at_liberty(ERASED))
        await self._erases(gone)
        if elsewhere:
            await asyncio.to_thread(self._go_offline, known, elsewhere)
            await self.bot.keeper.report()  # that the bot has taken up the new keyring
            assert await self.bot.store.write(lambda work: work.destroy_spent_keys("shell"))
        await self._sends(LATER, held(SUBMITTED[1]))
        await self._take(coordinator)
        writing = await self._begin(self.sandbox.user(WRITING, "Ivan", "en"))
        await play(writing, at_liberty(UNSENT), until="review")
        await self._settled()
        await self.bot.store.write(self._ends)

    async def _begin(self, one: Account) -> Account:
        one.start()
        await one.wait(lambda me: me.screen)
        await self._settled()
        return one

    async def _sends(self, number: int, answers: Answers) -> Account:
        person = await self._begin(self.sandbox.user(number, "Ivan", "en"))
        await play(person, answers)
        await self._settled()
        return person

    async def _pass_on(self, person: Account) -> None:
        person.write(PASSED_ON)
        await self._settled()
        person.press("stray=pass")
        await self._settled()

    async def _take(self, coordinator: Account) -> None:
        """The one case that waits: its answers go to the coordinator, readable or sealed."""
        (take,) = [
            button.data
            for one in coordinator.messages()
            for row in one.buttons
            for button in row
            if "take=" in button.data
        ]
        coordinator.press(take)
        await self._settled()

    async def _erases(self, person: Account) -> None:
        person.press("home=erase")
        await self._settled()
        person.press("erase=yes")
        await self._settled()

    def _go_offline(self, known: settings.Settings, elsewhere: Path) -> None:
        key, store = open_keyring(elsewhere, PASSPHRASE).keys.active(Kind.CASE), self.bot.store
        public = CasePublic(key.known.id, key.public)
        assert store.write_now(lambda work: work.begin_rotation("shell", public))
        rewrapping = Rewrapping(store, open_vault(known.keyring, known.day_keys, known.passphrase))
        while rewrapping.step():
            pass

    def _ends(self, work: Work) -> None:
        """What a longer life would bring: a closed case, a return code, a look-up, a stranger refused."""
        case, other = work.all_cases()[:2]
        work.set_return(other.id, self.bot.store._vault.return_finder(CODE))
        work.save_cases([replace(case, expires=work.now.date() + timedelta(days=30))])
        work.note(work.actor(COORDINATOR), Act.READ, case.id)
        work.count_refusal()

    async def _settled(self) -> None:
        await self.sandbox.settled(timeout=10)
        assert await self.bot.sender.drain(10)
