"""Who leaves the staff, or a role, amid something: nothing of it is left, and their cases wait for others."""

from __future__ import annotations

import json

from bot.sandbox import Account
from bot.store.records import Case
from bot.store.work import Work

from .conftest import ADMIN, SHORT, STAFF, Open, Town, alerts, on_both, texts
from .correspondence import written
from .erasing import button, data
from .test_shell import shell, the_shells
from .test_staff import removes, row


async def the_case(town: Town) -> Case:
    (case,) = await town.app.store.write(lambda work: work.all_cases())
    return case


async def presses(town: Town, one: Account, *said: str) -> None:
    for each in said:
        one.forge(each)
        await town.settled()


def readable(work: Work) -> str:
    """All that the server can read of what one is typing."""
    rows = [row.body for row in (*work.due(2**40, 999, 8), *work.due_wakes(2**40, 999))]
    slots = [slot.body for user in STAFF.values() for slot in work.slots_in(user)]
    return json.dumps([rows, slots, [one.body for one in work.staff()]])


@on_both
async def test_what_a_removed_coordinator_was_typing_goes_and_their_buttons_are_dead(open_town: Open) -> None:
    """A note and a message to the person, typed and not sent."""
    async with open_town(admins=(ADMIN,)) as town:
        admin = await town.administrator()
        (one,) = await town.on_duty("en")
        person = await town.played(SHORT)
        case = await the_case(town)
        await town.said(one, f"/take {case.head['code']}")
        await town.said(one, f"/note {case.head['code']}")
        await town.said(one, "Half a note")
        note = data(button(one, "note.keep"), "note.keep")
        await written(town, one, "Half a letter")
        send = data(button(one, "send"), "send")
        kept = await town.app.store.write(readable)
        assert "Half a note" in kept and "Half a letter" in kept
        before = [*person.shown]
        entries = await town.app.store.write(lambda work: work.sealed_entries(case.id))
        await removes(town, admin, STAFF["en"])
        assert "Half a" not in await town.app.store.write(readable)
        assert not [message for message in one.messages() if message.by_bot]
        await presses(town, one, note, send, f"words={case.id.hex()}.more", f"open={case.id.hex()}")
        one.write("The other half")
        await town.settled()
        assert before == person.shown
        assert entries == await town.app.store.write(lambda work: work.sealed_entries(case.id))
        assert (await the_case(town)).head["holder"] is None


async def test_a_hand_over_that_waits_ends_when_one_of_the_two_is_removed(open_town: Open) -> None:
    async with open_town(admins=(ADMIN,)) as town:
        admin = await town.administrator()
        holder, other = await town.on_duty("en", "ru")
        await town.played(SHORT)
        case = await the_case(town)
        first, second = await row(town, STAFF["en"]), await row(town, STAFF["ru"])
        offer, accept = f"handover={case.id.hex()}.{second[:16]}", f"accept={case.id.hex()}"
        await presses(town, holder, f"take={case.id.hex()}", offer)
        assert second == (await the_case(town)).head["handover"] and button(other, "accept")
        await removes(town, admin, STAFF["ru"])
        await presses(town, other, accept)
        now = (await the_case(town)).head
        assert (first, None) == (now["holder"], now["handover"])

        await town.on_duty("kk")
        third = town.staff["kk"]
        row_of_third = await row(town, STAFF["kk"])
        await presses(town, holder, f"handover={case.id.hex()}.{row_of_third[:16]}")
        assert button(third, "accept")
        await removes(town, admin, STAFF["en"])
        assert button(third, "accept") is None and alerts(third)
        await presses(town, third, accept)
        now = (await the_case(town)).head
        assert (None, None, "waiting") == (now["holder"], now["handover"], now["state"]), "what is offered no more"
        await presses(town, third, f"take={case.id.hex()}")
        assert row_of_third == (await the_case(town)).head["holder"]


async def test_who_becomes_an_auditor_holds_no_case_and_invites_nobody(open_town: Open) -> None:
    """A coordinator, and an administrator who holds one."""
    async with open_town(clock=the_shells(), admins=(ADMIN, ADMIN + 1)) as town:
        admin, other = await town.administrator(), await town.administrator(ADMIN + 1)
        (coordinator,) = await town.on_duty("en")
        await town.played(SHORT)
        case = await the_case(town)
        for one, user in ((coordinator, STAFF["en"]), (admin, ADMIN)):
            await presses(town, one, f"take={case.id.hex()}")
            assert await row(town, user) == (await the_case(town)).head["holder"]
            await town.said(admin, "/invite auditor")
            pseudonym = await town.app.store.write(lambda work, user=user: work.actor(user))
            assert "auditor from now on" in await shell(town, "staff", "role", pseudonym, "auditor")
            head = (await the_case(town)).head
            assert (None, "waiting") == (head["holder"], head["state"])
            told = f"{'Aru' if one is admin else 'Dana'}-{user} · auditor · by: the shell"
            assert told in texts(one.messages()) and told in texts(other.messages())
            assert case.head["code"] not in texts(one.messages()) and not alerts(one)
            for said in (f"open={case.id.hex()}", f"take={case.id.hex()}", "cases=", "invite=admin", "staff="):
                await presses(town, one, said)
                assert "This is not for you to do." == one.screen.text, said
            assert (await the_case(town)).head["holder"] is None
        assert "no open invite" in await shell(town, "staff", "withdraw", "", refused=True)
