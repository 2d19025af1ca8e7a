"""Figures for a Prometheus on this machine: how the bot is, and nothing of anybody it serves.

They are read when they are asked for, in one short transaction beside whoever writes. A label is one of a closed list
of kinds; no figure is of one case, one person or one member of staff.
"""

from __future__ import annotations

import asyncio
from collections import Counter as Counted
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version

from aiohttp import web
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, RetryAfter, TelegramError, TimedOut

from bot import logs
from bot.intake import ladder
from bot.intake.rules import Urgency
from bot.store.records import Priority, Queue
from bot.store.store import Store
from bot.store.work import Work
from bot.telegram import alarms
from bot.telegram.actions import CLOSED
from bot.telegram.alarms import Cause, Facts
from bot.telegram.casework import waits
from bot.telegram.desk import House
from bot.telegram.webhook import CannotListen, listen
from bot.vault import State

log = logs.named(__name__)
STATUSES: Mapping[type[TelegramError], str] = {
    InvalidToken: "401", Forbidden: "403", Conflict: "409", RetryAfter: "429", TimedOut: "timeout", BadRequest: "400",
}  # fmt: skip
"""The first that fits: a timeout and a refusal are network errors to the library, too."""
METHODS = ("send", "edit", "delete", "answer", "get", "set")
"""What names of methods begin with; all else is "other"."""
COMMITS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
without_birthdays: Callable[[], None] = disable_created_metrics
"""Of each figure; the library has no types for it."""
AGAIN = 2.0
"""Seconds until it is tried again to listen."""
TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Measured:
    """What one transaction told."""

    facts: Facts
    queues: tuple[Queue, ...]
    open: Mapping[Urgency, int]
    unclaimed: Mapping[Urgency, int]
    """Seconds for which the oldest that nobody holds has waited."""
    keys: Mapping[str, int]
    """Days since the active key of a kind was made."""


def measure(work: Work, house: House) -> Measured:
    facts = alarms.read(work, house.rotation_days, house.data, house.questionnaire)
    cases = [case for case in work.all_cases() if case.head["state"] != CLOSED]
    waited = [(Urgency(case.head["urgency"]), _since(case.head)) for case in cases if waits(case)]
    today = work.now.date()
    return Measured(
        facts,
        tuple(work.queues(facts.now)),
        Counted(Urgency(case.head["urgency"]) for case in cases),
        {of: max(facts.now - since for urgency, since in waited if urgency is of) for of, _ in waited},
        {
            one.state.kind.value: max((today - one.state.created).days, 0)
            for one in work.keys()
            if one.state is not None and one.state.state is State.ACTIVE
        },
    )


class Figures(Collector):
    """What is counted as it happens (``failed``, ``committed``) and what is read when somebody asks."""

    def __init__(
        self,
        where: tuple[str, int],
        house: House,
        store: Store,
        in_hand: Callable[[], int],
        leads: Callable[[], bool],
    ) -> None:
        without_birthdays()
        self._where = where
        self._house = house
        self._store = store
        self._in_hand = in_hand
        self._leads = leads
        self._registry = CollectorRegistry()
        errors = "Calls that Telegram did not carry out, by the kind of method and the answer."
        self._errors = Counter("qorgan_telegram_errors", errors, ("method", "status"), registry=self._registry)
        self._commits = Histogram("qorgan_commit_seconds", "One transaction.", buckets=COMMITS, registry=self._registry)
        ProcessCollector(registry=self._registry)
        self._registry.register(self)
        self._measured: Measured | None = None
        self._reading = asyncio.Lock()

    def failed(self, method: str, error: TelegramError) -> None:
        kind = next((one for one in METHODS if method.startswith(one)), "other")
        status = next((said for of, said in STATUSES.items() if isinstance(error, of)), "network")
        self._errors.labels(kind, status).inc()

    def committed(self, seconds: float) -> None:
        self._commits.observe(seconds)

    async def run(self) -> None:
        """Listens until cancelled. People are served without figures, too: a port that is taken is tried again."""
        told = False
        while True:
            try:
                await listen(self._where, self._answer)
            except CannotListen as error:
                if not told:
                    log.error("metrics.unheard", error=error)
                told = True
                await asyncio.sleep(AGAIN)

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        if request.rel_url.raw_path != "/metrics":
            return web.Response(status=404)
        if request.method not in ("GET", "HEAD"):
            return web.Response(status=405, headers={"Allow": "GET, HEAD"})
        async with self._reading:
            try:
                self._measured = await self._store.read(lambda work: measure(work, self._house))
            except Exception:
                self._measured = None  # it is told by a figure
            body = generate_latest(self._registry)
        return web.Response(body=body, headers={"Content-Type": TYPE})

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield _labelled("qorgan_build", "The version that runs.", "version", {version("qorgan"): 1})
        yield _one("qorgan_leads", "Whether it is this process that polls, sends and keeps the house.", self._leads())
        yield _one("qorgan_updates_waiting", "Updates taken from Telegram and not yet committed.", self._in_hand())
        known = self._measured
        yield _one("qorgan_store_up", "Whether the database could be read.", known is not None)
        if known is not None:
            yield from _told(known)


def _told(known: Measured) -> Iterator[GaugeMetricFamily]:
    facts, amiss = known.facts, alarms.findings(known.facts)
    waiting = {one.priority: one.count for one in known.queues}
    yield _labelled(
        "qorgan_outbox_rows", "Messages that could be sent now.", "priority",
        {one.name.lower(): waiting.get(one, 0) for one in Priority if one < Priority.WAKE},
    )  # fmt: skip
    yield _one("qorgan_outbox_age_seconds", "How long the first of them could have been.", facts.waited)
    urgencies = {one: one.name.lower() for one in Urgency}
    yield _labelled(
        "qorgan_open_cases", "Cases that are not closed.", "urgency",
        {name: known.open.get(one, 0) for one, name in urgencies.items()},
    )  # fmt: skip
    yield _labelled(
        "qorgan_unclaimed_seconds", "How long the oldest case that nobody holds has waited.", "urgency",
        {name: known.unclaimed.get(one, 0) for one, name in urgencies.items()},
    )  # fmt: skip
    yield _one("qorgan_on_duty", "Staff on duty who are not known to be away.", facts.on_duty)
    yield _one("qorgan_absent", "Coordinators and administrators whom the bot can't write to.", facts.absent)
    yield _labelled("qorgan_key_age_days", "Days since the active key was made.", "kind", known.keys)
    if facts.backup_age is not None:
        yield _one("qorgan_backup_age_seconds", "Since the last backup; absent where there was none.", facts.backup_age)
    yield _one("qorgan_clock_doubt", "Whether the clock is in doubt, so that nothing is destroyed.", facts.doubt)
    yield _one("qorgan_unverified", "Help lines and legal terms that nobody has verified.", facts.unverified)
    if facts.disk is not None:
        yield _one("qorgan_disk_free_bytes", "On the disk of the data folder.", facts.disk.free)
        yield _one("qorgan_disk_free_ratio", "The free part of that disk.", facts.disk.part)
    yield _labelled(
        "qorgan_alarm", "What an administrator has to look at, by its cause.", "cause",
        {cause.value: cause in amiss for cause in Cause},
    )  # fmt: skip


def _since(head: Mapping[str, Mapping[str, int]]) -> int:
    """A case that went back to the queue waits from then on."""
    times = head["times"]
    return times.get(ladder.ALARMED, times["written"])


def _one(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, meaning, value=value)


def _labelled(name: str, meaning: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, meaning, labels=[label])
    for kind, value in values.items():
        family.add_metric([kind], value)
    return family
