"""How long it takes to look through the audit log, beside its bare hashes."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from time import perf_counter

from bot.store.records import Act
from bot.store.work import Work
from tests.bench.figures import Figure
from tests.process.conftest import Home
from tests.process.crowd import opened

AT_ONCE = 5_000


def measure(home: Home, entries: int, rounds: int) -> list[Figure]:
    with opened(home) as store:
        for _ in range(entries // AT_ONCE):
            store.write_now(_note)
        ours, beside = [], []
        for _ in range(rounds):
            beside.append(_bare(home))
            begun = perf_counter()
            verdict = store.write_now(lambda work: work.verify_audit())
            ours.append(perf_counter() - begun)
            assert verdict.fault is None and verdict.entries >= entries
    return [Figure(f"looking through {entries:,} audit entries", "s", ours, beside, "beside: rows and SHA-256 alone")]


def _note(work: Work) -> None:
    for number in range(AT_ONCE):
        work.note("shell", Act.READ, number.to_bytes(16, "big"))


def _bare(home: Home) -> float:
    begun = perf_counter()
    with closing(sqlite3.connect(f"file:{home.database}?mode=ro", uri=True)) as database:
        former = bytes(32)
        for _, sealed, _ in database.execute("SELECT number, sealed, hash FROM audit ORDER BY number"):
            former = hashlib.sha256(former + sealed).digest()
    return perf_counter() - begun
