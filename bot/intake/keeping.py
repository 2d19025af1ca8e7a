"""How long a case is kept, decided on its head alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from bot.intake.questionnaire import Questionnaire

DAY = 24 * 3600
SILENT_DAYS = 90
"""Without contact, where nothing is pending any more."""
ASKED_DAYS = 7
"""Before that somebody is asked."""


class Fate(StrEnum):
    KEPT = "kept"
    ASKED = "asked"  # to be asked about, or asked already and not yet over
    OVER = "over"


def fate(questionnaire: Questionnaire, head: Mapping[str, Any], expires: date | None, now: datetime) -> Fate:
    """What is due for a case: where anything speaks for keeping it, it is kept."""
    at = now.timestamp()
    if "erase" in head["times"]:
        return Fate.OVER if at >= head["times"]["erase"] else Fate.KEPT
    if expires is not None:
        return Fate.OVER if now.date() > expires else Fate.KEPT
    if pending(questionnaire, head, now) or at < last_contact(head) + (SILENT_DAYS - ASKED_DAYS) * DAY:
        return Fate.KEPT
    asked = asked_at(head)
    return Fate.OVER if asked is not None and at >= goes_at(head, asked) else Fate.ASKED


def pending(questionnaire: Questionnaire, head: Mapping[str, Any], now: datetime) -> bool:
    """Whether a deadline may still run, or the person is not known to be at liberty."""
    if not questionnaire.free({question: (answer,) for question, answer in head["place"].items()}):
        return True
    return any(one["ends"] is None or one["ends"] > now.timestamp() for one in head["deadlines"])


def last_contact(head: Mapping[str, Any]) -> int:
    times: Mapping[str, int] = head["times"]
    return max(times.get(name, 0) for name in ("written", "sent", "taken", "contact"))


def asked_at(head: Mapping[str, Any]) -> int | None:
    """When somebody was asked, if there was no contact since."""
    asked: int | None = head["times"].get("asked")
    return asked if asked is not None and asked > last_contact(head) else None


def goes_at(head: Mapping[str, Any], asked: int) -> int:
    """Whoever was asked has seven days, even where it was done late."""
    return max(last_contact(head) + SILENT_DAYS * DAY, asked + ASKED_DAYS * DAY)
