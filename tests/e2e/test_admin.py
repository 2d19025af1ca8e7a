"""What administrators ask for and do in their chat."""

from __future__ import annotations

import re

import pytest

from bot.sandbox.player import play
from bot.store.records import Act
from bot.telegram import agreement
from bot.vault import CasePublic
from bot.vault.hybrid import PrivateKey, new_seed

from .administration import BOTH, ask, attempt, audit, case_keys, note, refused, seen
from .conftest import (
    ADMIN,
    SECOND_ADMIN,
    SHORT,
    STAFF,
    Open,
    Speech,
    alerts,
    foreign_letters,
    full,
    texts,
)

COMMANDS = ("/keys", "/rotate", "/erase {code}", "/audit", "/keys@sandbox_bot", "/ROTATE now")
PRESSES = (
    "card.erase={case}.yes",
    "admin.clock=-",
    "admin.agree=1772442000",
    "coerced={case}",
    "stay={case}",
    "gone={case}",
    "take={case}",
    "open={case}",
    "next=-",
)
CASE = "00" * 16
OFFLINE_KEY = CasePublic(b"offline1", PrivateKey(new_seed()).public.raw)
COMMAND_LINES = ("qorgan audit verify", "qorgan keys rotate --keyring", "qorgan check")


async def test_keys_shows_each_key_its_age_and_wraps_custody_and_generations(open_town: Open) -> None:
    async with open_town(admins=BOTH) as town:
        admin = await town.administrator()
        await town.played(SHORT)
        (key,) = await case_keys(town)
        assert key.state is not None and key.wraps > 0
        said = await town.said(admin, "/keys")
        assert re.search(r"Process: [0-9a-f]{8} · generation: 1$", said.text, re.MULTILINE)
        assert "The newest keys are in no backup yet." in said.text
        await town.forward(hours=30)
        said = await town.said(admin, "/keys")
        assert f"Key: {key.state.id.hex()[:8]} · case key · active · days: 1 · wraps: {key.wraps}" in said.text
        for kind in ("server key", "index key", "day-file key"):
            assert re.search(rf"Key: [0-9a-f]{{8}} · {kind} · active · days: 1$", said.text, re.MULTILINE)
        assert "Custody: the case keys are on this server" in said.text
        assert "Next rotation: April 1, 2026" in said.text
        assert said.protected and not said.buttons


async def test_a_new_screen_takes_the_place_of_the_one_before_and_all_are_swept(open_town: Open) -> None:
    """The commands themselves are deleted, too; ordinary words bring the menu back."""
    async with open_town(admins=BOTH) as town:
        admin = await town.administrator()
        await town.said(admin, "/keys")
        await town.said(admin, "/audit")
        assert len(admin.messages()) == 1
        assert "Waiting: 0" in (await town.said(admin, "hello")).text
        await town.said(admin, "/rotate")
        assert all(one.protected for one in admin.messages())
        await town.forward(hours=40, minutes=1)
        assert [] == [one for one in admin.messages() if not one.buttons]


async def test_an_administrator_erases_a_case_by_its_number(open_town: Open) -> None:
    """Asked once more with a button; the case, its alerts and the way to the person are gone."""
    async with open_town(admins=BOTH) as town:
        admin = await town.administrator()
        (coordinator,) = await town.on_duty("en")
        await town.played(SHORT)
        ((case, code),) = await town.app.store.write(lambda w: [(one.id, one.head["code"]) for one in w.all_cases()])
        assert "No such case, or it is not yours." in (await town.said(admin, "/erase")).text
        assert "No such case, or it is not yours." in (await town.said(admin, "/erase 222222")).text
        said = await town.said(admin, f"/erase {code.lower()}")
        assert code in said.text and said.protected
        assert 1 == await town.app.store.write(lambda work: len(work.all_cases()))
        admin.press("Erase", on=said)
        await town.settled()
        assert f"{code}: erased" in admin.screen.text
        assert [] == await town.app.store.write(lambda work: work.all_cases())
        assert [] == alerts(coordinator)
        erased = (await audit(town))[0]
        assert (Act.ERASE, case.hex()) == (erased.what, erased.about)
        admin.press("Erase", on=said)
        await town.settled()
        assert "No such case, or it is not yours." in admin.screen.text


async def test_audit_names_staff_the_shell_and_the_house(open_town: Open) -> None:
    async with open_town(admins=BOTH) as town:
        admin = await town.administrator()
        (coordinator,) = await town.on_duty("en")
        await town.played(SHORT)
        case = await town.app.store.write(lambda work: work.all_cases()[0].id.hex())
        coordinator.press(alerts(coordinator)[0].buttons[0][0].data)
        await town.settled()
        for actor in ("shell", "house", "0123456789abcdef"):
            await note(town, actor, Act.STAFF)
        number, value = await town.app.store.write(lambda work: work.audit_head())
        said = (await town.said(admin, "/audit")).text.splitlines()
        assert said[1].endswith("· former staff 01234567 · staff changed")
        assert said[2].endswith("· by itself · staff changed")
        assert said[3].endswith("· the shell · staff changed")
        assert f"· Dana-{STAFF['en']} · case taken · {case[:8]}" in "\n".join(said)
        assert f"Head: {number}:{value}" in said
        for _ in range(20):
            await note(town, "shell", Act.EXPORT, bytes.fromhex(case))
        said = (await town.said(admin, "/audit")).text.splitlines()
        assert 15 == sum("the shell · case exported" in line for line in said)


async def test_strangers_and_persons_see_what_any_unknown_word_shows(open_town: Open) -> None:
    """Whatever of an administrator's or a coordinator's they try: counted, not written down, nothing is begun."""
    async with open_town(admins=BOTH) as town:
        await town.administrator()
        await town.played(SHORT)
        (case,) = await town.app.store.write(lambda work: work.all_cases())
        before = [one.state for one in await case_keys(town)]
        person, other = await town.begun("ru", 1502), await town.begun("ru", 1503)
        await play(person, SHORT, until="where")
        await play(other, SHORT, until="where")
        for number, tried in enumerate([*COMMANDS, *PRESSES]):
            words = tried.format(case=case.id.hex(), code=case.head["code"])
            strangers = (town.sandbox.user(1600 + 2 * number + second, "Иван", "ru") for second in (0, 1))
            for who, another in (strangers, (person, other)):
                attempt(who, words)
                attempt(another, "/foo" if tried.startswith("/") else "foo=bar")
                await town.settled()
                assert seen(another) == seen(who), tried
        assert 2 * len([*COMMANDS, *PRESSES]) == await refused(town)
        assert ([], before) == (await audit(town), [one.state for one in await case_keys(town)])
        heads = {one.id: one.head for one in await town.app.store.write(lambda work: work.all_cases())}
        assert case.head == heads[case.id]


async def test_what_is_an_administrators_a_coordinator_may_not_do_and_it_is_noted(open_town: Open) -> None:
    """One short line each, which goes again; nothing is begun."""
    async with open_town(admins=BOTH) as town:
        admin = await town.administrator()
        (coordinator,) = await town.on_duty("en")
        await town.played(SHORT)
        (case,) = await town.app.store.write(lambda work: work.all_cases())
        keys = await case_keys(town)
        menu = coordinator.screen
        tries = [*COMMANDS, *(press for press in PRESSES if press.startswith("admin."))]
        known = len(coordinator.shown)
        for tried in tries:
            attempt(coordinator, tried.format(case=case.id.hex(), code=case.head["code"]))
        await town.settled()
        assert ["This is not for you to do."] * len(tries) == [one.text for one in coordinator.shown[known:]]
        assert [(Act.REFUSED, "")] * len(tries) == [(one.what, one.about) for one in await audit(town)]
        assert keys == await case_keys(town)
        assert [case] == await town.app.store.write(lambda work: work.all_cases())
        assert 0 == await refused(town)
        assert f"· Dana-{STAFF['en']} · refused" in (await town.said(admin, "/audit")).text
        await town.forward(minutes=2)
        assert menu.id == coordinator.screen.id


async def test_what_is_asked_of_a_holder_nobody_else_answers(open_town: Open) -> None:
    """Another coordinator's forged buttons for a case change nothing in it and show nothing of it; it is noted."""
    async with open_town(admins=BOTH) as town:
        taker, other = await town.on_duty("en", "ru")
        await town.played(full("ru"))
        taker.press(alerts(taker)[0].buttons[0][0].data)
        await town.settled()
        (case,) = await town.app.store.write(lambda work: work.all_cases())
        for press in ("coerced", "stay", "gone", "open"):
            known = len(other.shown)
            other.forge(f"{press}={case.id.hex()}")
            await town.settled()
            assert ["Такого дела нет, или оно не ваше."] == [one.text for one in other.shown[known:]]
        assert [case] == await town.app.store.write(lambda work: work.all_cases())
        noted = [(one.what, one.about) for one in await audit(town) if one.what == Act.REFUSED]
        assert [(Act.REFUSED, case.id.hex())] * 4 == noted


async def test_refusals_are_shown_as_a_number_only(open_town: Open) -> None:
    async with open_town(admins=BOTH) as town:
        admin = await town.administrator()
        thief = await town.begun("en", 1002)
        thief.write("/audit")
        thief.forge(f"card.erase={CASE}.yes")
        await town.settled()
        said = (await town.said(admin, "/audit")).text
        assert "Refused to people who are not staff: 2" in said
        assert "1002" not in said


async def test_two_administrators_agree_that_the_case_keys_come_back(open_town: Open) -> None:
    """Asked by the shell; each is asked once, an old or a forged button agrees to nothing, a day later it is over."""
    async with open_town(admins=BOTH) as town:
        admins = [await town.administrator(), await town.administrator(SECOND_ADMIN)]
        asked = await ask(town, agreement.Matter.COMEBACK)

        async def agreed() -> list[int]:
            standing = await town.app.store.write(agreement.standing)
            return [len(one.agreed) for one in standing]

        await town.app.keeper.watch()
        await town.settled()
        assert all("bring the case keys back" in texts(one.messages()) for one in admins)
        admins[0].forge(f"admin.agree={asked.id[::-1]}")
        await town.settled()
        assert [0] == await agreed()
        for number, one in enumerate(admins, 1):
            one.press("I agree")
            one.forge(f"admin.agree={asked.id}")
            await town.settled()
            assert [number] == await agreed()
            assert "bring the case keys back" not in texts(one.messages())
        assert [Act.AGREED, Act.AGREED] == [one.what for one in await audit(town)]
        await town.app.store.write(lambda work: agreement.over(work, asked))
        await ask(town, agreement.Matter.COMEBACK)
        await town.app.keeper.watch()
        await town.settled()
        assert "bring the case keys back" in texts(admins[0].messages())
        await town.forward(hours=24, minutes=1)
        admins[0].press("I agree")
        await town.app.keeper.watch()
        await town.settled()
        assert [] == await agreed()
        assert "bring the case keys back" not in texts(admins[0].messages())


@pytest.mark.parametrize("language", STAFF)
async def test_every_word_to_an_administrator_is_in_their_language(open_town: Open, language: str) -> None:
    async with open_town(admins=BOTH) as town:
        admin = await town.administrator(language=language)
        menu = len(admin.shown)
        await town.played(SHORT)
        (case,) = await town.app.store.write(lambda work: work.all_cases())
        for words in ("/keys", "/rotate", "/erase", f"/erase {case.head['code']}"):
            await town.said(admin, words)
        admin.press(f"card.erase={case.id.hex()}.yes")
        for act in Act:
            await note(town, "shell", act)
        await town.said(admin, "/audit")
        await admin.wait(lambda me: [one for one in me.messages() if one.edits], timeout=10)  # the rotation's end
        await town.app.store.write(lambda work: work.begin_rotation("house", OFFLINE_KEY))
        await town.said(admin, "/rotate")
        await town.forward(days=40)
        asked = await ask(town, agreement.Matter.COMEBACK)
        await town.app.keeper.watch()
        await town.said(admin, "/keys")
        admin.press("admin.clock=-")
        admin.press(f"admin.agree={asked.id}")
        await town.settled()
        await town.app.keeper.watch()
        await town.settled()
        shown = [one for one in admin.shown[menu:] if "language=" not in str(one.buttons) and "take=" not in str(one)]
        assert 12 < len(shown)
        assert not Speech(language, [f"Aru-{ADMIN}"]).strangers(shown)
        ids = re.findall("[0-9a-f]{8,}", texts(shown))
        assert not foreign_letters(language, shown, f"Aru-{ADMIN}", *COMMAND_LINES, *ids)
