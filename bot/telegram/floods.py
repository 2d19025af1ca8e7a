"""Floods: how much one person may send, and when new cases share one message instead of an alert for each."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum, auto
from typing import Any

from bot.intake.text import text
from bot.intake.views import TAKEN
from bot.languages import guess
from bot.store.records import Case, Priority
from bot.telegram.desk import Desk, new_id
from bot.telegram.limits import Limits
from bot.telegram.screens import escape, fold
from bot.telegram.updates import Other, Pressed, Wrote

WITHIN = 600
"""Seconds within which so many cases have an alert each as the house says: of the critical ones, and of all others."""
GROUPED = "grouped"
"""The flag of a case that has no alert of its own."""
QUEUE = "queue"
"""The kind of the one message that stands for them; what is to be said of it, in the house's state."""
TOLD_EVERY, CRITICAL_EVERY, ANEW_EVERY = 10, 1, 60
"""Seconds between two versions of that message, while critical cases come, and between two that are sent anew."""


def admit(desk: Desk, case: Case) -> Case:
    """A new case, or one that has become critical: whether it is to have alerts of its own."""
    critical = case.head["urgency"] == 0
    grouped = _count(desk, "critical" if critical else "other") >= desk.house.alone
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
    told = queue.get("told", 0)
    due = told + queue.get("rest", 0) + (CRITICAL_EVERY if anew else TOLD_EVERY)
    if told > desk.unix or due < desk.unix:  # the clock was set back, or it is long ago
        due = desk.unix
    due = min(due, queue.get("due", due))
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
    desk.work.save_state({**state, "arrivals": {**arrivals, kind: [*lately, desk.unix][-desk.house.alone :]}})
    return len(lately)


# One person ------------------------------------------------------------------------------------------


class Verdict(Enum):
    """What becomes of an update."""

    ADMITTED = auto()
    TOLD = auto()  # turned away with a word
    IGNORED = auto()  # turned away: there was a word within the last minute


class Gate:
    """So many updates a minute from one person. Kept in memory: after a start everybody begins afresh.

    *I am being taken now*, and what follows it, is measured by itself: nothing sent before stands in its way.
    """

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._usual = _a_minute(rate, clock)
        self._taken = _a_minute(rate, clock)
        self._words = _a_minute(1, clock)

    def judge(self, desk: Desk, update: Wrote | Pressed | Other) -> Verdict:
        """Whether this one is within the limit; it counts."""
        if _pass(self._taken if _is_taken(desk, update) else self._usual, update.user):
            return Verdict.ADMITTED
        return Verdict.TOLD if _pass(self._words, update.user) else Verdict.IGNORED


class Turnstile:
    """The gate for one batch, which may have to be gone through again: each update counts once."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._judged: dict[int, Verdict] = {}

    def admits(self, desk: Desk, update: Wrote | Pressed | Other) -> bool:
        """One that is turned away changes nothing; what was written is deleted as ever."""
        if update.update_id not in self._judged:
            self._judged[update.update_id] = self._gate.judge(desk, update)
        verdict = self._judged[update.update_id]
        if verdict is Verdict.ADMITTED:
            return True
        if not isinstance(update, Pressed):
            desk.delete(update.user, update.message_id)
        if verdict is Verdict.TOLD:
            _tell_to_wait(desk, update)
        return False


def _tell_to_wait(desk: Desk, update: Wrote | Pressed | Other) -> None:
    user = update.user
    chat = desk.chats.get(user)
    code = (chat and chat.address.get("language")) or guess(desk.house.languages, update.language_code)
    said = desk.house.language(code).say(text("Too many messages at once. Please wait a minute."))
    slot = new_id()
    desk.show(slot, user, (escape(said), []), Priority.REPLY, own_act=True)
    desk.remove(slot, user, after=60)


def _a_minute(rate: float, clock: Callable[[], float]) -> Limits:
    return Limits(0, rate / 60, clock, burst=max(1, int(rate)))


def _pass(limits: Limits, user: int) -> bool:
    if limits.chat_pause(user) > 0:
        return False
    limits.take(user)
    return True


def _is_taken(desk: Desk, update: Wrote | Pressed | Other) -> bool:
    chat = desk.chats.get(update.user)
    if chat is not None and chat.draft is not None and chat.draft["phase"] == TAKEN.id:
        return True
    if isinstance(update, Pressed):
        return update.data.partition("=")[2] == TAKEN.id
    said = fold(update.text) if isinstance(update, Wrote) else ""
    return any(fold(language.say(TAKEN.label)) == said for language in desk.house.languages.values())
