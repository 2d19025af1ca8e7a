"""The shell beside a bot that runs: who comes onto the staff there, and how a removal is taken back."""

from __future__ import annotations

import asyncio
import os
import re
from datetime import UTC, datetime

from click.testing import CliRunner

from bot.cli import qorgan
from bot.store.records import Act

from .conftest import ADMIN, SECOND_ADMIN, Clock, Open, Town, on_both, texts
from .test_staff import NEWCOMER, STRANGER, digits, link, pressed, removes, staff, wrong


def the_shells() -> Clock:
    """The bot's clock where the shell is used, which knows no other than the machine's."""
    return Clock(datetime.now(UTC))


async def shell(town: Town, *words: str, answers: str = "", refused: bool = False) -> str:
    """What the command says that is typed on the bot's machine."""
    strangers = {name: None for name in os.environ if name.startswith(("QORGAN_", "XDG_"))}
    env = {
        "HOME": str(town.settings.data_dir),
        "QORGAN_DATA_DIR": str(town.settings.data_dir),
        "QORGAN_DATABASE_URL": town.settings.database_url,
        "QORGAN_KEYRING": str(town.settings.keyring),
        "QORGAN_KEYRING_PASSPHRASE": str(town.settings.passphrase),
        "QORGAN_BOT_TOKEN": str(town.settings.token),
    }
    done = await asyncio.to_thread(CliRunner(env=strangers | env).invoke, qorgan, words, input=answers)
    assert (2 if refused else 0) == done.exit_code, done.output
    await town.settled()
    return str(done.output)


async def pseudonym(town: Town, user: int) -> str:
    return await town.app.store.write(lambda work: work.actor(user))


@on_both
async def test_a_newcomer_is_invited_and_let_in_at_the_shell(open_town: Open) -> None:
    """A coordinator by the digits alone; an administrator where two agree. All administrators read of it."""
    async with open_town(clock=the_shells(), admins=(ADMIN, SECOND_ADMIN)) as town:
        first, second = await town.administrator(), await town.administrator(SECOND_ADMIN)
        for role, user in (("coordinator", NEWCOMER), ("admin", STRANGER)):
            said = await shell(town, "staff", "invite", role)
            found = re.search(r"start=([A-Za-z0-9_-]{22})$", said, re.MULTILINE)
            assert found is not None
            listed = await shell(town, "staff", "invites")
            assert "not opened yet" in listed and role in listed and found[1] not in listed
            newcomer = await pressed(town, user, found[1])
            assert "Your invite was opened" in texts(first.messages())
            said = await shell(town, "staff", "confirm", answers=f"{wrong(digits(newcomer))}\n")
            assert "These are not the digits. Tries left: 4" in said and user not in await staff(town)
            assert digits(newcomer) not in await shell(town, "staff", "invites")
            said = await shell(town, "staff", "confirm", answers=f"{digits(newcomer)}\n")
            if role == "admin":
                assert "another administrator has to agree" in said and user not in await staff(town)
                for one in (first, second):
                    one.press("I agree")
                    await town.settled()
                    assert (one is second) == (user in await staff(town))
            else:
                assert f"Nura-{user} is on the staff now." in said
            assert role == (await staff(town))[user]["role"]
            assert "Commands:" in texts(newcomer.messages())
            for one in (first, second):
                assert f"New on the staff: Nura-{user}" in texts(one.messages())
                assert "by: the shell" in texts(one.messages())
        assert "open" not in await shell(town, "staff", "invites")
        noted = [one.what for one in await town.app.store.write(lambda work: work.audit(limit=100))]
        assert (2, 2) == (noted.count(Act.INVITED), noted.count(Act.STAFF))


async def test_at_the_shell_invites_are_withdrawn_and_at_most_five(open_town: Open) -> None:
    async with open_town(clock=the_shells(), admins=(ADMIN,)) as town:
        admin = await town.administrator()
        payload = await link(town, admin, "admin")
        (line,) = [one for one in (await shell(town, "staff", "invites")).splitlines() if "not opened yet" in one]
        assert await pseudonym(town, ADMIN) in line
        assert "no open invite" in await shell(town, "staff", "withdraw", "zz", refused=True)
        await shell(town, "staff", "withdraw", line.split()[0])
        assert "Invite withdrawn: administrator · by: the shell" in texts(admin.messages())
        newcomer = await pressed(town, NEWCOMER, payload)
        assert not re.search(r"\d{3} \d{3}", texts(newcomer.messages()))
        for _ in range(5):
            await shell(town, "staff", "invite", "coordinator")
        assert "5 invites made here are open" in await shell(town, "staff", "invite", "auditor", refused=True)


async def test_a_stolen_account_s_removal_is_taken_back_at_the_shell_and_then_it_is_removed_itself(
    open_town: Open,
) -> None:
    async with open_town(clock=the_shells(), admins=(ADMIN, SECOND_ADMIN)) as town:
        thief, victim = await town.administrator(), await town.administrator(SECOND_ADMIN)
        names = [await pseudonym(town, user) for user in (ADMIN, SECOND_ADMIN)]
        assert "nobody whom an administrator" in await shell(town, "staff", "restore", names[1], refused=True)
        await removes(town, thief, SECOND_ADMIN)
        assert "last administrator" in await shell(town, "staff", "remove", names[0], "--yes", refused=True)
        assert "administrator again" in await shell(town, "staff", "restore", names[1])
        known = (await staff(town))[SECOND_ADMIN]
        assert "admin" == known["role"] and not known.get("removed") and "Commands:" in texts(victim.messages())
        assert f"On the staff again: Aru-{SECOND_ADMIN}" in texts(thief.messages())
        await shell(town, "staff", "remove", names[0], "--yes")
        assert (await staff(town))[ADMIN]["removed"]
        assert "nobody whom an administrator" in await shell(town, "staff", "restore", names[0], refused=True)
        newcomer = await pressed(town, NEWCOMER, await link(town, victim, "admin"))
        await town.said(victim, f"/confirm {digits(newcomer)}")
        assert "admin" == (await staff(town))[NEWCOMER]["role"], "whom the shell removed counts no more"
