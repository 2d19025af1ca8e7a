"""A draft in the holder's chat: only where the organisation allows it, protected, gone after minutes, and noted."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import docx

from bot.store.records import Act
from bot.telegram.actions import NOT_NOW
from bot.telegram.drafting import NOT_AGREED, SEALED
from tests.e2e.conftest import SHORT, Open, Town, texts
from tests.e2e.test_coordinator import offline
from tests.e2e.test_desk import labels, pressed, the_cases
from tests.e2e.test_notes import acts, answers_in, held

GROUND = "He asked his lawyer for it on Monday"


async def test_a_draft_reaches_its_holder_alone_where_it_is_allowed_and_goes_again(open_town: Open) -> None:
    async with open_town(drafts_in_chat=True) as town:
        one, other = await town.on_duty("en", "ru")
        await town.played(SHORT)
        (case,) = (await the_cases(town)).values()
        await pressed(town, one, f"take={case.id.hex()}")
        await town.said(one, f"/case {case.head['code']}")
        await pressed(town, one, "Draft")
        await pressed(town, one, "UN Human Rights Committee")
        (file,) = [message for message in one.messages() if message.kind == "document"]
        assert file.protected and f"{case.head['code']}.docx" == file.extra["document"]["file_name"]
        opened = docx.Document(BytesIO(one.download(file)))
        assert "remove this page before filing" in opened.paragraphs[0].text
        await town.said(other, f"/draft {case.head['code']} hrc")
        assert not [message for message in other.shown if message.kind == "document"]
        await town.said(one, f"/draft {case.head['code']} handover un")
        assert str(NOT_AGREED.message) in "\n".join(message.text for message in one.messages())
        assert 1 == (await acts(town, case)).count(Act.DRAFT_HRC)
        assert Act.DRAFT_HANDOVER not in await acts(town, case)
        await town.forward(minutes=16)
        assert not [message for message in one.messages() if message.kind == "document"]


async def test_the_holder_gives_in_the_chat_the_ground_on_which_another_may_be_told(open_town: Open) -> None:
    """Where another wrote: asked for once it is missing, seen before it is kept, and for that recipient alone."""
    async with open_town(drafts_in_chat=True) as town:
        (one,) = await town.on_duty("en")
        relative = {
            "who": ("relative",),
            "last_contact": ("today",),
            "knows": ("unable",),
            "relationship": ("sibling",),
        }
        await town.played({**SHORT, **relative})
        (case,) = (await the_cases(town)).values()
        code = case.head["code"]
        await pressed(town, one, f"take={case.id.hex()}")
        await town.said(one, f"/draft {code}")
        await pressed(town, one, "Case note: The UN")
        assert f"Ground to tell of {code}: The UN" in texts(one.messages())
        await town.said(one, GROUND)
        assert Act.NOTE not in await acts(town, case)
        one.press("Keep")
        await town.settled()
        assert [Act.NOTE] == (await acts(town, case))[-1:]
        for to in ("family", "un"):
            await town.said(one, f"/draft {code} handover {to}")
        (file,) = [message for message in one.messages() if "document" in message.extra]
        assert "by the ground that the holder of the case recorded" in "\n".join(
            line.text for line in docx.Document(BytesIO(one.download(file))).paragraphs
        )
        assert [Act.NOTE, Act.DRAFT_HANDOVER] == (await acts(town, case))[-2:]
        await town.said(one, f"/ground {code}")
        await pressed(town, one, "Family")
        assert f"Ground to tell of {code}: Family" in texts(one.messages())
        await pressed(town, one, f"open={case.id.hex()}")
        assert f"ground to tell: The UN {GROUND}" in texts(one.messages())


async def test_in_offline_custody_no_draft_reaches_a_chat_but_a_ground_is_kept(open_town: Open, tmp_path: Path) -> None:
    async with open_town(drafts_in_chat=True) as town:
        keyring = await offline(town, tmp_path)
        one, case = await held(town)
        assert SEALED.message == (await town.said(one, f"/draft {case.head['code']} hrc")).text
        await town.said(one, f"/ground {case.head['code']} family")
        await town.said(one, GROUND)
        await pressed(town, one, "Keep")
        assert [Act.NOTE] == (await acts(town, case))[-1:]
        await town.forward(minutes=16)
        await pressed(town, one, f"open={case.id.hex()}")
        assert ("family", GROUND) in [(body.get("ground"), body.get("note")) for body in await answers_in(one, keyring)]


async def test_nothing_is_drafted_into_a_chat_where_nobody_has_allowed_it(town: Town) -> None:
    """The holder is told where drafts are made; whoever does not hold the case learns nothing of it."""
    one, other = await town.on_duty("en", "ru")
    await town.played(SHORT)
    (case,) = (await the_cases(town)).values()
    await pressed(town, one, f"take={case.id.hex()}")
    await town.said(one, f"/case {case.head['code']}")
    assert "Draft" not in labels(one)
    await town.said(one, f"/draft {case.head['code']} hrc")
    assert "they are made in the shell. qorgan cases draft" in one.screen.text
    for code in (case.head["code"], "ABCDEF"):
        assert "Такого дела нет, или оно не ваше." == (await town.said(other, f"/draft {code} hrc")).text
    assert NOT_NOW.message == (await town.said(one, f"/withdraw {case.head['code']}")).text
    assert not [message for message in (*one.shown, *other.shown) if message.kind == "document"]
