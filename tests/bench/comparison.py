"""Qorgan beside what people would use instead: the same 14 questions, the same calls, each answer on the disk.

In turns, in one run, a core for the bot and another for those who write to it; what counts is the ratio of a round.
Left out for all of them: sending the case at the end. Qorgan encrypts and remembers what it has seen; peers do not.
python-telegram-bot writes its file after the reply, and the whole of it each time: dearer with more drafts than here.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.table import Table

from bot.store.records import Chat, Outgoing, Priority
from bot.store.work import Work
from tests.bench.contestants import NAMES, running
from tests.bench.figures import centile
from tests.bench.people import COORDINATOR, STEPS, People
from tests.process.conftest import Home
from tests.process.crowd import opened

ROUNDS = 3
WARM, SATURATED, STEADY = 1.5, 5.0, 8.0
"""Seconds of a round."""
TOGETHER, RATE = 64, 25
DRAFTS, AT_ONCE = 100_000, 5_000
SURGE, TEN_TIMES, CRITICAL_EVERY = 100.0, 300, 10.0
"""Seconds; acts a second, each of which wants a message; seconds between two critical cases."""
AIMS = {
    "CPU ms an update, at saturation": {"aiogram": 0.4, "ptb": 0.2},
    "updates/s, at saturation": {"aiogram": 2.5},
    "reply p50 ms, at 25/s": {"aiogram": 0.8},
}

Round = dict[str, float]


async def _round(name: str, made: Home, screens: dict[str, Any], here: int, there: int) -> Round:
    with tempfile.TemporaryDirectory(prefix="qorgan-bench-") as folder:
        (Path(folder) / "screens.json").write_text(json.dumps(screens))
        people = People()
        async with people.api, running(name, made, Path(folder), people, there) as one:
            os.sched_setaffinity(0, {here})
            await people.at_once(TOGETHER, WARM)
            mine, cpu, done = _own_cpu(), one.cpu, len(people.replies)
            calls, begun = people.api.calls.total(), perf_counter()
            spent = await people.at_once(TOGETHER, SATURATED)
            updates, all_of_it = len(people.replies) - done, perf_counter() - begun
            found = {
                "CPU ms an update, at saturation": 1000 * (one.cpu - cpu) / updates,
                "updates/s, at saturation": updates / all_of_it,
                "calls an update": (people.api.calls.total() - calls) / updates,
                "load on the other core": (_own_cpu() - mine) / spent,
            }
            cpu = one.cpu
            replies = await people.at_rate(RATE, STEADY)
            await asyncio.sleep(0.1)
            return found | {
                "CPU ms an update, at 25/s": 1000 * (one.cpu - cpu) / len(replies),
                "reply p50 ms, at 25/s": 1000 * centile(replies, 50),
                "reply p99 ms, at 25/s": 1000 * centile(replies, 99),
                "memory MiB": one.memory,
            }


async def _screens(made: Home, there: int) -> dict[str, Any]:
    """What Qorgan shows in an intake, for the others to show the same."""
    with tempfile.TemporaryDirectory(prefix="qorgan-bench-") as folder:
        people = People()
        async with people.api, running("qorgan", made, Path(folder), people, there):
            await people.at_once(1, 2.0)
        return people.screens


def _commits(there: int) -> Round:
    with tempfile.TemporaryDirectory(prefix="qorgan-bench-") as folder:
        words = ["-m", "tests.bench.peers.raw_commits", f"{folder}/raw.db", str(SATURATED / 2)]
        done = subprocess.run(
            ["taskset", "--cpu-list", str(there), sys.executable, *words], capture_output=True, check=True
        )
        return dict(json.loads(done.stdout))


async def _memory(made: Home, drafts: int, there: int) -> Round:
    """After some intakes of 64 people, with so many others' drafts open and their timers waiting."""
    with tempfile.TemporaryDirectory(prefix="qorgan-bench-") as folder:
        people = People()
        async with people.api:
            async with running("qorgan", made, Path(folder), people, there):
                person = people.new()
                await people.at_once(1, 0.5)
            if drafts:
                home = replace(made, data=Path(folder) / "data")
                _open_drafts(home, person.user + 1, drafts)
            async with running("qorgan", made, Path(folder), people, there) as one:
                disk = sum(file.stat().st_size for file in (Path(folder) / "data").glob("*.db"))
                await people.at_once(TOGETHER, 5.0)
                return {"memory MiB": one.memory, "disk kB": disk / 1000}


def _open_drafts(home: Home, like: int, count: int) -> None:
    """Copies of one person's draft under other ids, each sealed and stored by the store itself, in big transactions."""
    with opened(home) as store:
        model = store.write_now(lambda work: work.load_chats([like]))[like]
        for start in range(0, count, AT_ONCE):
            store.write_now(lambda work, start=start: _copies(work, model, start))


def _copies(work: Work, model: Chat, start: int) -> None:
    chats, timers = [], []
    for number in range(start, start + AT_ONCE):
        wake = secrets.token_bytes(16)
        address = {**model.address, "wake": wake.hex(), "slot": secrets.token_hex(16)}
        chats.append(replace(model, id=secrets.token_bytes(16), user=6_000_000_000_000 + number, address=address))
        body = {"do": "wake", "chat_row": chats[-1].id.hex()}
        timers.append(Outgoing(wake, Priority.WAKE, int(work.now.timestamp()) + 3600, work.next_turn(), body))
    work.save_chats(chats)
    work.put_outgoing(timers)


async def _surge(made: Home, there: int) -> tuple[list[float], Round]:
    """Seconds from each critical answer to its alert, with Telegram's limits and the bot's default rates."""
    usual = {name: value for name, value in made.env.items() if not name.endswith("_RATE")}
    made = replace(made, env=usual)
    with tempfile.TemporaryDirectory(prefix="qorgan-bench-") as folder:
        people = People()
        async with people.api, running("qorgan", made, Path(folder), people, there) as one:
            people.api.write(COORDINATOR, "/start")
            critical = [people.new() for _ in range(int(SURGE / CRITICAL_EVERY))]
            for _ in range(4):
                for person in critical:
                    people.act(person)
                while any(person.begun for person in critical):
                    await asyncio.sleep(0.05)
            people.api.limited = True
            crowd = asyncio.create_task(people.surge(TEN_TIMES, SURGE))
            delays, cpu, sent = [], one.cpu, people.api.shows
            for person in critical:
                await asyncio.sleep(CRITICAL_EVERY / 2)
                before, begun = len(people.alerts), perf_counter()
                people.api.press(person.user, person.message, "custody=being_taken")
                while len(people.alerts) == before and perf_counter() - begun < CRITICAL_EVERY / 2:
                    await asyncio.sleep(0.005)
                late = people.alerts[before] if len(people.alerts) > before else perf_counter()
                delays.append(late - begun)
                await asyncio.sleep(max(0.0, CRITICAL_EVERY / 2 - (perf_counter() - begun)))
            await crowd
            return delays, {
                "CPU of the core": (one.cpu - cpu) / SURGE,
                "messages and edits a second": (people.api.shows - sent) / SURGE,
                "refused with 429": people.api.refused,
                "waiting at Telegram at the end": people.api.unconfirmed,
                "memory at the end": one.memory,
            }


def _own_cpu() -> float:
    times = os.times()
    return times.user + times.system


def measure(made: Home, said: Callable[[str], None]) -> dict[str, Any]:
    cores = sorted(os.sched_getaffinity(0))
    here, there = cores[0], cores[-1]
    screens = asyncio.run(_screens(made, there))
    rounds: dict[str, list[Round]] = {name: [] for name in NAMES}
    commits = []
    for number in range(ROUNDS):
        for name in NAMES:
            said(f"round {number + 1} of {ROUNDS}: {NAMES[name]}")
            rounds[name].append(asyncio.run(_round(name, made, screens, here, there)))
        commits.append(_commits(there))
    said(f"memory with {DRAFTS:,} open drafts")
    memory = {str(drafts): asyncio.run(_memory(made, drafts, there)) for drafts in (0, DRAFTS)}
    said(f"surge of {SURGE:g} s")
    delays, surge = asyncio.run(_surge(made, there))
    return {
        "at": datetime.now(UTC).isoformat(timespec="minutes"),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "load": os.getloadavg()[0]},
        "rounds": rounds,
        "raw SQLite commits": commits,
        "open drafts": memory,
        "surge": surge | {"alert after, s": delays},
        "updates of an intake": len(STEPS) + 1,
    }


def show(found: dict[str, Any]) -> None:
    rounds = found["rounds"]
    table = Table("measured", *NAMES.values(), "Qorgan / aiogram", "aim", "Qorgan / PTB", "aim")
    for what in rounds["qorgan"][0]:
        values = [f"{median(one[what] for one in rounds[name]):,.4g}" for name in NAMES]
        ratios = [f"{ratio(rounds, what, peer):.2f}" for peer in ("aiogram", "ptb")]
        aims = [f"{AIMS[what][peer]:g}" if peer in AIMS.get(what, {}) else "" for peer in ("aiogram", "ptb")]
        table.add_row(what, *values, ratios[0], aims[0], ratios[1], aims[1])
    console = Console(width=150)
    console.print(table)
    raw = {name: median(one[name] for one in found["raw SQLite commits"]) for name in ("per_second", "cpu_ms")}
    console.print(f"raw SQLite commits: {raw['per_second']:,.0f} a second, {raw['cpu_ms']:.3f} ms of CPU each")
    none, many = (one["memory MiB"] for one in found["open drafts"].values())
    disk = found["open drafts"][str(DRAFTS)]["disk kB"] / DRAFTS
    told = f"{many / none:.2f} (aim 1.1); {disk:.1f} kB of disk a draft"
    console.print(f"memory: {none:.0f} MiB, with {DRAFTS:,} open drafts {many:.0f} MiB: {told}")
    surge = dict(found["surge"])
    delays = surge.pop("alert after, s")
    told = f"median {median(delays):.2f} s, worst of {len(delays)} {max(delays):.2f} s (aim: p99 under 2 s)"
    console.print(f"critical answer to alert in the surge: {told}; {surge}")


def ratio(rounds: dict[str, list[Round]], what: str, peer: str) -> float:
    """The median of the rounds' own ratios."""
    return median(mine[what] / other[what] for mine, other in zip(rounds["qorgan"], rounds[peer], strict=True))
