"""A flood of new cases: coordinators get one message instead of hundreds, the critical ones first and alone."""

from __future__ import annotations

import asyncio

import pytest

from bot.sandbox import Account, Message
from bot.sandbox.player import place, play

from .conftest import SHORT, Open, Town, alerts, texts

NEXT = "next=-"
FREE = {**SHORT, "custody": ("liberty",)}


def queues(account: Account) -> list[Message]:
    """The messages that stand for many cases."""
    return [one for one in account.messages() if one.buttons and one.buttons[-1][0].data == NEXT]


def own(account: Account) -> list[Message]:
    """Alerts of one case each."""
    return [one for one in alerts(account) if one.buttons[-1][0].data != NEXT]


async def come(town: Town, first: int, count: int, *, critical: bool = False) -> list[Account]:
    """So many people send what they have to say."""
    people = [town.person("ru", first + number) for number in range(count)]

    async def sends(person: Account) -> None:
        person.start()
        await person.wait(lambda me: me.screen)
        if critical:
            person.press("consent=taken")
            await person.wait(lambda me: not me.screen.buttons or "taken=" in me.screen.buttons[0][0].data)
        else:
            await play(person, FREE)

    for start in range(0, count, 12):
        await asyncio.gather(*(sends(person) for person in people[start : start + 12]))
        await town.settled()
    return people


async def told(town: Town) -> None:
    """What the house says of a flood within ten seconds."""
    await town.settled()
    town.clock.forward(seconds=11)
    await town.app.keeper.tell_queue()
    await town.settled()


async def test_of_sixty_cases_within_minutes_the_first_of_each_kind_have_alerts_and_the_rest_one_message(
    town: Town,
) -> None:
    """Twelve of them critical: ten of those alone, then in the one message, oldest first, with what is the most
    urgent to be taken by its button; nobody is held up."""
    (one,) = await town.on_duty("en")
    await come(town, 5000, 24)
    await told(town)
    await come(town, 5100, 12, critical=True)
    people = await come(town, 5200, 24)
    await told(town)
    cases = await town.app.store.write(lambda work: work.all_cases())
    assert 60 == len(cases)
    assert 20 == len(own(one))
    critical = [case for case in cases if case.head["urgency"] == 0]
    critical.sort(key=lambda case: case.head["times"]["written"])
    assert 12 == len(critical) and 10 == len([each for each in own(one) if "Critical" in each.text])
    (queue,) = queues(one)
    assert queue.text.splitlines()[:2] == ["Waiting: 60", "Critical: 12"] and queue.protected and queue.edits
    listed = [button.label for row in queue.buttons[:-1] for button in row]
    assert [case.head["code"] for case in critical[:10]] == listed
    sent = [call for call in town.sandbox.calls if call.chat == one.id and call.method == "sendMessage"]
    assert len(sent) < 30
    assert all("home=" in str(person.screen.buttons) for person in people)
    one.press(NEXT, on=queue)
    await town.settled()
    assert critical[0].head["code"] in texts(one.messages())
    await told(town)
    assert queues(one)[0].text.splitlines()[:2] == ["Waiting: 59", "Critical: 11"]


async def test_the_message_goes_when_nothing_waits_and_the_next_case_has_its_alert_again(town: Town) -> None:
    (one,) = await town.on_duty("en")
    await come(town, 5000, 12)
    await told(town)
    assert queues(one) and 10 == len(own(one))
    for _ in range(12):
        one.forge(NEXT)
        await town.settled()
    await told(town)
    assert not queues(one)
    await town.forward(minutes=10)
    await come(town, 6000, 1)
    assert 1 == len(own(one))


async def test_a_flood_goes_on_where_it_was_after_a_start(town: Town) -> None:
    """What came before the bot was stopped counts, and what was to be said is said."""
    (one,) = await town.on_duty("en")
    await come(town, 5000, 11)
    await town.close()
    await town.open()
    await come(town, 6000, 1)
    await told(town)
    assert 10 == len(own(one))
    assert "Waiting: 12" in queues(one)[0].text


async def test_one_of_many_that_becomes_critical_has_its_own_alert(town: Town) -> None:
    (one,) = await town.on_duty("en")
    await come(town, 5000, 10)
    people = await come(town, 6000, 1)
    await told(town)
    before = {each.id for each in own(one)}
    people[-1].press("home=urgent")
    await told(town)
    assert "Urgent: 1" in queues(one)[0].text and before == {each.id for each in own(one)}
    people[-1].press("home=update")
    await people[-1].wait(lambda me: place(me.screen) == "papers")
    await play(people[-1], {"papers": ("protocol", "-done"), "date_protocol": ("today",)})
    await town.settled()
    (alert,) = [each for each in own(one) if each.id not in before]
    assert "Critical" in alert.text


async def test_a_new_critical_case_among_many_rings_once_a_minute(town: Town) -> None:
    """The message is sent anew for it, where an edit would be silent; the one before it goes."""
    (one,) = await town.on_duty("en")
    await come(town, 5100, 11, critical=True)
    await told(town)
    (first,) = queues(one)
    await come(town, 5200, 1, critical=True)
    await told(town)
    assert [first.id] == [each.id for each in queues(one)]
    town.clock.forward(seconds=60)
    await told(town)
    (second,) = queues(one)
    assert second.id != first.id and "Critical: 12" in second.text


async def test_with_discreet_alerts_a_flood_is_one_constant_text_too(open_town: Open) -> None:
    async with open_town(alert_detail="discreet") as town:
        (one,) = await town.on_duty("en")
        await come(town, 5000, 14)
        await told(town)
        said = queues(one)
        assert 11 == len(said)
        assert {("Something new has come in.", 0)} == {(each.text, each.edits) for each in said}


@pytest.mark.parametrize("trouble", [{"status": 500}, {"drop": "after"}, {"retry_after": 1}])
async def test_faults_in_a_flood_lose_no_alert_and_no_order(town: Town, trouble: dict[str, object]) -> None:
    """Each chat ends with what was said last, and who stood in it before stands there once."""
    one, other = await town.on_duty("en", "ru")
    other.block()
    for method in ("sendMessage", "editMessageText"):
        town.sandbox.fail(method, times=6, **trouble)
    people = await come(town, 5000, 12)
    await told(town)
    assert {alert.text for alert in own(one)} and 10 <= len(own(one))
    assert "Waiting: 12" in queues(one)[-1].text
    assert all("home=" in str(person.screen.buttons) for person in people)


FULL = "Too many messages at once. Please wait a minute."


async def test_who_sends_too_much_changes_nothing_and_is_told_once(open_town: Open) -> None:
    """What is over the limit is deleted like everything else, and answered with one line that goes again."""
    async with open_town(person_rate=8.0) as town:
        person = await town.begun("en")
        await play(person, FREE, until="who")
        await town.settled()
        for number in range(40):
            person.write(f"word {number}")
        await town.settled()
        assert FULL in person.screen.text
        assert 1 == len({one.id for one in person.shown if FULL in one.text})
        assert all(one.by_bot for one in person.messages())
        said = "\n".join(one.text for one in person.shown)
        assert "word 39" not in said
        assert not await town.app.store.write(lambda work: work.all_cases())
        await town.forward(seconds=61)
        assert FULL not in texts(person.messages()) and 1 == len(person.messages())


async def test_being_taken_gets_through_however_much_was_sent_before(open_town: Open) -> None:
    """By its button, and by its words."""
    async with open_town(person_rate=3.0) as town:
        (one,) = await town.on_duty("en")
        for number in range(2):
            person = await town.begun("en", 5000 + number)
            for _ in range(20):
                person.write("?")
            await town.settled()
            if number:
                person.write("I am being taken now")
            else:
                person.press("consent=taken")
            await town.settled()
            assert number + 1 == len(alerts(one))
            person.press("taken=almaty")
            await town.settled()
        assert "Almaty" in texts(alerts(one))


async def test_one_who_sends_too_much_takes_nothing_from_others(open_town: Open) -> None:
    async with open_town(person_rate=60.0) as town:
        await town.on_duty("en")
        noisy = await town.begun("en", 5000)
        for number in range(300):
            noisy.write(f"word {number}")
        person = await town.begun("en")
        await play(person, SHORT)
        await town.settled()
        assert 1 == len(alerts(town.staff["en"]))
        assert len([call for call in town.sandbox.calls if call.chat == 5000]) < 120
