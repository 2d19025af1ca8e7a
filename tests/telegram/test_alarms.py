"""What makes the house alarm its administrators, fact by fact."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.telegram import health
from bot.telegram.alarms import DAY, Cause, Disk, Facts, findings

NOW = int(datetime(2026, 3, 2, 9, tzinfo=UTC).timestamp())
WELL = Facts(
    now=NOW, begun=NOW - 90 * DAY, backup=NOW - 3600, on_duty=1, absent=0, waited=0, late=False, doubt=False,
    unpaged=False, unverified=0, disk=Disk(10**12 // 2, 10**12),
)  # fmt: skip


def test_a_house_that_is_well_has_no_findings() -> None:
    assert () == findings(WELL)
    assert () == findings(replace(WELL, disk=None))


@pytest.mark.parametrize(
    ("cause", "still_well", "amiss"),
    [
        (Cause.OUTBOX, {"waited": 15 * 60}, {"waited": 15 * 60 + 1}),
        (Cause.DUTY, {"on_duty": 5}, {"on_duty": 0}),
        (Cause.ABSENT, {}, {"absent": 1}),
        (Cause.DISK, {"disk": Disk(6 * 10**10, 10**12)}, {"disk": Disk(4 * 10**10, 10**12)}),
        (Cause.DISK, {"disk": Disk(10**9, 10**9 * 2)}, {"disk": Disk(2 * 10**8, 10**9)}),
        (Cause.BACKUP, {"backup": NOW - 26 * 3600}, {"backup": NOW - 26 * 3600 - 1}),
        (Cause.BACKUP, {"backup": None, "begun": NOW - DAY}, {"backup": None}),
        (Cause.BACKUP, {"backup": NOW + DAY}, {"backup": 0}),
        (Cause.KEY, {}, {"late": True}),
        (Cause.CLOCK, {}, {"doubt": True}),
        (Cause.PAGER, {}, {"unpaged": True}),
        (Cause.CONTACTS, {}, {"unverified": 1}),
    ],
)
def test_each_cause_has_its_border(cause: Cause, still_well: dict[str, Any], amiss: dict[str, Any]) -> None:
    assert () == findings(replace(WELL, **still_well))
    assert (cause,) == findings(replace(WELL, **amiss))


def test_a_doubtful_clock_accuses_no_key() -> None:
    """It would be late by a clock that may be wrong."""
    assert (Cause.CLOCK,) == findings(replace(WELL, late=True, doubt=True))


def test_every_cause_has_a_name_and_a_line() -> None:
    assert set(Cause) == set(health.PARTS)
    assert len(Cause) == len({health.problem(cause, WELL).message for cause in Cause})
