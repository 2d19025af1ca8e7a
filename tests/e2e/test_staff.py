"""Who comes onto the staff and who leaves it: invites, digits, a second administrator, the list."""

from __future__ import annotations

import re

import pytest

from bot.sandbox import Account
from bot.store.records import Act
from bot.telegram import agreement

from .conftest import ADMIN, SECOND_ADMIN, SHORT, STAFF, Open, Speech, Town, alerts, on_both, texts

NEWCOMER, THIEF, STRANGER = 4001, 4002, 4003


async def link(town: Town, admin: Account, role: str) -> str:
    """The payload of a new link."""
    await admin.wait(lambda me: me.screen)
    said = await town.said(admin, f"/invite {role}")
    found = re.search(r"https://t\.me/sandbox_bot\?start=([A-Za-z0-9_-]{22})$", said.text, re.MULTILINE)
    assert found is not None, said.text
    return found[1]


async def pressed(town: Town, number: int, payload: str, language: str = "en") -> Account:
    one = town.sandbox.user(number, f"Nura-{number}", language)
    one.start(payload)
    await town.settled()
    return one


def digits(newcomer: Account) -> str:
    found = re.search(r"\d{3} \d{3}", texts(newcomer.messages()))
    assert found is not None
    return found[0]


def wrong(right: str) -> str:
    return f"{(int(right.replace(' ', '')) + 1) % 10**6:06}"


async def staff(town: Town) -> dict[int, dict[str, object]]:
    return {one.user: one.body for one in await town.app.store.write(lambda work: work.staff())}


@on_both
async def test_a_newcomer_is_staff_only_when_the_digits_are_right_and_a_removed_one_is_a_stranger(
    open_town: Open,
) -> None:
    async with open_town(admins=(ADMIN,)) as town:
        admin = await town.administrator()
        stranger = await pressed(town, STRANGER, "")
        payload = await link(town, admin, "coordinator")
        newcomer = await pressed(town, NEWCOMER, payload)
        assert NEWCOMER not in await staff(town)
        state = str(await town.app.store.write(lambda work: work.state()))
        assert payload not in state, "only a keyed hash of the link is kept"
        thief = await pressed(town, THIEF, payload)
        assert (stranger.screen.text, stranger.screen.buttons) == (thief.screen.text, thief.screen.buttons)
        assert 1 == texts(admin.messages()).count("pressed by a second account")
        await town.close()
        await town.open()
        await town.said(admin, f"/confirm {wrong(digits(newcomer))}")
        assert NEWCOMER not in await staff(town)
        await town.said(admin, f"/confirm {digits(newcomer)}")
        assert "coordinator" == (await staff(town))[NEWCOMER]["role"]
        assert not re.search(r"\d{3} \d{3}", texts(newcomer.messages()))
        late = await pressed(town, THIEF + 10, payload)
        assert stranger.screen.text == late.screen.text

        person = await town.played(SHORT)
        assert person.screen
        newcomer.press("Take")
        await town.settled()
        (case,) = await town.app.store.write(lambda work: work.all_cases())
        assert case.head["holder"] and "cases: 1" in (await town.said(admin, "/staff")).text
        other = (await town.on_duty("en"))[0]
        listed = await town.said(admin, "/staff")
        member = next(one for one in await town.app.store.write(lambda work: work.staff()) if one.user == NEWCOMER)
        admin.press(f"remove={member.id.hex()}", on=listed)
        await town.settled()
        assert not (await staff(town))[NEWCOMER].get("removed"), "it is asked first"
        admin.press("Remove")
        await town.settled()
        (case,) = await town.app.store.write(lambda work: work.all_cases())
        assert (None, "waiting") == (case.head["holder"], case.head["state"])
        assert alerts(other)
        assert not [one for one in newcomer.messages() if one.by_bot]
        for data in (f"take={case.id.hex()}", f"open={case.id.hex()}", "next=-"):
            newcomer.forge(data)
        await town.settled()
        (case,) = await town.app.store.write(lambda work: work.all_cases())
        assert case.head["holder"] is None
        assert case.head["code"] not in texts([one for one in newcomer.messages() if one.by_bot])
        newcomer.start()
        await town.settled()
        assert stranger.screen.text == newcomer.screen.text
        noted = [one.what for one in await town.app.store.write(lambda work: work.audit(limit=100))]
        assert (1, 2) == (noted.count(Act.INVITED), noted.count(Act.STAFF))


async def test_an_invite_dies_of_five_wrong_tries_and_of_a_day(open_town: Open) -> None:
    async with open_town(admins=(ADMIN,)) as town:
        admin = await town.administrator()
        newcomer = await pressed(town, NEWCOMER, await link(town, admin, "coordinator"))
        right = digits(newcomer)
        for _ in range(5):
            await town.said(admin, f"/confirm {wrong(right)}")
        await town.said(admin, f"/confirm {right}")
        assert NEWCOMER not in await staff(town)
        payload = await link(town, admin, "coordinator")
        early = await pressed(town, THIEF, await link(town, admin, "coordinator"))
        shown = digits(early)
        await town.forward(hours=24, minutes=1)
        late = await pressed(town, STRANGER, payload)
        assert not re.search(r"\d{3} \d{3}", texts(late.messages()))
        assert "used or too old" in texts(admin.messages())
        await town.said(admin, f"/confirm {shown}")
        assert not {NEWCOMER, THIEF, STRANGER} & set(await staff(town))
        await town.forward(hours=48)
        await town.app.keeper.watch()
        assert not (await town.app.store.write(lambda work: work.state()))["invites"]


async def test_a_third_administrator_needs_a_second_ones_word_and_the_last_one_stays(open_town: Open) -> None:
    async with open_town(admins=(ADMIN, SECOND_ADMIN)) as town:
        first, second = await town.administrator(), await town.administrator(SECOND_ADMIN)
        newcomer = await pressed(town, NEWCOMER, await link(town, first, "admin"))
        await town.said(first, digits(newcomer))  # the words after it are expected
        assert NEWCOMER not in await staff(town)
        assert "Somebody is to become" not in texts(first.messages())
        (asked,) = await town.app.store.write(agreement.standing)
        first.forge(f"admin.agree={asked.id}")
        await town.settled()
        assert NEWCOMER not in await staff(town), "who invited can't agree twice"
        second.press("I agree")
        await town.settled()
        assert "admin" == (await staff(town))[NEWCOMER]["role"]
        rows = {one.user: one.id.hex() for one in await town.app.store.write(lambda work: work.staff())}
        for user in (SECOND_ADMIN, NEWCOMER, ADMIN):
            first.forge(f"staff.remove={rows[user]}")
            await town.settled()
        assert not (await staff(town))[ADMIN].get("removed")
        assert "last administrator who has written" in texts(first.messages())


@pytest.mark.parametrize("language", STAFF)
async def test_an_auditor_gets_no_alert_and_every_word_is_in_ones_language(open_town: Open, language: str) -> None:
    async with open_town(admins=(ADMIN,)) as town:
        admin = await town.administrator(language=language)
        begun = len(admin.shown)
        await town.said(admin, "/invite")
        auditor = await pressed(town, NEWCOMER, await link(town, admin, "auditor"), language)
        own = list(auditor.shown)
        await town.said(admin, f"/confirm {wrong(digits(auditor))}")
        await town.said(admin, f"/confirm {digits(auditor)}")
        (coordinator,) = await town.on_duty("en")
        await town.said(admin, "/staff")
        await town.played(SHORT)
        assert alerts(coordinator) and not alerts(auditor)
        shown = [*own, *(one for one in admin.shown[begun:] if "language=" not in str(one.buttons))]
        names = [f"Aru-{ADMIN}", f"Nura-{NEWCOMER}", f"Dana-{STAFF['en']}"]
        found = {line for line in Speech(language, names).strangers(shown) if "t.me/" not in line}
        assert not {line for line in found if not re.fullmatch(r"\d{3} \d{3}|\d", line)}
