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
import subprocess
import sys
import tempfile
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

from tests.bench import drafts, surge
from tests.bench.contestants import NAMES, ON_POSTGRESQL, REPLICAS, Database, Ground, ground, running
from tests.bench.figures import centile
from tests.bench.people import STEPS, People
from tests.bench.plan import Plan

TOGETHER, RATE = 64, 25

Round = dict[str, float]
Said = Callable[[str], None]
T = TypeVar("T")


async def _round(name: str, ground: Ground, plan: Plan, screens: dict[str, Any]) -> Round:
    with tempfile.TemporaryDirectory(prefix="qorgan-bench-") as folder:
        (Path(folder) / "screens.json").write_text(json.dumps(screens))
        people, database = People(), ground.database if name in ON_POSTGRESQL else Database(None)
        async with people.api, running(name, ground, Path(folder), people) as one:
            os.sched_setaffinity(0, {ground.cores.people})
            await people.at_once(TOGETHER, plan.warm, apart=plan.warm / 2 / TOGETHER)
            mine, theirs, cpu, done = _own_cpu(), database.cpu, one.cpu, len(people.replies)
            calls, begun = people.api.calls.total(), perf_counter()
            spent = await people.at_once(TOGETHER, plan.seconds)
            updates, all_of_it = len(people.replies) - done, perf_counter() - begun
            found = {
                "CPU ms an update, at saturation": 1000 * (one.cpu - cpu) / updates,
                "updates/s, at saturation": updates / all_of_it,
                "PostgreSQL's CPU ms an update, at saturation": 1000 * (database.cpu - theirs) / updates,
                "calls an update": (people.api.calls.total() - calls) / updates,
                "load of those who write": (_own_cpu() - mine) / spent,
            }
            cpu, theirs = one.cpu, database.cpu
            replies = await people.at_rate(RATE, plan.steady)
            await asyncio.sleep(0.1)
            return found | {
                "CPU ms an update, at 25/s": 1000 * (one.cpu - cpu) / len(replies),
                "PostgreSQL's CPU ms an update, at 25/s": 1000 * (database.cpu - theirs) / len(replies),
                "reply p50 ms, at 25/s": 1000 * centile(replies, 50),
                "reply p99 ms, at 25/s": 1000 * centile(replies, 99),
                "memory MiB": one.memory,
            }


async def _screens(ground: Ground) -> dict[str, Any]:
    """What Qorgan shows in an intake, for the others to show the same."""
    with tempfile.TemporaryDirectory(prefix="qorgan-bench-") as folder:
        people = People()
        async with people.api, running("qorgan", ground, Path(folder), people):
            while len(people.screens) <= len(STEPS):
                await people.at_once(1, 0.5)
        return people.screens


def _commits(core: int, seconds: float) -> Round:
    with tempfile.TemporaryDirectory(prefix="qorgan-bench-") as folder:
        words = ["-m", "tests.bench.peers.raw_commits", f"{folder}/raw.db", str(seconds)]
        done = subprocess.run(
            ["taskset", "--cpu-list", str(core), sys.executable, *words], capture_output=True, check=True
        )
        return dict(json.loads(done.stdout))


def _own_cpu() -> float:
    times = os.times()
    return times.user + times.system


def _once_more(what: Callable[[], Coroutine[Any, Any, T]], said: Said) -> T:
    """A neighbour's noise need not cost the figures of all that went before."""
    try:
        return asyncio.run(what())
    except (AssertionError, OSError) as error:
        said(f"  failed ({str(error) or type(error).__name__}), once more")
        return asyncio.run(what())


def measure(plan: Plan, said: Said) -> dict[str, Any]:
    begun, names = perf_counter(), NAMES | REPLICAS
    with ground() as here:
        settings = Database.settings(here.server)
        screens = _once_more(partial(_screens, here), said)
        rounds: dict[str, list[Round]] = {name: [] for name in names}
        commits = []
        for number in range(plan.rounds):
            for name in names:
                said(f"round {number + 1} of {plan.rounds}: {names[name]}")
                rounds[name].append(_once_more(partial(_round, name, here, plan, screens), said))
            commits.append(_commits(here.cores.bot, plan.seconds / 2))
        memory = {}
        for count in (0, plan.drafts):
            said(f"memory with {count:,} open drafts")
            memory[str(count)] = _once_more(partial(drafts.measure, here, count), said)
        said(f"a surge of {plan.surge:g} s")
        delays, flood = _once_more(partial(surge.measure, here, plan.surge), said)
    return {
        "at": datetime.now(UTC).isoformat(timespec="minutes"),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "load": os.getloadavg()[0]},
        "PostgreSQL": settings,
        "minutes": (perf_counter() - begun) / 60,
        "rounds": rounds,
        "raw SQLite commits": commits,
        "open drafts": memory,
        "surge": flood | {"alert after, s": delays},
        "updates of an intake": len(STEPS) + 1,
    }
