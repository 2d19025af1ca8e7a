"""The troubles of `make test`, each twenty seconds long; Telegram is away for three minutes."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

import pytest

from bot.sandbox import Sandbox
from tests.process.conftest import Home, on_both
from tests.process.reckoning import reckon
from tests.process.test_troubles import small
from tests.process.troubles import OF_CLOCK, OF_SERVER, OF_TELEGRAM, Trouble, disk_full, scene, telegram_away
from tests.servers import GIVEN, Server
from tests.soak.conftest import show

__all__ = ["small"]
LONG, OUTAGE = 20.0, 180.0
EVERYWHERE = (*OF_TELEGRAM, *OF_CLOCK)


@on_both
@pytest.mark.parametrize("trouble", EVERYWHERE, ids=lambda one: one.__name__)
async def test_a_long_trouble(trouble: Trouble, home: Home, sandbox: Sandbox, tmp_path: Path) -> None:
    clock = None
    if trouble in OF_CLOCK:
        clock = tmp_path / "clock"
        clock.write_text("0")
    await endure(trouble, home, sandbox, clock=clock)


@pytest.mark.skipif(GIVEN in os.environ, reason="the server is not ours to stop")
@pytest.mark.parametrize("trouble", OF_SERVER, ids=lambda one: one.__name__)
@pytest.mark.parametrize("home", ["postgresql"], indirect=True)
async def test_a_long_trouble_of_the_server(trouble: Trouble, home: Home, sandbox: Sandbox, postgres: Server) -> None:
    await endure(trouble, home, sandbox, server=postgres)


async def test_a_disk_that_is_full_for_long(small: Home, sandbox: Sandbox) -> None:
    await endure(disk_full, small, sandbox)


async def endure(
    trouble: Trouble, home: Home, sandbox: Sandbox, *, server: Server | None = None, clock: Path | None = None
) -> None:
    """Alone and with `kill -9`."""
    lasts = OUTAGE if trouble is telegram_away else LONG
    async with scene(home, sandbox, server=server, clock=clock, patience=3 * lasts + 60) as found:
        for killed in (False, True):
            await found.endure(trouble, lasts, killed=killed)
        show(home, {"trouble": trouble.__name__, **asdict(reckon(home, found.intakes.came, found.coordinator))})
