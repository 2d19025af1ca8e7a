"""What bad input gets: one short line in the person's language, and nothing changed; or silence."""

from __future__ import annotations

import pytest

from bot.sandbox import Account, Message
from bot.sandbox.player import place, play

from .conftest import SHORT, Speech, Town, alerts, full, texts


async def _at(town: Town, question: str, language: str = "ru") -> Account:
    person = await town.begun(language)
    await play(person, full(language), until=question)
    await town.settled()
    return person


def _notice(before: Message, after: Message) -> str:
    """The one line more that the screen now has."""
    assert after.id == before.id and after.buttons == before.buttons
    new = [line for line in after.text.splitlines() if line and line not in before.text.splitlines()]
    assert len(new) == 1 and len(new[0]) < 140
    return new[0]


@pytest.mark.parametrize("code", ["ru", "kk", "en"])
async def test_what_is_no_text_is_deleted_and_answered_with_one_line(town: Town, code: str) -> None:
    person = await _at(town, "who", code)
    before = person.screen
    said = {}
    for kind in ("photo", "voice", "sticker", "document", "contact", "location", "video", "venue"):
        person.send(kind)
        await town.settled()
        said[kind] = _notice(before, person.screen)
        assert Speech(code).owns(said[kind])
        assert len(person.messages()) == 1
    assert said["photo"] == said["document"] == said["video"] and said["location"] == said["venue"]
    assert len(set(said.values())) == 5


async def test_a_text_over_the_limit_is_told_its_limit(town: Town) -> None:
    """By a little, by much, in emoji, and so long that Telegram cuts it in pieces."""
    person = await _at(town, "trusted")
    before = person.screen
    for words in ("а" * 201, "ы" * 4096, "🙂" * 2000, "а" * 9000):
        person.write(words)
        await town.settled()
        assert "200" in _notice(before, person.screen)
        assert len(person.messages()) == 1


async def test_a_text_that_answers_nothing_is_passed_on_or_deleted_as_the_person_says(town: Town) -> None:
    person = await _at(town, "papers")
    person.write("Его увозят!")
    await person.wait(lambda me: place(me.screen) == "stray")
    person.press("stray=delete")
    await person.wait(lambda me: place(me.screen) == "papers")
    await town.settled()
    assert len(person.messages()) == 1


async def test_a_forwarded_message_is_deleted_and_never_an_answer(town: Town) -> None:
    person = await _at(town, "trusted")
    before = person.screen
    person.forward("Чужие слова")
    await town.settled()
    assert _notice(before, person.screen)
    assert len(person.messages()) == 1


async def test_an_edited_message_changes_no_answer(town: Town) -> None:
    """An answer edited just after it was sent stands as it was first written."""
    (coordinator,) = await town.on_duty("en")
    person = await _at(town, "trusted")
    sent = person.write("Анна")["message"]
    person.raw({"edited_message": {**sent, "text": "Кто-то ещё", "edit_date": sent["date"] + 5}})
    await person.wait(lambda me: place(me.screen) not in ("trusted", "stray"))
    await town.settled()
    await play(person, SHORT)
    await town.settled()
    coordinator.press(alerts(coordinator)[0].buttons[0][0].data)
    await town.settled()
    assert "Анна" in texts(coordinator.messages()) and "ещё" not in texts(coordinator.messages())


async def test_a_forged_or_old_press_changes_nothing(town: Town) -> None:
    """Neither text nor buttons, and the button stops spinning all the same."""
    person = await _at(town, "who")
    before = person.screen
    forged = ["", "=", "who", "who=", "who=nobody", "custody=police", "home=erase", "review=-send", "erase=yes",
              "trusted=-skip", "hidden=continue", "stray=pass", "consent=agree", "\u202ewho=self", "who=-done",
              "x" * 64, "who=-month:2026-13"]  # fmt: skip
    for data in forged:
        person.forge(data)
    await town.settled()
    assert (person.screen.id, person.screen.text, person.screen.buttons) == (before.id, before.text, before.buttons)
    answered = [call for call in town.sandbox.calls if call.method == "answerCallbackQuery"][-len(forged) :]
    assert len(answered) == len(forged) and all(call.ok for call in answered)


async def test_an_old_button_shows_the_present_question_again(town: Town) -> None:
    person = await _at(town, "who")
    old = person.screen
    await play(person, SHORT, until="event")
    before = person.screen
    person.press("who=other", on=old)
    await town.settled()
    assert person.screen.text == before.text and place(person.screen) == "event"


async def test_a_press_counts_although_telegram_no_longer_takes_its_answer(town: Town) -> None:
    person = await _at(town, "who")
    town.sandbox.fail("answerCallbackQuery", status=400, description="Bad Request: query is too old", chat=person.id)
    person.press("who=self")
    await person.wait(lambda me: place(me.screen) == "custody")


async def test_a_group_and_another_bot_get_silence(town: Town) -> None:
    person = town.person()
    await town.sandbox.settled()  # also from its introduction
    calls = len(town.sandbox.calls)
    person.write_in_group("/start")
    person.write_as_bot("/start")
    await town.settled()
    assert len(town.sandbox.calls) == calls


async def test_odd_updates_are_passed_over_and_their_neighbours_are_not(town: Town) -> None:
    person = town.person()
    for raw in ({}, {"message": None}, {"message": {"text": 5}}, {"callback_query": {"id": "1"}}, {"poll": {}},
                {"message": []}):  # fmt: skip
        person.raw(raw)
    person.start()
    await person.wait(lambda me: place(me.screen) == "consent")


WICKED = {
    "html": "<b>жирно</b> <a href=\"tg://user?id=1\">x</a> & </code> &lt;",
    "directions": "Анна\u202e\u2066\u200f\u200bannA",
    "controls": "Ан\x00на\x07\x1b[31m",
    "surrogates": "Анна \ud800",
    "emoji": "🙂" * 150,
    "command": "=/start take=00 @everyone",
}


@pytest.mark.parametrize("name", WICKED)
async def test_a_persons_text_reaches_the_coordinator_as_text_only(town: Town, name: str) -> None:
    """Markup, control and direction-changing characters in an answer and in words passed on."""
    (coordinator,) = await town.on_duty("en")
    person = await _at(town, "trusted")
    person.write(WICKED[name])
    await person.wait(lambda me: place(me.screen) != "trusted")
    await play(person, SHORT)
    person.write(WICKED[name])
    await person.wait(lambda me: place(me.screen) == "stray")
    person.press("stray=pass")
    await town.settled()
    coordinator.press(alerts(coordinator)[0].buttons[0][0].data)
    await town.settled()
    said = [one for one in coordinator.messages() if "Trusted person" in one.text]
    assert said
    for char in "\u202e\u2066\u200f\u200b\x00\x07\x1b\ud800":
        assert char not in texts(said)
    if name == "html":
        assert texts(said).count(WICKED[name]) == 2
    for one in said:
        assert {entity["type"] for entity in one.entities} <= {"bold", "code"}


async def test_a_flood_of_texts_leaves_one_message_and_the_same_question(town: Town) -> None:
    person = await _at(town, "who")
    for number in range(30):
        person.write(f"слово {number} 🙂")
    await town.settled()
    assert place(person.screen) == "stray"
    assert len(person.messages()) == 1
    person.press("stray=delete")
    await person.wait(lambda me: place(me.screen) == "who")


async def test_staff_who_send_anything_else_get_their_menu(town: Town) -> None:
    """One menu, and a line to a press that names no case of theirs."""
    (one,) = await town.on_duty("en")
    for act in (lambda: one.send("photo"), lambda: one.write("<b>x</b>"), lambda: one.forge("take=zz"),
                lambda: one.forge("open=00"), lambda: one.forge("language=xx")):  # fmt: skip
        act()
        await town.settled()
    assert len([message for message in one.messages() if message.buttons]) == 1
    assert not [message for message in one.messages() if not message.by_bot]
