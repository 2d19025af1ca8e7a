"""Erasing: by the person, after an early alert within a day, by time and by closing; what is left of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date

import pytest

from bot.sandbox.player import place, play
from bot.store.records import Act

from .conftest import SHORT, STAFF, Open, Speech, Town, alerts, foreign_letters, on_both, texts
from .erasing import FREE, a_day_later, acts, button, cases, clean, data, erase, take, tidy


@on_both
async def test_what_was_sent_without_an_early_alert_is_erased_at_once(town: Town) -> None:
    """Entries, head, address, timers, alerts; the holder is told; nothing waits to be sent to the person."""
    coordinator, other = await town.on_duty("en", "ru")
    person = await town.played(FREE, "en")
    (case,) = await cases(town)
    await take(town, "en")
    assert "both at once" in (await erase(town, person)).text
    assert person.messages() == []
    assert await clean(town, case.id)
    assert "erased by the person" in texts(coordinator.messages())
    assert not any(button(one, action) for one in (coordinator, other) for action in ("take", "open"))
    assert [Act.ERASE, Act.READ, Act.TAKE] == (await acts(town))[:3]


async def test_after_an_early_alert_the_chat_is_cleared_at_once_and_the_case_goes_within_a_day(town: Town) -> None:
    """The screen says so before the press; the holder sees when, and is told once it is gone."""
    await town.on_duty("en")
    person = await town.played(SHORT, "en")
    (case,) = await cases(town)
    coordinator = await take(town, "en")
    assert "within 24 hours" in (await erase(town, person)).text
    assert person.messages() == []
    assert [case.id] == [one.id for one in await cases(town)]
    card = button(coordinator, "coerced")
    assert card is not None and "The writer asked to erase it" in card.text and "It will be erased: " in card.text
    assert Act.ERASE_ASKED in await acts(town)
    town.clock.forward(hours=23)
    await tidy(town)
    assert [case.id] == [one.id for one in await cases(town)]
    town.clock.forward(hours=1, minutes=1)
    await tidy(town)
    assert await clean(town, case.id)
    assert "erased by the person" in texts(coordinator.messages())
    assert button(coordinator, "coerced") is None and button(coordinator, "open") is None


async def test_the_day_counts_while_the_bot_is_stopped_too(town: Town) -> None:
    """Away for longer than a day, it has heard Telegram's clock, and its own was confirmed three days before."""
    await town.on_duty("en")
    person = await town.played(SHORT, "en")
    (case,) = await cases(town)
    await take(town, "en")
    await erase(town, person)
    await tidy(town)
    await town.close()
    town.clock.forward(hours=30)
    await town.open()
    town.staff["en"].write("hello")
    await tidy(town)
    assert [case.id] == [one.id for one in await cases(town)]
    await town.app.store.write(lambda work: work.confirm_clock("shell"))
    for _ in range(4):
        await tidy(town)
        assert [case.id] == [one.id for one in await cases(town)]
        town.clock.forward(hours=23)
    await tidy(town)
    assert await clean(town, case.id)


async def test_whoever_holds_the_phone_then_meets_a_strangers_bot(town: Town) -> None:
    """The same first screen, in the language of the phone, whatever had been chosen; and nothing leads back."""
    await town.on_duty("en")
    person = await town.played(SHORT, "en")
    person.press("home=-language")
    await person.wait(lambda me: place(me.screen) == "language")
    person.press("language=kk")
    await person.wait(lambda me: place(me.screen) == "home")
    await erase(town, person)
    stranger = await town.begun("en", 1002)
    person.send("photo")
    await town.settled()
    assert (person.screen.text, person.screen.keyboard) == (stranger.screen.text, stranger.screen.keyboard)
    for press in ("home=update", "erase=yes", "stray=pass"):
        person.forge(press)
    await town.settled()
    assert "consent" == place(person.screen)
    assert 1 == len(await cases(town))


async def test_a_second_press_brings_nothing_back_into_the_chat(town: Town) -> None:
    await town.on_duty("en")
    for answers, number in ((FREE, 1001), (SHORT, 1002)):
        person = await town.begun("en", number)
        await play(person, answers)
        await town.settled()
        asked = await erase(town, person)
        before = await acts(town)
        person.press("erase=yes", on=asked)
        await town.settled()
        assert person.messages() == []
        assert before == await acts(town)


async def test_the_press_delivered_again_erases_nothing_new(town: Town) -> None:
    await town.on_duty("en")
    person = await town.played(FREE, "en")
    await erase(town, person)
    press = person.updates[-1]
    person.start()
    await person.wait(lambda me: me.screen)
    await play(person, FREE)
    await town.settled()
    town.sandbox.redeliver(press)
    await town.settled()
    assert 1 == len(await cases(town))
    assert "home" == place(person.screen)


async def test_the_holder_may_keep_what_may_have_been_erased_under_force(town: Town) -> None:
    """Recorded, kept, and not offered again; a second press adds nothing."""
    await town.on_duty("en")
    person = await town.played(SHORT, "en")
    coordinator = await take(town, "en")
    await erase(town, person)
    asked = button(coordinator, "coerced")
    for _ in range(2):
        coordinator.press(data(asked, "coerced"), on=asked)
    await town.settled()
    (kept,) = await cases(town)
    assert "coerced" in kept.head["flags"] and "erase" not in kept.head["times"]
    assert 1 == (await acts(town)).count(Act.ERASE_STOPPED)
    assert button(coordinator, "coerced") is None
    card = button(coordinator, "open")
    assert card is not None and "may have been forced" in card.text
    await a_day_later(town)
    assert [kept.id] == [one.id for one in await cases(town)]
    assert person.messages() == []


async def test_nobody_but_the_holder_can_keep_it(town: Town) -> None:
    holder, other = await town.on_duty("en", "ru")
    person = await town.played(SHORT, "en")
    await take(town, "en")
    await erase(town, person)
    for one in (other, person):
        one.forge(data(button(holder, "coerced"), "coerced"))
    await town.settled()
    (case,) = await cases(town)
    assert "coerced" not in case.head["flags"] and "erase" in case.head["times"]
    assert Act.ERASE_STOPPED not in await acts(town)


async def test_whoever_takes_it_meanwhile_may_keep_it(town: Town) -> None:
    """The alert says that its writer asked to erase it and when it goes, without that button."""
    first, second = await town.on_duty("en", "ru")
    person = await town.played(SHORT, "en")
    await erase(town, person)
    assert "It will be erased: " in alerts(first)[0].text
    assert button(first, "coerced") is None
    await take(town, "en")
    assert button(second, "coerced") is None
    first.press(data(button(first, "coerced"), "coerced"))
    await town.settled()
    await a_day_later(town)
    assert 1 == len(await cases(town))


async def test_with_discreet_alerts_the_holder_may_keep_it_too(open_town: Open) -> None:
    async with open_town(alert_detail="discreet") as town:
        (holder,) = await town.on_duty("en")
        person = await town.played(SHORT, "en")
        await erase(town, person)
        holder.press("next=-")
        await town.settled()
        holder.press(data(button(holder, "coerced"), "coerced"))
        await town.settled()
        assert "coerced" in (await cases(town))[0].head["flags"]


async def test_a_case_erased_while_its_alert_is_on_the_wire_leaves_no_alert(town: Town) -> None:
    await town.on_duty("en")
    person = await town.begun("en")
    await play(person, FREE, until="offer")
    await town.settled()
    slow = town.sandbox.fail("sendMessage", latency=1.5, chat=STAFF["en"])
    person.press("offer=send")
    await person.wait(lambda me: place(me.screen) == "home")
    async with asyncio.timeout(5):
        while not slow.hits:
            await asyncio.sleep(0.02)
    person.press("home=erase")
    await person.wait(lambda me: place(me.screen) == "erase")
    person.press("erase=yes")
    await town.settled()
    coordinator = town.staff["en"]
    assert [one for one in coordinator.shown if "Take" in str(one.buttons)]
    assert alerts(coordinator) == []


@pytest.mark.parametrize("code", ["ru", "kk"])
async def test_all_of_it_is_said_in_one_language(town: Town, code: str) -> None:
    """The wish and the way to stop it, what was kept, the question about a silent case, its end."""
    await town.on_duty(code)
    coordinator = town.staff[code]
    menu = coordinator.shown[0].id  # stood there before the choice of a language
    person = await town.played(SHORT, code)
    await erase(town, person)
    await take(town, code)
    coordinator.press(data(button(coordinator, "coerced"), "coerced"))
    await town.settled()
    (case,) = await cases(town)
    silent = {**case.head, "deadlines": [], "place": {"custody": "liberty"}, "times": {"written": 0, "taken": 0}}
    await town.app.store.write(lambda work: work.save_cases([replace(case, head=silent)]))
    await tidy(town)
    assert button(coordinator, "gone") is not None
    await town.app.store.write(lambda work: work.save_cases([replace(case, expires=date(2026, 3, 1))]))
    await tidy(town)
    assert [] == await cases(town)
    shown = [one for one in (*person.shown, *coordinator.shown) if one.by_bot and one.id != menu]
    assert not Speech(code).strangers(shown)
    assert not foreign_letters(code, shown, f"Dana-{coordinator.id}")


async def test_words_at_home_that_answer_nothing_stand_under_the_days_key_only(town: Town) -> None:
    """Until the person says what to do with them; what is forgotten goes with that key."""
    person = await town.played(FREE, "en")
    person.write("They know where she hides")
    await person.wait(lambda me: place(me.screen) == "stray")
    (chat,) = (await town.app.store.write(lambda work: work.load_chats([person.id]))).values()
    assert chat.draft is not None and "They know where she hides" == chat.draft["stray"]
    assert "" == chat.address["home"]["stray"]
    person.press("stray=pass")
    await person.wait(lambda me: place(me.screen) == "home")
    (chat,) = (await town.app.store.write(lambda work: work.load_chats([person.id]))).values()
    assert chat.draft is None
