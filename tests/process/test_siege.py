"""A dozen kills at random moments, half of them on each database; `make soak` does the same at length."""

from __future__ import annotations

from bot.sandbox import Sandbox
from tests.process.conftest import Home, on_both
from tests.process.siege import Siege

KILLS, PEOPLE = 6, 6


@on_both
async def test_six_kills_under_load_lose_no_case_no_answer_and_no_alert(home: Home, sandbox: Sandbox) -> None:
    """Each chat's screens come in their order; what is sent twice can be told by the number of its case."""
    found = await Siege(home, sandbox, kills=KILLS, people=PEOPLE, seed=11).run()
    assert found.faults == {}
