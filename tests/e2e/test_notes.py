"""What the holder of a case tells of it: notes, changes, links; and what is called to mind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bot.intake.questionnaire import LONGEST_NOTE
from bot.sandbox import Account
from bot.sandbox.player import place, play
from bot.store.records import Act, Case
from bot.vault import Keyring, SealedCase, open_case

from .conftest import SHORT, WORDS, Open, Speech, Town, alerts, foreign_letters, on_both, texts
from .test_coordinator import offline

FREE = {**SHORT, "custody": ("liberty",)}
NOTE = "Spoke to the brother <b>twice</b>"
OVER = "That is over. Begin again from the case."
NOT_YOURS = "No such case, or it is not yours."


async def the_case(town: Town) -> Case:
    (case,) = await town.app.store.write(lambda work: work.all_cases())
    return case


async def heads(town: Town) -> dict[str, dict[str, Any]]:
    cases = await town.app.store.write(lambda work: work.all_cases())
    return {case.head["code"]: case.head for case in cases}


async def held(town: Town, language: str = "en") -> tuple[Account, Case]:
    """A coordinator who holds the case of a person at liberty."""
    (one,) = await town.on_duty(language)
    await town.played(FREE)
    await town.said(one, f"/take {(await the_case(town)).head['code']}")
    return one, await the_case(town)


async def presses(town: Town, one: Account, *data: str) -> None:
    for each in data:
        one.press(each)
        await town.settled()


async def hearing(town: Town, one: Account, case: Case, day: str) -> None:
    """The coordinator tells of a hearing."""
    await town.said(one, f"/change {case.head['code']}")
    await presses(town, one, "fact=-topics=event", "fact=event=hearing")
    await town.said(one, day)
    await presses(town, one, f"fact.keep={case.id.hex()}")


async def acts(town: Town, case: Case) -> list[str]:
    log = await town.app.store.write(lambda work: work.audit(limit=100))
    return [one.what for one in reversed(log) if one.about == case.id.hex()]


async def pass_hours(town: Town, hours: int) -> None:
    """So that the clock does not jump; days come near as they do in a bot that runs."""
    while hours > 0:
        town.clock.forward(hours=min(hours, 20))
        hours -= 20
        await town.app.keeper.remind()
        await town.app.keeper.climb()
        await town.settled()


async def test_a_note_is_seen_kept_and_read_again(town: Town) -> None:
    """What was typed is deleted; what is too long is told, not cut; a note left is none; markup does nothing."""
    one, case = await held(town)
    code = case.head["code"]
    await town.said(one, f"/note {code}")
    assert str(f"{LONGEST_NOTE:,}") in one.screen.text
    too_long = await town.said(one, "x" * (LONGEST_NOTE + 1))
    assert "That is too long." in too_long.text and "xx" not in too_long.text
    await town.said(one, "the rest of it, which Telegram brings by itself")
    assert "the rest" not in texts(one.messages())
    one.forge(f"note={case.id.hex()}")
    await town.said(one, NOTE)
    assert NOTE in texts(one.messages())
    await town.said(one, "y" * (LONGEST_NOTE + 1))
    assert NOTE in texts(one.messages())
    assert not [message for message in one.messages() if not message.by_bot]
    await presses(town, one, f"note.keep={case.id.hex()}")
    assert NOTE not in texts(one.messages()[1:]) and [Act.TAKE, Act.READ, Act.NOTE] == await acts(town, case)
    await town.said(one, f"/note {code.lower()}")
    await town.said(one, "not this one")
    await presses(town, one, f"leave={case.id.hex()}", f"open={case.id.hex()}")
    said = texts(one.messages())
    assert f"Note, Mar 2, 2026, 14:00: {NOTE}" in said and "not this one" not in said


async def test_words_typed_long_after_become_no_note(town: Town) -> None:
    one, case = await held(town)
    await town.said(one, f"/note {case.head['code']}")
    await town.said(one, NOTE)
    await town.forward(minutes=11)
    assert NOTE not in texts(one.messages())
    one.forge(f"note.keep={case.id.hex()}")
    await town.settled()
    assert OVER in one.screen.text and Act.NOTE not in await acts(town, case)


async def test_only_the_holder_tells_of_a_case_and_only_while_it_is_open(town: Town) -> None:
    """One answer for a case that is another's, closed, or not there; what was begun ends with the holding."""
    one, case = await held(town)
    other = (await town.on_duty("ru"))[-1]
    for number in (case.head["code"], "ABCDEF", "?"):
        for command in ("/note", "/change", "/link"):
            assert "Такого дела нет, или оно не ваше." in (await town.said(other, f"{command} {number}")).text
    other.forge(f"note={case.id.hex()}")
    await town.said(one, f"/note {case.head['code']}")
    await town.said(one, NOTE)
    await town.app.store.write(lambda work: work.save_cases([Case(case.id, case.chat, {**case.head, "holder": None})]))
    one.forge(f"note.keep={case.id.hex()}")
    await town.settled()
    assert NOT_YOURS in one.screen.text and {Act.TAKE, Act.READ, Act.REFUSED} == {*await acts(town, case)}


async def answers_in(one: Account, keyring: Keyring) -> list[dict[str, Any]]:
    (file,) = (each for each in one.messages() if each.kind == "document")
    opened = open_case(keyring, SealedCase.read(one.download(file)))
    return [json.loads(entry) for entry in opened if entry is not None]


async def test_in_offline_custody_the_bot_adds_notes_and_changes_and_reads_none(town: Town, tmp_path: Path) -> None:
    """The day stands in the head, the rest opens on the coordinators' machine."""
    keyring = await offline(town, tmp_path)
    one, case = await held(town)
    await town.said(one, f"/note {case.head['code']}")
    await town.said(one, NOTE)
    await presses(town, one, f"note.keep={case.id.hex()}")
    await hearing(town, one, case, "12.03.2026 14:00")
    assert "Court hearing: Mar 12, 2026, 14:00" in texts(one.messages())
    await town.forward(minutes=16)
    await presses(town, one, f"open={case.id.hex()}")
    entries = await answers_in(one, keyring)
    assert NOTE in [entry.get("note") for entry in entries] and "coordinator" in [entry.get("by") for entry in entries]
    assert not await town.app.store.write(lambda work: work.entries(case.id))


async def test_what_the_coordinator_tells_is_judged_and_kept_as_theirs(town: Town) -> None:
    """By the person's own questions, in the wording for another; urgency rises at once, and falls by nothing told."""
    one, case = await held(town)
    assert 3 == case.head["urgency"]
    await town.said(one, f"/case {case.head['code']}")
    await presses(town, one, "What has changed", "fact=-topics=papers", "fact=papers=order", "fact=papers=-done")
    assert "handed to the person" in one.screen.text
    assert "This text answers no question." in (await town.said(one, "They moved him")).text
    await town.said(one, "Today")
    assert "Urgency: Urgent" in one.screen.text and "tenth day: Mar 11, 2026" in one.screen.text
    assert 3 == (await the_case(town)).head["urgency"]
    await presses(town, one, f"fact.keep={case.id.hex()}")
    head = (await the_case(town)).head
    assert (1, ["paper"]) == (head["urgency"], head["reasons"]) and [0] == [rise["urgency"] for rise in head["rises"]]
    card = next(m for m in one.messages() if "This case is yours." in m.text)
    assert "Urgent: paper" in card.text and Act.CHANGE in await acts(town, case)
    await town.said(one, f"/change {case.head['code']}")
    await presses(town, one, "fact=-topics=custody", "fact=custody=liberty")
    await town.said(one, "Oral")
    await presses(town, one, f"fact.keep={case.id.hex()}", f"open={case.id.hex()}")
    head = (await the_case(town)).head
    assert (1, "oral") == (head["urgency"], head["place"]["where"])
    assert "From the coordinator: Papers: Prosecutor's order to extradite" in texts(one.messages())
    assert "something new" not in texts(one.shown)


async def test_days_are_called_to_mind_of_whoever_holds_the_case_and_move_with_it(town: Town) -> None:
    """Once each, also over a restart; not of a day that was moved."""
    one, case = await held(town)
    await hearing(town, one, case, "12.03.2026 14:00")
    await pass_hours(town, 48)
    await town.close()
    await town.open()
    await pass_hours(town, 36)
    assert 1 == sum("Less than 7 days" in m.text for m in one.shown if m.edits == 0)
    await hearing(town, one, case, "26.03.2026 10:00")
    assert "Less than" not in texts(one.messages())
    await pass_hours(town, 24 * 7)
    assert "Less than 7 days" not in texts(one.messages())
    other = (await town.on_duty("ru"))[-1]
    staff = await town.app.store.write(lambda work: {each.user: each for each in work.staff()})
    head = {**(await the_case(town)).head, "holder": staff[other.id].id.hex()}
    await town.app.store.write(lambda work: work.save_cases([Case(case.id, case.chat, head)]))
    await pass_hours(town, 24 * 14)
    assert "Less than" not in texts(one.messages())
    told = [m.text for m in other.shown if m.edits == 0 and "Судебное заседание" in m.text and "Дело" in m.text]
    for words in ("меньше 7 суток", "меньше 3 суток", "меньше 24 часов", "Чем всё закончилось?"):
        assert 1 == sum(words in text for text in told), words


async def test_a_day_that_comes_near_in_a_case_nobody_holds_rings_again(town: Town) -> None:
    """As a new alert, and one only. Once the case is taken and closed, no day of it is called to mind."""
    (one,) = await town.on_duty("en")
    await town.played({**FREE, "event": ("hearing",), "event_date": ('"10.03.2026 14:00',)})
    (before,) = alerts(one)
    await pass_hours(town, 12)
    assert [before.id] == [alert.id for alert in alerts(one)]
    await pass_hours(town, 24)
    (after,) = alerts(one)
    assert after.id > before.id and after.text.startswith("Soon: hearing")
    case = (await the_case(town)).id.hex()
    await presses(town, one, f"take={case}")
    await town.said(one, f"/case {after.text.split()[-1]}")
    await presses(town, one, f"close={case}", f"close={case}.lost")
    await pass_hours(town, 24 * 8)
    assert "closed" == (await the_case(town)).head["state"]
    assert not [message for message in one.shown if "Less than" in message.text or "How did it go?" in message.text]


async def test_a_discreet_reminder_says_which_case_and_how_soon_and_not_what(open_town: Open) -> None:
    async with open_town(alert_detail="discreet") as town:
        one, case = await held(town)
        await hearing(town, one, case, "10.03.2026 14:00")
        known = len(one.shown)
        await pass_hours(town, 12)
        await pass_hours(town, 24)
        (told,) = (message.text for message in one.shown[known:] if "Less than" in message.text)
        assert ["Case: " + case.head["code"], "Less than 7 days are left"] == told.splitlines()


async def test_what_the_person_adds_to_an_urgent_case_waits_for_an_act_of_the_holder(town: Town) -> None:
    """Not so what is not urgent."""
    one, case = await held(town)
    person = town.person("ru")

    async def unanswered() -> bool:
        return "unanswered" in (await the_case(town)).head["times"]

    await presses(town, person, "home=update", "papers=summons", "papers=-done")
    assert "something new" in texts(one.messages()) and not await unanswered()
    await play(person, {"event": ("none",), "summons_from": ("military",)})
    await presses(town, person, "home=urgent")
    assert await unanswered()
    await presses(town, one, f"open={case.id.hex()}")
    assert not await unanswered()
    person.write(WORDS["ru"])
    await person.wait(lambda me: place(me.screen) == "stray")
    await presses(town, person, "stray=pass")
    assert await unanswered()
    await town.said(one, f"/case {case.head['code']}")
    assert "Unanswered since: Mar 2, 2026, 14:00" in one.screen.text
    assert await unanswered()
    await town.said(one, f"/note {case.head['code']}")
    assert not await unanswered()


async def test_all_of_it_is_in_the_coordinator_s_language(town: Town) -> None:
    one, case = await held(town)
    for number, language in enumerate(("ru", "kk", "en")):
        await town.said(one, f"/language {language}")
        seen = len(one.shown)
        await town.said(one, f"/note {case.head['code']}")
        await town.said(one, "x" * (LONGEST_NOTE + 1))
        await presses(town, one, f"note={case.id.hex()}")
        await town.said(one, "12345")
        await presses(town, one, f"note.keep={case.id.hex()}")
        await hearing(town, one, case, f"{10 + number}.03.2026 14:00")
        await pass_hours(town, 1)
        await pass_hours(town, 24)
        await town.said(one, f"/change {case.head['code']}")
        await presses(town, one, "fact=-topics=event", "fact=event=none")
        await presses(town, one, f"fact.keep={case.id.hex()}", f"open={case.id.hex()}")
        await town.said(one, f"/link {case.head['code']}")
        await town.said(one, "ABCDEF")
        told = [message for message in one.shown[seen:] if message.by_bot]
        assert not Speech(language, ["12345"]).strangers(told) and not foreign_letters(language, told)
        assert any(row[0].data.startswith("open=") for m in told if "\n" in m.text and m.buttons for row in m.buttons)


@on_both
async def test_linked_cases_know_of_each_other_and_no_person_hears_of_it(open_town: Open) -> None:
    """Linked by whoever holds one of them; shown on both cards; gone when one of them is erased."""
    async with open_town(admins=(3001,)) as town:
        one, case = await held(town)
        relative = await town.begun("ru", 1002)
        await play(relative, {**FREE, "who": ("relative",)})
        await town.settled()
        known = await heads(town)
        (mine,), (other,) = [case.head["code"]], [code for code in known if code != case.head["code"]]
        seen = len(relative.shown), len(town.person("ru").shown)
        assert NOT_YOURS in (await town.said(one, f"/link {mine} {mine}")).text
        assert NOT_YOURS in (await town.said(one, f"/link {mine} ABCDEF")).text
        assert NOT_YOURS in (await town.said(one, f"/link {other} {mine}")).text
        assert f"{mine} and {other}: linked" in (await town.said(one, f"/link {mine} {other}")).text
        assert [1, 1] == [len(head["links"]) for head in (await heads(town)).values()]
        assert f"Linked cases: {other}" in texts(one.messages())
        assert mine not in alerts(one)[-1].text
        assert f"Linked cases: {mine}" in (await town.said(one, f"/case {other}")).text
        await town.said(one, f"/case {mine}")
        await presses(town, one, f"link={case.id.hex()}", f"unlink={case.id.hex()}.{other}")
        assert not any(head["links"] for head in (await heads(town)).values())
        assert "Linked cases" not in texts(one.messages())
        await presses(town, one, f"link={case.id.hex()}")
        await town.said(one, other.lower())
        assert [Act.LINK, Act.UNLINK, Act.LINK] == (await acts(town, case))[-3:]
        assert seen == (len(relative.shown), len(town.person("ru").shown))
        await presses(town, relative, "home=erase", "erase=yes")
        await town.app.keeper.watch()
        await town.settled()
        assert [[]] == [head["links"] for head in (await heads(town)).values()]
        assert "Linked cases" not in texts(one.messages())
