"""The relay between a coordinator and a person: both ways, when it waits, what each side is told, what is left."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox import Account, Message
from bot.sandbox.player import place, play
from bot.store.records import Act, Case
from bot.store.work import Work
from bot.telegram import person as persons
from bot.telegram.desk import Desk
from bot.telegram.ingest import Outcome
from bot.vault import SealedCase, open_case

from .conftest import ADMIN, PERSON, STAFF, TRANSIT, Open, Speech, Town, alerts, foreign_letters, on_both, texts
from .test_coordinator import offline
from .test_erasure import acts, button, cases, clean, data, erase, take

WORDS = {"en": "Good day, <b>which</b> station?", "kk": "Қайырлы күн, қай бөлім?"}
ANSWER = "Второе отделение, улица <Абая>"
WAITS = "waits until the person writes"
CALLED = "Ждёт ответа с: "


async def written(town: Town, coordinator: Account, words: str) -> None:
    """*Write* pressed, the words typed; their preview stands."""
    coordinator.press(data(button(coordinator, "write"), "write"))
    await town.settled()
    coordinator.write(words)
    await town.settled()


async def sent(town: Town, coordinator: Account, words: str) -> Message:
    """Typed and sent; gives the preview on which *Send* stood."""
    await written(town, coordinator, words)
    preview = button(coordinator, "send")
    assert preview is not None
    coordinator.press(data(preview, "send"))
    await town.settled()
    return preview


async def chosen(town: Town, coordinator: Account, phrase: str) -> Message | None:
    coordinator.press(data(button(coordinator, "write"), "write"))
    await town.settled()
    prompt = button(coordinator, "say")
    assert prompt is not None
    coordinator.press(next(b.data for row in prompt.buttons for b in row if b.data.endswith(f".{phrase}")))
    await town.settled()
    return button(coordinator, "send")


async def learns(coordinator: Account, words: str) -> str:
    await coordinator.wait(lambda me: words in texts(me.messages()))
    return texts(coordinator.messages())


async def opened(town: Town, person: Account) -> str:
    await person.wait(lambda me: place(me.screen) == "letter")
    person.press("letter=show")
    await person.wait(lambda me: place(me.screen) == "reading")
    await town.settled()
    return person.screen.text


async def changed(town: Town, case: Case, **head: Any) -> None:
    """The case's head as another part of the desk would leave it."""

    def change(work: Work) -> Outcome:
        desk = Desk(town.app.house, work, work.staff(), {})
        now = desk.work.load_cases([case.id])[case.id]
        desk.head(now, {**now.head, **head})
        chat = desk.chat(now.chat) if now.chat is not None else None
        assert chat is not None
        persons.look_again(desk, chat)
        desk.save()
        return desk.rows, desk.answers, desk.erased

    town.app.ingest.release(await town.app.store.write(change))
    await town.settled()


async def stored(town: Town) -> str:
    """All that the server can read: addresses, drafts, what waits to be sent, timers, staff."""
    chats = await town.app.store.write(lambda work: work.load_chats([PERSON, *STAFF.values()]))
    rows = await town.app.store.write(lambda work: [*work.due(2**40, 999, 8), *work.due_wakes(2**40, 999)])
    staff = await town.app.store.write(lambda work: work.staff())
    known = [[[one.address, one.draft] for one in chats.values()], [row.body for row in rows]]
    return json.dumps([*known, [one.body for one in staff]], ensure_ascii=False)


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


async def climbed(town: Town, minutes: int) -> None:
    """Time passes, and the ladder is looked at."""
    town.clock.forward(minutes=minutes)
    await town.app.keeper.climb()
    await town.settled()


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


async def test_nothing_is_sent_into_a_chat_cleared_by_hand_until_the_person_writes(town: Town) -> None:
    """The coordinator sees why it waits, and Telegram is asked for no message."""
    await town.on_duty("en")
    coordinator = town.staff["en"]
    person = await town.played(TRANSIT)
    await take(town, "en")
    person.delete(person.screen.id)
    calls = len(town.sandbox.calls)
    await sent(town, coordinator, "by hand")
    await learns(coordinator, WAITS)
    await town.settled()
    assert person.messages() == []
    assert not [c for c in town.sandbox.calls[calls:] if c.chat == person.id and c.method == "sendMessage"]
    person.start()
    assert "by hand" in await opened(town, person)
    person.press("reading=delete")
    await person.wait(lambda me: place(me.screen) == "home")
    assert texts(coordinator.shown).count("Write your message") == 1
    assert "by hand" not in await stored(town)


async def test_a_letter_written_at_night_comes_in_the_morning_unless_the_person_is_there(town: Town) -> None:
    """The line alone is brought by the bot; a chat opened by its person's own act at night gets it at once."""
    await town.on_duty("en")
    person = await town.played(TRANSIT)
    (case,) = await cases(town)
    coordinator = await take(town, "en")
    await changed(town, case, hours=["evening"])
    await town.forward(minutes=11)
    await sent(town, coordinator, "Day")
    await learns(coordinator, "waits for their safe hours: Mar 2, 2026, 18:00")
    assert "hidden" == place(person.screen)
    await town.forward(hours=3, minutes=48)
    assert "hidden" == place(person.screen)
    await town.forward(minutes=2)
    assert "letter" == place(person.screen)
    await learns(coordinator, "sent: Mar 2, 2026, 18:0")
    await opened(town, person)
    person.press("reading=delete")
    await town.settled()
    await town.forward(hours=5)
    await sent(town, coordinator, "Night")
    await learns(coordinator, "waits for their safe hours: Mar 3, 2026, 18:00")
    person.press("hidden=continue")
    assert "Night" in await opened(town, person)


async def test_a_person_who_must_not_be_contacted_gets_no_line_and_loses_the_one_that_stands(town: Town) -> None:
    """Marked, unmarked, marked again, and the chat locked, by the buttons of the card."""
    await town.on_duty("en")
    person = await town.played(TRANSIT)
    (case,) = await cases(town)
    coordinator = await take(town, "en")

    async def mark(what: str) -> None:
        coordinator.press(f"case={case.id.hex()}")
        await town.settled()
        coordinator.press(f"{what}={case.id.hex()}")
        await town.settled()

    await mark("unsafe")
    await sent(town, coordinator, "Later")
    await learns(coordinator, "waits: it is not safe to contact them now")
    person.start()
    await town.settled()
    assert "home" == place(person.screen)
    await mark("safe")
    line = person.screen
    assert "letter" == place(line)
    await mark("unsafe")
    assert "home" == place(person.screen)
    person.press("letter=show", on=line)
    await town.settled()
    assert "Later" not in texts(person.messages())
    await mark("safe")
    assert "letter" == place(person.screen)
    await mark("lock")
    await learns(coordinator, "waits: the person's chat is locked")
    assert person.messages() == []
    person.start()
    await town.settled()
    assert place(person.screen) == "consent"
    await mark("unlock")  # while somebody is there
    assert "Later" in await opened(town, person)


async def test_a_person_who_blocked_the_bot_shows_at_once_and_gets_it_when_they_write(town: Town) -> None:
    await town.on_duty("en")
    person = await town.played(TRANSIT)
    coordinator = await take(town, "en")
    await sent(town, coordinator, "Before")
    await learns(coordinator, "sent: ")
    person.block()
    await learns(coordinator, "could not be delivered: the bot can't write to this person")
    assert "The bot can't write to this person" in texts(coordinator.messages())
    calls = len(town.sandbox.calls)
    person.unblock()
    await learns(coordinator, WAITS)
    assert "sendMessage" not in [call.method for call in town.sandbox.calls[calls:] if call.chat == person.id]
    person.write("?")
    await person.wait(lambda me: place(me.screen) == "stray")
    assert "sent: " not in texts(coordinator.messages())
    person.press("stray=delete")
    assert "Before" in await opened(town, person)


async def test_a_letter_that_nobody_opens_is_over_after_48_hours(town: Town) -> None:
    """The coordinator learns it; nothing of it is left but the entry of the case."""
    await town.on_duty("en")
    person = await town.played(TRANSIT)
    coordinator = await take(town, "en")
    await sent(town, coordinator, "Canary")
    await person.wait(lambda me: place(me.screen) == "letter")
    for _ in range(2):
        await town.forward(hours=23, minutes=59)
    assert "Canary" in await stored(town)
    await town.forward(minutes=3)
    await learns(coordinator, "not opened in 48 hours, deleted")
    assert "Canary" not in await stored(town)
    assert not [one for one in person.messages() if place(one) == "letter"]


async def test_three_letters_may_wait_and_no_more(town: Town) -> None:
    await town.on_duty("en")
    person = await town.played(TRANSIT)
    coordinator = await take(town, "en")
    for words in ("One", "Two", "Three", "Four"):
        await sent(town, coordinator, words * 200)
    assert "Messages that this person has not opened yet: 3. Please wait." in texts(coordinator.messages())
    read = await opened(town, person)
    assert "Three" in read and "Four" not in read and [person.screen] == person.messages()


@on_both
async def test_erasing_a_case_erases_what_waits_for_the_person_and_what_is_being_written(open_town: Open) -> None:
    """In the draft, in the outbox, in both chats; by the person or by an administrator."""
    async with open_town(admins=(ADMIN,)) as town:
        await town.on_duty("en")
        admin = await town.administrator()
        person = await town.played(TRANSIT)
        (case,) = await cases(town)
        coordinator = await take(town, "en")
        await sent(town, coordinator, "Canary one")
        await opened(town, person)
        person.write("Canary two")
        await town.settled()
        town.sandbox.fail("editMessageText", chat=person.id, times=None, status=500, description="Internal")
        person.press("reading=continue")
        await town.sandbox.settled()
        await sent_while_stuck(town, coordinator, "Canary three")
        coordinator.press(data(button(coordinator, "write"), "write"))
        await coordinator.wait(lambda me: button(me, "say"))
        coordinator.write("Canary four")
        await coordinator.wait(lambda me: button(me, "send"))
        kept = await stored(town)
        assert "Canary three" in kept and "Canary four" in kept
        admin.write(f"/erase {case.head['code']}")
        await admin.wait(lambda me: button(me, "card.erase"))
        admin.press(data(button(admin, "card.erase"), "card.erase"))
        await town.settled()
        assert "Canary" not in await stored(town)
        assert await clean(town, case.id)
        assert "Canary" not in texts([*person.messages(), *coordinator.messages()])


async def sent_while_stuck(town: Town, coordinator: Account, words: str) -> None:
    """As ``sent``, without waiting for what Telegram does not take from another chat."""
    coordinator.press(data(button(coordinator, "write"), "write"))
    await coordinator.wait(lambda me: button(me, "say"))
    coordinator.write(words)
    await coordinator.wait(lambda me: button(me, "send"))
    coordinator.press(data(button(coordinator, "send"), "send"))
    await coordinator.wait(lambda me: "on its way" in texts(me.messages()))


async def test_whoever_erased_their_chat_is_not_written_to_any_more(town: Town) -> None:
    """Also while the case stands for its last day; whoever holds the phone meets a stranger's bot."""
    await town.on_duty("en")
    person = await town.played(TRANSIT)
    coordinator = await take(town, "en")
    await sent(town, coordinator, "Canary")
    await opened(town, person)
    person.press("reading=continue")
    await person.wait(lambda me: place(me.screen) == "home")
    await erase(town, person)
    assert "Canary" not in await stored(town)
    coordinator.press(data(button(coordinator, "write"), "write"))
    await learns(coordinator, "there is no way to this person any more.")
    person.start()
    await person.wait(lambda me: place(me.screen) == "consent")


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
