"""Whatever goes wrong: once it is over every person can finish, and every alert has come. `make soak` takes longer."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandbox import Sandbox
from tests.process.conftest import Home, mounted, on_server
from tests.process.troubles import OF_CLOCK, OF_SERVER, OF_TELEGRAM, Trouble, disk_full, scene
from tests.servers import GIVEN, Server

SHORT = 0.4


@pytest.mark.parametrize("troubles", [OF_TELEGRAM[:4], OF_TELEGRAM[4:]], ids=lambda some: some[0].__name__)
async def test_troubles_of_telegram_alone_and_with_kill_9_in_the_middle(
    troubles: tuple[Trouble, ...], home: Home, sandbox: Sandbox
) -> None:
    """Slow, broken, cut off before and after it has done what was asked; full, away, bringing things twice."""
    async with scene(home, sandbox) as found:
        for trouble in troubles:
            for killed in (False, True):
                await found.endure(trouble, SHORT, killed=killed)


@pytest.mark.skipif(GIVEN in os.environ, reason="the server is not ours to stop")
@on_server
async def test_troubles_of_the_database_server(home: Home, sandbox: Sandbox, postgres: Server) -> None:
    """It falls over under load, or ends all connections, alone and with `kill -9`."""
    async with scene(home, sandbox, server=postgres) as found:
        for trouble in OF_SERVER:
            for killed in (False, True):
                await found.endure(trouble, SHORT, killed=killed)


@pytest.fixture
def small(home: Home, tmp_path: Path) -> Iterator[Home]:
    """A home whose data lies on a file system of its own, of 12 MiB."""
    aside = tmp_path / "aside"
    home.data.rename(aside)
    with mounted(home.data, "12m"):
        shutil.copytree(aside, home.data, dirs_exist_ok=True)
        yield home
        home.end()


async def test_a_full_disk(small: Home, sandbox: Sandbox) -> None:
    async with scene(small, sandbox) as found:
        for killed in (False, True):
            await found.endure(disk_full, SHORT, killed=killed)


async def test_a_clock_that_jumps(home: Home, sandbox: Sandbox, tmp_path: Path) -> None:
    """A day ahead, a day behind, and right again each time."""
    clock = tmp_path / "clock"
    clock.write_text("0")
    async with scene(home, sandbox, clock=clock) as found:
        for trouble in OF_CLOCK:
            for killed in (False, True):
                await found.endure(trouble, SHORT, killed=killed)
