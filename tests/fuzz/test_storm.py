"""Thousands of updates of every kind, most of them wrong, while people go through their intakes."""

from __future__ import annotations

from bot.sandbox import Sandbox
from tests.fuzz.storm import Storm
from tests.process.conftest import Home


async def test_updates_of_every_kind_however_wrong_do_no_harm(home: Home, sandbox: Sandbox) -> None:
    """No crash, no call that Telegram refuses, nobody's chat touched, nothing said in the log; whoever is honest comes
    to the end and is read. The long run is ``make fuzz``."""
    damage = await Storm(home, sandbox, count=4_000, seed=20_260_301).run()
    assert damage.intakes > 3
    assert not damage.faults
