"""A chat that was cleared or locked: whoever writes there is a stranger, but for the word, and nobody can tell."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import Any

import pytest

from bot.sandbox import Account
from bot.sandbox.player import place, play
from bot.store.records import Case
from bot.telegram.person import LEFT

from .conftest import PERSON, SHORT, TRANSIT, Answers, Open, Speech, Town, alerts, on_both, texts

WORD = "Қызыл алма"
FREE: Answers = {**SHORT, "custody": ("liberty",)}
OTHER = 1777


async def cases(town: Town) -> list[Case]:
    return await town.app.store.write(lambda work: work.all_cases())


async def guarded(town: Town, language: str = "en", answers: Answers = TRANSIT) -> Account:
    """A person who has sent, and set their code word."""
    person = await town.played(answers, language)
    person.press("home=word")
    await person.wait(lambda me: place(me.screen) == "word")
    for at in ("word", "word_again"):
        assert at == place(person.screen)
        person.write(WORD)
        await town.settled()
    assert place(person.screen) == "word"
    person.press("word=-back")
    await person.wait(lambda me: place(me.screen) == "home")
    return person


async def held(town: Town, person: Account, action: str) -> None:
    """The holder presses a button of the card."""
    (case,) = await cases(town)
    coordinator = town.staff["en"]
    for data in (f"case={case.id.hex()}", f"{action}={case.id.hex()}"):
        coordinator.press(data)
        await town.settled()


async def take(town: Town) -> Account:
    coordinator = town.staff["en"]
    coordinator.press(next(b.data for b in alerts(coordinator)[0].buttons[0]))
    await town.settled()
    return coordinator


# What is left ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["ru", "kk", "en"])
async def test_leaving_clears_the_chat_at_once_but_for_a_harmless_line(town: Town, language: str) -> None:
    """By the button and by the command; the line is the same for everybody, and goes within 40 hours."""
    line = town.app.house.language(language).say(LEFT)
    for number, leaves in enumerate(("home=-clear", "/exit")):
        person = await town.begun(language, PERSON + number)
        await play(person, TRANSIT)
        (person.press if "=" in leaves else person.write)(leaves)
        await town.settled()
        assert [line] == [one.text for one in person.messages()]
        assert not person.buttons()
    await town.forward(hours=40)
    assert not town.sandbox.user(PERSON, "", None).messages()


@on_both
async def test_after_erasing_nothing_is_left_anywhere(town: Town) -> None:
    """By /erase and one confirmation: no message, no row of the person, no case."""
    person = await town.played(FREE, "en")
    person.write("/erase")
    await person.wait(lambda me: place(me.screen) == "erase")
    person.press("erase=yes")
    await town.settled()
    assert [] == person.messages() and [] == await cases(town)
    assert {} == await town.app.store.write(lambda work: work.load_chats([PERSON]))


async def test_who_chose_so_erases_by_clearing(town: Town) -> None:
    person = await town.played(FREE, "en")
    person.press("home=erase")
    await person.wait(lambda me: place(me.screen) == "erase")
    person.press("erase=always")
    await person.wait(lambda me: "✓" in texts([me.screen]) or any(b.label.startswith("✓") for b in me.buttons()))
    person.press("erase=-back")
    await person.wait(lambda me: place(me.screen) == "home")
    person.write("/exit")
    await town.settled()
    assert [] == person.messages() and [] == await cases(town)


async def test_47_hours_after_an_abandoned_intake_the_chat_is_empty(town: Town) -> None:
    person = await town.begun("en")
    await play(person, {**FREE, "contact": ("other", '"Canary by the door')}, until="offer")
    await town.settled()
    await town.forward(hours=1)
    await town.forward(hours=46)
    assert [] == person.messages()
    (chat,) = (await town.app.store.write(lambda work: work.load_chats([PERSON]))).values()
    assert "Canary" not in str(chat.address)


async def test_what_is_left_unsent_is_passed_on_when_the_chat_is_cleared_once_custody_is_known(town: Town) -> None:
    """As the consent screen says; whoever comes back begins anew, in a case of its own."""
    (coordinator,) = await town.on_duty("en")
    person = await town.begun("en")
    await play(person, FREE, until="papers")
    person.press("papers=-clear")
    await town.settled()
    assert "unfinished" in texts(alerts(coordinator))
    person.write("hello")
    await person.wait(lambda me: place(me.screen) == "consent")
    await play(person, FREE, until="home")
    await town.settled()
    assert len(await cases(town)) == 2


async def test_before_that_clearing_forgets_it(town: Town) -> None:
    person = await town.begun("en")
    await play(person, FREE, until="custody")
    person.press("custody=-clear")
    await town.settled()
    assert {} == await town.app.store.write(lambda work: work.load_chats([PERSON]))


# A stranger's first screen -----------------------------------------------------------------------------

FIRST: dict[str, Callable[[Account], Any]] = {
    "start": lambda me: me.start(),
    "text": lambda me: me.write("hello"),
    "words": lambda me: me.write("сәлем"),
    "exit": lambda me: me.write("/exit"),
    "erase": lambda me: me.write("/erase"),
    "language": lambda me: me.write("/language"),
    "return": lambda me: me.write("/return"),
    "unknown": lambda me: me.write("/word"),
    "photo": lambda me: me.send("photo"),
    "location": lambda me: me.send("location"),
    "old button": lambda me: me.forge("home=add", 1),
    "cleared twice": lambda me: me.forge("home=-clear", 1),
    "erased twice": lambda me: me.forge("erase=yes", 1),
    "consent": lambda me: me.forge("consent=agree", 1),
    "taken": lambda me: me.forge("consent=taken", 1),
    "forged": lambda me: me.forge("x" * 64, 1),
}


def said(town: Town, since: int, person: Account) -> list[tuple[str, dict[str, Any]]]:
    """The calls for a chat as they stand on the wire, without what differs between any two chats: ids."""
    out = []
    for call in town.sandbox.calls[since:]:
        if call.chat == person.id or call.method == "answerCallbackQuery":
            params = {
                name: value for name, value in call.params.items()
                if name not in ("chat_id", "message_id", "message_ids", "callback_query_id")
            }  # fmt: skip
            out.append((call.method, params))
    return sorted(out, key=str)


@pytest.fixture(params=["word", "no word", "locked by the holder", "by silence"])
async def locked(town: Town, request: pytest.FixtureRequest) -> Account:
    await town.on_duty("en")
    if request.param == "word":
        person = await guarded(town)
        person.press("home=-clear")
    elif request.param == "by silence":
        person = await guarded(town)
        await town.forward(hours=24, minutes=1)
    else:
        person = await town.played(TRANSIT, "en")
        await take(town)
        if request.param == "no word":
            person.write("/exit")
        else:
            await held(town, person, "lock")
    await town.settled()
    return person


@pytest.mark.parametrize("first", FIRST)
async def test_a_locked_chat_and_a_strangers_say_the_same_to_every_first_action(
    town: Town, locked: Account, first: str
) -> None:
    strange = town.person("en", OTHER)
    heard = []
    for one in (locked, strange):
        since = len(town.sandbox.calls)
        FIRST[first](one)
        await town.settled()
        heard.append(said(town, since, one))
    assert heard[0] == heard[1]


async def test_what_is_written_without_the_word_is_kept_nowhere_and_its_holder_hears_of_it(town: Town) -> None:
    """A whole intake goes through as a stranger's would; then the word opens what was there before."""
    await town.on_duty("en")
    person = await guarded(town)
    coordinator = await take(town)
    person.write("/exit")
    await town.settled()
    person.start()
    await person.wait(lambda me: place(me.screen) == "consent")
    assert "locked chat" not in texts(coordinator.messages())
    await play(person, {**FREE, "contact": ("other", '"Canary at the gate')})
    await town.settled()
    assert re.search(r"Your number: [2-9A-Z]{6}", person.screen.text)
    (case,) = await cases(town)
    assert case.head["code"] not in person.screen.text
    assert "somebody writes in the person's locked chat" in texts(coordinator.messages())
    assert "Nothing of it is kept" in texts(coordinator.messages())
    (chat,) = (await town.app.store.write(lambda work: work.load_chats([PERSON]))).values()
    assert "Canary" not in str(chat.address) and chat.draft is None
    person.write("  ҚЫЗЫЛ   алма ")
    await town.settled()
    assert place(person.screen) == "home" and case.head["code"] in person.screen.text
    assert [LEFT.message, person.screen.text] == [one.text for one in person.messages()]
    assert "somebody writes" not in texts(coordinator.messages())


async def test_who_is_taken_without_the_word_is_believed_as_far_as_can_be(town: Town) -> None:
    """Nobody can tell whose finger it was: the case becomes critical, and its holder hears why."""
    await town.on_duty("en")
    person = await guarded(town, answers=FREE)
    coordinator = await take(town)
    person.write("/exit")
    await town.settled()
    person.start()
    await person.wait(lambda me: place(me.screen) == "consent")
    person.press("consent=taken")
    await town.settled()
    assert "They pressed “I am being taken now”." in texts(coordinator.messages())
    (case,) = await cases(town)
    assert 0 == case.head["urgency"] and ["being_taken"] == case.head["reasons"]


async def test_without_a_word_what_is_written_in_a_locked_chat_counts_as_a_case_of_its_own(town: Town) -> None:
    await town.on_duty("en")
    person = await town.played(TRANSIT, "en")
    coordinator = await take(town)
    await held(town, person, "lock")
    person.start()
    await person.wait(lambda me: place(me.screen) == "consent")
    await play(person, TRANSIT)
    await town.settled()
    assert 2 == len(await cases(town))
    assert "It becomes a case of its own" in texts(coordinator.messages())


async def test_a_word_set_by_somebody_else_opens_only_what_they_sent(town: Town) -> None:
    """Who finds a cleared chat and sets a word of theirs in it never gets behind its lock."""
    person = await town.played(TRANSIT, "en")
    (first,) = await cases(town)
    person.write("/exit")
    await town.settled()
    await guarded(town)
    person.write("/exit")
    await town.settled()
    person.write(WORD)
    await town.settled()
    (second,) = [one for one in await cases(town) if one.id != first.id]
    assert second.head["code"] in person.screen.text
    person.press("home=erase")
    await person.wait(lambda me: place(me.screen) == "erase")
    person.press("erase=yes")
    await town.settled()
    assert first.id in [one.id for one in await cases(town)]


# The word -----------------------------------------------------------------------------------------------


async def test_a_code_word_is_typed_twice_and_stands_nowhere(open_town: Open, caplog: pytest.LogCaptureFixture) -> None:
    async with open_town() as town:
        person = await town.played(TRANSIT, "kk")
        person.press("home=word")
        await person.wait(lambda me: place(me.screen) == "word")
        for typed, at in (("ааа", "word"), ("123456789", "word"), (WORD, "word_again"), ("басқа сөз", "word")):
            person.write(typed)
            await town.settled()
            assert at == place(person.screen), typed
        assert not Speech("kk").strangers(person.shown)
        for _ in range(2):
            person.write(WORD)
            await town.settled()
        assert [person.screen] == person.messages()
        files = [path.read_bytes() for path in town.settings.data_dir.iterdir() if path.is_file()]
    assert not any("лма".encode() in content.lower() for content in files)
    assert "лма" not in caplog.text


async def test_the_word_opens_after_a_restart_and_not_once_it_is_taken_back(town: Town) -> None:
    person = await guarded(town)
    person.write("/exit")
    await town.settled()
    await town.close()
    await town.open()
    person.write(WORD)
    await town.settled()
    assert place(person.screen) == "home"
    person.press("home=word")
    await person.wait(lambda me: place(me.screen) == "word")
    person.press("word=none")
    await person.wait(lambda me: place(me.screen) == "home")
    person.write("/exit")
    await town.settled()
    person.write(WORD)
    await town.settled()
    assert place(person.screen) == "consent"


async def test_who_sent_that_they_are_held_finds_the_chat_locked_after_three_minutes(town: Town) -> None:
    """And said so before; somebody in a transit zone, who needs the chat for weeks, does not."""
    person = await town.played(SHORT, "en")
    assert "After three minutes of silence this chat locks" in person.screen.text
    await town.forward(minutes=3, seconds=5)
    assert [] == person.messages()
    person.start()
    await town.settled()
    assert place(person.screen) == "consent"


# Nothing revives a cleared chat --------------------------------------------------------------------------


def _orders() -> list[tuple[str, ...]]:
    return list(itertools.permutations(("open", "letter", "time", "urgency"), 3))


@pytest.mark.parametrize("order", _orders(), ids="-".join)
async def test_no_background_screen_revives_a_cleared_chat(town: Town, order: tuple[str, ...]) -> None:
    """Whatever the house and the coordinator do afterwards, in any order, Telegram is asked for no message there."""
    await town.on_duty("en")
    person = await town.played(TRANSIT, "en")
    coordinator = await take(town)
    (case,) = await cases(town)
    person.press("home=-clear")
    for message in person.messages():
        person.delete(message.id)
    since = len(town.sandbox.calls)
    for step in order:
        if step == "open":
            coordinator.press(f"open={case.id.hex()}") if _has(coordinator, "open") else None
        elif step == "letter":
            await held(town, person, "write")
            coordinator.write("Are you there?")
            await town.settled()
            found = [b.data for m in coordinator.messages() for r in m.buttons for b in r if b.data.startswith("send=")]
            coordinator.press(found[-1])
        elif step == "time":
            await town.forward(hours=3)
        else:
            await held(town, person, "urgency")
        await town.settled()
    assert [] == person.messages()
    assert "sendMessage" not in [call.method for call in town.sandbox.calls[since:] if call.chat == person.id]


def _has(account: Account, action: str) -> bool:
    return any(b.data.startswith(f"{action}=") for m in account.messages() for r in m.buttons for b in r)


async def test_each_screen_can_be_a_new_message_for_who_has_it_read_aloud(town: Town) -> None:
    person = await town.begun("en")
    person.press("consent=more")
    await person.wait(lambda me: place(me.screen) == "more")
    person.press("more=anew")
    await town.settled()
    seen: set[int] = set()
    person.press("more=-back")
    await person.wait(lambda me: place(me.screen) == "consent")
    for data, then in (("consent=agree", "safe_now"), ("safe_now=yes", "who"), ("who=self", "custody")):
        seen.add(person.screen.id)
        person.press(data)
        await town.settled()
        assert then == place(person.screen) and person.screen.id not in seen
        assert [person.screen] == person.messages()




async def test_whoever_clears_again_and_again_leaves_one_line(town: Town) -> None:
    person = await town.begun("en")
    for _ in range(3):
        await play(person, FREE)
        person.write("/exit")
        await town.settled()
        assert [LEFT.message] == [one.text for one in person.messages()]
        person.start()
        await person.wait(lambda me: place(me.screen) == "consent")
    person.write("/exit")
    await town.settled()
    assert [LEFT.message] == [one.text for one in person.messages()], "nothing was sent since"
