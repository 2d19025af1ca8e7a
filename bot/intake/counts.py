"""How many cases there are, for reports: counted from heads and answers, small numbers hidden (``suppression``).

Rows are fixed by the questionnaire and the date, never by what there is: a row that is named tells of nobody. The last
rows are those that are hidden first, so they are the ones that tell least.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.intake.question import Question
from bot.intake.summary import REASONS, URGENCIES
from bot.intake.suppression import Mark, Shown, overlapping, partition, single
from bot.intake.text import Month, Text, text

MONTHS = 12
MARKS = {Mark.SMALL: text("<5"), Mark.HIDDEN: text("hidden")}
NOTES = (
    text("Numbers under 5, 0 among them, are not shown, nor others from which they could be computed."),
    text("Only what is stored now is counted: a closed case stays for 30 days, then nothing is known of it."),
)
REST = "rest"
Head = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """``id`` is the same in every language."""

    id: str
    title: Text
    count: Shown


def said(count: Shown) -> Text | int:
    return MARKS[count] if isinstance(count, Mark) else count


def words(count: Shown, say: Callable[[Text], str]) -> str:
    return say(MARKS[count]) if isinstance(count, Mark) else str(count)


def label(row: Row, say: Callable[[Text], str]) -> str:
    """The row's name as the beginning of a line."""
    title = say(row.title)
    return title[:1].upper() + title[1:]


@dataclass(frozen=True, slots=True)
class Table:
    """``several``: a case may stand in several rows, or in none."""

    id: str
    title: Text
    rows: tuple[Row, ...]
    total: Shown
    several: bool = False

    @property
    def base(self) -> Text:
        """What its rows are a part of, where they do not add up to it."""
        return text("of {count}, several rows possible", count=said(self.total))


def of_heads(heads: Sequence[Head], outcomes: Mapping[str, Text], now: datetime, zone: ZoneInfo) -> tuple[Table, ...]:
    """What the heads alone tell, in either custody."""
    return (
        _parted("urgency", text("Urgency"), dict(enumerate(URGENCIES)), (head["urgency"] for head in heads)),
        by_reason(heads),
        by_outcome(heads, outcomes),
        by_month((head["times"]["written"] for head in heads), now, zone),
    )


def by_reason(heads: Sequence[Head]) -> Table:
    """Without *other*: with it each case would stand in some row, and a hidden number could be computed."""
    rows = {reason: title for reason, title in REASONS.items() if reason != "other"}
    return _overlapping("reason", text("Reason"), rows, [head["reasons"] for head in heads])


def by_outcome(heads: Iterable[Head], outcomes: Mapping[str, Text]) -> Table:
    rows = {"open": text("Still open"), **outcomes, REST: text("Not recorded")}
    found = (head["outcome"] if "closed" in head["times"] else "open" for head in heads)
    return _parted("outcome", text("Outcome"), rows, found)


def by_month(written: Iterable[int], now: datetime, zone: ZoneInfo) -> Table:
    """The months in which people wrote: this one and the eleven before it; all earlier ones together."""
    this = _month(now.astimezone(zone))
    rows: dict[object, Text] = {month: text("{month}", month=month) for month in map(this.before, range(MONTHS))}
    latest = int(now.timestamp())
    found = (_month(datetime.fromtimestamp(min(max(at, 0), latest), zone)) for at in written)
    return _parted("month", text("By month"), {**rows, REST: text("Earlier")}, found)


def by_place(question: Question, chosen: Iterable[str]) -> Table:
    rows = {option.id: text(option.label) for option in question.options}
    return _parted("place", text(question.title), {**rows, REST: text("In words, or not known")}, chosen)


def by_category(question: Question, chosen: Sequence[Iterable[str]]) -> Table:
    """Of those whose answers open; who did not answer stands in no row."""
    rows = {option.id: text(option.label) for option in question.options}
    return _overlapping("category", text(question.title), rows, chosen)


def _parted(id: str, title: Text, rows: Mapping[Any, Text], found: Iterable[Any]) -> Table:
    """Each case in exactly one row; what has no row of its own, in the last."""
    rest = [*rows][-1]
    counted = Counter(one if one in rows else rest for one in found)
    return _table(id, title, rows, partition([counted[row] for row in rows]), counted.total())


def _overlapping(id: str, title: Text, rows: Mapping[str, Text], found: Sequence[Iterable[str]]) -> Table:
    counted = Counter(row for one in found for row in set(one))
    return _table(id, title, rows, overlapping([counted[row] for row in rows]), len(found), several=True)


def _table(
    id: str, title: Text, rows: Mapping[Any, Text], shown: Sequence[Shown], total: int, *, several: bool = False
) -> Table:
    made = (Row(str(row), said, count) for (row, said), count in zip(rows.items(), shown, strict=True))
    return Table(id, title, tuple(made), single(total), several)


def _month(moment: datetime) -> Month:
    return Month(moment.year, moment.month)
