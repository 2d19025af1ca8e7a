"""What a person has answered, and the moments that a dated answer can mean."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.intake.question import Question

UNKNOWN = "unknown"
"""The option id that says "I don't know"; a skipped question may stand for it."""
_WRITTEN = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T([01][0-9]|2[0-3]))?")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: option ids (or a written date), the text typed with it, and when it was given (unix seconds).

    No values and no text: the question was skipped.
    """

    question: str
    values: tuple[str, ...] = ()
    text: str = ""
    at: int = 0

    @property
    def skipped(self) -> bool:
        return not self.values and not self.text

    def to_json(self) -> dict[str, Any]:
        return {"question": self.question, "values": list(self.values), "text": self.text, "at": self.at}

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> Answer:
        return cls(raw["question"], tuple(raw["values"]), raw["text"], raw["at"])


def written_date(value: str) -> tuple[date, int | None] | None:
    """``YYYY-MM-DD`` or ``YYYY-MM-DDTHH`` as day and hour; None for anything else (an option id)."""
    found = _WRITTEN.fullmatch(value)
    if not found:
        return None
    day, hour = found.groups()
    try:
        return date.fromisoformat(day), int(hour) if hour else None
    except ValueError:
        return None


def interval(question: Question, answer: Answer, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """The earliest and latest moment (exclusive) that a date answer can mean; None where it is unknown.

    Coarse options count in calendar days from the local day of the answer. A past date never reaches
    beyond the answer, a future one never before it.
    """
    if not answer.values or answer.values[0] == UNKNOWN:
        return None
    answered = datetime.fromtimestamp(answer.at, UTC)
    written = written_date(answer.values[0])
    if written is not None:
        day, hour = written
        start = datetime(day.year, day.month, day.day, hour or 0, tzinfo=zone)
        end = start + (timedelta(hours=1) if hour is not None else timedelta(days=1))
    else:
        option = question.option(answer.values[0])
        if option is None or option.days is None:
            return None
        today = answered.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        start = today + timedelta(days=option.days[0])
        end = today + timedelta(days=option.days[1] + 1)
    if question.direction == "past":
        return min(start, answered), max(min(end, answered), min(start, answered))
    return max(start, answered), max(end, answered)
