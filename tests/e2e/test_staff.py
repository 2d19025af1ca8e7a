"""Who comes onto the staff and who leaves it: invites, digits, a second administrator, the list."""

from __future__ import annotations

import re

import pytest

from bot.sandbox import Account
from bot.store.records import Act
from bot.store.work import Work
from bot.telegram import agreement
from bot.telegram.agreement import Matter, Question

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


async def row(town: Town, user: int) -> str:
    return next(one.id.hex() for one in await town.app.store.write(lambda work: work.staff()) if one.user == user)


async def removes(town: Town, admin: Account, user: int) -> None:
    admin.forge(f"staff.remove={await row(town, user)}")
    await town.settled()


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
        told = f"New on the staff: Nura-{NEWCOMER} · administrator · invited by: Aru-{ADMIN}"
        assert told in texts(first.messages()) and told in texts(second.messages())
        for user in (SECOND_ADMIN, NEWCOMER, ADMIN):
            await removes(town, first, user)
        assert not (await staff(town))[ADMIN].get("removed")
        assert "last administrator who has written" in texts(first.messages())


@on_both
async def test_one_stolen_account_that_removes_the_other_administrator_decides_nothing_alone_for_a_day(
    open_town: Open,
) -> None:
    """No administrator comes in by it, no question of the shell's is settled; the one removed hears of it at once, and
    coming back as a coordinator changes nothing."""
    async with open_town(admins=(ADMIN, SECOND_ADMIN)) as town:
        thief, victim = await town.administrator(), await town.administrator(SECOND_ADMIN)
        await removes(town, thief, SECOND_ADMIN)
        told = f"Removed from the staff: Aru-{SECOND_ADMIN} · administrator · by: Aru-{ADMIN}"
        assert 1 == texts(thief.messages()).count(told)
        assert [told] == [one.text for one in victim.messages() if one.by_bot]
        export = await town.app.store.write(lambda work: agreement.ask(work, Matter.EXPORT, {"count": 2}))
        accomplice = await pressed(town, NEWCOMER, await link(town, thief, "admin"))
        await town.said(thief, f"/confirm {digits(accomplice)}")
        for question in await town.app.store.write(agreement.standing):
            for one in (thief, victim, accomplice):
                one.forge(f"admin.agree={question.id}")
        await town.settled()
        assert NEWCOMER not in await staff(town)

        async def settled() -> bool:
            return await town.app.store.write(lambda work: agreement.is_settled(work, asked(work), work.staff()))

        def asked(work: Work) -> Question:
            return next(one for one in agreement.standing(work) if one.id == export.id)

        assert not await settled()
        back = await pressed(town, SECOND_ADMIN, await link(town, thief, "coordinator"))
        await town.said(thief, f"/confirm {digits(back)}")
        assert "coordinator" == (await staff(town))[SECOND_ADMIN]["role"] and not await settled()
        await town.forward(hours=23)
        assert not await settled()

        await town.forward(hours=1, minutes=1)
        other = await pressed(town, STRANGER, await link(town, thief, "admin"))
        await town.said(thief, f"/confirm {digits(other)}")
        assert "admin" == (await staff(town))[STRANGER]["role"], "after a day one is one"


async def test_an_administrator_who_never_wrote_to_the_bot_is_none_to_leave_behind(open_town: Open) -> None:
    async with open_town(admins=(ADMIN, SECOND_ADMIN)) as town:
        admin = await town.administrator()
        await removes(town, admin, ADMIN)
        assert "last administrator who has written" in texts(admin.messages())
        assert not (await staff(town))[ADMIN].get("removed")
        other = await town.administrator(SECOND_ADMIN)
        await removes(town, admin, ADMIN)
        assert (await staff(town))[ADMIN]["removed"]
        await removes(town, other, SECOND_ADMIN)
        assert not (await staff(town))[SECOND_ADMIN].get("removed")


async def test_open_invites_are_shown_are_at_most_five_and_any_administrator_withdraws_them(open_town: Open) -> None:
    async with open_town(admins=(ADMIN, SECOND_ADMIN)) as town:
        admin, other = await town.administrator(), await town.administrator(SECOND_ADMIN)
        listed = await town.said(other, "/staff")
        assert "Open invites" not in listed.text and 2 == listed.text.count("last seen: March 2, 2026")
        payloads = [await link(town, admin, "coordinator") for _ in range(5)]
        await town.said(admin, "/invite auditor")
        assert "Your open invites: 5." in texts(admin.messages())
        assert f"Invited to the staff: coordinator · by: Aru-{ADMIN}" in texts(other.messages())
        assert "Invited to the staff: auditor" not in texts(other.messages())
        assert await link(town, other, "auditor"), "each has five of their own"

        newcomer = await pressed(town, NEWCOMER, payloads[0])
        shown = digits(newcomer)
        listed = await town.said(other, "/staff")
        assert "Open invites: 6" in listed.text and 1 == listed.text.count("the digits are awaited")
        line = next(one for one in listed.text.splitlines() if "the digits are awaited" in one)
        assert f"coordinator · by: Aru-{ADMIN}" in line and "until: Mar 3, 2026" in line
        other.press(f"Withdraw invite {line.partition('.')[0]}")
        await town.settled()
        assert "Open invites: 5" in texts(other.messages())
        assert not re.search(r"\d{3} \d{3}", texts(newcomer.messages()))
        assert "Type the digits" not in str(admin.messages())
        assert f"Invite withdrawn: coordinator · by: Aru-{SECOND_ADMIN}" in texts(admin.messages())
        await town.said(admin, f"/confirm {shown}")
        again = await pressed(town, THIEF, payloads[0])
        assert not re.search(r"\d{3} \d{3}", texts(again.messages()))
        assert not {NEWCOMER, THIEF} & set(await staff(town))
        assert await link(town, admin, "auditor"), "there is room again"
        noted = [one.what for one in await town.app.store.write(lambda work: work.audit(limit=100))]
        assert (7, 1) == (noted.count(Act.INVITED), noted.count(Act.WITHDRAWN))


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
        await link(town, admin, "admin")
        await town.said(admin, "/staff")
        admin.press(next(one.data for row in admin.screen.buttons for one in row if "withdraw" in one.data))
        await town.settled()
        await removes(town, admin, STAFF["kk"])
        await town.played(SHORT)
        assert alerts(coordinator) and not alerts(auditor)
        shown = [*own, *(one for one in admin.shown[begun:] if "language=" not in str(one.buttons))]
        names = [f"Aru-{ADMIN}", f"Nura-{NEWCOMER}", f"Dana-{STAFF['en']}"]
        found = {line for line in Speech(language, names).strangers(shown) if "t.me/" not in line}
        assert not {line for line in found if not re.fullmatch(r"\d{3} \d{3}|\d", line)}
