"""What a seized server gives away, found by trying: with code that has read SECURITY.md and nothing else of ours."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.intake import questionnaire
from bot.store.tables import metadata
from bot.vault import Custody
from tests.handover import house
from tests.handover.house import Seized, seize
from tests.handover.seizure import ENTRIES, PLACES, WRAPS, Keys, Reading, read
from tests.handover.table import BEGIN, END, table

SECURITY = Path(__file__).parents[2] / "SECURITY.md"
PROMISE = (
    "Who seizes the server reads no submitted answer, but learns who has an open case, how urgent it is, who the staff "
    "are, the open drafts, and can speak as the bot until the token is revoked."
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Seized:
    return asyncio.run(seize(tmp_path_factory.mktemp("server"), Custody.SERVER))


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Seized:
    return asyncio.run(seize(tmp_path_factory.mktemp("offline"), Custody.OFFLINE))


@pytest.fixture(scope="module")
def seized_offline(offline: Seized) -> Reading:
    """Everything the server has in offline custody, its passphrase too."""
    return read(offline.files, Keys.found(offline.files, offline.passphrase))


def test_the_table_in_the_page_is_what_the_script_gives_today(server: Seized, offline: Seized) -> None:
    page = SECURITY.read_text(encoding="utf-8")
    assert page.split(BEGIN)[1].split(END)[0].strip() == table(server, offline)


def test_every_sealed_column_is_tried() -> None:
    sealed = {
        (table.name, column.name)
        for table in metadata.sorted_tables
        for column in table.columns
        if column.info.get("sealed")
    }
    assert {*PLACES, ENTRIES, WRAPS} == sealed


def test_in_offline_custody_a_seized_server_gives_no_answer_that_was_sent(
    offline: Seized, seized_offline: Reading
) -> None:
    """Who seizes the server reads no submitted answer, ..."""
    tried = {where for (where, _) in seized_offline.tried}
    assert {ENTRIES, WRAPS} <= tried
    assert [] == [where for (where, _), opens in seized_offline.tried.items() if opens and where in (ENTRIES, WRAPS)]
    for words in (*house.SUBMITTED, house.PASSED_ON):
        assert [] == _where(seized_offline, words)
        assert [] == [file.name for file in offline.files.iterdir() if words.encode() in file.read_bytes()]


def test_but_who_has_an_open_case_and_how_urgent_it_is(seized_offline: Reading) -> None:
    """... but learns who has an open case, how urgent it is, ..."""
    addresses = [json.loads(each) for each in seized_offline.opened["chats", "address"]]
    assert {house.FIRST, house.LATER} <= {each["user"] for each in addresses if each["address"]["cases"]}
    heads = [json.loads(each) for each in seized_offline.opened["cases", "head"]]
    assert all({"code", "urgency", "reasons", "deadlines", "place"} <= set(head) for head in heads)


def test_and_who_the_staff_are(seized_offline: Reading) -> None:
    """... who the staff are, ..."""
    staff = [json.loads(each) for each in seized_offline.opened["staff", "sealed"]]
    assert {house.COORDINATOR, house.ADMINISTRATOR} == {each["user"] for each in staff}
    assert [("staff", "sealed")] == _where(seized_offline, house.STAFF_NAME)


def test_and_the_open_drafts(seized_offline: Reading) -> None:
    """... the open drafts, ..."""
    assert ("chats", "draft") in _where(seized_offline, house.UNSENT)


def test_and_the_token(offline: Seized) -> None:
    """... and can speak as the bot until the token is revoked."""
    assert "QORGAN_BOT_TOKEN=" in (offline.files / "settings").read_text(encoding="utf-8")


def test_the_promise_stands_in_the_page_word_by_word() -> None:
    assert PROMISE in " ".join(SECURITY.read_text(encoding="utf-8").split())


def test_what_the_server_can_read_of_a_case_tells_no_category_no_family_and_no_illness(
    seized_offline: Reading,
) -> None:
    asked = questionnaire.load().questions
    told = ("category", "russia_wants", "family", "health", "needs", "asylum")
    sensitive = {option.id for name in told for option in asked[name].options} - {"other", "none", "no", "unknown"}
    heads = [json.loads(each) for each in seized_offline.opened["cases", "head"]]
    assert set() == {words for head in heads for words in _words(head | {"state": ""})} & sensitive


def test_the_coordinators_key_opens_what_the_server_can_not(offline: Seized) -> None:
    reading = read(offline.files, Keys.found(offline.files, offline.passphrase, offline.elsewhere))
    for words in (*house.SUBMITTED, house.PASSED_ON):
        assert ENTRIES in _where(reading, words)


def test_in_server_custody_disk_and_passphrase_open_everything(server: Seized) -> None:
    """And so the trial finds what is to be found."""
    reading = read(server.files, Keys.found(server.files, server.passphrase))
    for words in (*house.SUBMITTED, house.PASSED_ON):
        assert ENTRIES in _where(reading, words)
    assert [] == _where(reading, house.ERASED)


@pytest.mark.parametrize("custody", Custody)
def test_the_disk_alone_gives_nothing_but_the_settings(custody: Custody, request: pytest.FixtureRequest) -> None:
    seized: Seized = request.getfixturevalue(custody.value)
    assert {} == read(seized.files, Keys(None)).opened
    people = (house.FIRST, house.LATER, house.WRITING, house.GONE)
    secret = [house.STAFF_NAME, "Ivan", house.UNSENT, house.ERASED, house.PASSED_ON, *house.SUBMITTED]
    for file in seized.files.iterdir():
        content = file.read_bytes()
        assert [] == [words for words in (*secret, *map(str, people)) if words.encode() in content]


def _where(reading: Reading, words: str) -> list[tuple[str, str]]:
    return sorted(where for where, opened in reading.opened.items() if any(words.encode() in each for each in opened))


def _words(value: object) -> Iterator[str]:
    """Every text in a piece of JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _words(each)
