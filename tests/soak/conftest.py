"""The homes and sandboxes of the tests of processes, the seed of a soak, and the table of its figures."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest
from rich.console import Console
from rich.table import Table

from tests.process.conftest import Home, coordinator, home, made, made_on_server, sandbox, zygote

__all__ = ["coordinator", "home", "made", "made_on_server", "sandbox", "seed", "show", "zygote"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, default=random.randrange(10**9), help="of a soak's random moments")
    parser.addoption("--minutes", type=float, default=60, help="that the soak with figures lasts")


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """To run the same soak again: make soak SEED=…"""
    chosen = int(request.config.getoption("--seed"))
    print(f"\nseed {chosen}")
    return chosen


def show(home: Home, figures: Mapping[str, object]) -> None:
    """What a soak has counted."""
    table = Table("figure", home.database_url.partition(":")[0].partition("+")[0])
    for name, figure in figures.items():
        table.add_row(name.replace("_", " "), str(figure))
    Console().print(table)
