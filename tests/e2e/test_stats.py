"""/stats: how many cases there are, in the language of who asks, and nobody in it."""

from __future__ import annotations

import re

from bot.intake.summary import REASONS

from .conftest import ADMIN, PERSON, STAFF, Open, Speech, Town, foreign_letters, on_both, texts


@on_both
async def test_staff_read_counts_in_their_language_and_no_small_number(open_town: Open) -> None:
    """Twelve are being taken: that is told, and of all other reasons and urgencies not even that nobody has them."""
    async with open_town(admins=(ADMIN,)) as town:
        staff = [*await town.on_duty(), await town.administrator()]
        people = [town.person(number=PERSON + number) for number in range(12)]
        for person in people:
            person.start()
        await town.settled()
        for person in people:
            person.press("consent=taken")
        await town.settled()
        for account, code in zip(staff, ("ru", "kk", "en", "en"), strict=True):
            await town.said(account, "/stats")
            (said,) = [one for one in account.messages() if "<5" in one.text]
            reasons = [town.app.house.language(code).say(reason) for reason in REASONS.values()]
            speech = Speech(code, [f"{reason[0].upper()}{reason[1:]}" for reason in reasons])
            assert set() == speech.strangers([said]) and set() == foreign_letters(code, [said])
            assert len(said.text) < 4096
        await town.said(staff[0], "hello")
        assert "/stats" in texts(staff[0].messages()) and "<5" not in texts(staff[0].messages())
    lines = {*said.text.splitlines()}
    assert {"Cases: 12", "Critical: hidden", "Urgent: <5", "Being taken: 12", "Custody: <5", "Abuse: <5"} <= lines
    assert {"0", "5", "12", "30", "400", "2025", "2026"} >= {*re.findall(r"\d+", said.text)}


async def test_who_is_not_of_the_staff_reads_no_count(town: Town) -> None:
    await town.on_duty("en")
    person = await town.begun()
    before = person.screen.text
    assert before == (await town.said(person, "/stats")).text
    assert not town.sandbox.user(STAFF["ru"], "Dana", "ru").messages()
