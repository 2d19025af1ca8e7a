"""Who holds a case: released, handed over, taken over, confirmed once a day; and how much one account may do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.sandbox import Account, Message
from bot.sandbox.player import place, play
from bot.store.records import Act, Case
from bot.store.work import Work

from .conftest import ADMIN, SECOND_ADMIN, STAFF, WORDS, Open, Speech, Town, alerts, foreign_letters, full, texts
from .test_desk import intake, labels, pressed, the_cases

BOTH = (ADMIN, SECOND_ADMIN)


async def only(town: Town) -> Case:
    (case,) = (await the_cases(town)).values()
    return case


async def taken(town: Town, one: Account) -> Case:
    """The only case, held by one."""
    case = await only(town)
    await pressed(town, one, f"take={case.id.hex()}")
    return await only(town)


async def acts(town: Town) -> list[str]:
    """The audit log, the oldest first."""
    return [one.what for one in reversed(await town.app.store.write(lambda work: work.audit(limit=100)))]


async def kept(town: Town) -> None:
    await town.app.keeper.watch()
    await town.settled()


def said(account: Account, words: str) -> list[Message]:
    return [one for one in account.messages() if words in one.text]


async def test_what_is_released_is_announced_anew_and_nothing_of_it_stays_with_the_former_holder(town: Town) -> None:
    one, other = await town.on_duty("en", "ru")
    await town.played(full("ru"))
    case = await taken(town, one)
    await town.said(one, f"/case {case.head['code']}")
    await pressed(town, one, "Release")
    assert (None, "waiting") == ((await only(town)).head["holder"], (await only(town)).head["state"])
    assert not said(one, WORDS["ru"]) and not said(other, "Dana-2003")
    assert 1 == len(alerts(other)) and "Nobody has taken it yet" in one.screen.text + texts(one.messages())
    one.forge(f"open={case.id.hex()}")
    await town.settled()
    assert not said(one, WORDS["ru"])
    other.press(alerts(other)[0].buttons[0][0].data, on=alerts(other)[0])
    await town.settled()
    assert said(other, WORDS["ru"])
    assert [Act.TAKE, Act.READ, Act.RELEASE, Act.TAKE, Act.READ] == await acts(town)


async def test_a_case_handed_over_stays_where_it_is_until_the_new_one_accepts(town: Town) -> None:
    """Declined once, withdrawn once, then accepted: the former holder hears of it, and their buttons are dead."""
    one, other, third = await town.on_duty("en", "ru", "kk")
    await town.played(full("ru"))
    case = await taken(town, one)
    code, row = case.head["code"], case.id.hex()
    holder = case.head["holder"]
    for answer in ("decline", "withdraw", "accept"):
        await town.said(one, f"/case {code}")
        await pressed(town, one, "Hand over")
        assert {"Dana-2001", "Dana-2002", "Back"} == set(labels(one))
        assert "Offered to: Dana-2001" in await pressed(town, one, "Dana-2001")
        (offer,) = said(other, "Передаёт вам: Dana-2003")
        assert (await only(town)).head["holder"] == holder
        third.forge(f"accept={row}")
        await town.settled()
        assert (await only(town)).head["holder"] == holder
        if answer == "withdraw":
            await pressed(town, one, "Withdraw the offer")
            other.press(f"accept={row}", on=offer)
            await town.settled()
            assert (await only(town)).head["holder"] == holder
        else:
            other.press(f"{answer}={row}", on=offer)
            await town.settled()
        assert not said(other, "Передаёт вам")
    assert said(one, f"{code}: not accepted by Dana-2001") and said(one, f"{code}: handed over to Dana-2001")
    now = await only(town)
    assert (now.head["holder"], now.head["handover"]) != (holder, None) and now.head["handover"] is None
    assert not said(one, WORDS["ru"]) and said(other, "Это дело теперь ваше.")
    for press in (f"open={row}", f"close={row}.lost", f"urgency={row}.4.other"):
        one.forge(press)
        await town.settled()
        assert "No such case, or it is not yours." == one.screen.text
    assert now == await only(town)
    await pressed(town, other, f"open={row}")
    assert said(other, WORDS["ru"])


async def test_a_case_is_taken_over_where_its_holder_does_not_answer(open_town: Open) -> None:
    """By a coordinator ten minutes after something urgent, if the holder has done nothing since; the holder is told."""
    async with open_town(admins=BOTH) as town:
        one, other = await town.on_duty("en", "ru")
        person = await town.played({**full("ru"), "custody": ("airport",)})
        case = await taken(town, one)
        code, row = case.head["code"], case.id.hex()
        for _ in range(2):
            person.press("home=urgent")
            await town.settled()
            assert "unanswered" in (await only(town)).head["times"]
            town.clock.forward(minutes=9)
            other.forge(f"takeover={row}")
            await town.settled()
            await pressed(town, one, f"case={row}")
            assert "unanswered" in (await only(town)).head["times"]
            await pressed(town, one, f"open={row}")
            assert "unanswered" not in (await only(town)).head["times"]
        town.clock.forward(minutes=30)
        assert "Забрать себе" not in labels(other) and (await only(town)).head["holder"] == case.head["holder"]
        person.press("home=update")
        await person.wait(lambda me: place(me.screen) == "papers")
        await play(person, {"papers": ("order", "-done"), "date_order": ("today",)})
        await town.settled()
        town.clock.forward(minutes=11)
        await town.said(other, f"/case {code}")
        await pressed(town, other, "Забрать себе")
        assert said(other, WORDS["ru"]) and not said(one, WORDS["ru"])
        assert said(one, f"{code}: taken over by Dana-2001")
        admin = await town.administrator()
        admin.forge(f"open={row}")
        await town.settled()
        assert not said(admin, WORDS["ru"])
        await town.said(admin, f"/case {code}")
        await pressed(town, admin, "Take over")
        assert said(admin, WORDS["ru"]) and said(other, f"{code}: дело у вас забрано")
        assert 2 == (await acts(town)).count(Act.TAKE_OVER)
        assert 3 == (await acts(town)).count(Act.REFUSED)


async def test_once_a_day_a_holder_confirms_and_what_is_not_confirmed_goes_back(town: Town) -> None:
    """One list; whatever the holder does with a case confirms it, too. What a removed member held goes back at once."""
    one, other = await town.on_duty("en", "ru")
    cases = [await intake(town, 1100 + number) for number in range(4)]
    for case in cases[:3]:
        await pressed(town, one, f"take={case.id.hex()}")
    await kept(town)
    await kept(town)
    (asked,) = said(one, "Are these cases still yours?")
    assert {f"{case.head['code']}: still mine" for case in cases[:3]} == {b.label for r in asked.buttons for b in r}
    one.press(f"mine={cases[0].id.hex()}", on=asked)
    await town.settled()
    (asked,) = said(one, "Are these cases still yours?")
    assert 2 == sum(map(len, asked.buttons)) and not said(other, "Эти дела")
    one.forge(f"call={cases[1].id.hex()}")
    await town.settled()
    town.clock.forward(hours=23, minutes=50)
    await kept(town)
    assert 3 == sum(bool(case.head["holder"]) for case in (await the_cases(town)).values())
    town.clock.forward(minutes=15)
    known = len(alerts(other))
    await kept(town)
    held = {code for code, case in (await the_cases(town)).items() if case.head["holder"]}
    assert {case.head["code"] for case in cases[:2]} == held
    assert known + 1 == len(alerts(other))
    assert said(one, f"{cases[2].head['code']}: not confirmed, so it is back in the queue")
    assert Act.RELEASE == (await acts(town))[-1]

    def remove(work: Work) -> None:
        (gone,) = (each for each in work.staff() if each.user == one.id)
        work.save_staff([replace(gone, body={**gone.body, "removed": True})])

    await town.app.store.write(remove)
    await kept(town)
    assert not [case for case in (await the_cases(town)).values() if case.head["holder"]]


async def test_who_takes_over_or_erases_many_cases_of_others_is_held_back_and_reported(open_town: Open) -> None:
    """Five in an hour; it is a notice to every administrator, once. What was one's own, and what its holder has closed
    as abuse, is not counted."""
    async with open_town(admins=BOTH) as town:
        (one,) = await town.on_duty("en")
        first, second = await town.administrator(), await town.administrator(SECOND_ADMIN)
        cases = [await intake(town, 1100 + number) for number in range(10)]
        *cases, spam, more, own = cases
        for case in (*cases, spam, more):
            await pressed(town, one, f"take={case.id.hex()}")
        for case in (spam, more):
            await town.said(one, f"/close {case.head['code']}")
            await pressed(town, one, f"close={case.id.hex()}.abuse")
        for press in ("take={}", "close={}.helped"):
            first.forge(press.format(own.id.hex()))
            await town.settled()
        for case in (spam, more, own):
            first.forge(f"card.erase={case.id.hex()}.yes")
            await town.settled()
        for case in cases[:3]:
            first.forge(f"card.erase={case.id.hex()}.yes")
            await town.settled()
        for case in cases[3:]:
            first.forge(f"takeover={case.id.hex()}")
            await town.settled()
        left = (await the_cases(town)).values()
        holders = [case.head["holder"] for case in left]
        assert 4 == len(left) and [2, 2] == sorted(holders.count(holder) for holder in set(holders))
        for admin in (first, second):
            (notice,) = said(admin, "takes over or erases many cases")
            assert f"Aru-{ADMIN}" in notice.text
        assert 2 == (await acts(town)).count(Act.REFUSED)
        town.clock.forward(minutes=61)
        first.forge(f"takeover={cases[6].id.hex()}")
        await town.settled()
        assert 3 == (await acts(town)).count(Act.TAKE_OVER)


@pytest.mark.parametrize("language", STAFF)
async def test_every_word_about_holding_is_in_the_readers_language(open_town: Open, language: str) -> None:
    async with open_town(admins=BOTH) as town:
        one, other = await town.on_duty(language, next(code for code in STAFF if code != language))
        admin = await town.administrator(language=language)
        known = {account: len(account.shown) for account in (one, admin)}
        case = await intake(town, 1100)
        row = case.id.hex()
        await pressed(town, other, f"take={row}")
        ids = await town.app.store.write(lambda work: {each.user: each.id.hex()[:16] for each in work.staff()})
        theirs, mine = ids[other.id], ids[one.id]
        other.forge(f"handover={row}.{mine}")
        await town.settled()
        for press in (f"accept={row}", f"handover={row}", f"handover={row}.{theirs}"):
            one.forge(press)
            await town.settled()
        await kept(town)
        other.forge(f"decline={row}")
        await town.settled()
        for _ in range(6):
            admin.forge(f"takeover={row}")
            await town.settled()
            one.forge(f"case={row}")
            admin.forge(f"release={row}")
            await town.settled()
            one.forge(f"take={row}")
            await town.settled()
        town.clock.forward(hours=24)
        await kept(town)
        for account in (one, admin):
            shown = [message for message in account.shown[known[account] :] if message.by_bot]
            names = [f"Dana-{user}" for user in STAFF.values()] + [f"Aru-{ADMIN}"]
            assert len(shown) > 10
            assert not Speech(language, names).strangers(shown)
            assert not foreign_letters(language, shown, *names)
