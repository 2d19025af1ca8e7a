"""What administrators ask for and do in their chat."""

from __future__ import annotations

import asyncio
import re

import pytest

from bot.sandbox import Account
from bot.sandbox.player import play
from bot.store.records import Act, AuditEntry, KeyCount
from bot.telegram import agreement
from bot.vault import CasePublic, Kind, State
from bot.vault.hybrid import PrivateKey, new_seed

from .conftest import (
    ADMIN,
    SECOND_ADMIN,
    SHORT,
    STAFF,
    WORDS,
    Open,
    Speech,
    Town,
    alerts,
    foreign_letters,
    full,
    texts,
)

BOTH = (ADMIN, SECOND_ADMIN)
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


async def audit(town: Town) -> list[AuditEntry]:
    return await town.app.store.write(lambda work: work.audit(limit=1000))


async def note(town: Town, actor: str, act: Act, about: bytes = b"") -> None:
    await town.app.store.write(lambda work: work.note(actor, act, about))


async def case_keys(town: Town) -> list[KeyCount]:
    counts = await town.app.store.write(lambda work: work.keys())
    return [one for one in counts if one.state is None or one.state.kind is Kind.CASE]


async def stale(town: Town) -> int:
    return await town.app.store.write(lambda work: work.stale_count())


async def refused(town: Town) -> int:
    state = await town.app.store.write(lambda work: work.state())
    return int(state.get("refused", 0))


async def ask(town: Town, matter: agreement.Matter) -> agreement.Question:
    return await town.app.store.write(lambda work: agreement.ask(work, matter))


def attempt(account: Account, words: str) -> None:
    """A command is written, a button's data forged."""
    if words.startswith("/"):
        account.write(words)
    else:
        account.forge(words)


def seen(account: Account) -> list[tuple[str, object]]:
    """Everything ever put before somebody, without what tells one message from another."""
    return [(one.text, one.buttons) for one in account.shown]


async def fill(town: Town, entries: int) -> None:
    """More to re-wrap than is done in a moment: one case with many small entries."""
    (row,) = await town.app.store.write(lambda work: [case.id for case in work.all_cases()])
    for _ in range(0, entries, 500):
        await town.app.store.write(lambda work: [work.append_entry(row, {"n": 0}, 64) for _ in range(500)])


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


async def test_rotation_from_the_chat_while_intakes_go_on(open_town: Open) -> None:
    """One message, edited at most every two seconds, ends with the wraps under each key and none under the old."""
    async with open_town(admins=BOTH) as town:
        admin = await town.administrator()
        await town.on_duty("en")
        await town.played(SHORT)
        await fill(town, 1000)
        (old,) = await case_keys(town)
        people = [await town.begun("ru", 1100 + number) for number in range(4)]
        admin.write("/rotate")
        await asyncio.gather(*(play(one, full("ru")) for one in people))
        last = await admin.wait(
            lambda me: next((one for one in me.messages() if "The rotation is finished." in one.text), None), 60
        )
        await town.settled()
        assert 5 == len({one.text for one in alerts(town.staff["en"])})
        now = await case_keys(town)
        assert old.state is not None and now[0].state is not None
        assert old.state.id != now[0].state.id
        active = rf"Key: {now[0].state.id.hex()[:8]} · case key · active · days: 0 · wraps: 1,\d{{3}}$"
        assert re.search(active, last.text, re.MULTILINE)
        assert f"Key: {old.state.id.hex()[:8]} · case key · retired · days: 0 · wraps: 0" in last.text
        assert "Under earlier keys: 0" in last.text
        versions = [one for one in admin.shown if one.id == last.id]
        assert any(re.search(r"Re-wrapped: [\d,]+ of 1,\d{3} \(\d+ %\)", one.text) for one in versions)
        took = (last.edited or last.sent) - versions[0].sent
        assert len(versions) - 1 <= took.total_seconds() / 2 + 1
        taker = town.staff["en"]
        for alert in alerts(taker):
            taker.press(alert.buttons[0][0].data, on=alert)
        await town.settled()
        assert WORDS["ru"] in texts(taker.messages())


async def test_a_second_rotation_says_that_one_is_going_on(open_town: Open) -> None:
    async with open_town(admins=BOTH) as town:
        admin, other = await town.administrator(), await town.administrator(SECOND_ADMIN)
        await town.played(SHORT)
        await fill(town, 1000)
        admin.write("/rotate")
        other.write("/rotate")
        await other.reads("A rotation is going on already.")
        for one in (admin, other):
            await one.reads("Under earlier keys: 0", timeout=30)
        assert 2 == len(await case_keys(town))


async def test_a_rotation_cut_off_in_the_middle_is_finished_and_reported_after_the_next_start(open_town: Open) -> None:
    async with open_town(admins=BOTH) as town:
        admin = await town.administrator()
        await town.played(SHORT)
        await fill(town, 3000)
        admin.write("/rotate")
        async with asyncio.timeout(30):
            while not 0 < await stale(town) < 3000:
                await asyncio.sleep(0.01)
        await town.close()
        said = next(one for one in admin.messages() if "Re-wrapped" in one.text)
        await town.open()
        assert 0 < await stale(town) < 3000
        last = await admin.wait(
            lambda me: next((one for one in me.messages() if "Under earlier keys: 0" in one.text), None), 60
        )
        assert said.id == last.id


async def test_the_old_key_is_destroyed_once_nothing_needs_it(open_town: Open) -> None:
    async with open_town(admins=BOTH) as town:
        admin = await town.administrator()
        await town.played(SHORT)
        await town.said(admin, "/rotate")
        await admin.reads("Under earlier keys: 0")
        await town.app.keeper.report()
        await town.app.keeper.watch()
        (only,) = await case_keys(town)
        assert only.state is not None and only.state.state is State.ACTIVE
        assert [Act.KEY_DESTROYED, Act.KEY_MADE] == [one.what for one in await audit(town)]


async def test_a_keyring_that_cannot_be_saved_stops_the_rotation_before_it_begins(open_town: Open) -> None:
    async with open_town(admins=BOTH) as town:
        admin = await town.administrator()
        await town.played(SHORT)
        before = await case_keys(town)
        town.settings.keyring.rename(town.settings.keyring.with_name("elsewhere"))
        said = await town.said(admin, "/rotate")
        assert "The keyring could not be saved, so nothing has changed." in said.text
        assert before == await case_keys(town)


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
