"""A draft in the holder's chat: only where the organisation allows it, protected, gone after minutes, and noted."""

from __future__ import annotations

from io import BytesIO

import docx

from bot.store.records import Act
from bot.telegram.actions import NOT_NOW
from bot.telegram.drafting import NOBODY
from tests.e2e.conftest import SHORT, Open, Town
from tests.e2e.test_desk import labels, pressed, the_cases
from tests.e2e.test_notes import acts


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
        assert str(NOBODY.message) in "\n".join(message.text for message in one.messages())
        assert 1 == (await acts(town, case)).count(Act.DRAFT_HRC)
        assert Act.DRAFT_HANDOVER not in await acts(town, case)
        await town.forward(minutes=16)
        assert not [message for message in one.messages() if message.kind == "document"]


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
