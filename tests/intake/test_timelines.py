"""Timelines that really happened, named by what happened, come out with their urgency and deadline."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.intake import questionnaire, triage
from bot.intake.answers import Answer
from bot.intake.rules import Urgency

ASKED = questionnaire.load()
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # 14:00 in Almaty
ALMATY = ZoneInfo("Asia/Almaty")


def assess(now: datetime = NOW, **answers: str) -> triage.Assessment:
    given = tuple(Answer(name, tuple(value.split()), "", int(NOW.timestamp())) for name, value in answers.items())
    return triage.assess(ASKED, given, now)


def almaty(month: int, day: int, hour: int = 0, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ALMATY)


IN_SIZO = {"custody": "sizo", "detained_since": "2026-08-20"}


@pytest.mark.parametrize(
    ("answers", "deciding", "urgency", "deadlines"),
    [
        pytest.param(
            {"custody": "liberty", "papers": "protocol", "date_protocol": "today"},
            {"R4"}, Urgency.CRITICAL, {}, id="the petty protocol",
        ),
        pytest.param({"custody": "soldiers"}, {"R7"}, Urgency.CRITICAL, {}, id="the asylum seeker handed to soldiers"),
        pytest.param(
            {"custody": "sizo", "detained_since": "today", "papers": "unknown"},
            {"R2"}, Urgency.CRITICAL, {"X3": (almaty(11, 25, 12), almaty(11, 26))},
            id="the activist in SIZO, nothing known of papers",
        ),
        pytest.param(
            {**IN_SIZO, "papers": "arrest", "family": "taken"},
            {"R9", "R8"}, Urgency.URGENT, {"X7": (None, almaty(8, 20, year=2027))},
            id="the activist in SIZO, extradition arrest, brothers taken",
        ),
        pytest.param(
            {**IN_SIZO, "papers": "arrest order", "date_order": "2026-11-20"},
            {"R5b"}, Urgency.URGENT,
            {"X7": (None, almaty(8, 20, year=2027)), "X8": (None, almaty(11, 29, 23, 59))},
            id="extradition order received 3 days ago",
        ),
        pytest.param(
            {**IN_SIZO, "papers": "order", "date_order": "unknown"},
            {"R5"}, Urgency.CRITICAL, {"X8": (None, None)}, id="order received, day unknown",
        ),
        pytest.param(
            {**IN_SIZO, "papers": "arrest", "event": "hearing", "event_date": "tomorrow"},
            {"R14"}, Urgency.CRITICAL,
            {"X7": (None, almaty(8, 20, year=2027)), "hearing": (almaty(11, 24), almaty(11, 24, 23, 59))},
            id="hearing tomorrow",
        ),
        pytest.param(
            {"custody": "airport", "papers": "none"},
            {"R6"}, Urgency.CRITICAL, {"A3": (None, None)}, id="the arrest in transit",
        ),
        pytest.param(
            {"custody": "liberty", "russia_wants": "interstate", "event": "trip", "event_date": "2026-11-30"},
            {"R16b"}, Urgency.URGENT, {"trip": (almaty(11, 30), almaty(11, 30, 23, 59))},
            id="wanted interstate, own flight next week",
        ),
        pytest.param(
            {"custody": "liberty", "category": "deserter", "russia_wants": "case", "stay": "rvp",
             "stay_until": "2026-11-29"},
            {"R15", "R17"}, Urgency.SOON, {"D1": (almaty(11, 29), almaty(11, 29, 23, 59))},
            id="the deserter whose permit was not renewed",
        ),
        pytest.param(
            {"custody": "liberty", "asylum": "lost"},
            {"R12"}, Urgency.URGENT, {"A9": (None, None)}, id="asylum appeal lost",
        ),
        pytest.param(
            {"custody": "airport", "papers": "entry_refused"},
            {"R6"}, Urgency.CRITICAL, {"A3": (None, None)}, id="the man in the transit zone",
        ),
        pytest.param(
            {"custody": "border", "detained_since": "yesterday"},
            {"R6", "R2"}, Urgency.CRITICAL,
            {"A3": (None, None), "X3": (almaty(11, 24, 12), almaty(11, 25))},
            id="the one arrested at the border",
        ),
    ],
)  # fmt: skip
def test_a_timeline_comes_out_as_written(
    answers: dict[str, str],
    deciding: set[str],
    urgency: Urgency,
    deadlines: dict[str, tuple[datetime | None, datetime | None]],
) -> None:
    found = assess(**answers)
    assert (deciding, urgency) == (set(found.deciding), found.urgency)
    assert deadlines == {one.clock: (one.starts, one.ends) for one in found.deadlines}


def test_an_extradition_order_becomes_critical_on_its_seventh_day() -> None:
    found = assess(**IN_SIZO, papers="arrest order", date_order="2026-11-20")
    rise = found.rises[0]
    assert (almaty(11, 26), Urgency.CRITICAL) == (rise.at, rise.urgency)
    later = assess(rise.at, **IN_SIZO, papers="arrest order", date_order="2026-11-20")
    assert Urgency.CRITICAL == later.urgency
