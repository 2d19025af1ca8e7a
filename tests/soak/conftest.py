"""The homes and sandboxes of the tests of processes, and the seed of a soak."""

from __future__ import annotations

import random

import pytest

from tests.process.conftest import home, made, sandbox

__all__ = ["home", "made", "sandbox", "seed"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, default=random.randrange(10**9), help="of a soak's random moments")


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """To run the same soak again: make soak SEED=…"""
    chosen = int(request.config.getoption("--seed"))
    print(f"\nseed {chosen}")
    return chosen
