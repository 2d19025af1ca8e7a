"""Moving stored data keys to the active case key, batch by batch, while the bot runs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from bot.store.records import StaleWrap
from bot.store.store import Store
from bot.store.work import Work
from bot.vault import Damaged, Vault

SWITCH = 0.0005
"""Seconds until the interpreter lets another thread in: the library holds its lock while it computes, and
people's replies must not wait the usual 5 ms each time."""


class Rewrapping:
    """Blocking: for a thread of its own, or the shell. Killed anywhere, another one goes on."""

    def __init__(self, store: Store, vault: Vault, batch: int = 256) -> None:
        self._store = store
        self._vault = vault
        self._size = batch
        self._after = 0
        self._left = 0
        self._made: list[tuple[bytes, bytes, bytes]] = []
        self._suspects: list[StaleWrap] = []
        self._damaged: frozenset[StaleWrap] = frozenset()

    @property
    def damaged(self) -> int:
        """Wraps that don't open: they stay, and so does their key."""
        return len(self._damaged)

    def step(self) -> int:
        """Store what the last step made, then make the next batch; gives how many are still to be stored."""
        batch, damaged, self._left = self._store.write_now(self._exchange)
        self._damaged = frozenset(damaged)
        self._after = batch[-1].number if batch else 0
        with _others_let_in():
            self._make([each for each in batch if each not in self._damaged] if self._damaged else batch)
        return self._left

    def _exchange(self, work: Work) -> tuple[list[StaleWrap], list[StaleWrap], int]:
        replaced = work.replace_wraps(self._made)
        # One that was replaced or erased meanwhile is not damaged, whatever it looked like.
        damaged = work.report_damaged([*self._damaged, *self._suspects])
        batch = work.stale_wraps(self._after, self._size)
        if self._after and batch:
            return batch, damaged, max(1, self._left - replaced)  # to count them all each time takes longer
        return batch, damaged, work.stale_count() - len(damaged)

    def _make(self, batch: Iterable[StaleWrap]) -> None:
        self._made, self._suspects = [], []
        for each in batch:
            try:
                made = self._vault.rewrap(each.case, each.entry, each.wrap)
            except Damaged:
                self._suspects.append(each)
            else:
                self._made.append((each.entry, each.wrap, made))


@contextmanager
def _others_let_in() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)
