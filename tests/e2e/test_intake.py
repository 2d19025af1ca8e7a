"""A person's way through the intake, in every language, as Telegram shows it to them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from bot.intake.summary import URGENCIES
from bot.sandbox import Account
from bot.sandbox.player import place, play
from bot.telegram.person import LEFT

from .conftest import (
    BEGIN,
    SHORT,
    STAFF,
    TRANSIT,
    WORDS,
    Answers,
    Speech,
    Town,
    alerts,
    another,
    foreign_letters,
    full,
    on_both,
    texts,
)  # fmt: skip


async def _taken(town: Town, code: str) -> Account:
    coordinator = town.staff[code]
    alert = await coordinator.wait(lambda me: alerts(me)[0])
    coordinator.press(alert.buttons[0][0].data)
    await town.settled()
    return coordinator


EVERY = [(code, about, "sqlite") for code in ("ru", "kk", "en") for about in (full, another)]


@pytest.mark.parametrize(
    ("code", "about", "database_url"), [*EVERY, ("kk", another, "postgresql")], indirect=["database_url"]
)
async def test_a_full_intake_is_taken_in_and_speaks_one_language_throughout(
    town: Town, code: str, about: Callable[[str], Answers]
) -> None:
    """Both stages, from /start to home and the coordinator's summary: no line and no button of another language."""
    await town.on_duty(code)
    person = await town.begun(code)
    seen = await play(person, about(code))
    await town.settled()
    wanted = set(about(code)) - {"relationship", "knows", "last_contact"} if about is full else set(about(code))
    assert wanted <= set(seen), wanted - set(seen)
    coordinator = await _taken(town, code)
    for choice in ("help", "-back", "erase", "-back", "-language", "-back", "add", "update"):
        version = (person.screen.id, person.screen.edits)
        person.press(f"{place(person.screen)}={choice}")
        await person.wait(lambda me, old=version: (me.screen.id, me.screen.edits) != old)

    words = [WORDS[code], "+7 701 000 00 00"]
    speech = Speech(code, words)
    menu = coordinator.shown[0].id  # stood there before the choice of a language
    shown = [one for one in (*person.shown, *coordinator.shown) if one.by_bot and one.id != menu]
    assert not speech.strangers(shown)
    assert not foreign_letters(code, shown, *words, f"Dana-{coordinator.id}")


async def test_whoever_is_at_the_police_without_papers_is_asked_nine_questions_at_most(town: Town) -> None:
    """Counted after consent, writing for oneself, with no paper and no event."""
    person = await town.begun()
    seen = await play(person, SHORT)
    asked = [one for one in seen if one in town.app.house.questionnaire.questions]
    assert len(asked) == len(set(asked)) <= 9


async def test_the_chat_holds_one_message_and_nothing_that_was_written(town: Town) -> None:
    person = await town.played(full("ru"))
    assert len(person.messages()) == 1


@pytest.mark.parametrize("code", ["ru", "kk", "en"])
async def test_the_menu_of_commands_is_neutral_and_in_the_persons_language(town: Town, code: str) -> None:
    person = await town.begun(code)
    assert [name for name, _ in person.commands] == ["start", "language", "exit", "return", "erase"]
    assert all(Speech(code).owns(said) for _, said in person.commands)


async def test_whatever_is_written_first_begins_the_intake_in_the_language_it_is_written_in(town: Town) -> None:
    person = town.person(None)
    person.write("Көмектесіңізші, мені ұстап алды")
    await person.wait(lambda me: place(me.screen) == "consent")
    await town.settled()
    assert len(person.messages()) == 1
    assert not Speech("kk").strangers([person.screen])


async def test_every_choice_can_be_typed_in_any_language(town: Town) -> None:
    person = await town.begun()
    await play(person, BEGIN, until="who")
    person.write("my relative")
    await person.wait(lambda me: place(me.screen) == "custody")
    person.write("2")
    await person.wait(lambda me: place(me.screen) == "where")


@pytest.mark.parametrize(
    ("code", "written", "day", "yes"),
    [
        ("ru", "Позавчера вечером", "суббота, 28 февраля 2026", "ага"),
        ("kk", "2 кун бурын", "2026 ж. 28 ақпан, сенбі", "ия"),
        ("en", "last Saturday", "Saturday, February 28, 2026", "1"),
    ],
)
async def test_a_day_is_written_shown_back_and_confirmed(
    town: Town, code: str, written: str, day: str, yes: str
) -> None:
    """In the person's words; a restart in between loses nothing, and what is no day is asked again."""
    person = await town.begun(code)
    await play(person, SHORT, until="detained_since")
    examples = (await town.said(person, "31.02")).text
    assert place(person.screen) == "detained_since"
    assert not Speech(code).strangers([person.screen])
    shown = await town.said(person, written)
    assert day in shown.text.replace("\xa0", " ")
    assert day not in examples
    assert not Speech(code).strangers([shown])
    assert place(shown) == "detained_since"
    await town.close()
    await town.open()
    assert place(await town.said(person, yes)) == "papers"
    assert place(await town.said(person, "1 2,5")) == "papers"
    assert sum("✓" in line for line in person.screen.text.splitlines()) == 3
    assert place(await town.said(person, {"ru": "назад", "kk": "артка", "en": "back"}[code])) == "papers"
    assert place(await town.said(person, {"ru": "дальше", "kk": "өткізу", "en": "skip"}[code])) == "event"


async def test_an_intake_costs_at_most_2_2_calls_an_update(town: Town) -> None:
    """In the person's chat, getUpdates not counted; for both ways of answering."""
    await town.on_duty("ru")
    person = await town.played(full("ru"))
    calls, updates = town.sandbox.count(person.id), len(person.updates)
    assert calls.total() / updates <= 2.2, (calls, updates)


@on_both
async def test_updates_delivered_again_change_nothing(town: Town) -> None:
    await town.on_duty("ru")
    person = await town.played(full("ru"))
    coordinator = town.staff["ru"]
    before = person.messages(), coordinator.messages(), len(town.sandbox.calls)
    for update in [*person.updates, *coordinator.updates]:
        town.sandbox.redeliver(update)
    await town.settled()
    assert (person.messages(), coordinator.messages(), len(town.sandbox.calls)) == before


@on_both
async def test_two_presses_at_once_on_one_button_count_once(town: Town) -> None:
    person = await town.begun()
    await play(person, BEGIN, until="who")
    screen = person.screen
    person.press("who=self", on=screen)
    person.press("who=self", on=screen)
    await town.settled()
    assert place(person.screen) == "custody"
    screen = person.screen
    person.press("custody=liberty", on=screen)
    person.press("custody=police", on=screen)
    await town.settled()
    assert place(person.screen) == "where"


async def test_being_taken_now_is_one_press_after_start(town: Town) -> None:
    """The alert is out at once, the city is asked alone, and with the answer the chat is empty."""
    await town.on_duty()
    person = await town.begun("kk")
    person.press("consent=taken")
    await town.settled()
    for code, coordinator in town.staff.items():
        first = alerts(coordinator)[0].text.splitlines()[0]
        assert first.startswith(town.app.house.language(code).say(URGENCIES[0]))
    assert place(person.screen) == "taken"
    person.press("taken=almaty")
    await town.settled()
    assert person.messages() == []
    assert "Almaty" in texts(alerts(town.staff["en"]))


async def test_being_taken_clears_the_chat_after_60_seconds_without_an_answer(town: Town) -> None:
    person = await town.begun()
    person.press("consent=taken")
    await town.settled()
    await town.forward(seconds=50)
    assert person.messages() != []
    town.clock.forward(seconds=11)
    await person.wait(lambda me: me.messages() == [])


async def test_clear_empties_the_chat_and_only_the_person_brings_it_back(town: Town) -> None:
    """Neither time nor a coordinator puts a message into a cleared chat; a word of the person does, without history."""
    await town.on_duty("en")
    person = await town.begun()
    await play(person, SHORT, until="papers")
    await town.settled()
    person.press("papers=-clear")
    await town.settled()
    line = town.app.house.language("ru").say(LEFT)
    assert [line] == [one.text for one in person.messages()]
    await _taken(town, "en")
    await town.forward(minutes=45)
    assert [line] == [one.text for one in person.messages()]
    person.write("привет")
    await person.wait(lambda me: place(me.screen) == "consent")
    await town.settled()
    assert len(person.messages()) == 2


async def test_a_chat_cleared_by_hand_is_not_revived_by_anything_but_the_person(town: Town) -> None:
    await town.on_duty("en")
    person = await town.played(SHORT)
    person.clear_history()
    await _taken(town, "en")
    await town.forward(minutes=15)
    assert person.messages() == []


@pytest.mark.parametrize(("custody", "minutes"), [("liberty", 10), ("police", 3)])
async def test_silence_hides_the_question_behind_a_neutral_line(town: Town, custody: str, minutes: int) -> None:
    """After ten minutes, three where the person is held; Continue shows the same question, without Back."""
    person = await town.begun()
    await play(person, {**SHORT, "custody": (custody,)}, until="papers")
    await town.settled()
    await town.forward(minutes=minutes - 0.5)
    assert place(person.screen) == "papers"
    await town.forward(minutes=1)
    assert place(person.screen) == "hidden"
    assert len(person.messages()) == 1
    person.press("hidden=continue")
    await person.wait(lambda me: place(me.screen) == "papers")
    assert not any(button.data.endswith("=-back") for button in person.buttons())


@on_both
async def test_an_intake_silent_for_half_an_hour_becomes_an_unfinished_case(town: Town) -> None:
    await town.on_duty("en")
    person = await town.begun()
    await play(person, {**SHORT, "custody": ("liberty",)}, until="papers")
    await town.settled()
    assert not alerts(town.staff["en"])
    await town.forward(minutes=31)
    await town.forward(minutes=1)
    assert "unfinished" in texts(alerts(town.staff["en"]))
    assert place(person.screen) == "hidden"


async def test_changing_the_language_loses_no_answer(town: Town) -> None:
    person = await town.begun("ru")
    await play(person, SHORT, until="event")
    person.write("/language")
    await person.wait(lambda me: place(me.screen) == "language")
    person.press("language=kk")
    await person.wait(lambda me: place(me.screen) == "event")
    assert not Speech("kk").strangers([person.screen])


async def test_erasing_leaves_nothing_with_anyone_but_the_word_that_it_is_gone(town: Town) -> None:
    await town.on_duty("en", "ru")
    person = await town.played({**SHORT, "custody": ("liberty",)})
    coordinator = await _taken(town, "en")
    person.press("home=erase")
    await person.wait(lambda me: place(me.screen) == "erase")
    person.press("erase=yes")
    await town.settled()
    assert person.messages() == []
    assert not any(button.data.startswith(("take=", "open=")) for m in coordinator.messages() for r in m.buttons
                   for button in r)  # fmt: skip
    assert "erased by the person" in texts(coordinator.messages())
    assert not await town.app.store.write(lambda work: work.all_cases())


@on_both
async def test_ten_people_at_once_each_get_their_own_intake(town: Town) -> None:
    await town.on_duty("en")
    people = [await town.begun("en", number) for number in range(3001, 3011)]
    await asyncio.gather(*(play(person, SHORT) for person in people))
    await town.settled()
    assert len(alerts(town.staff["en"])) == len(people)


async def test_staff_who_never_came_do_not_hold_up_the_others(town: Town) -> None:
    """An alert that cannot reach one coordinator reaches the next, and the absent one as soon as they come."""
    await town.on_duty("en")
    await town.played(SHORT)
    assert len(alerts(town.staff["en"])) == 1
    late = town.sandbox.user(STAFF["ru"], "Dana", "ru")
    late.start()
    await town.settled()
    assert len(alerts(late)) == 1


async def test_words_written_after_sending_reach_the_holder(town: Town) -> None:
    (coordinator,) = await town.on_duty("en")
    person = await town.played(SHORT)
    await _taken(town, "en")
    person.write("Меня перевезли")
    await person.wait(lambda me: place(me.screen) == "stray")
    person.press("stray=pass")
    await town.settled()
    news = next(one for one in coordinator.messages() if "something new" in one.text)
    coordinator.press(news.buttons[0][0].data, on=news)
    await town.settled()
    assert "Меня перевезли" in texts(coordinator.messages())


async def test_a_screen_still_on_its_way_does_not_revive_a_chat_cleared_meanwhile(town: Town) -> None:
    """Telegram holds the bot up, the person answers and clears: what waited is never sent."""
    person = await town.begun()
    await play(person, SHORT, until="papers")
    await town.settled()
    town.sandbox.fail("editMessageText", status=429, retry_after=1, chat=person.id)
    screen = person.screen
    person.press("papers=none", on=screen)
    await asyncio.sleep(0.3)
    person.press("papers=-clear", on=screen)
    await asyncio.sleep(1.5)
    await town.settled()
    assert [town.app.house.language("ru").say(LEFT)] == [one.text for one in person.messages()]


async def test_the_living_message_is_renewed_in_answer_to_the_person_and_swept_within_40_hours(town: Town) -> None:
    person = await town.played(TRANSIT)
    first = person.screen.id
    await town.forward(hours=37)
    assert person.screen.id == first
    person.write("привет")
    await town.settled()
    assert len(person.messages()) == 1 and person.screen.id != first
    await town.forward(hours=40, minutes=1)
    assert person.messages() == []
    person.write("привет")
    await town.settled()
    assert len(person.messages()) == 1


async def test_an_alert_that_telegram_refused_for_a_while_arrives(town: Town) -> None:
    await town.on_duty("en")
    town.sandbox.fail("sendMessage", times=2, status=500, chat=STAFF["en"])
    await town.played(SHORT)
    await town.staff["en"].wait(lambda me: alerts(me), timeout=10)


async def test_it_has_become_urgent_reaches_everyone_while_untaken(town: Town) -> None:
    await town.on_duty("en", "kk")
    person = await town.played({**SHORT, "custody": ("liberty",)})
    before = {code: alerts(one)[0] for code, one in town.staff.items()}
    person.press("home=urgent")
    await town.settled()
    for code, one in town.staff.items():
        assert alerts(one)[0].text != before[code].text
        assert not Speech(code).strangers(alerts(one))


async def test_going_back_from_another_person_leads_home_again(town: Town) -> None:
    """The number of what was sent is not lost by looking at the questions once more."""
    person = await town.begun("en")
    await play(person, SHORT)
    await town.settled()
    before = person.screen.text
    person.press("home=another")
    await town.settled()
    person.press("safe_now=-back")
    await town.settled()
    assert before == person.screen.text
