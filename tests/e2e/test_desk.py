"""The coordinator's desk: the queue, the card, and what the holder does with a case."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.sandbox import Account
from bot.sandbox.player import place, play
from bot.store.records import Act, Case

from .conftest import (
    ADMIN,
    SHORT,
    STAFF,
    WORDS,
    Open,
    Speech,
    Town,
    foreign_letters,
    full,
    on_both,
    texts,
)
from .test_coordinator import offline

FREE = {**SHORT, "custody": ("liberty",)}


async def the_cases(town: Town) -> dict[str, Case]:
    found = await town.app.store.write(lambda work: work.all_cases())
    return {case.head["code"]: case for case in sorted(found, key=lambda case: case.head["times"]["written"])}


async def intake(town: Town, number: int, answers: object = SHORT) -> Case:
    """One more person who has sent their case."""
    known = set(await the_cases(town))
    person = await town.begun("ru", number)
    await play(person, answers)
    await town.settled()
    (new,) = (case for code, case in (await the_cases(town)).items() if code not in known)
    return new


async def pressed(town: Town, account: Account, label_or_data: str) -> str:
    """What the living message says after a press of one of its buttons."""
    account.press(label_or_data)
    await town.settled()
    return account.screen.text


def labels(account: Account) -> list[str]:
    return [button.label for button in account.buttons()]


@on_both
@pytest.mark.parametrize("custody", ["server", "offline"])
async def test_the_queue_and_the_card_from_the_head_alone(town: Town, tmp_path: Path, custody: str) -> None:
    """By urgency and time left, page by page in one message; a card has a button for what one may do, and no other."""
    if custody == "offline":
        await offline(town, tmp_path)
    one, other = await town.on_duty("en", "ru")
    quiet = await intake(town, 1100, FREE)
    critical = await intake(town, 1101, full("ru"))
    hearing = {**FREE, "event": ("hearing",), "event_date": ("tomorrow",)}
    rest = [await intake(town, 1102 + number, hearing if number == 2 else FREE) for number in range(4)]
    said = await town.said(one, "/cases")
    codes = re.findall(r"^([2-9A-Z]{6}) · ", said.text, re.MULTILINE)
    assert said.text.startswith("Unclaimed: 6 · page 1 of 2")
    assert {critical.head["code"], rest[2].head["code"]} == set(codes[:2]) and len(codes) == 5
    assert re.search(r": Mar \d+, 2026, \d\d:\d\d – Mar \d+, 2026, \d\d:\d\d · begins in: (\d+ d )?\d+ h", said.text)
    assert "Last contact: 0 min ago" in said.text and "Nobody has taken it yet" in said.text
    second = await pressed(town, one, "Next page")
    assert second.startswith("Unclaimed: 6 · page 2 of 2") and one.screen.id == said.id
    assert {quiet.head["code"], *(case.head["code"] for case in rest)} >= set(codes[2:])
    card = await pressed(town, one, re.findall(r"^([2-9A-Z]{6}) · ", second, re.MULTILINE)[0])
    assert one.screen.id == said.id and ["Take", "All cases"] == labels(one)
    await pressed(town, one, "Take")
    held = next(case for case in (await the_cases(town)).values() if case.head["holder"])
    code = held.head["code"]
    assert code in card
    card = (await town.said(one, f"/case {code.lower()}")).text
    assert re.search(r"Yours since: Mar 2, 2026, 1[45]:\d\d", card)
    assert "Take" not in labels(one) and {"Open", "Close", "Erase", "Lock their chat"} <= set(labels(one))
    others = (await town.said(other, f"/case {code}")).text
    assert "Dana-2003" in others and {"Список дел"} == set(labels(other))
    assert (await town.said(one, "/cases")).text.startswith("Mine: 1")
    assert (await town.said(other, "/cases all")).text.startswith("Все: 6")
    for account in (one, other):
        for never in (WORDS["ru"], "Иван", "+7 701"):
            assert never not in texts([message for message in account.shown if message.kind == "text"][-6:])
    refused = "No such case, or it is not yours."
    assert refused == (await town.said(one, "/case 222222")).text == (await town.said(one, "/case")).text


async def test_what_the_holder_sets_on_a_case(open_town: Open) -> None:
    """Urgency with a reason, a call, that it is not safe to write: on the card at once, in the head, in the log."""
    async with open_town(admins=(ADMIN,)) as town:
        (one,) = await town.on_duty("en")
        case = await intake(town, 1100)
        await pressed(town, one, f"take={case.id.hex()}")
        code = case.head["code"]
        await town.said(one, f"/case {code}")
        assert "How urgent is it?" in await pressed(town, one, "Set urgency")
        assert "For which reason?" in await pressed(town, one, "Soon")
        assert (await pressed(town, one, "hearing")).startswith("Soon: hearing")
        assert "Call arranged: Mar 2, 2026" in await pressed(town, one, "Call arranged")
        assert "It is not safe to contact this person now" in await pressed(town, one, "Not safe to contact")
        head = (await the_cases(town))[code].head
        assert (2, ["hearing"], True) == (head["urgency"], head["reasons"], "unsafe" in head["flags"])
        assert "It is not safe" not in await pressed(town, one, "Safe to contact again")
        log = await town.app.store.write(lambda work: work.audit(limit=100))
        assert [Act.URGENCY, Act.READ, Act.TAKE] == [each.what for each in log]
        assert "How did it end?" in await pressed(town, one, "Close")
        assert f"{code}: closed · Moved to safety" == await pressed(town, one, "Moved to safety")
        closed = (await the_cases(town))[code]
        assert ("closed", "moved", None) == (closed.head["state"], closed.head["outcome"], closed.chat)
        assert [one.screen.id] == [message.id for message in one.messages()]
        gone = await intake(town, 1101)
        await pressed(town, one, f"take={gone.id.hex()}")
        await town.said(one, f"/case {gone.head['code']}")
        assert "Erase this case?" in await pressed(town, one, "Erase")
        assert "Yours since" in await pressed(town, one, "Back")
        await pressed(town, one, "Erase")
        assert f"{gone.head['code']}: erased" == await pressed(town, one, "Erase")
        assert [code] == list(await the_cases(town))
        assert not [message for message in one.messages() if "administrator" in message.text]


async def test_the_contact_is_copied_at_a_press_and_the_summary_goes_in_as_many_minutes_as_set(open_town: Open) -> None:
    async with open_town(summary_minutes=3) as town:
        one, other = await town.on_duty("en", "ru")
        case = await intake(town, 1100, full("ru"))
        await pressed(town, one, f"take={case.id.hex()}")
        (last,) = [message for message in one.messages() if message.copies]
        contact = {"Copy the contact": "+7 701 000 00 00", "Copy the trusted contact": WORDS["ru"]}
        assert contact == last.copies and last.protected
        assert not [message for message in other.shown if message.copies]
        await town.forward(minutes=2)
        assert WORDS["ru"] in texts(one.messages())
        await town.forward(minutes=1, seconds=5)
        assert WORDS["ru"] not in texts(one.messages())


async def test_a_locked_chat_is_empty_and_its_holder_sees_so_until_they_unlock_it(town: Town) -> None:
    """Nothing of the bot's is left in it, and what happens meanwhile brings nothing back."""
    (one,) = await town.on_duty("en")
    person = await town.played(SHORT)
    (case,) = (await the_cases(town)).values()
    await pressed(town, one, f"take={case.id.hex()}")
    await town.said(one, f"/case {case.head['code']}")
    assert "The person's chat is locked" in await pressed(town, one, "Lock their chat")
    assert [] == person.messages() and "Lock their chat" not in labels(one)
    await town.forward(minutes=12)
    assert [] == person.messages()
    person.write("Я здесь")
    await person.wait(lambda me: place(me.screen) == "consent")
    await town.settled()
    said = await town.said(one, f"/case {case.head['code']}")
    assert "Somebody wrote in the locked chat" in said.text
    assert "locked" not in (await pressed(town, one, "Unlock their chat")).replace("in the locked chat", "")
    assert "Lock their chat" in labels(one)


async def test_what_stands_before_somebodys_eyes_keeps_up(town: Town) -> None:
    """For a quarter of an hour: edited where something changed, never sent anew."""
    town.clock.forward(minutes=1)  # at the full hour the hours left change within a second
    one, other = await town.on_duty("en", "ru")
    case = await intake(town, 1100)
    said = await town.said(one, "/cases all")
    await pressed(town, other, f"take={case.id.hex()}")
    await town.app.keeper.watch()
    await town.settled()
    assert "Taken by: Dana-2001" in one.screen.text and said.id == one.screen.id
    edits = one.screen.edits
    await town.app.keeper.watch()
    await town.settled()
    assert edits == one.screen.edits
    town.clock.forward(minutes=16)
    await town.app.keeper.watch()
    await town.settled()
    assert edits == one.screen.edits


@pytest.mark.parametrize("language", STAFF)
async def test_every_word_of_the_desk_is_in_the_coordinators_language(town: Town, language: str) -> None:
    (one,) = await town.on_duty(language)
    known = len(one.shown)
    case = await intake(town, 1100, full("ru"))
    row, code = case.id.hex(), case.head["code"]
    for data in (f"case={row}", f"take={row}", f"case={row}", "cases=", "cases=all", "cases=unclaimed"):
        one.forge(data)
        await town.settled()
    for data in ("unsafe", "call", "lock", "urgency", "urgency=1", "close", "card.erase", "case", "safe", "close=lost"):
        name, _, argument = data.partition("=")
        one.forge(f"{name}={row}{'.' if argument else ''}{argument}")
        await town.settled()
    await town.said(one, f"/case {code}")
    shown = [message for message in one.shown[known:] if message.by_bot and WORDS["ru"] not in message.text]
    assert len(shown) > 12
    name = f"Dana-{STAFF[language]}"
    assert not Speech(language, [name]).strangers(shown)
    assert not foreign_letters(language, shown, name)
