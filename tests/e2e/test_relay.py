"""The relay between a coordinator and a person: both ways, when it waits, what each side is told, what is left."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.sandbox.player import place, play
from bot.store.records import Act
from bot.vault import SealedCase, open_case
from tests.e2e.test_relay_waiting import sent_while_stuck

from .conftest import TRANSIT, Speech, Town, alerts, foreign_letters, texts
from .correspondence import changed, chosen, climbed, learns, opened, sent, stored, written
from .erasing import acts, button, cases, data, take
from .test_coordinator import offline

WORDS = {"en": "Good day, <b>which</b> station?", "kk": "Қайырлы күн, қай бөлім?"}
ANSWER = "Второе отделение, улица <Абая>"
CALLED = "Ждёт ответа с: "


@pytest.mark.parametrize(("database_url", "code"), [("sqlite", "en"), ("postgresql", "kk")], indirect=["database_url"])
async def test_two_who_talk_learn_nothing_of_each_others_account(town: Town, code: str) -> None:
    """In their two languages: typed, seen, sent, opened by a press, answered, closed again; and kept in the case."""
    await town.on_duty(code)
    person = await town.played(TRANSIT, "ru")
    (case,) = await cases(town)
    coordinator = await take(town, code)
    home, begun = person.screen.id, len(town.sandbox.calls)

    preview = await sent(town, coordinator, WORDS[code])
    assert WORDS[code] in preview.text and case.head["code"] in preview.text and preview.protected
    assert Speech(code).owns(preview.text.splitlines()[1]) and preview.text != texts(coordinator.messages())
    assert WORDS[code] not in texts(coordinator.messages())  # typed words and the used draft are gone
    await person.wait(lambda me: place(me.screen) == "letter")
    line = person.screen
    assert line.id != home and [line] == person.messages() and not line.silent
    assert 1 == len(line.buttons) and WORDS[code] not in line.text
    await coordinator.wait(lambda me: button(me, "send") is None)
    assert WORDS[code] in await opened(town, person)
    assert [person.screen] == person.messages()

    person.write(ANSWER)
    await town.settled()
    copy = next(one for one in coordinator.messages() if ANSWER in one.text)
    assert copy.protected and case.head["code"] in copy.text and [person.screen] == person.messages()
    await town.forward(minutes=5)
    assert (line.text, line.buttons) == (person.screen.text, person.screen.buttons)

    entries = await town.app.store.write(lambda work: work.entries(case.id))
    assert [WORDS[code], ANSWER] == [one.get("to") or one["from"] for one in entries if "answers" not in one]
    coordinator.press(data(button(coordinator, "open"), "open"))
    await town.settled()
    summary = texts(coordinator.messages())
    assert WORDS[code] in summary and summary.index(WORDS[code]) < summary.rindex(ANSWER)
    assert [Act.READ, Act.WRITE, Act.READ, Act.TAKE] == (await acts(town))[:4]

    for me, other in ((person, coordinator), (coordinator, person)):
        calls = [call for call in town.sandbox.calls[begun:] if call.chat == me.id]
        wire = json.dumps([dict(call.params) for call in calls], ensure_ascii=False, default=str)
        name = "Иван" if other is person else f"Dana-{other.id}"
        assert calls and str(other.id) not in wire and name not in wire
        assert not [call for call in calls if "forward" in call.method or "copy" in call.method]
    for me, language, verbatim in ((person, "ru", WORDS[code]), (coordinator, code, ANSWER)):
        shown = [one for one in me.shown if one.by_bot][-12:]
        assert not Speech(language, [*WORDS[code].splitlines(), verbatim, ANSWER]).strangers(shown)
    assert not foreign_letters("ru", [line, person.screen])


async def test_what_a_person_answers_climbs_the_ladder_while_the_holder_is_silent(town: Town) -> None:
    """Others are called, and see none of its words; once the holder writes back they are called no more."""
    holder, other = await town.on_duty("en", "ru")
    person = await town.played(TRANSIT, "ru")
    await take(town, "en")
    await sent(town, holder, "First")
    await climbed(town, minutes=11)
    assert CALLED not in texts(other.messages())  # nothing waits for the holder
    await opened(town, person)
    person.write(ANSWER)
    await town.settled()
    await climbed(town, minutes=9)
    assert CALLED not in texts(other.messages())
    await climbed(town, minutes=2)
    (call,) = [one for one in other.messages() if CALLED in one.text]
    assert ANSWER not in texts(other.messages()) and call.protected
    assert "there is something new" in texts(holder.messages()) and ANSWER in texts(holder.messages())
    await sent(town, holder, "Second")
    await climbed(town, minutes=11)
    assert CALLED not in texts(other.messages())


async def test_what_the_coordinator_is_told_of_a_letter_is_true(town: Town) -> None:
    """On its way, sent once Telegram has taken it, opened once it was pressed; the words stand in none of it."""
    await town.on_duty("en")
    person = await town.played(TRANSIT)
    coordinator = await take(town, "en")
    fault = town.sandbox.fail("sendMessage", chat=person.id, times=None, status=500, description="Internal")
    await sent_while_stuck(town, coordinator, "Hello")
    assert "sent: " not in texts(coordinator.messages())
    fault.cancel()
    assert "opened" not in await learns(coordinator, "sent: ")
    await opened(town, person)
    assert "opened by a press: " in texts(coordinator.messages())
    assert not [one for one in coordinator.shown if one.by_bot and "Hello" in one.text and not one.buttons]


async def test_a_draft_goes_by_itself_and_what_is_typed_outside_of_one_goes_nowhere(town: Town) -> None:
    """Five minutes; cancelled; too long, told before anything is cut; a photo, a command; pressed twice."""
    await town.on_duty("en")
    person = await town.played(TRANSIT)
    coordinator = await take(town, "en")
    before = person.messages()

    coordinator.write("Typed outside")
    await written(town, coordinator, "Typed in time")
    assert "Typed in time" in await stored(town)
    old = button(coordinator, "send")
    await town.forward(minutes=5, seconds=1)
    assert button(coordinator, "send") is None and "Typed in time" not in await stored(town)
    coordinator.press(data(old, "send"), on=old)
    await learns(coordinator, "The time to write is over. Nothing was sent.")

    await written(town, coordinator, "Cancelled")
    coordinator.press(data(button(coordinator, "cancel"), "cancel"))
    await town.settled()
    assert button(coordinator, "send") is None and "Cancelled" not in await stored(town)

    await written(town, coordinator, "x" * 4096 + "the end that Telegram brings by itself")
    assert "Longest text, in characters: 1,000" in texts(coordinator.messages())
    assert button(coordinator, "send") is None and "the end" not in await stored(town)

    coordinator.press(data(button(coordinator, "write"), "write"))
    await town.settled()
    coordinator.send("photo", "on a photo")
    await learns(coordinator, "Only text can be read here.")
    coordinator.write("/start")
    await town.settled()
    coordinator.write("Typed after something else")
    await town.settled()
    assert button(coordinator, "send") is None
    assert person.messages() == before

    await written(town, coordinator, "Once")
    first = button(coordinator, "send")
    coordinator.write("and more")
    await town.settled()
    coordinator.press(data(first, "send"), on=first)  # as it stood before something was added to it
    await town.settled()
    assert person.messages() == before
    both = button(coordinator, "send")
    for _ in range(2):
        coordinator.press(data(both, "send"), on=both)
    read = await opened(town, person)
    assert 1 == read.count("Once\nand more")
    coordinator.write(f"/write {(await cases(town))[0].head['code']} By a command")
    await town.settled()
    preview = button(coordinator, "send")
    assert preview is not None and "By a command" in preview.text


async def test_nobody_but_the_holder_can_write(town: Town) -> None:
    """Not another coordinator, not who held it before: their drafts die; the new holder goes on where they stopped."""
    holder, other = await town.on_duty("en", "ru")
    person = await town.played(TRANSIT, "ru")
    (case,) = await cases(town)
    other_alert = alerts(other)[0]
    await take(town, "en")
    other.forge(data(button(holder, "write"), "write"), other_alert.id)
    await town.settled()
    assert button(other, "say") is None
    await sent(town, holder, "First")
    await written(town, holder, "Typed before")
    draft = data(button(holder, "send"), "send")
    other.forge(draft)

    two = next(one.id.hex() for one in await town.app.store.write(lambda work: work.staff()) if one.user == other.id)
    await changed(town, case, holder=two)
    holder.press(draft)
    await town.settled()
    assert "No such case, or it is not yours." in texts(holder.messages())
    await town.forward(minutes=5)
    assert "Typed before" not in await stored(town)
    read = await opened(town, person)
    assert "First" in read and "Typed before" not in read

    person.write(ANSWER)
    await town.settled()
    assert ANSWER in texts(other.messages()) and ANSWER not in texts(holder.messages())
    await sent(town, other, "Вторая")
    assert "Вторая" in await opened(town, person)


@pytest.mark.parametrize(("custody", "first"), [("police", "channel"), ("liberty", "date")])
async def test_phrases_are_read_in_two_languages_and_a_second_channel_comes_first_where_time_is_short(
    town: Town, custody: str, first: str
) -> None:
    await town.on_duty("en")
    person = await town.played({**TRANSIT, "custody": (custody,)}, "kk")
    coordinator = await take(town, "en")
    preview = await chosen(town, coordinator, first)
    prompt = next(one for one in coordinator.shown if "say=" in str(one.buttons))
    assert prompt.buttons[0][0].data.endswith(f".{first}") and "They read: Kazakh" in prompt.text
    assert preview is not None and "Please write" in preview.text
    coordinator.press(data(preview, "send"))
    await town.settled()
    read = await opened(town, person)
    assert "жазыңызшы" in read and not foreign_letters("kk", [person.screen])

    coordinator.press(data(button(coordinator, "write"), "write"))
    await town.settled()
    for end in (".call", ".call."):
        asked = button(coordinator, "say")
        assert asked is not None
        coordinator.press(next(b.data for row in asked.buttons for b in row if end in b.data))
        await town.settled()
    preview = button(coordinator, "send")
    assert preview is not None and "We will call you: Mar 2, 2026, 15:00" in preview.text
    coordinator.press(data(preview, "send"))
    await town.settled()
    assert "қоңырау" in await opened(town, person)


async def test_of_two_cases_the_answer_goes_to_the_one_that_wrote_last(town: Town) -> None:
    """And the person is told of none of them by name."""
    first, second = await town.on_duty("en", "kk")
    person = await town.played(TRANSIT)
    await take(town, "en")
    person.press("home=another")
    await person.wait(lambda me: place(me.screen) != "home")
    await play(person, {**TRANSIT, "who": ("friend",)})
    await town.settled()
    await take(town, "kk")
    codes = [one.head["code"] for one in await cases(town)]
    for writer, other in ((second, first), (first, second)):
        await sent(town, writer, "Hello")
        read = await opened(town, person)
        assert not [code for code in codes if code in read]
        person.write(f"For {writer.id}")
        await town.settled()
        assert f"For {writer.id}" in texts(writer.messages()) and f"For {writer.id}" not in texts(other.messages())
        person.press("reading=delete")
        await person.wait(lambda me: place(me.screen) == "home")
    person.write("News")
    await person.wait(lambda me: place(me.screen) == "stray")
    person.press("stray=pass")
    await town.settled()
    assert "News" in texts(first.messages()) and "News" not in texts(second.messages())


async def test_in_offline_custody_the_bot_keeps_the_talk_and_can_not_read_it_again(town: Town, tmp_path: Path) -> None:
    keyring = await offline(town, tmp_path)
    await town.on_duty("en")
    person = await town.played(TRANSIT)
    (case,) = await cases(town)
    coordinator = await take(town, "en")
    await sent(town, coordinator, "Question")
    await opened(town, person)
    person.write(ANSWER)
    await person.wait(lambda me: place(me.screen) == "reading")
    person.press("reading=delete")
    await town.settled()
    assert ANSWER in texts(coordinator.messages())
    assert [] == await town.app.store.write(lambda work: work.entries(case.id))
    assert not [one for one in ("Question", ANSWER) if one in await stored(town)]
    coordinator.press(data(button(coordinator, "open"), "open"))
    await town.settled()
    file = [one for one in coordinator.messages() if one.kind == "document"][-1]
    talk = [json.loads(entry or b"{}") for entry in open_case(keyring, SealedCase.read(coordinator.download(file)))]
    assert ["Question", ANSWER] == [one.get("to") or one["from"] for one in talk[-2:]]
