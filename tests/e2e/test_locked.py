"""A chat that was cleared or locked: whoever writes there is a stranger, but for the word, and nobody can tell."""

from __future__ import annotations

import itertools

import pytest

from bot.sandbox import Account
from bot.sandbox.player import place, play
from bot.telegram.person import LEFT

from .conftest import PERSON, SHORT, TRANSIT, Open, Speech, Town, alerts, on_both, texts
from .locking import FREE, WORD, cases, guarded, held, take


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
