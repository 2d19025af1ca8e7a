"""What was measured beside what is aimed at: medians of the ratios of rounds."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.contestants import NAMES, REPLICAS

Rounds = dict[str, list[dict[str, float]]]
CPU, UPDATES, REPLY = "CPU ms an update, at saturation", "updates/s, at saturation", "reply p50 ms, at 25/s"


@dataclass(frozen=True)
class Aim:
    """``values``: one a round, or one a case."""

    name: str
    values: list[float]
    value: float
    aim: float
    least: bool = False
    """Whether more is better."""
    unit: str = ""

    @property
    def met(self) -> bool:
        return self.value >= self.aim if self.least else self.value <= self.aim


def aims(found: dict[str, Any]) -> list[Aim]:
    rounds: Rounds = found["rounds"]
    none, many = (one["memory MiB"] for one in found["open drafts"].values())
    drafts = max(map(int, found["open drafts"]))
    delays: list[float] = found["surge"]["alert after, s"]
    aiogram, ptb = NAMES["aiogram"], "python-telegram-bot"
    return [
        _ratio(rounds, CPU, "qorgan", "aiogram", 0.4, f"CPU an update / {aiogram}"),
        _ratio(rounds, CPU, "qorgan", "ptb", 0.2, f"CPU an update / {ptb}, pickle"),
        _ratio(rounds, UPDATES, "qorgan", "aiogram", 2.5, f"updates/s at saturation / {aiogram}", least=True),
        _ratio(rounds, REPLY, "qorgan", "aiogram", 0.8, f"reply p50 at 25/s / {aiogram}"),
        # Of fewer than a hundred the worst is the 99th centile.
        Aim(f"critical answer to alert in the surge, worst of {len(delays)}", delays, max(delays), 2.0, unit=" s"),
        Aim(f"memory with {drafts:,} open drafts / with none", [many / none], many / none, 1.1),
        _ratio(rounds, CPU, "two_replicas", "one_replica", 1.15, "CPU an update, two webhook replicas / one"),
    ]


def _ratio(rounds: Rounds, what: str, ours: str, theirs: str, aim: float, name: str, *, least: bool = False) -> Aim:
    values = [mine[what] / other[what] for mine, other in zip(rounds[ours], rounds[theirs], strict=True)]
    return Aim(name, values, median(values), aim, least)


def show(found: dict[str, Any]) -> None:
    console = Console(width=170)
    for names in (NAMES, REPLICAS):
        table = Table("medians of the rounds", *names.values())
        for what in found["rounds"]["qorgan"][0]:
            values = [median(one[what] for one in found["rounds"][name]) for name in names]
            table.add_row(what, *(f"{value:,.4g}" if value else "" for value in values))
        console.print(table)
    raw = {name: median(one[name] for one in found["raw SQLite commits"]) for name in ("per_second", "cpu_ms")}
    console.print(f"raw SQLite commits: {raw['per_second']:,.0f} a second, {raw['cpu_ms']:.3f} ms of CPU each")
    for drafts, one in found["open drafts"].items():
        each = f"{one['disk kB'] / int(drafts):.1f} kB of disk each" if int(drafts) else ""
        console.print(f"open drafts: {int(drafts):,}, memory {one['memory MiB']:.0f} MiB {each}")
    surge = {name: value for name, value in found["surge"].items() if name != "alert after, s"}
    console.print("the surge:", ", ".join(f"{name} {value:,.4g}" for name, value in surge.items()))
    table = Table("Qorgan on SQLite, where nothing else is said", "lowest … highest", "median", "aim", "")
    for one in aims(found):
        spread = f"{min(one.values):.2f} … {max(one.values):.2f}"
        aim = f"{'at least' if one.least else 'at most'} {one.aim:g}{one.unit}"
        table.add_row(one.name, spread, f"{one.value:.2f}{one.unit}", aim, "met" if one.met else "missed")
    console.print(table)
    machine, served = found["machine"], found["PostgreSQL"]
    console.print(
        f"{found['at']}, {machine['cores']} cores, Python {machine['python']}, load {machine['load']:.1f}, "
        f"{found['minutes']:.1f} minutes; PostgreSQL {served['server_version']}, fsync {served['fsync']}"
    )
