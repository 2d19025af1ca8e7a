"""Every store test works on real files and, one after the other, on both real databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store.store import Store
from tests.blank import blank
from tests.servers import Server
from tests.store.shelf import Place

BOTH = "sqlite", "postgresql"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """On both databases, but for what is marked as being about one of them."""
    if "place" in metafunc.fixturenames:
        marks = {mark.name for mark in metafunc.definition.iter_markers()}
        metafunc.parametrize("place", [each for each in BOTH if each in marks] or BOTH, indirect=True)


@pytest.fixture
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    if request.param == "sqlite":
        yield Place(tmp_path, url=blank(tmp_path / "qorgan.db"))
    else:
        server: Server = request.getfixturevalue("postgres")
        with server.database() as url:
            yield Place(tmp_path, url=url)


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    with place.open() as opened:
        yield opened
