"""When a dated deadline of a head is to be called to mind: some leads before it, and once after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.intake.text import Text, text

HOUR = 3600
LEADS = {
    7 * 24 * HOUR: text("Less than 7 days are left"),
    3 * 24 * HOUR: text("Less than 3 days are left"),
    24 * HOUR: text("Less than 24 hours are left"),
    3 * HOUR: text("Less than 3 hours are left"),
}
OVER = 0
"""The lead of what is past: it is asked how it went."""
OVER_AFTER = HOUR
TOLD = "told"
"""In a deadline: the lead that has been called to mind; missing in one that is new. It moves with the day."""


def reached(deadline: Mapping[str, Any], at: int) -> int | None:
    """The smallest lead that has begun; None where the day is far off, or not known."""
    first, last = deadline["starts"] or deadline["ends"], deadline["ends"] or deadline["starts"]
    if first is None:
        return None
    if at >= last + OVER_AFTER:
        return OVER
    return min((lead for lead in LEADS if first - lead <= at), default=None)


def told(lead: int) -> Text:
    return LEADS[lead] if lead else text("This day is over. How did it go?")


def due(head: Mapping[str, Any], at: int) -> Iterator[tuple[Mapping[str, Any], int]]:
    """The deadlines to be called to mind now, each with its lead; a new one was told by whoever brought it."""
    for deadline in head["deadlines"]:
        lead = reached(deadline, at)
        if lead is not None and TOLD in deadline and (deadline[TOLD] is None or lead < deadline[TOLD]):
            yield deadline, lead


def marked(head: Mapping[str, Any], at: int) -> list[dict[str, Any]]:
    """The head's deadlines as they stand once that is done; a clock that was set back tells nothing twice."""
    deadlines = []
    for deadline in head["deadlines"]:
        leads = {reached(deadline, at), deadline.get(TOLD)} - {None}
        deadlines.append({**deadline, TOLD: min(leads, default=None)})
    return deadlines
