"""What Telegram would not deliver: who sees so, and what becomes of what was to be said."""

from __future__ import annotations

import logging
import re
from dataclasses import replace

import pytest

from bot.sandbox.player import play
from bot.sandbox.world import Message

from .conftest import ADMIN, PERSON, SHORT, STAFF, Open, Town, alerts, texts

ABSENT = "The bot can't write to these coordinators or administrators."
UNREACHABLE = "The bot can't write to this person"
REFUSED = "Messages refused by Telegram: "


def notices(messages: list[Message], words: str) -> list[Message]:
    return [one for one in messages if words in one.text]


async def test_a_coordinator_who_blocks_the_bot_shows_to_all_others_until_they_are_back(open_town: Open) -> None:
    """At once and by name, in the chats of coordinators and administrators; gone with the first word of theirs."""
    async with open_town(admins=(ADMIN,)) as town:
        gone, other = await town.on_duty("en", "ru")
        other.press("language=en")
        admin = await town.administrator()
        gone.block()
        await town.settled()
        for one in (other, admin):
            (notice,) = notices(one.messages(), ABSENT)
            assert f"Dana-{STAFF['en']}" in notice.text and notice.protected
        gone.write("?")
        await town.settled()
        assert not notices([*other.messages(), *admin.messages()], ABSENT)
        assert not notices(gone.shown, ABSENT)


@pytest.mark.parametrize("how", ["blocked", "user is deactivated", "chat not found"])
async def test_it_shows_also_where_only_a_refused_alert_tells_of_it(town: Town, how: str) -> None:
    """The update that would have said so was lost; a lost alert is sent again as soon as they are back."""
    gone, other = await town.on_duty("en", "ru")
    other.press("language=en")
    status, words = (400, "Bad Request: chat not found") if "chat" in how else (403, f"Forbidden: {how}")
    fault = town.sandbox.fail("*", chat=gone.id, times=None, status=status, description=words)
    await town.played(SHORT)
    assert len(notices(other.messages(), ABSENT)) == 1 and alerts(gone) == []
    fault.cancel()
    gone.write("?")
    await town.settled()
    assert len(alerts(gone)) == 1 and not notices(other.messages(), ABSENT)


async def test_where_no_coordinator_can_be_reached_the_administrators_get_the_alerts(open_town: Open) -> None:
    async with open_town(admins=(ADMIN,)) as town:
        admin = await town.administrator()
        everyone = await town.on_duty()
        await town.played(SHORT)
        assert alerts(admin) == []
        for one in everyone:
            one.block()
        await town.settled()
        (alert,) = alerts(admin)
        admin.press(alert.buttons[0][0].data)
        await town.settled()
        assert "This case is yours." in texts(admin.messages())


async def test_a_person_who_cannot_be_reached_is_marked_on_the_holders_card_until_they_write(town: Town) -> None:
    holder, other = await town.on_duty("en", "ru")
    other.press("language=en")
    person = await town.played(SHORT)
    person.block()
    await town.settled()
    for one in (holder, other):
        assert UNREACHABLE in alerts(one)[0].text
    holder.press(alerts(holder)[0].buttons[0][0].data)
    await town.settled()
    assert UNREACHABLE in texts(holder.messages())
    person.write("?")
    await town.settled()
    card = next(one for one in holder.messages() if "This case is yours." in one.text)
    assert UNREACHABLE not in card.text


async def test_a_person_whom_only_a_refused_screen_shows_to_be_gone_is_marked_too(town: Town) -> None:
    (holder,) = await town.on_duty("en")
    person = await town.played(SHORT)
    town.sandbox.fail("*", chat=person.id, status=403, description="Forbidden: user is deactivated", times=None)
    holder.press(alerts(holder)[0].buttons[0][0].data)  # the person's screen is to say that it was opened
    await town.settled()
    assert UNREACHABLE in texts(holder.messages())


async def test_an_alert_that_telegram_refuses_is_said_once_more_as_a_plain_line_that_can_be_taken(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    (one,) = await town.on_duty("en")
    bad = {"status": 400, "description": "Bad Request: can't parse entities: secret"}
    town.sandbox.fail("sendMessage", chat=one.id, **bad)
    person = await town.begun()
    await play(person, SHORT, until="where")
    await town.settled()
    (alert,) = alerts(one)
    (case,) = await town.app.store.write(lambda work: work.all_cases())
    assert alert.text.splitlines() == [f"Case: {case.head['code']}", "Telegram refused the message about it."]
    assert alert.protected and "secret" not in caplog.text and case.head["code"] not in caplog.text
    await play(person, SHORT)
    await town.settled()
    assert "Place:" in alerts(one)[0].text  # later versions are as usual
    one.press(alerts(one)[0].buttons[0][0].data)
    await town.settled()
    assert "This case is yours." in texts(one.messages())


async def test_an_alert_whose_edit_is_refused_stands_anew_and_alone(town: Town) -> None:
    (one,) = await town.on_duty("en")
    person = await town.begun()
    await play(person, SHORT, until="where")
    await town.settled()
    first = alerts(one)[0]
    town.sandbox.fail("editMessageText", chat=one.id, status=400, description="Bad Request: MESSAGE_ID_INVALID")
    await play(person, {**SHORT, "where": ("almaty",)}, until="detained_since")
    await town.settled()
    (alert,) = alerts(one)
    assert first.id != alert.id and "Telegram refused the message about it." in alert.text


async def test_what_telegram_always_refuses_is_tried_twice_and_shown_to_administrators_as_a_number(
    open_town: Open,
) -> None:
    async with open_town(admins=(ADMIN,)) as town:
        admin = await town.administrator()
        (one,) = await town.on_duty("en")
        town.sandbox.fail("sendMessage", chat=one.id, times=None, status=400, description="Bad Request: no")
        person = await town.begun()
        await play(person, SHORT, until="where")
        await town.settled()
        tried = [call for call in town.sandbox.calls if call.chat == one.id and call.method == "sendMessage"]
        assert len([call for call in tried if not call.ok]) == 2
        await town.app.keeper.watch()
        await town.settled()
        assert len(notices(admin.messages(), f"{REFUSED}1")) == 1
        assert f"{REFUSED}1" in (await town.said(admin, "/keys")).text
        await town.app.keeper.watch()
        await town.settled()
        assert len(notices(admin.messages(), "Telegram has refused messages of the bot.")) == 1


async def test_a_persons_screen_that_telegram_refuses_comes_once_more_without_markup(town: Town) -> None:
    person = town.person("en")
    town.sandbox.fail("sendMessage", chat=person.id, status=400, description="Bad Request: can't parse entities")
    person.start()
    await person.wait(lambda me: me.screen)
    await town.settled()
    assert person.screen.text.startswith("Hello!") and not person.screen.entities
    await play(person, SHORT)
    assert "&" not in texts(person.messages()) and "<" not in texts(person.messages())


async def test_a_word_of_refusals_does_not_feed_itself(open_town: Open) -> None:
    """The administrator's own chat refuses everything: the count stays at what was refused to others."""
    async with open_town(admins=(ADMIN,)) as town:
        admin = await town.administrator()
        town.sandbox.fail("sendMessage", chat=PERSON, status=400, description="Bad Request: no")
        person = town.person()
        person.start()
        await town.settled()
        town.sandbox.fail("sendMessage", chat=admin.id, times=None, status=400, description="Bad Request: no")
        for _ in range(3):
            await town.app.keeper.watch()
            await town.settled()
        state = await town.app.store.write(lambda work: work.state())
        assert 1 == state["unsent"]


async def _waiting(town: Town, count: int) -> list[str]:
    """So many cases that nobody has taken, the least urgent first; their numbers."""
    (first,) = await town.app.store.write(lambda work: work.all_cases())
    codes = [f"{number:06}" for number in range(count)]
    cases = [
        replace(first, id=bytes([1, *number.to_bytes(15)]), chat=None,
                head={**first.head, "code": code, "urgency": 4 - 5 * number // count,
                      "times": {**first.head["times"], "written": first.head["times"]["written"] - number}})
        for number, code in enumerate(codes)
    ]  # fmt: skip
    await town.app.store.write(lambda work: [work.add_case(case) for case in cases])
    return codes


@pytest.mark.parametrize("detail", ["standard", "discreet"])
async def test_who_comes_to_thousands_of_cases_gets_ten_alerts_and_one_message_for_the_rest(
    open_town: Open, detail: str
) -> None:
    """The most urgent have their own; the button of the one message takes whatever is the most urgent."""
    async with open_town(alert_detail=detail) as town:
        await town.played(SHORT)
        codes = await _waiting(town, 2_000)
        calls = len(town.sandbox.calls)
        late = town.sandbox.user(STAFF["en"], "Dana", "en")
        late.start()
        await town.settled()
        sent = [one for one in town.sandbox.calls[calls:] if one.chat == late.id and one.method == "sendMessage"]
        assert len(sent) == 10 + 1 + 1  # and the menu
        buttons = [button.data for one in late.messages() for row in one.buttons for button in row]
        assert "next=-" in buttons
        late.press("next=-")
        await town.settled()
        cases = await town.app.store.write(lambda work: work.all_cases())
        (taken,) = [case for case in cases if case.head["holder"]]
        critical = [case for case in cases if case.head["urgency"] == 0]
        oldest = min(critical, key=lambda case: case.head["times"]["written"])
        assert oldest.id == taken.id and taken.head["code"] == codes[-1]
        if detail == "standard":
            said = [one for one in late.shown if "Waiting: 2,001" in one.text and one.buttons[-1][0].data == "next=-"]
            assert said and not re.search("name|1001", texts(said))
