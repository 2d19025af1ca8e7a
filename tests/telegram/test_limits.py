"""Token buckets and penalties, on a clock that only the test moves."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.limits import Limits


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_chat_gets_three_at_once_and_then_one_a_second(clock: Clock) -> None:
    limits = Limits(30, 1, clock)
    for _ in range(3):
        assert limits.chat_pause(1) == 0
        limits.take(1)

    assert limits.chat_pause(1) == pytest.approx(1)
    assert limits.chat_pause(2) == 0
    clock.now += 1
    assert limits.chat_pause(1) == 0


def test_all_chats_together_keep_the_overall_rate(clock: Clock) -> None:
    limits = Limits(30, 1, clock)
    sent = 0
    for _ in range(1000):
        while limits.pause() == 0:
            sent += 1
            limits.take(sent)
        clock.now += 0.01

    assert 300 <= sent <= 307


def test_a_deletion_waits_for_penalties_only(clock: Clock) -> None:
    limits = Limits(1, 1, clock)
    for _ in range(3):
        limits.take(1)
    assert limits.pause(counted=False) == 0
    assert limits.chat_pause(1, counted=False) == 0

    limits.penalise(1, 7)
    limits.penalise_all(3)

    assert limits.chat_pause(1, counted=False) == 7
    assert limits.pause(counted=False) == 3


def test_a_shorter_penalty_does_not_end_a_longer_one(clock: Clock) -> None:
    limits = Limits(30, 1, clock)
    limits.penalise(1, 20)
    limits.penalise(1, 5)
    assert limits.chat_pause(1) == 20


def test_a_rate_of_zero_is_no_limit(clock: Clock) -> None:
    limits = Limits(0, 0, clock)
    for _ in range(100):
        limits.take(1)
    assert limits.pause() == 0
    assert limits.chat_pause(1) == 0


def test_rested_chats_are_forgotten_and_punished_ones_are_not(clock: Clock) -> None:
    limits = Limits(0, 1, clock)
    limits.penalise(7, 10**9)
    for chat in range(1000, 20_000):
        clock.now += 0.01
        limits.take(chat)

    assert len(limits) < 3000
    assert limits.chat_pause(7) > 0


@given(st.lists(st.floats(0, 3), max_size=200))
def test_whoever_waits_the_pause_may_send_and_never_exceeds_the_rate(steps: list[float]) -> None:
    clock = Clock()
    limits = Limits(30, 1, clock)
    sent: list[float] = []
    for step in steps:
        clock.now += step
        clock.now += limits.chat_pause(1)
        assert limits.chat_pause(1) < 1e-6
        limits.take(1)
        sent.append(clock.now)
    for first, fourth in zip(sent, sent[3:], strict=False):
        assert fourth - first >= 1 - 1e-3
