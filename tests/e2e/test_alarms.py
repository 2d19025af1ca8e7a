"""The dead man's alarm and /health: administrators hear of what is amiss with the house, once, and of its end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.sandbox import Account
from bot.store.work import Work
from bot.telegram.alarms import BACKUP, STUCK_AFTER

from .conftest import ADMIN, SECOND_ADMIN, SHORT, Open, Speech, Town, alerts, foreign_letters, on_both, texts
from .test_ladder import a_bell

ADMINS = (ADMIN, SECOND_ADMIN)
NOBODY, AGAIN = "No coordinator is on duty.", "Duty: in order again"
UNVERIFIED = "Contacts and legal terms that nobody has verified: "


async def rounds(town: Town, count: int = 2) -> None:
    for _ in range(count):
        await town.app.keeper.watch()
        await town.app.keeper.page()
        await town.settled()


async def off(town: Town, days: int) -> None:
    """The coordinators have these days off, from yesterday on."""
    yesterday = town.clock().date() - timedelta(days=1)
    free = [(yesterday + timedelta(days=day)).isoformat() for day in range(days)]

    def change(work: Work) -> None:
        every = [one for one in work.staff() if one.body["role"] == "coordinator"]
        work.save_staff(replace(one, body={**one.body, "off": free}) for one in every)

    await town.app.store.write(change)


async def backed_up(town: Town) -> None:
    at = int(town.clock().timestamp())
    await town.app.store.write(lambda work: work.save_state({**work.state(), BACKUP: {"at": at}}))


def read(account: Account, words: str) -> Sequence[int]:
    """The messages that ever began with these words."""
    return sorted({one.id for one in account.shown if one.text.startswith(words)})


@on_both
async def test_what_is_amiss_is_told_once_and_its_end_and_a_restart_repeats_neither(open_town: Open) -> None:
    """To administrators alone, and the pager hears of each cause once. A cause that one round only has met is none."""
    async with a_bell() as bell, open_town(admins=(ADMIN,), pager_url=bell.url) as town:
        (one,) = await town.on_duty("en")
        admin = await town.administrator()
        await rounds(town)
        assert 1 == len(read(admin, UNVERIFIED)) == len(bell.calls)

        await off(town, 3)
        await rounds(town, 1)
        await off(town, 0)
        await rounds(town)
        assert [] == read(admin, NOBODY)
        await off(town, 3)
        await rounds(town, 3)
        assert 1 == len(read(admin, NOBODY)) and 2 == len(bell.calls)
        assert NOBODY in (await town.said(admin, "/health")).text

        await town.close()
        await town.open()
        await rounds(town, 3)
        assert 1 == len(read(admin, UNVERIFIED)) and 2 == len(bell.calls)
        standing = [message for message in admin.messages() if message.text.startswith(NOBODY)]
        assert 1 == len(standing) and standing[0].protected

        await off(town, 0)
        await rounds(town, 3)
        assert 1 == len(read(admin, AGAIN))
        assert not [message for message in admin.messages() if message.text.startswith(NOBODY)]
        await town.close()
        await town.open()
        await rounds(town, 3)
        assert 1 == len(read(admin, AGAIN)) and 2 == len(bell.calls)
        assert not read(one, NOBODY) and not read(one, UNVERIFIED) and not read(one, AGAIN)


async def test_what_lasts_is_said_again_before_two_days_are_over_and_not_each_day(open_town: Open) -> None:
    """A lack of backups; what nobody can mend in a day, like a lawyer's word, comes again after a week."""
    async with open_town(admins=(ADMIN,)) as town:
        admin = await town.administrator()
        await backed_up(town)
        for hours in (20, 20, 20, 20):
            await town.forward(hours=hours)
            await rounds(town, 1)
        assert 1 == len(read(admin, "Hours since the last backup: "))
        await town.forward(hours=20)
        await rounds(town, 1)
        assert 2 == len(read(admin, "Hours since the last backup: "))
        assert 1 == len(read(admin, UNVERIFIED))
        await backed_up(town)
        await rounds(town)
        assert 1 == len(read(admin, "Backup: in order again"))
        assert not [one for one in admin.messages() if "last backup" in one.text]


async def test_a_line_to_telegram_that_is_broken_stops_no_alarm(open_town: Open) -> None:
    """What waits too long is told through the pager, because Telegram is not there to tell it."""
    async with a_bell() as bell, open_town(admins=(ADMIN,), pager_url=bell.url) as town:
        (one,) = await town.on_duty("en")
        admin = await town.administrator()
        await rounds(town)
        known, called = len(bell.calls), len(town.sandbox.calls)
        town.sandbox.fail("sendMessage", status=502, description="Bad Gateway", times=None, chat=one.id)
        one.write("/cases")
        async with asyncio.timeout(10):
            while not any(call.method == "sendMessage" for call in town.sandbox.calls[called:]):
                await asyncio.sleep(0.01)
            town.clock.forward(seconds=STUCK_AFTER + 60)
            for _ in range(2):
                await town.app.keeper.watch()
            while len(bell.calls) == known:
                await asyncio.sleep(0.01)
        await admin.reads("Messages of the bot wait to be sent, minutes: 16")


async def test_health_says_the_same_in_the_administrators_language_and_to_nobody_else(open_town: Open) -> None:
    """One screen, protected, that names no person and no case, and follows what changes."""
    async with open_town(admins=ADMINS) as town:
        (one,) = await town.on_duty("en")
        russian, kazakh = await town.administrator(ADMIN, "ru"), await town.administrator(SECOND_ADMIN, "kk")
        await town.played(SHORT)
        (case,) = await town.app.store.write(lambda work: work.all_cases())
        for account, code in ((russian, "ru"), (kazakh, "kk")):
            said = await town.said(account, "/health")
            assert said.protected and 10 == len(said.text.splitlines())
            assert set() == Speech(code).strangers([said]) == foreign_letters(code, [said])
            assert case.head["code"] not in said.text and "Dana" not in said.text and str(one.id) not in said.text
        await off(town, 3)
        await rounds(town, 1)
        assert "На дежурстве нет ни одного координатора." in texts(russian.messages())
        refused = await town.said(one, "/health")
        assert "This is not for you to do." in refused.text and alerts(one)
        assert "Clock" not in texts(one.messages())
