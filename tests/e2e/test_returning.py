"""Coming back from another account: six words open a line forward there; the holder says whether it is the person."""

from __future__ import annotations

import itertools
import json
import logging
import secrets
from typing import Any

import pytest

from bot import return_words
from bot.intake.return_code import LISTED, WORDS
from bot.sandbox import Account
from bot.sandbox.player import place, play
from bot.store.records import Act, Case
from bot.store.work import Work
from bot.telegram import returning
from bot.telegram.casework import PERSON as PERSON_ACTS
from bot.telegram.casework import Why, erase
from bot.telegram.desk import Desk
from bot.telegram.floods import Gate, Turnstile
from bot.telegram.ingest import handle
from bot.telegram.updates import Wrote

from .conftest import PERSON, SHORT, TRANSIT, Answers, Speech, Town, foreign_letters, on_both, texts
from .correspondence import opened, sent
from .erasing import acts, button, cases, data, take
from .locking import guarded

OTHER, THIRD = 1777, 1888
FREE: Answers = {**SHORT, "custody": ("liberty",)}
VERIFY, UNVERIFIED = "new account, verify it is them", "not verified"


def words(account: Account) -> str:
    """The code that stands in the chat."""
    assert place(account.screen) == "code"
    return next(line for line in account.screen.text.splitlines() if len(line.split()) == WORDS and line.islower())


async def coded(town: Town, person: Account) -> str:
    person.press("home=code")
    await person.wait(lambda me: place(me.screen) == "code")
    await town.settled()
    code = words(person)
    person.press("code=-back")
    await person.wait(lambda me: place(me.screen) == "home")
    await town.settled()
    return code


async def typed(town: Town, code: str, number: int = OTHER, language: str = "en") -> Account:
    person = town.person(language, number)
    for said in ("/return", code):
        person.write(said)
        await town.settled()
    return person


async def held(town: Town, action: str) -> None:
    """The holder presses a button of the card, and what is asked then."""
    (case,) = await cases(town)
    sure = [f"{action}={case.id.hex()}.yes"] if action == "disown" else []
    for pressed in (f"case={case.id.hex()}", f"{action}={case.id.hex()}", *sure):
        town.staff["en"].press(pressed)
        await town.settled()


async def wire(town: Town, number: int, language: str = "en", said: str = "/start") -> list[Any]:
    """What Telegram is told to show in answer to this."""
    begun = len(town.sandbox.calls)
    town.person(language, number).write(said)
    await town.settled()
    calls = [call for call in town.sandbox.calls[begun:] if call.chat == number and call.method == "sendMessage"]
    return [[call.params.get("text"), call.params.get("reply_markup")] for call in calls]


@on_both
async def test_six_words_bring_the_case_to_another_account_and_the_old_chat_falls_silent(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    """It goes forward from there, and back to nothing: no answer, no letter of before; a new code is shown at once."""
    caplog.set_level(logging.DEBUG)
    await town.on_duty("en")
    person = await town.played({**TRANSIT, "contact": ("other", '"Canary by the door')}, "en")
    holder = await take(town, "en")
    code = await coded(town, person)
    await sent(town, holder, "Which station?")
    (case,) = await cases(town)
    stored = json.dumps(case.head, ensure_ascii=False)
    assert sum(word in stored for word in code.split()) < 2  # "airport" may be one of them, and is where the person is

    came = await typed(town, code.upper().replace(" ", ", "))
    fresh = words(came)
    assert fresh != code and [came.screen] == came.messages()
    assert [] == person.messages()
    assert VERIFY in texts(holder.messages()) and case.head["code"] in texts(holder.messages())
    came.press("code=-back")
    assert "Which station?" in await opened(town, came)
    came.write("The second one")
    await town.settled()
    assert "The second one" in texts(holder.messages())
    came.press("reading=continue")
    await came.wait(lambda me: place(me.screen) == "home")
    assert case.head["code"] in came.screen.text
    assert "Canary" not in texts([one for one in came.shown if one.by_bot])
    holder.press(f"case={case.id.hex()}")
    await town.settled()
    assert UNVERIFIED in texts(holder.messages()) and button(holder, "verify") and button(holder, "disown")

    assert await wire(town, PERSON) == await wire(town, 1999) != []  # a stranger's
    assert place((await typed(town, code, THIRD)).screen) == "return"  # dead
    await sent(town, holder, "And now?")
    assert "letter" not in place(person.screen)
    holder.press(data(button(holder, "verify"), "verify"))
    await town.settled()
    assert UNVERIFIED not in texts([button(holder, "lock") or holder.screen])
    assert [Act.VERIFIED, Act.WRITE, Act.RETURNED] == [act for act in await acts(town) if act != Act.READ][:3]
    files = [path.read_bytes() for path in town.settings.data_dir.rglob("*") if path.is_file()]
    chats = await town.app.store.write(lambda work: [[one.address, one.draft] for one in work.all_chats()])
    files.append(json.dumps(chats, ensure_ascii=False).encode())
    for said in (code, fresh):
        begin, end = " ".join(said.split()[:2]), " ".join(said.split()[4:])
        assert not [one for one in files if begin.encode() in one or end.encode() in one]
        assert begin not in caplog.text and end not in caplog.text


async def test_who_the_holder_turns_away_is_a_stranger_and_the_person_has_their_case_again(town: Town) -> None:
    """Also where the code went on to a third account, and where the one who had it asked to erase everything. Who takes
    the case only then is told as well."""
    await town.on_duty("en")
    person = await town.played(FREE, "en")
    thief = await typed(town, await coded(town, person))
    holder = await take(town, "en")
    assert VERIFY in texts(holder.messages()) and button(holder, "disown")
    again = await typed(town, words(thief), THIRD)
    assert [] == thief.messages() and place(again.screen) == "code"
    code = words(again)
    again.write("/erase")
    await again.wait(lambda me: place(me.screen) == "erase")
    assert "within 24 hours" in again.screen.text
    again.press("erase=yes")
    await town.settled()
    assert 1 == len(await cases(town)) and [] == again.messages()
    await held(town, "disown")
    (case,) = await cases(town)
    assert "erase" not in case.head["times"] and "returned" not in case.head["times"]
    assert Act.DISOWNED in await acts(town)
    assert await wire(town, THIRD) == await wire(town, 1999) != []
    assert place((await typed(town, code, OTHER)).screen) == "return"
    person.start()
    await person.wait(lambda me: place(me.screen) == "home")
    assert case.head["code"] in person.screen.text
    await sent(town, holder, "Are you there?")
    assert "Are you there?" in await opened(town, person)


async def test_in_ones_own_locked_chat_the_code_opens_it_and_nobody_need_verify(town: Town) -> None:
    """The prompt and a wrong code look as they do to a stranger."""
    await town.on_duty("en")
    person = await town.played(FREE, "en")
    code = await coded(town, person)
    person.write("/exit")
    await town.settled()
    for said in ("/return", "one two three four five six"):
        shown = []
        for number in (PERSON, 1999):
            me = town.person("en", number)
            me.write(said)
            await town.settled()
            shown.append((me.screen.text, me.buttons()))
        assert shown[0] == shown[1]
    person.write(code)
    await town.settled()
    assert words(person) != code
    (case,) = await cases(town)
    assert "returned" not in case.head["times"]
    person.press("code=-back")
    await person.wait(lambda me: place(me.screen) == "home")


@pytest.mark.parametrize("language", ["ru", "kk"])
async def test_words_are_understood_however_they_are_typed(town: Town, language: str) -> None:
    await town.on_duty(language)
    person = await town.played(FREE, language)
    holder = await take(town, language)
    code = await coded(town, person)
    asks = await town.said(town.person(language, OTHER), "/return")
    assert not Speech(language).strangers([asks]) | foreign_letters(language, [asks])
    plain = code.title().translate(str.maketrans("ёқғңүұөәһі", "екгнууоахи"))
    came = await typed(town, f"1. {plain}!", language=language)
    fresh = words(came)
    assert set(fresh.split()) <= set(return_words.load()[language])
    said = [came.screen, *holder.messages()]
    assert not Speech(language, [fresh]).strangers(said) | foreign_letters(language, said)
    came.write("/return")
    refused = await town.said(came, "x")
    assert not Speech(language).strangers([refused]) | foreign_letters(language, [refused])


async def test_an_account_that_tries_too_often_waits_and_nobody_else_does(town: Town) -> None:
    """Clearing the chat makes no new account of it."""
    person = await town.played(FREE, "en")
    code = await coded(town, person)
    wrong = " ".join(return_words.load()["en"][:WORDS])
    thief = town.person("en", OTHER)
    for said in ("/return", *[wrong] * returning.AT_ONCE, "/exit", "/return", code):
        thief.write(said)
        await town.settled()
    assert place(thief.screen) == "return"
    fresh = words(await typed(town, code, THIRD))
    await town.forward(minutes=15)
    assert place((await typed(town, fresh, OTHER)).screen) == "code"


async def test_an_account_that_guesses_all_day_is_heard_again_the_next(town: Town) -> None:
    """However it spreads its tries over the hours."""
    person = await town.played(FREE, "en")
    code = await coded(town, person)
    wrong = " ".join(return_words.load()["en"][:WORDS])
    thief = town.person("en", OTHER)
    for _ in range(returning.A_DAY // returning.AT_ONCE):
        for said in ("/return", *[wrong] * returning.AT_ONCE):
            thief.write(said)
            await town.settled()
        await town.forward(minutes=15)
    assert place((await typed(town, code, OTHER)).screen) == "return"
    await town.forward(hours=23)
    assert place((await typed(town, code, OTHER)).screen) == "code"


async def test_command_and_words_may_come_in_one_message(town: Town) -> None:
    """One that is wrong is answered like one that was asked for; the next words are tried, too."""
    person = await town.played(FREE, "en")
    code = await coded(town, person)
    came = town.person("en", OTHER)
    refused = await town.said(came, "/return one two three four five six")
    assert "open nothing" in refused.text and [refused] == came.messages()
    fresh = await town.said(came, f"/return {code}")
    assert words(came) != code and [fresh] == came.messages() and [] == person.messages()


async def test_the_holder_is_asked_before_somebody_is_shut_out(town: Town) -> None:
    await town.on_duty("en")
    person = await town.played(FREE, "en")
    came = await typed(town, await coded(town, person))
    holder = await take(town, "en")
    (case,) = await cases(town)
    for pressed in (data(button(holder, "disown"), "disown"), f"case={case.id.hex()}"):
        holder.press(pressed)
        await town.settled()
    assert "returned" in (await cases(town))[0].head["times"] and place(came.screen) == "code"


async def test_ten_thousand_wrong_codes_open_nothing(town: Town) -> None:
    """Some of them with the two words that find the case; afterwards the right one opens it."""
    person = await town.played(FREE, "en")
    code = await coded(town, person)
    listed = return_words.load()["en"]

    def tries(work: Work) -> list[Case]:
        desk = Desk(town.app.house, work, work.staff(), {})
        found = []
        for number in range(10_000):
            drawn = [listed[secrets.randbelow(LISTED)] for _ in range(WORDS)]
            drawn[:2] = code.split()[:2] if number % 10 == 0 else drawn[:2]
            if " ".join(drawn) != code and (case := returning.found(desk, " ".join(drawn))) is not None:
                found.append(case)
        return found

    assert [] == await town.app.store.write(tries)
    assert place((await typed(town, code)).screen) == "code"


async def test_an_intake_that_was_begun_goes_on_beside_the_case_that_came(town: Town) -> None:
    person = await town.played(FREE, "en")
    code = await coded(town, person)
    other = await town.begun("en", OTHER)
    await play(other, FREE, until="papers")
    await town.settled()
    await typed(town, code)
    other.press("code=-back")
    await other.wait(lambda me: place(me.screen) == "papers")
    await play(other, FREE)
    await town.settled()
    assert 2 == len(await cases(town)) and [] == person.messages()


async def test_after_an_early_alert_it_is_offered_before_anything_is_sent(town: Town) -> None:
    """What waits to be sent goes with the case; whoever goes on in the old chat begins anew."""
    await town.on_duty("en")
    person = await town.played(SHORT, "en", until="offer")
    person.press("offer=code")
    await person.wait(lambda me: place(me.screen) == "code")
    await town.settled()
    code = words(person)
    person.press("code=-back")
    await person.wait(lambda me: place(me.screen) == "offer")
    assert "offer=code" not in [one.data for one in person.buttons()]
    assert place((await typed(town, code)).screen) == "code" and [] == person.messages()
    assert place((await town.begun("en")).screen) == "consent"
    assert 1 == len(await cases(town))


async def test_in_front_of_a_code_word_a_code_works_too_and_a_wrong_one_only_tells_the_holder(town: Town) -> None:
    """Its prompt is on the wire what a stranger's is; what is written after the right one counts."""
    await town.on_duty("en")
    person = await guarded(town)
    holder = await take(town, "en")
    code = await coded(town, person)
    person.write("/exit")
    await town.settled()
    wrong = " ".join(return_words.load()["en"][:WORDS])
    assert await wire(town, PERSON, said="/return") == await wire(town, 1999, said="/return") != []
    assert (await town.said(person, wrong)).text == (await town.said(town.person("en", 1999), wrong)).text
    assert "somebody writes in the person's locked chat" in texts(holder.messages())
    await town.said(person, code)
    words(person)
    assert "somebody writes in the person's locked chat" not in texts(holder.messages())
    person.press("code=-back")
    await person.wait(lambda me: place(me.screen) == "home")
    for said in ("He was moved", "1"):  # pass it on
        await town.said(person, said)
    (case,) = await cases(town)
    assert "He was moved" in json.dumps(await town.app.store.write(lambda work: work.entries(case.id)))


@pytest.mark.parametrize("end", ["erased", "verified", "forgotten"])
async def test_of_the_account_before_nothing_is_kept_longer_than_it_is_needed(town: Town, end: str) -> None:
    """Until the case is erased, the holder has verified who came, or thirty days are over."""
    await town.on_duty("en")
    person = await town.played(FREE, "en")
    await take(town, "en")
    came = await typed(town, await coded(town, person))
    (case,) = await cases(town)
    assert 2 == len(await town.app.store.write(lambda work: work.load_chats([PERSON, OTHER])))
    if end == "verified":
        await held(town, "verify")
    else:
        if end == "erased":
            came.write("/erase")
            await came.wait(lambda me: place(me.screen) == "erase")
            came.press("erase=yes")
        await town.settled()
        town.clock.forward(days=1 if end == "erased" else 30)
        await town.app.store.write(lambda work: passed(town, work, case, end))
    kept = await town.app.store.write(lambda work: work.load_chats([PERSON, OTHER]))
    assert ([] if end == "erased" else [OTHER]) == list(kept)
    assert not [chat for chat in kept.values() if "came" in chat.address]


def passed(town: Town, work: Work, case: Case, end: str) -> None:
    """What the daily round does."""
    desk = Desk(town.app.house, work, work.staff(), {})
    if end == "erased":
        erase(desk, case.id, Why.PERSON, PERSON_ACTS)
    else:
        returning.forget_old(desk)
    desk.save()


async def test_two_hundred_accounts_that_guess_open_nothing_and_lock_nobody_out(town: Town) -> None:
    person = await town.played(FREE, "en")
    code = await coded(town, person)
    wrong = " ".join([*code.split()[:2], *code.split()[:1:-1]])
    numbers = itertools.count(2**40)
    tries = [(words, user) for words in ("/return", wrong) for user in range(5000, 5200)]
    said = [Wrote(next(numbers), user, 1, words, "en", "", 0) for words, user in tries]

    def flood(work: Work) -> set[str]:
        rows, _, _ = handle(town.app.house, work, list(said), Turnstile(Gate(1000)))
        return {row.body["text"] for row in rows if row.body["do"] == "show"}

    assert 2 >= len(await town.app.store.write(flood))
    assert place((await typed(town, code)).screen) == "code"
