"""Two hundred kills on each database, while people in three languages come and go."""

from __future__ import annotations

from dataclasses import asdict
from time import monotonic

from bot.sandbox import Sandbox
from tests.process.conftest import Home, on_both
from tests.process.siege import Siege
from tests.soak.conftest import show

KILLS, PEOPLE = 200, 6


@on_both
async def test_200_kills_under_load_lose_no_case_no_answer_and_no_alert(
    home: Home, sandbox: Sandbox, seed: int
) -> None:
    begun = monotonic()
    found = await Siege(home, sandbox, kills=KILLS, people=PEOPLE, seed=seed).run()
    show(home, {"kills": KILLS, **asdict(found), "seconds": round(monotonic() - begun)})
    assert found.faults == {}
