"""A day written in one's own words: what it can mean, in every language that the lexicon knows at once.

Words become one letter each (``завтра в 9`` is ``dvn``), so that a whole phrase is one regular expression. Only what
is understood to its last word is a day: half of "they take him away tomorrow" must never be read as one.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from bot.intake.lexicon import UNKNOWN, Lexicon
from bot.intake.tokens import Token, tokens

FARTHEST = timedelta(days=3653)
"""From today to the farthest day that a date may name."""
Direction = Literal["past", "future"]
Moment = tuple[date, int | None]
"""A day, and the hour where one is named."""
Span = tuple[int, int]
"""First and last day, counted from today."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the words can mean: one moment or, where two are as likely, both."""

    moments: tuple[Moment, ...]
    plain: bool = False
    """A full date in figures that everybody reads alike."""
    span: Span | None = None
    """Of "2-3 days ago"; the moment is its earliest day."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """From where and which way the words look."""

    now: datetime
    past: bool

    @property
    def today(self) -> date:
        return self.now.date()

    def may_be(self, day: date, hour: int | None) -> bool:
        """Whether an hour of today is on this side of now: "today at 12 at night" may be no hour of today."""
        return hour is None or day != self.today or (hour <= self.now.hour if self.past else hour >= self.now.hour)

    def near(self, days: Sequence[date]) -> date | None:
        """The nearest of the days on this side, today among them; where none is, the nearest."""
        here = [one for one in days if one == self.today or (one < self.today) == self.past]
        return min(here or days, key=lambda one: abs(one - self.today), default=None)


def read(words: str, now: datetime, direction: Direction, lexicon: Lexicon) -> Meaning | None:
    """What the words mean as a day, seen from ``now`` (local time); None where they are not one, or too far away."""
    written = tokens(words, lexicon)
    kinds = "".join(token.kind for token in written)
    found = _PHRASE.fullmatch(kinds) or _CLOCK_ALONE.fullmatch(kinds)
    if found is None:
        return None
    seen = _Seen(now, direction == "past")
    shape = next((one for one in _SHAPES if found.groupdict().get(one) is not None), "clock")
    part = written[slice(*found.span(shape))]
    try:
        moments = _moments(shape, part, seen)
        hour = _hour(written, found)
    except (ValueError, OverflowError):  # no such day, no such hour
        return None
    moments = [(day, hour if own is None else own) for day, own in moments if _agrees(day, written, found)]
    moments = [one for one in moments if abs(one[0] - seen.today) <= FARTHEST and seen.may_be(*one)]
    if not moments:
        return None
    span = _span(part, seen) if shape in _COUNTED else None
    return Meaning(tuple(sorted(set(moments))), _PLAIN.fullmatch(words.strip()) is not None, span)


def resembles(words: str, lexicon: Lexicon) -> bool:
    """Whether every word is of those that days are written with: nothing is lost where it is asked again."""
    written = tokens(words, lexicon)
    return bool(written) and all(token.kind != UNKNOWN[0] for token in written)


# Shapes ---------------------------------------------------------------------------------------------


def _moments(shape: str, part: Sequence[Token], seen: _Seen) -> list[Moment]:
    if shape in _COUNTED:
        return [_counted(part, seen)]
    if shape == "clock":
        return [(seen.today, None)]
    return [(day, None) for day in _DAYS[shape](part, seen)]


def _iso(part: Sequence[Token], seen: _Seen) -> list[date]:
    year, month, day = (int(token.which) for token in part)
    return [date(year, month, day)]


def _figures(part: Sequence[Token], seen: _Seen) -> list[date]:
    """Day and month, in this order in all our languages."""
    day, month, *year = (int(token.which) for token in part if token.kind in "ny")
    return _in_year(day, month, [one + 2000 if one < 100 else one for one in year], seen)


def _named(part: Sequence[Token], seen: _Seen) -> list[date]:
    named = {token.kind: int(token.which) for token in part if token.kind in "nomy"}
    years = [named["y"]] if "y" in named else []
    return _in_year(named["n"] if "n" in named else named["o"], named["m"], years, seen)


def _in_year(day: int, month: int, years: list[int], seen: _Seen) -> list[date]:
    if years:
        return [date(years[0], month, day)]
    around = range(seen.today.year - 8, seen.today.year + 9)  # 29.02 may be eight years off
    chosen = seen.near([date(year, month, day) for year in around if _exists(year, month, day)])
    return [] if chosen is None else [chosen]


def _nth(part: Sequence[Token], seen: _Seen) -> list[date]:
    """The 25th: the nearest, or of the month that is named."""
    if any(token.kind == "u" and token.which != "month" for token in part):
        return []
    day = next(int(token.which) for token in part if token.kind in "no")
    which = next((token.which for token in part if token.kind == "x"), None)
    months = range(-12, 13) if which is None else [_STEPS[which]]
    firsts = [_months_on(seen.today.replace(day=1), step) for step in months]
    chosen = seen.near([one.replace(day=day) for one in firsts if _exists(one.year, one.month, day)])
    return [] if chosen is None else [chosen]


def _near(part: Sequence[Token], seen: _Seen) -> list[date]:
    """Yesterday; last night, this morning."""
    step = _STEPS[part[0].which] if part[0].kind == "x" else int(part[0].which)
    return [seen.today + timedelta(days=step)]


def _part(part: Sequence[Token], seen: _Seen) -> list[date]:
    """In the morning: today; at night: this one, which has two days."""
    other = seen.today + timedelta(days=-1 if seen.past else 1)
    return [seen.today, other] if part[0].which == "night" else [seen.today]


def _weekday(part: Sequence[Token], seen: _Seen) -> list[date]:
    """The nearest one; on such a day, today's too. "Next" and "last" are said of the nearest and of another week's."""
    wanted = next(int(token.which) for token in part if token.kind == "w")
    which = next((token.which for token in part if token.kind == "x"), None)
    units = [token.which for token in part if token.kind == "u"]
    monday = seen.today - timedelta(days=seen.today.weekday())
    if units:
        return [monday + timedelta(days=7 * _STEPS[which or "this"] + wanted)] if units == ["week"] else []
    ahead = seen.today + timedelta(days=(wanted - seen.today.weekday() - 1) % 7 + 1)
    behind = ahead - timedelta(days=7 if ahead - seen.today < timedelta(days=7) else 14)
    if which == "next":
        return [ahead, monday + timedelta(days=7 + wanted)]
    if which == "last":
        return [behind, monday + timedelta(days=wanted - 7)]
    today = [seen.today] if seen.today.weekday() == wanted else []
    if which == "this" and today:
        return today
    return [*today, behind if seen.past else ahead]


def _counted(part: Sequence[Token], seen: _Seen) -> Moment:
    """So many days, weeks, months, years or hours from now; of a span the earliest."""
    unit = next(token.which for token in part if token.kind in "uh")
    counts = _counts(part)
    step = -counts[-1] if _backwards(part, seen) else counts[0]
    if unit == "hour":
        moment = seen.now + timedelta(hours=step)
        return moment.date(), moment.hour
    if unit in ("month", "year"):
        return _months_on(seen.today, step * (12 if unit == "year" else 1)), None
    return seen.today + timedelta(days=step * (7 if unit == "week" else 1)), None


def _counts(part: Sequence[Token]) -> list[int]:
    """How many: one where no number stands; two where they are "2-3" or "2 or 3"."""
    written = [token for token in part if token.kind == "n"]
    counts = [int(token.which) for token in written] or [1]
    if len(counts) == 2 and (written[1].gap not in ("", "-") or counts[0] >= counts[1]):
        raise ValueError
    return counts


def _span(part: Sequence[Token], seen: _Seen) -> Span | None:
    counts = _counts(part)
    if len(counts) < 2 or not any(token.which == "day" for token in part):
        return None
    return (-counts[1], -counts[0]) if _backwards(part, seen) else (counts[0], counts[1])


def _backwards(part: Sequence[Token], seen: _Seen) -> bool:
    """"3 days" alone looks the question's way."""
    kinds = {token.kind for token in part}
    return "a" in kinds or (seen.past and not kinds & {"i", "l"})


def _exists(year: int, month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]


def _months_on(day: date, months: int) -> date:
    """The same day so many months on, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


_STEPS = {"last": -1, "this": 0, "next": 1}
_DAYS: dict[str, Callable[[Sequence[Token], _Seen], list[date]]] = {
    "iso": _iso,
    "figures": _figures,
    "named": _named,
    "nth": _nth,
    "near": _near,
    "weekday": _weekday,
    "part": _part,
}
_SHAPES = {
    "iso": "ynn",
    "figures": "nn(?:n|yu?)?",
    "named": "[no]m(?:yu?)?|m[no](?:yu?)?|yu?[no]m",
    "nth": "u?o|nc|xu(?:o|nc)|(?:o|nc)xu",
    "near": "d|xp",
    "weekday": "x?w|wxu|xuw",
    "ago": "(?:n?n)?[uh]a|una",
    "ahead": "i(?:n?n)?[uh]|(?:n?n)?[uh]l|uin",
    "length": "n?nu",
    "part": "p",
}
_COUNTED = ("ago", "ahead", "length")
_CLOCK = "v?p?h?t|v?p?hn|v?nhp?|v?np|p?vn|pn"
_PHRASE = re.compile(
    rf"(?:(?P<early>{_CLOCK})v?)?v?(?:(?P<before>w)v?)?p?v?"
    rf"(?:{'|'.join(f'(?P<{name}>{shape})' for name, shape in _SHAPES.items())})"
    rf"(?:v?(?P<after>w))?p?(?P<late>{_CLOCK}|v?nn)?"
)
_CLOCK_ALONE = re.compile("(?P<clock>(?P<early>v?p?h?t|v?p?hn|vnhp?|nhp|v?np|pv?n))")
_PLAIN = re.compile(r"(?:[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2})(?:,?\s+[0-9]{1,2}:[0-9]{2})?")


def _agrees(day: date, written: Sequence[Token], found: re.Match[str]) -> bool:
    """Whether it is the weekday that stands beside it."""
    named = found.groupdict()
    beside = [written[found.start(name)].which for name in ("before", "after") if named.get(name)]
    return all(day.weekday() == int(one) for one in beside)


# Hours ----------------------------------------------------------------------------------------------


def _hour(written: Sequence[Token], found: re.Match[str]) -> int | None:
    """The hour that is named; raises ValueError for one that no day has."""
    named = found.groupdict()
    clocks = [written[slice(*found.span(name))] for name in ("early", "late") if named.get(name)]
    if not clocks:
        return None
    if len(clocks) > 1:
        raise ValueError
    times = [token for token in clocks[0] if token.kind in "tn"]
    hour, _, minutes = times[0].which.partition(":")
    if len(times) == 2:  # 10.30
        minutes = times[1].which
        if times[1].gap != ".":
            raise ValueError
    if int(hour) > 23 or int(minutes or 0) > 59:
        raise ValueError
    part = next((token.which for token in written if token.kind == "p"), "")
    return _of_day(int(hour), part)


def _of_day(hour: int, part: str) -> int:
    """5 in the evening is 17, 12 at night is 0, 11 at night is 23."""
    if part in ("day", "evening") and hour < 12:
        return hour + 12
    if part in ("morning", "night") and hour == 12:
        return 0
    if part == "night" and 8 < hour < 12:
        return hour + 12
    return hour
