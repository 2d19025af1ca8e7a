"""Days of the week, hours and dates in words: as they are shown to staff, and as staff write them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from bot.intake.text import Text, text
from bot.languages import Language
from bot.telegram.duty import ALL_DAYS, Shift
from bot.telegram.screens import fold

DAYS = (text("Mon"), text("Tue"), text("Wed"), text("Thu"), text("Fri"), text("Sat"), text("Sun"))
LONGEST = timedelta(days=366)
"""Of days off that are written as one span."""
_HOURS = re.compile(r"(\d{1,2})(?:[:.]00)?\s*[-–—]\s*(\d{1,2})(?:[:.]00)?")
_DAY = re.compile(r"(\d{1,2})[./](\d{1,2})(?:[./](\d{4}))?")


def said(shift: Shift) -> Text:
    return text("{days} {first}–{last}", days=_days(shift.days), first=hour(shift.first), last=hour(shift.last))


def hour(value: int) -> str:
    return f"{value:02}:00"


def _days(days: tuple[int, ...]) -> Text:
    if set(days) == set(ALL_DAYS):
        return text("every day")
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    parts = [
        text("{first}–{last}", first=DAYS[run[0]], last=DAYS[run[-1]]) if len(run) > 2 else _listed(run) for run in runs
    ]
    return _joined(parts)


def _listed(run: list[int]) -> Text:
    return _joined([DAYS[day] for day in run])


def _joined(parts: list[Text]) -> Text:
    found = parts[0]
    for part in parts[1:]:
        found = text("{one}, {other}", one=found, other=part)
    return found


# As it is written --------------------------------------------------------------------------------------


def shift_of(words: str, languages: Mapping[str, Language]) -> Shift | None:
    """``Mon-Fri 9-18``, ``1-5 9-18``, ``Sat, Sun 22-6``: days by their name in any language or by their number."""
    found = _HOURS.search(words.strip())
    if found is None or found.end() != len(words.strip()):
        return None
    first, last = int(found[1]), int(found[2])
    days: set[int] = set()
    for part in re.split(r"[,\s]+", words.strip()[: found.start()].strip(" ,")):
        ends = [_weekday(each, languages) for each in re.split("[-–—]", part)]
        if len(ends) > 2 or None in ends:
            return None
        start, end = (ends[0] or 0), (ends[-1] or 0)
        days |= {(start + step) % 7 for step in range((end - start) % 7 + 1)}
    return Shift(tuple(sorted(days)), first, last) if days and first < 24 and 0 < last <= 24 else None


def _weekday(words: str, languages: Mapping[str, Language]) -> int | None:
    folded = fold(words)
    if re.fullmatch("[1-7]", folded):
        return int(folded) - 1
    for number, day in enumerate(DAYS):
        if any(fold(language.say(day)) == folded for language in languages.values()):
            return number
    return None


def days_of(words: str, today: date) -> frozenset[date]:
    """``03.03`` or ``03.03-05.03.2027``; none where it is no span of days to come."""
    ends = [_date(part.strip(), today) for part in re.split("[-–—]", words.strip())]
    first, last = ends[0], ends[-1]
    if len(ends) > 2 or first is None or last is None or not today <= first <= last <= first + LONGEST:
        return frozenset()
    return frozenset(first + timedelta(days=step) for step in range((last - first).days + 1))


def spans(days: Iterable[date]) -> list[tuple[date, date]]:
    """Days that follow on each other as their first and last."""
    found: list[tuple[date, date]] = []
    for day in sorted(days):
        if found and day - found[-1][1] == timedelta(days=1):
            found[-1] = found[-1][0], day
        else:
            found.append((day, day))
    return found


def _date(words: str, today: date) -> date | None:
    """Of two years that fit the one to come."""
    found = _DAY.fullmatch(words)
    if found is None:
        return None
    years = [int(found[3])] if found[3] else [today.year, today.year + 1]
    fitting = []
    for year in years:
        try:
            fitting.append(date(year, int(found[2]), int(found[1])))
        except ValueError:
            continue
    return next((day for day in fitting if day >= today), None)
