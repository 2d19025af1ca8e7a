"""Letters that wait: for the person, for the morning, for a chat that is not cleared; and what ends them."""

from __future__ import annotations

from bot.sandbox import Account
from bot.sandbox.player import place

from .conftest import ADMIN, TRANSIT, Open, Town, on_both, texts
from .correspondence import WAITS, changed, learns, opened, sent, stored
from .erasing import button, cases, clean, data, erase, take


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
    await mark("unlock")  # while somebody is there who has answered nothing
    assert person.messages() == []
    person.start()
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
