"""The demo's page, driven over HTTP as a browser drives it: the real bot answers, from a process of its own."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from bot.demo.child import LONGEST, SHORTEST, steps
from bot.drill import INTAKE
from tests.demo.conftest import ADMIN, COORDINATOR, PERSON, WITHIN, Demo, alerts, chat, place, pressed, screen

WORDS = "Брат Анны в Уральске"
ANSWERS = {**INTAKE, "trusted": (f'"{WORDS}',)}
HOUR, DAY = 3600, 24 * 3600


async def begun(demo: Demo) -> None:
    await demo.do("write", PERSON, text="/start")
    await demo.wait(lambda state: place(state, PERSON))


async def taken(demo: Demo) -> int:
    """The coordinator has pressed Take; the number of the message that shows what was written."""
    async with asyncio.timeout(WITHIN):
        while not summaries(demo.state):
            alert = (await demo.wait(alerts))[0]
            take = next(value for value in pressed(alert) if value.startswith("take="))
            await demo.do("press", COORDINATOR, message=alert["id"], data=take)
            await asyncio.sleep(1)  # it may have gone for one that rings while it was pressed
    number: int = summaries(demo.state)[0]["id"]
    return number


def summaries(state: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in chat(state, COORDINATOR)["messages"] if WORDS in one["text"]]


async def test_an_intake_goes_on_after_a_kill_and_its_words_are_in_no_file(demo: Demo) -> None:
    """By presses to the alert, Take and the summary. A word that does stand in a file is found, in any encoding."""
    await begun(demo)
    await demo.play(ANSWERS, "custody")
    await demo.do("kill")
    await demo.wait(lambda state: state["bot"] == "dead")
    message = screen(demo.state, PERSON)
    await demo.do("press", PERSON, message=message["id"], data="custody=police")
    assert await demo.wait(lambda state: chat(state, PERSON)["busy"])
    await demo.wait(lambda state: state["bot"] == "running" and place(state, PERSON) == "where")
    assert screen(demo.state, PERSON)["id"] == message["id"] and demo.state["kills"] == 1
    await demo.play(ANSWERS, "home")
    number = await taken(demo)
    (summary,) = summaries(await demo.wait(lambda state: state if summaries(state)[0]["goes"] else None))
    assert summary["id"] == number and summary["protected"] and summary["at"] < summary["goes"]
    await demo.wait(lambda state: not any(one["busy"] for one in state["accounts"]))

    disk = await demo.get("disk")
    searched = await demo.search(WORDS.upper())
    assert searched["found"] == 0
    assert searched["files"] == len(disk["files"]) > 2 and searched["bytes"] > 100_000
    cases = next(one for one in disk["tables"] if one["name"] == "cases")
    assert cases["rows"] == 1 and "head" in cases["columns"]
    assert {len(cell) for table in disk["tables"] for row in table["shown"] for cell in row if "…" in str(cell)} == {49}
    (data,) = demo.folder.glob("qorgan-demo-*/data")
    data.joinpath("planted").write_text(f"x{WORDS.lower()}", "utf-16-le")
    assert (await demo.search(WORDS))["found"] == 1
    data.joinpath("planted").write_bytes(b"\xd0" + WORDS.encode())
    assert (await demo.search(WORDS))["found"] == 1


async def test_time_moves_the_ladder_and_takes_what_deletes_itself_but_puts_no_clock_in_doubt(demo: Demo) -> None:
    """Everything on the way happens, and after days the bot still destroys and asks nobody about its clock."""
    await demo.do("add", role="coordinator")
    second = COORDINATOR + 1
    await demo.wait(lambda state: screen(state, second))
    await begun(demo)
    await demo.play(ANSWERS, "home")
    await demo.wait(alerts)
    assert not alerts(demo.state, ADMIN)
    await demo.do("clock", seconds=2 * HOUR)
    await demo.wait(lambda state: state["moved"] == 2 * HOUR and alerts(state, ADMIN) and alerts(state, second))
    await taken(demo)
    await demo.do("clock", seconds=HOUR)
    await demo.wait(lambda state: state["moved"] == 3 * HOUR and not summaries(state))
    await demo.do("clock", seconds=8 * DAY)
    await demo.wait(lambda state: state["moved"] == 8 * DAY + 3 * HOUR)
    await demo.do("kill")
    await demo.wait(lambda state: state["kills"] == 1 and state["bot"] == "running")
    await begun(demo)
    assert not any(value.startswith("clock") for one in chat(demo.state, ADMIN)["messages"] for value in pressed(one))


async def test_what_is_written_while_telegram_is_down_is_answered_when_it_is_back(demo: Demo) -> None:
    await demo.do("telegram", up=False)
    await demo.do("add", role="person")
    await demo.do("write", PERSON + 1, text="/start")
    await demo.wait(lambda state: not state["telegram"] and chat(state, PERSON + 1)["busy"])
    await asyncio.sleep(1)
    assert all(one["mine"] for one in chat(demo.state, PERSON + 1)["messages"])
    await demo.do("telegram", up=True)
    await demo.wait(lambda state: state["telegram"] and place(state, PERSON + 1))
    await demo.do("speak", PERSON, language="kk")
    await demo.do("send", PERSON, kind="photo")
    await demo.wait(lambda state: place(state, PERSON) and chat(state, PERSON)["language"] == "kk")
    await demo.do("clear", PERSON)
    await demo.wait(lambda state: not any(one["mine"] for one in chat(state, PERSON)["messages"]))


async def test_nobody_comes_in_but_by_the_one_address(demo: Demo) -> None:
    """Not without the key, under another name, from another page, or from another machine; nonsense is refused.

    And the bot's process does not outlive the demo's, even if that is killed.
    """
    address = urlsplit(demo.address)
    home = f"{address.scheme}://{address.netloc}"
    foreign = {"Origin": "https://example.org"}
    state = f"{demo.address}disk"
    tried = [
        (f"{home}/", {}, 404),
        (f"{home}/{'a' * 32}/disk", {}, 404),
        (f"{demo.address}web/..%2fpage.py", {}, 404),
        (f"{demo.address}web/page.py", {}, 404),
        (f"{demo.address}texts/de", {}, 404),
        (f"{demo.address}file/1001/1", {}, 404),
        (state, {"Host": f"example.org:{address.port}"}, 403),
        (state, {"Host": "127.0.0.1:1"}, 403),
        (state, foreign, 403),
        (state, {"Origin": f"http://localhost:{address.port}"}, 403),
        (state, {"Origin": home}, 200),
        (demo.address, {"Host": f"localhost:{address.port}"}, 200),
    ]
    for url, headers, status in tried:
        async with demo.http.get(url, headers=headers) as answer:
            assert (url, headers, answer.status) == (url, headers, status)
            policy = answer.headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
    async with demo.http.post(f"{demo.address}do", json={"what": "kill"}, headers=foreign) as answer:
        assert answer.status == 403
    async with demo.http.post(f"{demo.address}do", data='{"what": "kill"}') as answer:
        assert answer.status == 400
    assert demo.state["kills"] == 0

    nonsense = [
        [],
        {"what": "write", "account": 5, "text": "x"},
        {"what": "write", "account": PERSON, "text": ""},
        {"what": "press", "account": PERSON, "message": 1, "data": "x"},
        {"what": "press", "account": ADMIN, "message": screen(demo.state, ADMIN)["id"], "data": "x"},
        {"what": "send", "account": PERSON, "kind": "dice"},
        {"what": "clock", "seconds": -1},
        {"what": "clock", "seconds": 91 * DAY},
        {"what": "add", "role": "admin"},
    ]
    for asked in nonsense:
        assert await demo.refused(asked), asked
    assert [one["code"] for one in await demo.get("languages")] == ["ru", "kk", "en"]
    assert isinstance(await demo.get("texts/kk"), dict)
    assert set(listening(demo.process.pid)) == {"0100007F"}
    await gone_with_it(demo)


async def gone_with_it(demo: Demo) -> None:
    (child,) = children(demo.process.pid)
    assert b"bot.demo.child" in Path(f"/proc/{child}/cmdline").read_bytes()
    demo.process.send_signal(signal.SIGKILL)
    await demo.process.wait()
    async with asyncio.timeout(20):
        while Path(f"/proc/{child}").exists():
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("length", [1, SHORTEST, HOUR, 3 * HOUR, DAY, 90 * DAY, 1000 * DAY])
def test_the_clock_goes_forward_in_steps_that_end_where_it_was_sent(length: float) -> None:
    passed = [7.0, *steps(7.0, 7.0 + length)]
    lengths = [after - before for before, after in pairwise(passed)]
    assert passed[-1] == 7.0 + length and all(0 < one <= LONGEST + 1e-6 for one in lengths)
    assert steps(7.0, 7.0) == steps(7.0, 3.0) == []


def children(process: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def listening(process: int) -> Iterator[str]:
    """The addresses at which a process and its children wait for others, as the kernel writes them."""
    sockets = {
        os.readlink(link) if link.is_symlink() else ""
        for one in (process, *children(process))
        for link in Path(f"/proc/{one}/fd").iterdir()
    }
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/{process}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if f"socket:[{fields[9]}]" in sockets and fields[3] in ("0A", "07"):
                yield fields[1].partition(":")[0]
