"""How long a case is kept: at every day, from its head alone."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from bot.intake.keeping import Fate, asked_at, fate, goes_at
from bot.intake.questionnaire import Questionnaire
from tests.intake.talk import START

DAY = 24 * 3600
AT = int(START.timestamp())


def head(custody: str | None = "liberty", *deadlines: tuple[int | None, int | None], **times: int) -> dict[str, Any]:
    """Written at the start; deadlines and times in days from then."""
    return {
        "place": {} if custody is None else {"custody": custody},
        "deadlines": [
            {"clock": "c", "starts": starts and AT + starts * DAY, "ends": ends and AT + ends * DAY}
            for starts, ends in deadlines
        ],
        "times": {"written": AT, **{name: AT + day * DAY for name, day in times.items()}},
    }


def after(kazakhstan: Questionnaire, days: float, one: dict[str, Any], expires: date | None = None) -> Fate:
    return fate(kazakhstan, one, expires, START + timedelta(days=days))


def test_a_silent_case_is_asked_about_a_week_before_its_90_days_are_over(kazakhstan: Questionnaire) -> None:
    assert Fate.KEPT is after(kazakhstan, 82.99, head())
    assert Fate.ASKED is after(kazakhstan, 83, head())
    assert Fate.ASKED is after(kazakhstan, 89.99, head(asked=83))
    assert Fate.OVER is after(kazakhstan, 90, head(asked=83))


def test_nothing_goes_unasked_however_long_the_bot_was_away(kazakhstan: Questionnaire) -> None:
    assert Fate.ASKED is after(kazakhstan, 4000, head())
    assert Fate.ASKED is after(kazakhstan, 206.99, head(asked=200))
    assert Fate.OVER is after(kazakhstan, 207, head(asked=200))


@pytest.mark.parametrize("contact", ["sent", "taken", "contact"])
def test_any_contact_begins_the_90_days_anew_and_undoes_the_question(kazakhstan: Questionnaire, contact: str) -> None:
    assert Fate.KEPT is after(kazakhstan, 90, head(asked=83, **{contact: 85}))
    assert asked_at(head(asked=83, **{contact: 85})) is None
    assert Fate.ASKED is after(kazakhstan, 85 + 83, head(asked=83, **{contact: 85}))


@pytest.mark.parametrize("custody", ["police", "sizo", "airport", "no_contact", "removed", "unknown", "", "new", None])
def test_who_is_not_known_to_be_at_liberty_is_kept_for_ever(kazakhstan: Questionnaire, custody: str | None) -> None:
    assert Fate.KEPT is after(kazakhstan, 4000, head(custody, asked=83))


def test_every_kind_of_custody_but_liberty_keeps_a_case(kazakhstan: Questionnaire) -> None:
    kinds = {option.id for option in kazakhstan.questions["custody"].options}
    assert {"liberty"} == {kind for kind in kinds if after(kazakhstan, 4000, head(kind)) is Fate.ASKED}


def test_a_deadline_that_may_still_run_keeps_a_case(kazakhstan: Questionnaire) -> None:
    assert Fate.KEPT is after(kazakhstan, 200, head("liberty", (0, 201), asked=83))
    assert Fate.KEPT is after(kazakhstan, 200, head("liberty", (None, None), asked=83))
    assert Fate.KEPT is after(kazakhstan, 200, head("liberty", (5, None), asked=83))
    assert Fate.KEPT is after(kazakhstan, 200, head("liberty", (0, 20), (0, 300), asked=83))
    assert Fate.OVER is after(kazakhstan, 200, head("liberty", (0, 20), (None, 199), asked=83))


def test_a_questionnaire_that_names_nobody_free_keeps_everything(kazakhstan: Questionnaire) -> None:
    groups = {name: group for name, group in kazakhstan.groups.items() if name != "free"}
    silent = Questionnaire(**{**vars(kazakhstan), "groups": groups})
    assert Fate.KEPT is after(silent, 4000, head(asked=83))


def test_a_closed_case_is_kept_through_its_last_day(kazakhstan: Questionnaire) -> None:
    last = START.date() + timedelta(days=30)
    assert Fate.KEPT is after(kazakhstan, 30, head(), last)
    assert Fate.OVER is after(kazakhstan, 31, head(), last)
    assert Fate.OVER is after(kazakhstan, 31, head("sizo", (0, 200)), last)


def test_what_the_writer_asked_to_erase_goes_at_its_hour_whatever_is_pending(kazakhstan: Questionnaire) -> None:
    assert Fate.KEPT is after(kazakhstan, 0.99, head("police", (0, 200), erase=1))
    assert Fate.OVER is after(kazakhstan, 1, head("police", (0, 200), erase=1))
    assert Fate.KEPT is after(kazakhstan, 0.5, head(erase=1), START.date() - timedelta(days=1))


def test_whoever_is_asked_late_has_a_week_too() -> None:
    assert AT + 90 * DAY == goes_at(head(), AT + 83 * DAY)
    assert AT + 127 * DAY == goes_at(head(), AT + 120 * DAY)
