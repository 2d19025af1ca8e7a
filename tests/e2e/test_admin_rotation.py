"""/rotate and the keys after it, from an administrator's chat."""

from __future__ import annotations

import asyncio
import re

from bot.sandbox.player import play
from bot.store.records import Act
from bot.vault import State

from .administration import BOTH, audit, case_keys, fill, stale
from .conftest import (
    SECOND_ADMIN,
    SHORT,
    WORDS,
    Open,
    alerts,
    full,
    texts,
)


async def test_rotation_from_the_chat_while_intakes_go_on(open_town: Open) -> None:
    """One message, edited at most every two seconds, ends with the wraps under each key and none under the old."""
    async with open_town(admins=BOTH) as town:
        admin = await town.administrator()
        await town.on_duty("en")
        await town.played(SHORT)
        await fill(town, 1000)
        (old,) = await case_keys(town)
        people = [await town.begun("ru", 1100 + number) for number in range(4)]
        admin.write("/rotate")
        await asyncio.gather(*(play(one, full("ru")) for one in people))
        last = await admin.wait(
            lambda me: next((one for one in me.messages() if "The rotation is finished." in one.text), None), 60
        )
        await town.settled()
        assert 5 == len({one.text for one in alerts(town.staff["en"])})
        now = await case_keys(town)
        assert old.state is not None and now[0].state is not None
        assert old.state.id != now[0].state.id
        active = rf"Key: {now[0].state.id.hex()[:8]} · case key · active · days: 0 · wraps: 1,\d{{3}}$"
        assert re.search(active, last.text, re.MULTILINE)
        assert f"Key: {old.state.id.hex()[:8]} · case key · retired · days: 0 · wraps: 0" in last.text
        assert "Under earlier keys: 0" in last.text
        versions = [one for one in admin.shown if one.id == last.id]
        assert any(re.search(r"Re-wrapped: [\d,]+ of 1,\d{3} \(\d+ %\)", one.text) for one in versions)
        took = (last.edited or last.sent) - versions[0].sent
        assert len(versions) - 1 <= took.total_seconds() / 2 + 1
        taker = town.staff["en"]
        for alert in alerts(taker):
            taker.press(alert.buttons[0][0].data, on=alert)
        await town.settled()
        assert WORDS["ru"] in texts(taker.messages())


async def test_a_second_rotation_says_that_one_is_going_on(open_town: Open) -> None:
    async with open_town(admins=BOTH) as town:
        admin, other = await town.administrator(), await town.administrator(SECOND_ADMIN)
        await town.played(SHORT)
        await fill(town, 1000)
        admin.write("/rotate")
        other.write("/rotate")
        await other.reads("A rotation is going on already.")
        for one in (admin, other):
            await one.reads("Under earlier keys: 0", timeout=30)
        assert 2 == len(await case_keys(town))


async def test_a_rotation_cut_off_in_the_middle_is_finished_and_reported_after_the_next_start(open_town: Open) -> None:
    async with open_town(admins=BOTH) as town:
        admin = await town.administrator()
        await town.played(SHORT)
        await fill(town, 3000)
        admin.write("/rotate")
        async with asyncio.timeout(30):
            while not 0 < await stale(town) < 3000:
                await asyncio.sleep(0.01)
        await town.close()
        said = next(one for one in admin.messages() if "Re-wrapped" in one.text)
        await town.open()
        assert 0 < await stale(town) < 3000
        last = await admin.wait(
            lambda me: next((one for one in me.messages() if "Under earlier keys: 0" in one.text), None), 60
        )
        assert said.id == last.id


async def test_the_old_key_is_destroyed_once_nothing_needs_it(open_town: Open) -> None:
    async with open_town(admins=BOTH) as town:
        admin = await town.administrator()
        await town.played(SHORT)
        await town.said(admin, "/rotate")
        await admin.reads("Under earlier keys: 0")
        await town.app.keeper.report()
        await town.app.keeper.watch()
        (only,) = await case_keys(town)
        assert only.state is not None and only.state.state is State.ACTIVE
        assert [Act.KEY_DESTROYED, Act.KEY_MADE] == [one.what for one in await audit(town)]


async def test_a_keyring_that_cannot_be_saved_stops_the_rotation_before_it_begins(open_town: Open) -> None:
    async with open_town(admins=BOTH) as town:
        admin = await town.administrator()
        await town.played(SHORT)
        before = await case_keys(town)
        town.settings.keyring.rename(town.settings.keyring.with_name("elsewhere"))
        said = await town.said(admin, "/rotate")
        assert "The keyring could not be saved, so nothing has changed." in said.text
        assert before == await case_keys(town)
