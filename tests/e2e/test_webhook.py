"""Telegram brings updates to the bot: what it may bring, and what becomes of it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from dataclasses import replace
from io import BytesIO
from typing import Any

import aiohttp
import pytest

from bot.sandbox import Sandbox
from bot.sandbox.player import place, play
from bot.sandbox.webhook import SECRET as HEADER
from bot.sandbox.webhook import Webhook
from bot.telegram.webhook import IN_HAND, LARGEST_BODY
from tests.ports import free_port

from .conftest import PERSON, SHORT, Open, Town, alerts

SECRET = "quiet_words-7"
STRANGER = 9_000_000_001
RIGHT = {HEADER: SECRET}


def hook() -> dict[str, Any]:
    port = free_port()
    url = f"http://127.0.0.1:{port}/way-in"
    return {"webhook_url": url, "webhook_secret": SECRET, "listen": ("127.0.0.1", port)}


@pytest.fixture
async def town(open_town: Open) -> AsyncIterator[Town]:
    async with open_town(**hook()) as town:
        await listening(town)
        yield town


async def listening(town: Town) -> None:
    assert town.settings.listen is not None
    async with asyncio.timeout(10):
        while True:
            with suppress(ConnectionError):
                _, writer = await asyncio.open_connection(*town.settings.listen)
                writer.close()
                return
            await asyncio.sleep(0.02)


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        yield session


def started(update_id: int, user: int = STRANGER) -> dict[str, Any]:
    """A person's first word, as Telegram writes it."""
    who = {"id": user, "is_bot": False, "first_name": "Ivan", "language_code": "ru"}
    chat = {"id": user, "type": "private", "first_name": "Ivan"}
    message = {"message_id": 1, "from": who, "chat": chat, "date": 1_772_442_000, "text": "/start"}
    return {"update_id": update_id, "message": message}


async def seen(town: Town, *update_ids: int) -> set[int]:
    unseen = await town.app.store.write(lambda work: work.unseen(update_ids))
    return set(update_ids) - unseen


def health(town: Town, path: str) -> str:
    assert town.settings.listen is not None
    return f"http://127.0.0.1:{town.settings.listen[1]}/{path}"


async def test_an_intake_comes_to_its_alert_without_one_question_to_telegram(town: Town) -> None:
    (coordinator,) = await town.on_duty("ru")
    await town.played(SHORT)
    assert 1 == len(alerts(coordinator))
    assert [] == list(town.sandbox.polls)
    assert {200} == set(town.sandbox.postman.answers)


async def test_telegram_is_told_address_secret_and_kinds_and_to_keep_what_waits(open_town: Open) -> None:
    async with open_town(**hook()) as town:
        person = await town.begun()
        await town.close()
        person.press("consent=agree")
        await town.open()
        await person.wait(lambda me: place(me.screen) == "safe_now")
        told = next(call.params for call in town.sandbox.calls if call.method == "setWebhook")
        assert {
            "url": town.settings.webhook_url,
            "secret_token": SECRET,
            "allowed_updates": ["message", "edited_message", "callback_query", "my_chat_member"],
            "max_connections": 100,
        } == dict(told)


async def test_polling_after_a_webhook_takes_it_away_and_what_waited_comes(open_town: Open) -> None:
    async with open_town(**hook()) as town:
        person = await town.begun()
        await town.close()
        person.press("consent=agree")
        town.settings = replace(town.settings, webhook_url=None, webhook_secret=None, listen=None)
        await town.open()
        await person.wait(lambda me: place(me.screen) == "safe_now")
        assert Webhook() == town.sandbox.postman.webhook


async def test_a_bot_that_polls_leaves_the_webhook_of_its_successor_alone(open_town: Open) -> None:
    async with open_town() as town:
        await town.begun()
        other = Webhook("http://127.0.0.1:9/", SECRET)
        town.sandbox.postman.webhook = other
        town.sandbox.world.touch()
        await asyncio.sleep(0.5)
        assert other == town.sandbox.postman.webhook


async def test_a_webhook_that_somebody_else_has_set_is_taken_back(town: Town) -> None:
    """A bot that nobody calls any more would not notice that people write to it."""
    assert town.app.hook is not None
    keeping = asyncio.create_task(town.app.ingest.register(town.app.hook, every=0.05))
    await asyncio.sleep(0.2)
    town.sandbox.postman.webhook = Webhook("http://127.0.0.1:9/", "another")
    person = town.person()
    person.start()
    await person.wait(lambda me: place(me.screen) == "consent")
    keeping.cancel()
    assert Webhook(town.app.hook.url, SECRET, 100) == town.sandbox.postman.webhook


@pytest.mark.parametrize("headers", [{}, {HEADER: ""}, {HEADER: SECRET + "x"}, {HEADER: SECRET[:-1]}, {HEADER: "ё"}])
async def test_whoever_does_not_know_the_secret_changes_nothing(
    town: Town, client: aiohttp.ClientSession, headers: dict[str, str]
) -> None:
    async with client.post(town.settings.webhook_url or "", json=started(5), headers=headers) as answer:
        assert (401, b"") == (answer.status, await answer.read())
    assert set() == await seen(town, 5)


async def test_the_secret_is_asked_for_before_the_body(town: Town) -> None:
    """A stranger is turned away before having sent a byte of it."""
    assert town.settings.listen is not None
    reader, writer = await asyncio.open_connection(*town.settings.listen)
    writer.write(b"POST /way-in HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n")
    assert b"HTTP/1.1 401 Unauthorized\r\n" == await asyncio.wait_for(reader.readline(), 5)
    writer.close()


DEEP = b"[" * 200_000


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "way-in", b"", 405),
        ("PUT", "way-in", b"{}", 405),
        ("POST", "way-in/", b"{}", 404),
        ("POST", "", b"{}", 404),
        ("POST", "healthz", b"{}", 405),
        ("GET", "nowhere", b"", 404),
        ("POST", "way-in", b"", 400),
        ("POST", "way-in", b"words", 400),
        ("POST", "way-in", b"\xff\xfe", 400),
        ("POST", "way-in", DEEP, 400),
        ("POST", "way-in", b"[]", 400),
        ("POST", "way-in", b'{"update_id": true}', 400),
        ("POST", "way-in", b" " * (LARGEST_BODY + 1), 413),
        ("POST", "way-in", json.dumps(started(5)).encode(), 200),
    ],
)
async def test_what_is_no_update_is_turned_away_without_a_word(
    town: Town, client: aiohttp.ClientSession, method: str, path: str, body: bytes, status: int
) -> None:
    async with client.request(method, health(town, path), data=BytesIO(body), headers=RIGHT) as answer:
        assert (status, b"") == (answer.status, await answer.read())
    person = await town.begun()
    assert "consent" == place(person.screen)


async def test_a_body_that_does_not_say_its_size_is_measured(town: Town, client: aiohttp.ClientSession) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 65536

    async with client.post(town.settings.webhook_url or "", data=endless(), headers=RIGHT) as answer:
        assert 413 == answer.status


async def test_an_answer_that_telegram_did_not_hear_changes_nothing_twice(town: Town) -> None:
    """Ticks are the hard ones: a press taken twice would take the tick away again."""
    person = await town.begun()
    await play(person, SHORT, until="papers")
    town.sandbox.postman.lost = 2
    person.press("papers=protocol")
    await town.settled()
    assert [0, 0, 200] == town.sandbox.postman.answers[-3:]
    assert 1 == sum("✓" in one.label for one in person.buttons())


async def test_with_the_database_away_telegram_keeps_everything_and_memory_stays_flat(
    town: Town, client: aiohttp.ClientSession
) -> None:
    """Somebody else holds the database: no more than so many wait for it, nobody is told yes, nothing is lost."""
    person = await town.begun()
    asked = person.screen
    numbers = range(5, 5 + IN_HAND + 20)

    async def brought(number: int) -> tuple[int, str | None]:
        update = started(number, STRANGER + number)
        async with client.post(town.settings.webhook_url or "", json=update, headers=RIGHT) as answer:
            return answer.status, answer.headers.get("Retry-After")

    with closing(sqlite3.connect(town.settings.data_dir / "qorgan.db", isolation_level=None)) as thief:
        thief.execute("BEGIN IMMEDIATE")
        person.press("consent=agree")
        answers = await asyncio.gather(*map(brought, numbers))
        async with client.get(health(town, "readyz")) as answer:
            assert 503 == answer.status
        async with client.get(health(town, "healthz")) as answer:
            assert 200 == answer.status
        thief.execute("ROLLBACK")
    assert {(503, "1"), (503, "3")} == set(answers)
    assert answers.count((503, "3")) in (IN_HAND - 1, IN_HAND)  # the person's own press may be among them
    await person.wait(lambda me: place(me.screen) == "safe_now", 10)
    await town.settled()
    assert 503 in town.sandbox.postman.answers
    assert asked.edits + 1 == person.screen.edits
    assert set() == await seen(town, *numbers)
    async with client.get(health(town, "readyz")) as answer:
        assert (200, b"") == (answer.status, await answer.read())


async def test_sixty_people_at_once_are_all_greeted_once(town: Town) -> None:
    people = [town.person(number=PERSON + number) for number in range(60)]
    for person in people:
        person.start()
    await town.settled()
    assert [("consent", 1)] * 60 == [(place(person.screen), len(person.shown)) for person in people]


async def test_a_polling_bot_tells_its_health_where_it_is_asked_to(
    open_town: Open, client: aiohttp.ClientSession
) -> None:
    async with open_town(listen=("127.0.0.1", free_port())) as town:
        await listening(town)
        for path, status in (("healthz", 200), ("readyz", 200), ("way-in", 404), ("", 404)):
            async with client.get(health(town, path)) as answer:
                assert (status, b"") == (answer.status, await answer.read())


async def test_strangers_leave_nothing_in_the_log(
    town: Town, client: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    assert town.settings.listen is not None
    caplog.set_level("DEBUG")
    async with client.post(town.settings.webhook_url or "", data=b"hunter2", headers=RIGHT) as answer:
        assert 400 == answer.status
    async with client.get(health(town, "hunter2?hunter2"), headers={"X-Word": "hunter2"}) as answer:
        assert 404 == answer.status
    reader, writer = await asyncio.open_connection(*town.settings.listen)
    writer.write(b"hunter2 \x00\xff hunter2\r\nhunter2\r\n\r\n")
    await asyncio.wait_for(reader.read(), 5)
    writer.close()
    assert "hunter2" not in caplog.text
    assert SECRET not in caplog.text


async def test_telegram_refuses_an_address_or_a_secret_it_does_not_take() -> None:
    async with Sandbox() as sandbox, aiohttp.ClientSession() as session:
        for params, words in (
            ({"url": "http://example.org/"}, "bad webhook: An HTTPS URL must be provided for webhook"),
            ({"url": "https://example.org/", "secret_token": "два"}, "secret token contains unallowed characters"),
        ):
            async with session.post(f"{sandbox.url}/bot{sandbox.token}/setWebhook", json=params) as answer:
                assert f"Bad Request: {words}" == (await answer.json())["description"]
