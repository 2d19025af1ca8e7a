"""What coordinators get and do."""

from __future__ import annotations

import json
import re
from pathlib import Path

from sqlalchemy import create_engine, text

from bot.sandbox import Account, Message
from bot.sandbox.player import place, play
from bot.store.audit import SHELL
from bot.store.records import Act
from bot.vault import CasePublic, Kdf, Keyring, Kind, SealedCase, create_case_keyring, open_case, open_keyring

from .conftest import SHORT, STAFF, WORDS, Open, Speech, Town, alerts, another, foreign_letters, full, on_both, texts

CODE = re.compile(r"\b[2-9A-HJ-NP-Z]{6}\b")


def _summary(messages: list[Message], answer: str) -> list[Message]:
    return [one for one in messages if answer in one.text]


async def test_the_alert_reaches_each_coordinator_in_the_language_they_chose(town: Town) -> None:
    """Early, while the person still answers; the same message is edited as answers come."""
    await town.on_duty()
    person = await town.begun("ru")
    await play(person, SHORT, until="where")
    await town.settled()
    early = {}
    for code, one in town.staff.items():
        assert len(alerts(one)) == 1
        early[code] = alerts(one)[0]
        assert early[code].protected
    await play(person, SHORT)
    await town.settled()
    for code, one in town.staff.items():
        assert len(alerts(one)) == 1
        now = alerts(one)[0]
        assert now.id == early[code].id and now.edits > early[code].edits and now.text != early[code].text
        versions = [version for version in one.shown if version.id == now.id]
        assert not Speech(code).strangers(versions)
        assert not foreign_letters(code, versions)


async def test_an_alert_says_no_word_category_or_name_of_the_person(town: Town) -> None:
    await town.on_duty()
    person = await town.played(full("ru"))
    for one in town.staff.values():
        said = texts([version for version in one.shown if version.by_bot])
        for secret in (WORDS["ru"], "Иван", str(person.id), "+7 701", "Активист", "Activist"):
            assert secret not in said


async def test_a_typed_place_of_detention_is_not_in_the_alert(town: Town) -> None:
    await town.on_duty("en")
    await town.played(another("ru"))
    assert WORDS["ru"] not in texts(town.staff["en"].messages())


async def test_take_assigns_to_one_and_tells_the_others(town: Town) -> None:
    """The taker gets the whole summary, protected; the others the taker's name and no summary, and can't take it."""
    taker, other, _ = await town.on_duty("en", "ru", "kk")
    await town.played(full("ru"))
    stale = alerts(other)[0]
    taker.press(alerts(taker)[0].buttons[0][0].data)
    await town.settled()
    found = _summary(taker.messages(), WORDS["ru"])
    assert found and all(one.protected for one in found)
    assert alerts(taker) == [] and alerts(other) == []
    assert "Dana-2003" in texts(other.messages())
    assert not _summary(other.messages(), WORDS["ru"])
    other.press(stale.buttons[0][0].data, on=stale)
    other.forge(stale.buttons[0][0].data.replace("take=", "open="))
    await town.settled()
    assert not _summary(other.messages(), WORDS["ru"])


@on_both
async def test_two_who_take_at_once_are_one_holder(town: Town) -> None:
    first, second = await town.on_duty("en", "ru")
    await town.played(full("ru"))
    one, two = alerts(first)[0], alerts(second)[0]
    first.press(one.buttons[0][0].data, on=one)
    second.press(two.buttons[0][0].data, on=two)
    await town.settled()
    holders = [me for me in (first, second) if _summary(me.messages(), WORDS["ru"])]
    assert len(holders) == 1


async def test_the_summary_is_deleted_after_15_minutes_and_can_be_opened_again(town: Town) -> None:
    (taker,) = await town.on_duty("en")
    await town.played(full("ru"))
    taker.press(alerts(taker)[0].buttons[0][0].data)
    await town.settled()
    await town.forward(minutes=14)
    assert _summary(taker.messages(), WORDS["ru"])
    await town.forward(minutes=2)
    assert not _summary(taker.messages(), WORDS["ru"])
    card = next(one for one in taker.messages() for row in one.buttons if row[0].data.startswith("open="))
    taker.press(card.buttons[0][0].data)
    await town.settled()
    assert _summary(taker.messages(), WORDS["ru"])


async def test_that_it_was_taken_goes_from_the_others_after_15_minutes(town: Town) -> None:
    taker, other = await town.on_duty("en", "ru")
    await town.played(SHORT)
    taker.press(alerts(taker)[0].buttons[0][0].data)
    await town.settled()
    await town.forward(minutes=16)
    assert "Dana-2003" not in texts(other.messages())


async def test_nothing_stands_in_a_coordinators_chat_after_40_hours(town: Town) -> None:
    taker, other = await town.on_duty("en", "ru")
    await town.played(SHORT)
    taker.press(alerts(taker)[0].buttons[0][0].data)
    await town.settled()
    await town.forward(hours=40, minutes=1)
    assert taker.messages() == [] and other.messages() == []


async def test_the_person_sees_their_number_and_when_it_was_opened(town: Town) -> None:
    (taker,) = await town.on_duty("ru")
    person = await town.played(SHORT, "en")
    code = CODE.search(person.screen.text)
    assert code and "Opened by a coordinator" not in person.screen.text
    assert code[0] in alerts(taker)[0].text
    taker.press(alerts(taker)[0].buttons[0][0].data)
    await person.reads("Opened by a coordinator")
    assert code[0] in person.screen.text


async def test_a_new_paper_reaches_the_holder_as_a_new_message(town: Town) -> None:
    (taker,) = await town.on_duty("en")
    person = await town.played(SHORT)
    taker.press(alerts(taker)[0].buttons[0][0].data)
    await town.settled()
    known = {one.id for one in taker.messages()}
    person.press("home=update")
    await person.wait(lambda me: place(me.screen) == "papers")
    await play(person, {"papers": ("order", "-done"), "date_order": ("today",)})
    await town.settled()
    assert "something new" in texts([one for one in taker.messages() if one.id not in known])


async def test_another_person_is_another_case(town: Town) -> None:
    (taker,) = await town.on_duty("en")
    person = await town.played(SHORT)
    person.press("home=another")
    await person.wait(lambda me: place(me.screen) != "home")
    await play(person, {**SHORT, "who": ("friend",)})
    await town.settled()
    found = {CODE.search(one.text)[0] for one in alerts(taker)}
    assert len(found) == 2


async def test_a_discreet_alert_is_one_constant_text_with_one_constant_button(open_town: Open) -> None:
    """Whoever it is about and however urgent: the same words, the same button, never edited; it opens the case."""
    async with open_town(alert_detail="discreet") as town:
        first, second = await town.on_duty("en", "ru")
        person = await town.begun("ru")
        await play(person, full("ru"))
        other = await town.begun("en", 1002)
        await play(other, another("en"))
        await town.settled()
        for me in (first, second):
            new = [one for one in me.shown if one.buttons and not one.buttons[-1][0].data.startswith("language=")]
            assert len({one.id for one in new}) >= 2
            assert len({(one.text, str(one.buttons)) for one in new}) == 1
            assert all(one.edits == 0 and one.protected for one in new)
            assert not CODE.search(new[0].text)
        first.press("next=-")
        await town.settled()
        assert _summary(first.messages(), WORDS["ru"]) or _summary(first.messages(), WORDS["en"])


async def test_a_discreet_alert_goes_from_every_chat_when_the_case_is_taken(open_town: Open) -> None:
    """However often it had risen before, and from the taker's own chat, too."""
    async with open_town(alert_detail="discreet") as town:
        first, second = await town.on_duty("en", "ru")
        person = await town.begun("ru")
        await play(person, {**SHORT, "custody": ("liberty",), "papers": ("none", "-done")})
        await town.settled()
        person.press("home=urgent")
        await town.settled()
        first.press("next=-")
        await town.settled()
        for me in (first, second):
            assert not [one for one in me.messages() if one.buttons and one.buttons[0][0].data == "next=-"]


async def test_a_stranger_can_take_nothing(town: Town) -> None:
    """The buttons of staff, forged by a person, open nothing."""
    (taker,) = await town.on_duty("en")
    await town.played(full("ru"))
    data = alerts(taker)[0].buttons[0][0].data
    thief = await town.begun("en", 1002)
    for forged in (data, data.replace("take=", "open="), "next=-"):
        thief.forge(forged)
    await town.settled()
    assert WORDS["ru"] not in texts(thief.shown)
    assert len(alerts(taker)) == 1


async def test_staff_can_change_their_language_at_any_time(town: Town) -> None:
    (one,) = await town.on_duty("kk")
    assert not Speech("kk").strangers([one.screen])
    one.press("language=en")
    await town.settled()
    assert not Speech("en").strangers([one.screen])
    assert one.id == STAFF["kk"] and len(one.messages()) == 1


async def offline(town: Town, folder: Path) -> Keyring:
    """From now on the case keys are on a machine of the coordinators'."""
    create_case_keyring(folder / "case-keyring", "theirs", kdf=Kdf(8, 1, 1))
    keyring = open_keyring(folder / "case-keyring", "theirs")
    active = keyring.keys.active(Kind.CASE)
    public = CasePublic(active.known.id, active.public)
    assert await town.app.store.write(lambda work: work.begin_rotation(SHELL, public))
    return keyring


async def _answers_of(coordinator: Account, keyring: Keyring) -> str:
    """What the file that stands in the chat holds, opened where the case keyring is."""
    (file,) = (one for one in coordinator.messages() if one.kind == "document")
    opened = open_case(keyring, SealedCase.read(coordinator.download(file)))
    assert opened and None not in opened
    return json.dumps([json.loads(entry) for entry in opened if entry], ensure_ascii=False)


async def test_in_offline_custody_the_holder_gets_the_case_sealed_and_no_answer(town: Town, tmp_path: Path) -> None:
    """As a file that can be saved, gone from the chat after 15 minutes; Open sends it again with what came since."""
    keyring = await offline(town, tmp_path)
    taker, other = await town.on_duty("en", "ru")
    person = await town.played({**full("ru"), "custody": ("airport",)})
    taker.press(alerts(taker)[0].buttons[0][0].data)
    await town.settled()
    (file,) = (one for one in taker.messages() if one.kind == "document")
    assert not file.protected and re.fullmatch(rf"{CODE.pattern}\.qorgan", file.extra["document"]["file_name"])
    assert WORDS["ru"] in await _answers_of(taker, keyring)
    await town.forward(minutes=16)
    assert not [one for one in taker.messages() if one.kind == "document"]
    person.press("hidden=continue")
    await person.wait(lambda me: place(me.screen) == "home")
    person.write("Меня перевезли")
    await person.wait(lambda me: place(me.screen) == "stray")
    person.press("stray=pass")
    await town.settled()
    news = next(one for one in taker.messages() if "something new" in one.text)
    taker.press(news.buttons[0][0].data, on=news)
    await town.settled()
    assert "Меня перевезли" in await _answers_of(taker, keyring)
    for one in (taker, other):
        said = texts([version for version in one.shown if version.by_bot])
        assert WORDS["ru"] not in said and "Меня перевезли" not in said
    assert not [one for one in other.shown if one.kind == "document"]


async def test_taking_and_opening_stand_in_the_audit_log(town: Town) -> None:
    """Who, what and which case; another coordinator has another pseudonym, and a refused try is no reading."""
    first, second = await town.on_duty("en", "ru")
    await town.played(SHORT)
    stale = alerts(second)[0]
    first.press(alerts(first)[0].buttons[0][0].data)
    second.press(stale.buttons[0][0].data, on=stale)
    await town.settled()
    first.press(next(b.data for m in first.messages() for r in m.buttons for b in r if b.data.startswith("open=")))
    await town.settled()
    (case,) = await town.app.store.write(lambda work: work.all_cases())
    log = await town.app.store.write(lambda work: work.audit(limit=100))
    noted = [one for one in reversed(log) if one.about == case.id.hex()]
    assert [Act.TAKE, Act.READ, Act.READ] == [one.what for one in noted]
    names = await town.app.store.write(lambda work: [work.actor(one.id) for one in (first, second)])
    assert {names[0]} == {one.who for one in noted} and names[0] != names[1]


def _break(town: Town, column: str, table: str, row: bytes) -> None:
    """One bit of a sealed column, by another hand."""
    engine = create_engine(town.settings.database_url)
    with engine.begin() as database:
        key = "case" if table == "entries" else "id"
        found = text(f'SELECT {column} FROM {table} WHERE "{key}" = :row LIMIT 1')
        sealed = database.execute(found, {"row": row}).scalar_one()
        broken = sealed[:-1] + bytes([sealed[-1] ^ 1])
        change = text(f"UPDATE {table} SET {column} = :broken WHERE {column} = :sealed")
        database.execute(change, {"broken": broken, "sealed": sealed})
    engine.dispose()


def _break_version(town: Town, case: bytes) -> None:
    """The first byte of a wrap, which says by what format it is to be read."""
    engine = create_engine(town.settings.database_url)
    with engine.begin() as database:
        last = text('SELECT id FROM entries WHERE "case" = :case ORDER BY number DESC LIMIT 1')
        one = {"entry": database.execute(last, {"case": case}).scalar_one()}
        wrap = database.execute(text("SELECT wrap FROM wraps WHERE entry = :entry"), one).scalar_one()
        change = text("UPDATE wraps SET wrap = :broken WHERE entry = :entry")
        database.execute(change, {"broken": bytes([wrap[0] ^ 1]) + wrap[1:], **one})
    engine.dispose()


async def test_what_is_damaged_is_shown_as_damaged_and_hurts_no_other(town: Town) -> None:
    """A part of one case, then the whole of another."""
    (one,) = await town.on_duty("en")
    await town.played(full("ru"))
    (case,) = await town.app.store.write(lambda work: work.all_cases())
    _break(town, "ciphertext", "entries", case.id)
    _break_version(town, case.id)
    one.press(f"take={case.id.hex()}")
    await town.settled()
    read = texts(one.messages())
    assert "Parts that do not open here and are missing: 2" in read and case.head["code"] in read
    second = await town.begun("ru", 7_318_000_000_022)
    await play(second, SHORT)
    await town.settled()
    _break(town, "head", "cases", case.id)
    one.write("?")
    await town.settled()
    assert "Damaged cases, which can't be shown: 1" in one.screen.text
    one.press(alerts(one)[-1].buttons[0][0].data)
    await town.settled()
    assert "missing" not in one.screen.text and "This case is yours." in texts(one.messages())


async def test_on_the_way_back_a_case_comes_as_a_file_where_the_server_has_not_all_its_keys(
    town: Town, tmp_path: Path
) -> None:
    """What was sealed for the coordinators' machine opens there only; what came since opens here."""
    keyring = await offline(town, tmp_path)
    (one,) = await town.on_duty("en")
    person = await town.played(full("ru"))
    vault = town.app.store._vault
    await town.app.store.write(lambda work: vault.rotate(work.now.date()))
    person.write("Меня перевезли")
    await person.wait(lambda me: place(me.screen) == "stray")
    person.press("stray=pass")
    await town.settled()
    one.press(alerts(one)[0].buttons[0][0].data)
    await town.settled()
    (file,) = (each for each in one.messages() if each.kind == "document")
    opened = open_case(keyring, SealedCase.read(one.download(file)))
    assert opened[0] is not None and opened[-1] is None
    said = texts(one.messages())
    assert "Меня перевезли" in said and WORDS["ru"] not in said
    assert f"Parts that do not open here and are missing: {len(opened) - 1}" in said
