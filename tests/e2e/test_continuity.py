"""Telegram removes the bot: another takes its place, reaches the staff, writes to nobody who did not write first."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from telegram.error import InvalidToken

from bot import app, drill
from bot.commands.opening import Opened, Refused
from bot.commands.switching import switch
from bot.intake.text import text
from bot.sandbox import Account, Message, Sandbox
from bot.sandbox.player import place, play
from bot.settings import SettingsError
from bot.store.store import Store
from bot.vault import open_vault

from .conftest import ADMIN, PERSON, SHORT, TRANSIT, Open, Speech, Town, alerts, foreign_letters, full, texts
from .correspondence import opened, sent
from .erasing import acts, button, cases, take
from .test_coordinator import offline
from .test_staff import NEWCOMER, digits, link, pressed

SECOND = "7000000002:SANDBOX-0000000000-0000000000-00000"
NAME, PAGE = "@standby_bot", "https://example.org/bot"
ALONE = text("The bot can't write to this person")


def beside(town: Town, *known: Account) -> Sandbox:
    """The standby, and who has Telegram; nobody has pressed Start there."""
    second = town.sandbox.beside(SECOND, NAME[1:])
    for one in known:
        second.user(one.id, "Dana", "ru")
    return second


async def switched(town: Town, second: Sandbox) -> list[str]:
    """The shell's command; from now on the town is at the other bot."""
    town.settings = replace(town.settings, token=SECOND)
    vault = open_vault(town.settings.keyring, town.settings.day_keys, "cheap")
    with Store.open(town.settings.database_url, vault, clock=town.clock) as store:
        said = await asyncio.to_thread(switch, Opened(town.settings, vault, store), lambda name: True)
    town.sandbox = second
    return said


def listed(account: Account) -> list[Message]:
    """What is no menu and leads to cases."""
    names = [{b.data.partition("=")[0] for row in one.buttons for b in row} for one in account.messages()]
    return [one for one, found in zip(account.messages(), names, strict=True) if found == {"case"}]


async def test_the_drill_holds(capsys: pytest.CaptureFixture[str]) -> None:
    await drill.rehearse()
    assert 9 == capsys.readouterr().out.count("ok  ")


@pytest.mark.parametrize(("database_url", "code"), [("sqlite", "ru"), ("postgresql", "kk")], indirect=["database_url"])
async def test_another_bot_takes_over_and_writes_to_those_alone_who_wrote_to_it(
    open_town: Open, tmp_path: Path, code: str
) -> None:
    """Of the old bot's messages, waiting rows and numbers of updates nothing stands in its way; also in offline
    custody, where the list is made of the heads alone."""
    async with open_town() as town:
        if code == "kk":
            await offline(town, tmp_path)
        (old_chat,) = await town.on_duty(code)
        talks = await town.played(TRANSIT, "ru")
        await take(town, code)
        (held,) = await cases(town)
        await sent(town, old_chat, "1234")
        calls = await town.begun("ru", PERSON + 1)
        await play(calls, full("ru"))
        await town.settled()
        waiting = next(one for one in await cases(town) if one.id != held.id)
        first, second = town.sandbox, beside(town, old_chat, talks, calls)
        holder, there = second.user(old_chat.id), second.user(talks.id)
        holder.start()
        with pytest.raises(Refused, match="is running"):
            await switched(town, second)
        first.revoke()
        await asyncio.wait_for(town.app.removal.known.wait(), 10)
        await town.close()
        with pytest.raises(SettingsError, match="another bot's"):
            await town.open()
        begun = len(first.calls)
        assert f"{NAME} takes over" == (await switched(town, second))[0]
        assert "already" in (await switched(town, second))[0]
        await town.open()
        await holder.wait(lambda me: len(listed(me)) == 2)
        await town.settled()

        elsewhere, others = listed(holder)
        assert waiting.head["code"] in elsewhere.text and held.head["code"] in others.text
        assert [f"take={waiting.id.hex()}"] == [one.buttons[0][0].data for one in alerts(holder)]
        assert "701" not in texts(holder.messages()) and "Signal" not in texts(holder.messages())
        language = town.app.house.language(code)
        assert 2 == elsewhere.text.count(language.say(text("Safe hours: {hours}", hours="")))
        holder.press(f"case={held.id.hex()}")
        await holder.wait(lambda me: language.say(ALONE) in me.screen.text)
        said = holder.messages()
        assert set() == Speech(code).strangers(said) | foreign_letters(code, said)

        await town.forward(hours=3)  # alerts climb; the people would be told that nobody could be reached
        assert {} == second.count(talks.id) + second.count(calls.id)
        there.start()
        numbers = {one["update_id"] for account in (old_chat, talks, calls) for one in account.updates}
        assert there.updates[-1]["update_id"] in numbers
        assert "1234" in await opened(town, there)
        assert 1 == len([one for one in there.messages() if one.by_bot])
        holder.press(f"case={held.id.hex()}")
        await town.settled()
        assert language.say(ALONE) not in holder.screen.text
        assert {} == second.count(calls.id) and begun == len(first.calls)
        assert 1 == (await acts(town)).count("switched")


async def test_an_intake_left_open_becomes_a_case_that_says_it_can_not_be_answered(open_town: Open) -> None:
    async with open_town() as town:
        (old_chat,) = await town.on_duty("en")
        person = await town.begun("ru")
        await play(person, {**SHORT, "custody": ("liberty",)}, until="where")
        await town.settled()
        assert [] == await cases(town)
        second = beside(town, old_chat, person)
        second.user(old_chat.id).start()
        await town.close()
        await switched(town, second)
        await town.open()
        await town.forward(minutes=31)
        await town.forward(minutes=1)
        (case,) = await cases(town)
        assert {"unfinished", "unreachable"} <= {*case.head["flags"]}
        there = second.user(person.id)
        there.start()
        await there.wait(lambda me: me.screen)
        await town.settled()
        (case,) = await cases(town)
        assert "unreachable" not in case.head["flags"]


async def test_a_discreet_house_gets_the_constant_text_and_no_list(open_town: Open) -> None:
    async with open_town(alert_detail="discreet") as town:
        (old_chat,) = await town.on_duty("en")
        person = await town.played(SHORT)
        second = beside(town, old_chat, person)
        second.user(old_chat.id).start()
        await town.close()
        await switched(town, second)
        await town.open()
        await town.settled()
        holder, (case,) = second.user(old_chat.id), await cases(town)
        assert [] == listed(holder) and case.head["code"] not in texts(holder.messages())
        assert any("Something new has come in." in one.text for one in holder.messages())


@pytest.mark.parametrize("code", ["ru", "kk", "en"])
async def test_staff_are_asked_to_start_the_standby_until_they_say_they_did(open_town: Open, code: str) -> None:
    async with open_town(admins=(ADMIN,), standby=NAME, page_url=PAGE) as town:
        admin = town.sandbox.user(ADMIN, "Aru", code)
        admin.start()
        await town.settled()
        asked = button(admin, "standby")
        assert asked is not None and NAME in asked.text
        said = await town.said(admin, "/staff")
        language = town.app.house.language(code)
        assert language.say(text("not at the standby bot yet")) in said.text
        admin.press(f"standby={NAME}")
        await town.settled()
        assert asked.id not in {one.id for one in admin.messages()}
        said = await town.said(admin, "/staff")
        assert language.say(text("not at the standby bot yet")) not in said.text
        newcomer = await pressed(town, NEWCOMER, await link(town, admin, "auditor"), code)
        await town.said(admin, digits(newcomer))
        invited = button(newcomer, "standby")
        assert invited is not None and asked.text == invited.text
        person = await town.begun(code)
        person.press("consent=more")
        await person.wait(lambda me: place(me.screen) == "more" and PAGE in me.screen.text)
        shown = [asked.text.replace(NAME, ""), person.screen.text.replace(PAGE, "")]
        assert set() == foreign_letters(code, [replace(asked, text=one) for one in shown])


async def test_a_refused_token_ends_nothing_and_calls_the_pager_until_telegram_knows_the_bot_again(
    open_town: Open,
) -> None:
    """Not once a minute: that would be switched off."""
    called: list[bytes] = []

    async def take_call(request: web.Request) -> web.Response:
        called.append(await request.read())
        return web.Response()

    service = web.Application()
    service.router.add_post("/", take_call)
    async with TestServer(service) as server, open_town(pager_url=str(server.make_url("/"))) as town:
        await town.begun("ru", PERSON + 1)
        town.app.removal.every = 0.1
        town.sandbox.revoke()
        await asyncio.wait_for(town.app.removal.known.wait(), 10)
        await asyncio.sleep(0.5)
        person = town.person()
        person.start()
        town.sandbox.revoked = False
        await person.wait(lambda me: me.screen)
        # Once for the token; what else is amiss with this house (nobody is on duty) may call by itself.
        assert {b"Please look."} == {*called} and len(called) <= 3


async def test_without_a_page_more_names_none_and_no_standby_is_asked_for(town: Town) -> None:
    (coordinator,) = await town.on_duty("en")
    person = await town.begun("en")
    person.press("consent=more")
    await person.wait(lambda me: place(me.screen) == "more")
    assert "new address" not in person.screen.text
    assert "standby" not in texts(coordinator.messages())


async def test_a_wrong_token_at_the_very_first_start_ends_it(open_town: Open) -> None:
    async with open_town() as town:
        await town.close()
        settings = replace(town.settings, token=SECOND, database_url=f"sqlite:///{town.settings.data_dir / 'other.db'}")
        async with AsyncExitStack() as stack:
            bot = await app.build(settings, stack, migrate=True, clock=town.clock)
            with pytest.raises(InvalidToken):
                await bot.serve(asyncio.Event())
