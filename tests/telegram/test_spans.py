"""Which of a case's deadlines an alert has room for."""

from __future__ import annotations

from typing import Any

import pytest

from bot.telegram import spans
from bot.telegram.spans import DAY, HOUR

NOW = 1_772_400_000


def deadline(name: str, ends: int | None, starts: int | None = None) -> dict[str, Any]:
    moments = {"starts": starts, "ends": ends}
    return {"clock": name, **{key: NOW + at if at is not None else None for key, at in moments.items()}}


OLD, MISSED = deadline("old", -9 * DAY), deadline("missed", -HOUR)
FIRST, SECOND, THIRD = deadline("first", HOUR, -HOUR), deadline("second", None, DAY), deadline("third", 9 * DAY)
OPEN = deadline("open", None)


@pytest.mark.parametrize(
    ("known", "shown"),
    [
        pytest.param([FIRST, SECOND, THIRD], [FIRST, SECOND], id="the first two that are to come"),
        pytest.param([OLD, OLD, FIRST, SECOND, THIRD], [FIRST, SECOND], id="past ones fill no line of theirs"),
        pytest.param([OLD, MISSED, FIRST, SECOND], [FIRST, SECOND, MISSED], id="one just missed is told besides"),
        pytest.param([OLD, MISSED, FIRST], [FIRST, MISSED], id="where there is room the last that is over"),
        pytest.param([OLD, MISSED], [MISSED, OLD], id="the last first where none is to come"),
        pytest.param([MISSED, OPEN], [OPEN, MISSED], id="one without a day is not over"),
        pytest.param([], [], id="none"),
    ],
)
def test_an_alert_shows(known: list[dict[str, Any]], shown: list[dict[str, Any]]) -> None:
    assert shown == spans.nearest(known, NOW)
    assert [one in (OLD, MISSED) for one in shown] == [spans.is_over(one, NOW) for one in shown]
