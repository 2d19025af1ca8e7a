"""Alerts that nobody answers: who is called next, what the person and the pager hear of it, and who is there at all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from bot.sandbox import Account, Message
from bot.sandbox.player import place, play

from .conftest import ADMIN, SHORT, TRANSIT, WORDS, Open, Town, alerts, full, on_both, texts
from .test_desk import FREE, intake, pressed, the_cases

HEARING = {**FREE, "event": ("hearing",), "event_date": ("tomorrow",), "contact": ("bot",)}
NOBODY = "So far nobody could be reached."


async def passes(town: Town, **time: float) -> None:
    """Time goes by, and the house has looked around since."""
    town.clock.forward(**time)
    await town.app.keeper.climb()
    await town.settled()


def said(account: Account, words: str) -> list[Message]:
    return [one for one in account.messages() if words in one.text]


def rung(account: Account) -> list[int]:
    """The messages that have alerted to a case, whether they still stand or not."""
    return sorted({one.id for one in account.shown if any(b.data.startswith("take=") for r in one.buttons for b in r)})


class Bell:
    """A little server of somebody else's, that the pager calls."""

    def __init__(self) -> None:
        self.status = 200
        self.calls: list[str] = []  # each whole, as it came
        self.url = ""

    async def _ring(self, request: web.Request) -> web.Response:
        body = (await request.read()).decode()
        self.calls.append("\n".join([f"{request.method} {request.raw_path}", str(request.headers), body]))
        return web.Response(status=self.status, headers={"Location": "/elsewhere"})


@asynccontextmanager
async def a_bell() -> AsyncIterator[Bell]:
    bell, serving = Bell(), web.Application()
    serving.router.add_route("*", "/{path:.*}", bell._ring)
    runner = web.AppRunner(serving)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        bell.url = "http://{}:{}/ring?key=k".format(*runner.addresses[0][:2])
        yield bell
    finally:
        await runner.cleanup()


async def test_the_pager_is_called_until_it_answers_and_hears_of_no_case(open_town: Open) -> None:
    """From ten minutes on, again where it fails, at each further step, and not once the case is taken; that it fails
    is told to administrators, for as long as it does."""
    async with a_bell() as bell, open_town(admins=(ADMIN,), pager_url=bell.url) as town:
        (one,) = await town.on_duty("en")
        admin = await town.administrator()
        await town.played(SHORT)
        (case,) = (await the_cases(town)).values()

        async def rings(**time: float) -> int:
            known = len(bell.calls)
            await passes(town, **time)
            await town.app.keeper.page()
            await town.settled()
            return len(bell.calls) - known

        bell.status = 500
        assert 0 == await rings(minutes=9)
        assert 1 == await rings(minutes=1)
        assert [0, 1] == [await rings(seconds=25), await rings(seconds=6)]
        assert not said(admin, "The pager does not answer")
        bell.status = 307
        assert 1 == await rings(seconds=61)
        assert 1 == len(said(admin, "QORGAN_PAGER_URL")) and not said(one, "QORGAN_PAGER_URL")
        bell.status = 200
        assert 1 == await rings(seconds=121)
        assert not said(admin, "QORGAN_PAGER_URL")
        assert [0, 1, 0, 1] == [await rings(minutes=step) for step in (5, 2, 9, 1)]
        await pressed(town, one, f"take={case.id.hex()}")
        assert 0 == await rings(minutes=30)
        assert {"POST /ring?key=k"} == {call.splitlines()[0] for call in bell.calls}
        assert {"Please look."} == {call.splitlines()[-1] for call in bell.calls}
        told = "".join(bell.calls).lower()
        secrets = (case.head["code"].lower(), case.id.hex(), "critical", "almaty", "police", str(admin.id), "1001")
        assert not [secret for secret in secrets if secret in told.replace("content-length", "")]


async def test_the_person_hears_that_nobody_was_reached_when_it_is_so_and_safe_to_say(town: Town) -> None:
    """After half an hour, by a new message; not where they are held, into no cleared chat, not once it is taken, and
    at night in the morning."""
    (one,) = await town.on_duty("en")
    people = {}
    for number, (what, answers) in enumerate(
        {"waits": HEARING, "held": SHORT, "cleared": HEARING, "taken": HEARING}.items(), 1100
    ):
        people[what] = await town.begun("en", number)
        await play(people[what], answers)
        await town.settled()
    people["cleared"].write("/exit")
    await town.settled()
    newest = list((await the_cases(town)).values())[-1]
    await pressed(town, one, f"take={newest.id.hex()}")

    def last() -> dict[str, int]:
        return {what: max(message.id for message in person.shown) for what, person in people.items()}

    before = last()
    await passes(town, minutes=29)
    assert before == last()
    await passes(town, minutes=1)
    after = last()
    assert ["waits"] == [what for what in people if after[what] > before[what]]
    told = people["waits"]
    assert NOBODY not in texts(told.messages())  # behind the neutral line
    await pressed(town, told, "hidden=continue")
    assert NOBODY in told.screen.text
    assert "Nobody could be reached yet: Mar 2, 2026, 14:30" in await pressed(town, told, "Back")
    await passes(town, minutes=40)
    assert all(after[what] == last()[what] for what in ("held", "cleared", "taken"))

    town.clock.forward(hours=6, minutes=35)  # 21:45 in Almaty
    people["night"] = await town.begun("en", 1110)
    await play(people["night"], HEARING)
    await town.settled()
    before = last()
    await passes(town, minutes=31)
    assert before["night"] == last()["night"]
    await passes(town, hours=9, minutes=45)
    assert before["night"] < last()["night"]


async def test_hours_and_languages_set_by_buttons_change_who_is_called_and_a_duty_begins_with_a_test(
    open_town: Open,
) -> None:
    """Who does not press within ten minutes counts as away, and administrators hear of it until they press."""
    async with open_town(admins=(ADMIN,)) as town:
        one, other = await town.on_duty("en", "ru")
        admin = await town.administrator()

        async def called(number: int) -> set[str]:
            """By the early alert of somebody at a police station."""
            known = set(await the_cases(town))
            await play(await town.begun("ru", number), SHORT, until="where")
            await town.settled()
            (code,) = set(await the_cases(town)) - known
            return {name for name, who in (("one", one), ("other", other)) if code in texts(alerts(who))}

        assert {"one", "other"} == await called(1100)
        await town.said(one, "/me")
        await pressed(town, one, "Add hours")
        for day in ("Mon", "Tue"):
            await pressed(town, one, day)
        await pressed(town, one, "Next")
        await pressed(town, one, "15:00")
        assert "Hours: Mon, Tue 15:00–23:00" in await pressed(town, one, "23:00")
        assert {"other"} == await called(1101)
        duty = await town.said(admin, "/duty")
        assert f"Dana-{one.id}: Russian, Kazakh, English · from Mar 2, 2026, 15:00" in duty.text
        assert not said(one, "Your duty begins.")

        await passes(town, hours=1, minutes=1)
        assert 1 == len(said(one, "Your duty begins.")) and not said(other, "Ваше дежурство")
        assert {"one", "other"} == await called(1102)
        await passes(town, minutes=9)
        assert not said(admin, "the test alert was not pressed")
        await passes(town, minutes=1)
        (notice,) = said(admin, "the test alert was not pressed within 10 minutes")
        assert f"Dana-{one.id}" in notice.text and f"Dana-{other.id}" not in notice.text
        assert {"other"} == await called(1103)
        assert f"Dana-{one.id}: Russian, Kazakh, English · does not answer" in (await town.said(admin, "/duty")).text
        (begins,) = said(one, "Your duty begins.")
        one.press("here=", on=begins)
        await town.settled()
        assert not said(admin, "the test alert") and not said(one, "Your duty begins.")
        assert {"one", "other"} == await called(1104)
        await passes(town, minutes=30)
        assert not said(one, "Your duty begins.")

        await town.said(one, "/me")
        assert "I speak: Қазақша, English" in await pressed(town, one, "✓ Русский")
        assert {"other"} == await called(1105)


async def test_in_a_discreet_house_the_constant_button_leads_to_a_case_whose_holder_does_not_answer(
    open_town: Open,
) -> None:
    """The call is the one constant message; what nobody holds goes first; who has answered keeps their case."""
    async with open_town(alert_detail="discreet", admins=(ADMIN,)) as town:
        one, other = await town.on_duty("en", "ru")
        admin = await town.administrator()
        person = await town.played(full("en"), "en")
        (case,) = (await the_cases(town)).values()
        await pressed(town, one, "next=-")
        assert "Сейчас ничего не ждёт." in texts([await presses(town, other, "next=-")])
        await pressed(town, person, "home=urgent")
        await passes(town, minutes=9)
        assert not said(other, "Поступило новое.") and not said(admin, "Something new has come in.")
        await passes(town, minutes=2)
        (call,) = [
            message for message in other.messages() if message.buttons and message.buttons[0][0].data == "next=-"
        ]
        assert case.head["code"] not in call.text and 1 == sum(map(len, call.buttons))
        assert not said(admin, "Something new has come in.")
        await passes(town, minutes=10)
        assert said(admin, "Something new has come in.")

        waiting = await intake(town, 1100)
        await presses(town, other, "next=-")
        holders = {code: each.head["holder"] for code, each in (await the_cases(town)).items()}
        assert holders[waiting.head["code"]] not in (None, holders[case.head["code"]])
        card = await presses(town, other, "next=-")
        assert case.head["code"] in card.text and WORDS["en"] not in texts(other.messages())
        await pressed(town, other, "Забрать себе")
        assert WORDS["en"] in texts(other.messages()) and said(one, f"{case.head['code']}: taken over by")
        assert not said(admin, "Something new has come in.")
        assert "Nothing waits now." in (await presses(town, admin, "next=-")).text


async def presses(town: Town, account: Account, data: str) -> Message:
    """The button of an alert, pressed when it may be gone from the chat."""
    account.forge(data)
    await town.settled()
    return account.screen


@on_both
async def test_the_ladder_goes_on_after_a_restart_and_an_outage_piles_up_no_alerts(open_town: Open) -> None:
    """Each step is taken once, by whoever runs; a new version of an alert that waits to be sent rings like it; who
    takes the case after several alerts leaves no button behind."""
    async with open_town(admins=(ADMIN,)) as town:
        one, other = await town.on_duty("en", "ru")
        admin = await town.administrator()
        person = await town.played(TRANSIT)
        await passes(town, minutes=9)
        assert [1, 1, 0] == [len(rung(who)) for who in (one, other, admin)]
        await town.close()
        await town.open()
        await passes(town, seconds=50)
        assert [1, 1, 0] == [len(rung(who)) for who in (one, other, admin)]
        await passes(town, seconds=15)
        assert [2, 2, 0] == [len(rung(who)) for who in (one, other, admin)]
        await town.close()
        town.clock.forward(minutes=8)
        await town.open()
        await passes(town, minutes=2)
        assert [3, 3, 1] == [len(rung(who)) for who in (one, other, admin)]
        assert [1, 1, 1] == [len(alerts(who)) for who in (one, other, admin)]

        outage = town.sandbox.fail("sendMessage", times=None, status=500, chat=other.id)
        for _ in range(3):
            town.clock.forward(minutes=10)
            await town.app.keeper.climb()
        person.press("hidden=continue")
        await person.wait(lambda me: place(me.screen) == "home")
        person.press("home=update")
        await person.wait(lambda me: place(me.screen) == "papers")
        await play(person, {"papers": ("order", "-done"), "date_order": ("today",)})
        outage.cancel()
        await town.settled()
        assert [4, 1] == [len(rung(other)), len(alerts(other))]
        (case,) = (await the_cases(town)).values()
        one.press(f"take={case.id.hex()}", on=alerts(one)[0])
        await town.settled()
        assert not [who for who in (one, other, admin) if alerts(who)]
        assert [1, 1] == [len(said(who, case.head["code"])) for who in (other, admin)]
        assert said(admin, f"{case.head['code']}: taken by Dana-{one.id}")
