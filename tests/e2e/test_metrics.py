"""What a Prometheus on the machine reads: how the bot is, by a real scrape, and nothing of anybody."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from dataclasses import replace

import aiohttp
import pytest
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter, TimedOut

from bot.store.work import Work
from bot.telegram.alarms import BACKUP, Cause
from tests import alert_rules
from tests.ports import free_port
from tests.scrape import Scrape, scraped

from .conftest import ADMIN, PERSON, SHORT, STAFF, Open, Town, alerts, full, on_both

NAMES = "Иван", "Dana", "Aru", "Брат", "Уральск", "almaty", "police", "kk", "ru"


async def scrape(town: Town) -> Scrape:
    assert town.settings.metrics is not None
    return await scraped(town.settings.metrics)


@on_both
async def test_figures_tell_how_the_bot_is_and_nothing_of_a_person(open_town: Open) -> None:
    """Cases by urgency, how long the oldest waits, what is on its way, what failed, duty, keys, disk, alarms."""
    async with open_town(admins=(ADMIN,), metrics=("127.0.0.1", free_port())) as town:
        (one,) = await town.on_duty("en")
        admin = await town.administrator()
        town.sandbox.fail("editMessageText", status=502, description="Bad Gateway", times=1)
        await town.played(full("ru"))
        await town.forward(minutes=11)
        now = await scrape(town)
        assert (1, 0) == (now("open_cases", "critical"), now("open_cases", "weeks"))
        waited = now("unclaimed_seconds", "critical")
        assert waited is not None and 660 <= waited < 720
        assert (1, 1, 0) == (now("leads"), now("store_up"), now("updates_waiting"))
        assert 1 == now("telegram_errors_total", "edit,network")
        assert 5 < (now("commit_seconds_count") or 0)
        assert {0.0} == {now("outbox_rows", kind) for kind in ("critical", "alert", "reply", "greeting")}
        assert (1, 0) == (now("on_duty"), now("absent"))
        assert (0, 0) == (now("key_age_days", "case"), now("clock_doubt"))
        assert now("backup_age_seconds") is None
        assert 0 < (now("disk_free_ratio") or 0) <= 1
        assert {1.0} == {now("alarm", Cause.CONTACTS)}
        assert {0.0} == {now("alarm", cause) for cause in (Cause.DUTY, Cause.CLOCK, Cause.KEY, Cause.OUTBOX)}
        assert any(name == "qorgan_build" for name, _ in now.series)

        (case,) = await town.app.store.write(lambda work: work.all_cases())
        one.press(f"take={case.id.hex()}")
        await town.settled()
        await backed_up(town, hours=1)
        await town.app.store.write(leave)
        town.clock.forward(days=2)
        then = await scrape(town)
        assert (1, 0) == (then("open_cases", "critical"), then("unclaimed_seconds", "critical"))
        assert (0, 1, 2) == (then("on_duty"), then("alarm", "duty"), then("key_age_days", "case"))
        assert 2 * 86400 + 3600 == round(then("backup_age_seconds") or 0, -1)

        chats = await town.app.store.write(lambda work: work.all_chats())
        secrets = [case.head["code"], case.id.hex(), *(chat.id.hex() for chat in chats), town.sandbox.token]
        ids = [rf"(?<![0-9.]){number}(?![0-9])" for number in (PERSON, ADMIN, *STAFF.values(), admin.id)]
        for body in (now.body, then.body):
            assert not [secret for secret in secrets if secret in body]
            assert not [one for one in ids if re.search(one, body)]  # not within a longer number: times are such
            labels = set(re.findall(r'="([^"]*)"', body))
            assert not [
                label for label in labels for name in NAMES if name == label or name.lower() in label.split("_")
            ]
            assert all(re.fullmatch(r"[a-z0-9_.+-]+|\+Inf", label) for label in labels)


def leave(work: Work) -> None:
    every = [one for one in work.staff() if one.body["role"] == "coordinator"]
    work.save_staff(replace(one, body={**one.body, "shifts": [{"days": [3], "from": 1, "to": 2}]}) for one in every)


async def test_where_its_port_is_taken_people_are_served_and_the_figures_come_when_it_is_free(
    open_town: Open, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        async with open_town(admins=(ADMIN,), metrics=other.getsockname()) as town:
            (one,) = await town.on_duty("en")
            await town.played(SHORT)
            assert alerts(one)
            assert 1 == caplog.text.count("metrics.unheard")
            other.close()
            async with asyncio.timeout(15):
                while not await is_told(town):
                    await asyncio.sleep(0.2)


async def is_told(town: Town) -> bool:
    try:
        return (await scrape(town))("leads") == 1
    except aiohttp.ClientError:
        return False


async def test_a_scrape_waits_for_no_writer_and_changes_nothing(open_town: Open) -> None:
    """While somebody has the database's one place for writing; what is asked elsewhere has no answer."""
    async with open_town(metrics=("127.0.0.1", free_port())) as town:
        await town.played(SHORT)
        reached, go = threading.Event(), threading.Event()

        def stand(work: Work) -> None:
            work.save_state(work.state())
            reached.set()
            assert go.wait(20)

        writing = asyncio.ensure_future(town.app.store.write(stand))
        try:
            assert await asyncio.to_thread(reached.wait, 10)
            now = await scrape(town)
            assert (1, 1) == (now("store_up"), now("open_cases", "critical"))
        finally:
            go.set()
            await writing
        with pytest.raises(Exception, match="the database did not take a write"):
            await town.app.store.read(lambda work: work.save_state({}))
        assert await town.app.store.write(lambda work: work.state())
        host, port = town.settings.metrics or ("", 0)
        async with aiohttp.ClientSession() as session:
            for method, path, status in (("GET", "/", 404), ("GET", "/metrics/1", 404), ("POST", "/metrics", 405)):
                async with session.request(method, f"http://{host}:{port}{path}") as answer:
                    assert (status, b"") == (answer.status, await answer.read())


async def test_the_alert_rules_can_be_read_and_ask_for_figures_that_there_are(open_town: Open) -> None:
    """Each by a name of its own; every label and value they look at can be told."""
    rules = alert_rules.read()
    asked = {"gone", "leads", "backup", "duty", "untaken", "outbox", "key", "refuses", "clock", "disk"}
    names = [rule.name for rule in rules]
    assert len(set(names)) == len(names)
    assert all(any(word in name.lower() for name in names) for word in asked)
    async with open_town(metrics=("127.0.0.1", free_port())) as town:
        await backed_up(town, hours=1)
        for error in ERRORS:
            town.app.transport.failed("sendMessage", error)
        now = await scrape(town)
    for rule in rules:
        for metric, labels in rule.terms:
            if metric != "up":  # that is Prometheus's own
                told = [line for line in now.body.splitlines() if re.match(rf"{metric}[ {{]", line)]
                assert told, rule.name
                for label, values in labels.items():
                    assert not [value for value in values if not any(f'{label}="{value}"' in line for line in told)]


ERRORS = (
    BadRequest("x"), InvalidToken(), Conflict("x"), RetryAfter(1), TimedOut(), NetworkError("x"), Forbidden("x"),
)  # fmt: skip


async def backed_up(town: Town, hours: int) -> None:
    at = int(town.clock().timestamp()) - hours * 3600
    await town.app.store.write(lambda work: work.save_state({**work.state(), BACKUP: {"at": at}}))
