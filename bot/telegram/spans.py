"""How long ago, and how long until: spans of time in words, and the countdown of a deadline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.intake.text import Text, text

MINUTE, HOUR, DAY = 60, 3600, 24 * 3600


def span(seconds: int) -> Text:
    """To the minute below two days, to the hour beyond."""
    seconds = max(seconds, 0)
    if seconds < HOUR:
        return text("{minutes} min", minutes=seconds // MINUTE)
    if seconds < 2 * DAY:
        return text("{hours} h {minutes} min", hours=seconds // HOUR, minutes=seconds % HOUR // MINUTE)
    return text("{days} d {hours} h", days=seconds // DAY, hours=seconds % DAY // HOUR)


def countdown(deadline: Mapping[str, Any], now: int) -> Text:
    """Until a time frame opens, until it ends, or since when it is over."""
    starts, ends = deadline["starts"], deadline["ends"]
    if starts and ends and now < starts:
        return text("begins in: {span}", span=span(starts - now))
    moment = ends or starts
    if not moment:
        return text("the day is not known")
    if now < moment:
        return text("left: {span}", span=span(moment - now))
    return text("over for: {span}", span=span(now - moment))


def is_over(deadline: Mapping[str, Any], now: int) -> bool:
    moment = deadline["ends"] or deadline["starts"]
    return bool(moment and moment < now)


def nearest(deadlines: Iterable[Mapping[str, Any]], now: int) -> list[Mapping[str, Any]]:
    """Of a case's deadlines, the first to end first, those that an alert has room for: two that are to come, else
    the last that are over; one that was missed just now stands in any case."""
    found = list(deadlines)
    past = [one for one in found if is_over(one, now)][::-1]
    coming = [one for one in found if one not in past][:2]
    missed = [one for one in past if now - (one["ends"] or one["starts"]) < DAY][:1]
    return [*coming, *(past[: 2 - len(coming)] or missed)]


def ends(head: Mapping[str, Any], now: int) -> int:
    """When the next deadline of a case ends; far away where none runs."""
    moments = (one["ends"] or one["starts"] for one in head["deadlines"])
    return min((moment for moment in moments if moment and moment >= now), default=2**62)
