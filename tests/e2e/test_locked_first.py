"""A stranger's first screen: what a locked chat says to whoever holds the phone, and what becomes of their words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from bot.sandbox import Account
from bot.sandbox.player import place, play
from bot.telegram.person import LEFT

from .conftest import PERSON, TRANSIT, Open, Town, texts
from .locking import FREE, OTHER, WORD, cases, guarded, held, take

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


async def locked(town: Town, way: str, number: int) -> Account:
    """By themselves, or so that it locks when a day has gone."""
    if way in ("word", "by silence"):
        person = await guarded(town, number=number)
        if way == "word":
            person.press("home=-clear")
    else:
        person = await town.played(TRANSIT, "en", number)
        await take(town)
        if way == "no word":
            person.write("/exit")
        else:
            await held(town, person, "lock")
    await town.settled()
    return person


@pytest.mark.parametrize("way", ["word", "no word", "locked by the holder", "by silence"])
async def test_a_locked_chat_and_a_strangers_say_the_same_to_every_first_action(open_town: Open, way: str) -> None:
    async with open_town(flood_from=1000) as town:
        await town.on_duty("en")
        chats = [await locked(town, way, PERSON + number) for number, _ in enumerate(FIRST)]
        if way == "by silence":
            await town.forward(hours=24, minutes=1)
        for number, (first, acts) in enumerate(FIRST.items()):
            heard = []
            for one in (chats[number], town.person("en", OTHER + number)):
                since = len(town.sandbox.calls)
                acts(one)
                await town.settled()
                heard.append(said(town, since, one))
            assert heard[0] == heard[1], first


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
