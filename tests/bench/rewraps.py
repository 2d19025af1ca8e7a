"""How fast a rotation goes, beside what the bare library could do on the same core."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter, process_time

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, Suite

from bot.sandbox import Sandbox
from bot.store.rewrapping import Rewrapping
from bot.store.store import Store
from bot.vault import Vault
from tests.bench.figures import Figure
from tests.process.conftest import Home
from tests.process.crowd import fill, opened, vault, wraps

BARE = 2_000
"""Opens and seals of the bare library before and after a rotation in the running bot."""
STRETCHES = 8
"""Turns of a round."""
INFO = bytes(150)
"""As long as the binding of a wrap."""


@dataclass
class Clocks:
    """Seconds that went by, and those in which this process had the core: the others are our neighbours' noise."""

    wall: float = 0.0
    core: float = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        wall, core = perf_counter(), process_time()
        yield
        self.wall += perf_counter() - wall
        self.core += process_time() - core


class Library:
    """HPKE as the library has it, with nothing of ours around it."""

    def __init__(self) -> None:
        self._suite = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
        self._key = MLKEM768X25519PrivateKey(MLKEM768PrivateKey.generate(), X25519PrivateKey.generate())
        self._public = self._key.public_key()
        self._wrap = self._suite.encrypt(bytes(32), self._public, INFO)

    def work(self, times: int) -> None:
        """So many opens with a seal each."""
        for _ in range(times):
            self._suite.encrypt(self._suite.decrypt(self._wrap, self._key, INFO), self._public, INFO)


def alone(home: Home, cases: int, rounds: int, core: int) -> list[Figure]:
    """`Rewrapping` in a store of this process, in turns with the bare library."""
    os.sched_setaffinity(0, {core})
    fill(home, cases)
    keys, library = vault(home), Library()
    with Store.open(f"sqlite:///{home.database}", keys) as store:
        done = [_round(store, keys, library, cases) for _ in range(rounds)]
    name = f"re-wrapping {cases:,} cases, store and library in turns"
    wall = Figure(name, "wraps/s", [cases / mine.wall for mine, _ in done], [cases / bare.wall for _, bare in done])
    core_time = [cases / mine.core for mine, _ in done], [cases / bare.core for _, bare in done]
    return [wall, Figure("the same by time on the core", "wraps/s", *core_time, "aim 0.85")]


def _round(store: Store, keys: Vault, library: Library, cases: int) -> tuple[Clocks, Clocks]:
    """What ours took for all cases, and the bare library for as many."""
    assert store.write_now(lambda work: work.begin_rotation("shell"))
    rewrapping, mine, bare, left = Rewrapping(store, keys), Clocks(), Clocks(), cases
    for stretch in range(1, STRETCHES + 1):
        with bare.running():
            library.work(cases // STRETCHES)
        with mine.running():
            while left > cases - cases * stretch // STRETCHES:
                left = rewrapping.step()
    store.write_now(lambda work: work.destroy_spent_keys("shell"))
    return mine, bare


async def running(home: Home, cases: int, rounds: int, core: int) -> Figure:
    """The same in `qorgan run`, idle otherwise, with the bare library before and after each rotation."""
    ours, beside = [], []
    async with Sandbox() as sandbox:
        process = home.run(sandbox)
        os.sched_setaffinity(process.pid, {core})
        while b"bot.started" not in home.output.read_bytes():
            await asyncio.sleep(0.05)
        with opened(home) as store:
            for _ in range(rounds):
                await asyncio.sleep(1)
                before = _bare_rate(core)
                (old,) = wraps(home)
                await store.write(lambda work: work.begin_rotation("shell"))
                ours.append(await _watch(home, old, cases))
                beside.append(2 / (1 / before + 1 / _bare_rate(core)))
    return Figure(f"re-wrapping {cases:,} cases by `qorgan run`", "wraps/s", ours, beside, "from 90 % to 10 % left")


def _bare_rate(core: int) -> float:
    """On the bot's core, which is left to it again afterwards."""
    free, library = os.sched_getaffinity(0), Library()
    os.sched_setaffinity(0, {core})
    begun = perf_counter()
    library.work(BARE)
    spent = perf_counter() - begun
    os.sched_setaffinity(0, free)
    return BARE / spent


async def _watch(home: Home, old: str, cases: int) -> float:
    """The rate in the middle of a rotation, seen from outside."""
    times: list[tuple[float, int]] = []
    while (left := wraps(home)[old]) > 0:
        if left < cases * 0.9 and (left > cases * 0.1 or not times):
            times.append((perf_counter(), left))
        await asyncio.sleep(0.03)
    (first, most), (last, least) = times[0], times[-1]
    return (most - least) / (last - first)


def measure(home: Home, cases: int, rounds: int, core: int) -> list[Figure]:
    free = os.sched_getaffinity(0)
    by_itself = alone(home, cases, rounds, core)
    os.sched_setaffinity(0, free - {core} or free)
    watched = asyncio.run(running(home, cases, rounds, core))
    os.sched_setaffinity(0, free)
    return [*by_itself, watched]
