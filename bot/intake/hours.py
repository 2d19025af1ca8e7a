"""Safe hours: when the bot may write by itself. The hours are those of the person's answer, in local time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

_SPANS = {"morning": (8, 12), "day": (12, 18), "evening": (18, 22), "night": (22, 32)}
_USUAL = ("morning", "day", "evening")
"""Where nothing was said of them: 8 to 22."""
_NEVER_CALL = "never_call"


def within(hours: Iterable[str], local: datetime) -> bool:
    """Whether this is one of the hours chosen."""
    spans = [_SPANS[hour] for hour in hours if hour in _SPANS] or [_SPANS[hour] for hour in _USUAL]
    return any(start <= local.hour < end or start <= local.hour + 24 < end for start, end in spans)


def following(hours: Iterable[str], local: datetime, count: int) -> list[datetime]:
    """The next full hours that are safe, at most a day ahead."""
    chosen, hour = list(hours), local.replace(minute=0, second=0, microsecond=0)
    ahead = [hour + timedelta(hours=step) for step in range(1, 25)]
    return [one for one in ahead if within(chosen, one)][:count]


def may_call(hours: Iterable[str]) -> bool:
    return _NEVER_CALL not in hours
