"""What every test stands on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.servers import Server, server

# The machines that run the tests are slow and shared: what a property says does not depend on the clock.
settings.register_profile("qorgan", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fuzz", settings.get_profile("qorgan"), max_examples=25_000)
settings.load_profile("qorgan")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgresql", action="store_true", help="end-to-end tests on PostgreSQL instead of SQLite")
    parser.addoption("--fetch", action="store_true", help="what the wheel needs is fetched as the lock says, not lent")
    parser.addoption("--figures", action="store_true", help="as many as are promised, where fewer prove the same")


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Callable[[int, int], int]:
    """How many of something: few in `make test`, all that are promised in `make soak`. Its tests bear the mark."""
    return lambda few, promised: promised if request.config.getoption("figures") else few


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """Started by the first test that asks; each worker has its own."""
    with server() as running:
        yield running
