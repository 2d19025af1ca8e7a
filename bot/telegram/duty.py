"""Who of the staff is on duty when, and speaks what. Pure functions over what stands in their rows.

Who has set nothing is on duty always, and speaks the one language they have chosen for their screens.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from bot.intake.cover import Cover
from bot.store.records import Staff

ZONE = "Asia/Almaty"
ALL_DAYS = tuple(range(7))
A_WEEK = timedelta(days=7)
AHEAD = A_WEEK + timedelta(days=1)
"""So far duties are looked for: a whole week, whatever the time of day."""
PRESSED_WITHIN = 10 * 60
"""Seconds within which who begins a duty shows that alerts reach them."""
ROLL = "roll"
"""In a member's body: the beginning of the duty they were asked about last, when that was, and whether they pressed."""

Period = tuple[datetime, datetime]
"""From when until when, in UTC."""


@dataclass(frozen=True, slots=True)
class Shift:
    """Hours on some days of each week (Monday is 0); up to an hour not after the first, it ends on the day after."""

    days: tuple[int, ...]
    first: int
    last: int

    def to_json(self) -> dict[str, Any]:
        return {"days": list(self.days), "from": self.first, "to": self.last}

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> Shift:
        return cls(tuple(raw["days"]), raw["from"], raw["to"])


ALWAYS = Shift(ALL_DAYS, 0, 24)


# What one member has set -------------------------------------------------------------------------------


def here(one: Staff) -> bool:
    """Whether the bot can write to them, as far as it knows."""
    return not one.body.get("removed") and bool(one.body.get("reachable", True))


def speaks(one: Staff) -> tuple[str, ...]:
    return tuple(one.body.get("speaks") or ([one.body["language"]] if one.body.get("language") else []))


def shifts(one: Staff) -> tuple[Shift, ...]:
    return tuple(Shift.from_json(raw) for raw in one.body.get("shifts", ()))


def zone(one: Staff) -> ZoneInfo:
    """Theirs; where the time zones of this machine do not know it any more, ours: no alert fails of it."""
    try:
        return ZoneInfo(one.body.get("zone") or ZONE)
    except (KeyError, ValueError, OSError):
        return ZoneInfo(ZONE)


def days_off(one: Staff) -> frozenset[date]:
    return frozenset(date.fromisoformat(day) for day in one.body.get("off", ()))


# When that is ------------------------------------------------------------------------------------------


def periods(one: Staff, start: datetime, end: datetime) -> list[Period]:
    """Their duties that reach into a span of time, whole, those that follow on each other as one."""
    there, off = zone(one), days_off(one)
    day, last = start.astimezone(there).date() - timedelta(days=1), end.astimezone(there).date()
    found: list[Period] = []
    while day <= last:
        if day not in off:
            found += [_period(shift, day, there) for shift in shifts(one) or (ALWAYS,) if day.weekday() in shift.days]
        day += timedelta(days=1)
    return [each for each in _merged(found) if each[0] < end and each[1] > start]


def present(one: Staff, now: datetime) -> datetime | None:
    """Since when they are on duty; None where they are not."""
    return next((start for start, end in periods(one, now, now + timedelta(seconds=1)) if start <= now < end), None)


def begun(one: Staff, now: datetime) -> datetime | None:
    """When the duty they are on began; None where they are on none, or on one without a beginning."""
    ahead = periods(one, now - AHEAD, now + timedelta(seconds=1))
    start = next((start for start, end in ahead if start <= now < end), None)
    return start if start is not None and start > now - A_WEEK else None


def missing(one: Staff, now: datetime) -> bool:
    """On duty, but asked at its beginning they have not answered in time."""
    roll, start = one.body.get(ROLL), begun(one, now)
    if not roll or roll["answered"] or start is None or roll["duty"] != int(start.timestamp()):
        return False
    return bool(now.timestamp() >= roll["at"] + PRESSED_WITHIN)


def answers(one: Staff, now: datetime) -> bool:
    """On duty, and not known to be away."""
    return present(one, now) is not None and not missing(one, now)


# All of them together ----------------------------------------------------------------------------------


def crew(staff: Iterable[Staff]) -> list[Staff]:
    """Who does duty: the coordinators who are there; where there are none, the administrators."""
    known = [one for one in staff if here(one) and one.body.get("started")]
    coordinators = [one for one in known if one.body["role"] == "coordinator"]
    return coordinators or [one for one in known if one.body["role"] == "admin"]


def cover(staff: Iterable[Staff], language: str, now: datetime) -> Cover:
    """Whether one who speaks it is on duty, else from when on."""
    speakers = [one for one in crew(staff) if language in speaks(one)]
    if any(answers(one, now) for one in speakers):
        return Cover(True)
    ahead = [start for one in speakers for start, _ in periods(one, now, now + AHEAD) if start > now]
    return Cover(False, min(ahead, default=None))


def gaps(staff: Iterable[Staff], language: str, start: datetime, end: datetime) -> list[Period]:
    """When nobody who speaks it is on duty."""
    speakers = [one for one in crew(staff) if language in speaks(one) and not missing(one, start)]
    open_from, found = start, []
    for begins_at, ends_at in _merged(each for one in speakers for each in periods(one, start, end)):
        if begins_at > open_from:
            found.append((open_from, begins_at))
        open_from = max(open_from, ends_at)
    return [*found, (open_from, end)] if open_from < end else found


def _period(shift: Shift, day: date, there: tzinfo) -> Period:
    hours = shift.last - shift.first if shift.last > shift.first else shift.last + 24 - shift.first
    return _moment(day, shift.first, there), _moment(day, shift.first + hours, there)


def _moment(day: date, hour: int, there: tzinfo) -> datetime:
    """By the clock on the wall, which may skip an hour."""
    on = day + timedelta(days=hour // 24)
    return datetime(on.year, on.month, on.day, hour % 24, tzinfo=there).astimezone(UTC)


def _merged(found: Iterable[Period]) -> list[Period]:
    return list(_joined(sorted(found)))


def _joined(found: list[Period]) -> Iterator[Period]:
    current: Period | None = None
    for start, end in found:
        if current is not None and start <= current[1]:
            current = current[0], max(current[1], end)
        else:
            if current is not None:
                yield current
            current = start, end
    if current is not None:
        yield current
