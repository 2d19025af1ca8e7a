"""When a day is called to mind."""

from __future__ import annotations

from typing import Any

import pytest

from bot.intake.reminder import HOUR, LEADS, OVER, due, marked

DAY = 24 * HOUR
AT = 1_000 * DAY


def told(deadline: dict[str, Any], *hours: float) -> list[int]:
    """The leads told by looks at so many hours, counted from the day."""
    head: dict[str, Any] = {"deadlines": [deadline]}
    leads = []
    for hour in hours:
        at = int(AT + hour * HOUR)
        leads += [lead for _, lead in due(head, at)]
        head["deadlines"] = marked(head, at)
    return leads


HEARING = {"clock": "hearing", "starts": AT, "ends": None}


def test_each_lead_is_told_once_and_what_is_past_is_asked_about_once() -> None:
    looks = range(-240, 100)
    assert [*LEADS, OVER] == told(HEARING, *looks)


def test_a_lead_that_had_begun_when_the_day_was_named_is_not_told() -> None:
    assert [24 * HOUR, 3 * HOUR, OVER] == told(HEARING, *range(-50, 5))
    assert [] == told(HEARING, 5, 6)


def test_of_leads_that_were_missed_only_the_nearest_is_told() -> None:
    assert [3 * HOUR] == told(HEARING, -240, -2, -1)
    assert [OVER] == told(HEARING, -240, 30)


def test_a_clock_that_is_set_back_tells_nothing_twice() -> None:
    assert [3 * 24 * HOUR, 24 * HOUR] == told(HEARING, -100, -70, -20, -70, -100, -20)


@pytest.mark.parametrize(
    ("starts", "ends", "over"),
    [(AT, AT + 12 * HOUR, 13), (None, AT, 1), (None, None, None)],
    ids=["hours 60 to 72", "a tenth day", "no day known"],
)
def test_an_interval_counts_from_its_first_hour_and_is_over_after_its_last(
    starts: int | None, ends: int | None, over: int | None
) -> None:
    leads = [] if over is None else [3 * HOUR, OVER]
    assert leads == told({"clock": "X", "starts": starts, "ends": ends}, -5, -2, (over or 1) - 0.1, over or 1)
