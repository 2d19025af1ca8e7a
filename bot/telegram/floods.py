"""Floods: when new cases share one message instead of an alert for each."""

from __future__ import annotations

from typing import Any

from bot.store.records import Case
from bot.telegram.desk import Desk

ALONE, WITHIN = 10, 600
"""So many new cases in so many seconds have an alert each: of the critical ones, and of all others."""
GROUPED = "grouped"
"""The flag of a case that has no alert of its own."""
QUEUE = "queue"
"""The kind of the one message that stands for them; what is to be said of it, in the house's state."""
TOLD_EVERY, CRITICAL_EVERY, ANEW_EVERY = 10, 1, 60
"""Seconds between two versions of that message, while critical cases come, and between two that are sent anew."""


def admit(desk: Desk, case: Case) -> Case:
    """A new case, or one that has become critical: whether it is to have alerts of its own."""
    critical = case.head["urgency"] == 0
    grouped = _count(desk, "critical" if critical else "other") >= ALONE
    if grouped:
        changed(desk, anew=critical)
    flags = {*case.head["flags"]} - {GROUPED} | ({GROUPED} if grouped else set())
    return case if flags == {*case.head["flags"]} else desk.head(case, {**case.head, "flags": sorted(flags)})


def is_grouped(case: Case) -> bool:
    return GROUPED in case.head.get("flags", ())


def changed(desk: Desk, *, anew: bool = False) -> None:
    """What waits is not what it was; ``anew``: so that a phone rings."""
    state = desk.work.state()
    queue = state.get(QUEUE, {})
    due = queue.get("told", 0) + (CRITICAL_EVERY if anew else TOLD_EVERY)
    before = queue.get("due")
    if not desk.unix <= due <= desk.unix + TOLD_EVERY:  # long ago, or the clock was set back
        due = desk.unix
    due = due if before is None else min(due, before)
    desk.work.save_state({**state, QUEUE: {**queue, "due": due, "anew": anew or queue.get("anew", False)}})


def follow(desk: Desk, case: Case) -> None:
    """A case waits no more, or otherwise: the message, where it stands, is to say so."""
    if is_grouped(case) or any(QUEUE in one.body.get("notices", {}) for one in desk.staff):
        changed(desk)


def _count(desk: Desk, kind: str) -> int:
    """How many of this kind came lately, before the one that comes now."""
    state = desk.work.state()
    arrivals: dict[str, Any] = state.get("arrivals", {})
    lately = [at for at in arrivals.get(kind, ()) if desk.unix - WITHIN < at <= desk.unix]
    desk.work.save_state({**state, "arrivals": {**arrivals, kind: [*lately, desk.unix][-ALONE:]}})
    return len(lately)
