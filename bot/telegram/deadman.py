"""The dead man's alarm: administrators hear of what is amiss once, now and then again while it lasts, and of its end.

What has been told stands in the house's state and in their chats, so that no start repeats it. A cause counts when two
rounds of one process have met it: after a start or a machine's sleep a great deal is late for a moment.
"""

from __future__ import annotations

from collections.abc import Collection

from bot import logs
from bot.intake.text import text
from bot.languages import Language
from bot.telegram import alarms, health, notices, pager, reports
from bot.telegram.alarms import DAY, Cause, Facts
from bot.telegram.alerts import Message
from bot.telegram.desk import RENEWED_AFTER, Desk
from bot.telegram.screens import escape

log = logs.named(__name__)
STATE = "alarms"
"""In the house's state: the causes that administrators have been told of."""
ELSEWHERE = frozenset({Cause.CLOCK, Cause.ABSENT, Cause.PAGER})
"""What has a message of its own, that asks something or names somebody."""
UNPAGED = frozenset({Cause.ABSENT, Cause.PAGER})
"""What the pager is not called for: others can be reached, or it can't."""
AGAIN = {Cause.CONTACTS: 7 * DAY}
"""Until it is said again; of the rest when its message is about to be swept."""


class DeadMan:
    """One process's rounds."""

    def __init__(self) -> None:
        self._before: frozenset[Cause] | None = None

    def look(self, desk: Desk) -> None:
        facts = health.facts(desk)
        found = frozenset(alarms.findings(facts))
        before, self._before = self._before, found
        if before is not None:
            tell(desk, facts, found & before, found | before)


def tell(desk: Desk, facts: Facts, begun: Collection[Cause], open_still: Collection[Cause]) -> None:
    """What has begun is told, what has come to its end in one line; between the two all stays as it is."""
    state = desk.work.state()
    told = state.get(STATE, [])
    fresh = [cause for cause in Cause if cause in begun and cause not in told]
    over = [cause for cause in Cause if cause in told and cause not in open_still]
    for cause in fresh:
        log.info("alarm.raised", kind=cause.value)
    for cause in over:
        log.info("alarm.mended", kind=cause.value)
    if fresh or over:
        now = [cause.value for cause in Cause if cause in fresh or (cause in told and cause not in over)]
        desk.work.save_state({**state, STATE: now})
    if not UNPAGED.issuperset(fresh):
        pager.raise_alarm(desk, house=True)
    for one in notices.administrators(desk):
        language = desk.house.language(one.body["language"])
        for cause in over:
            notices.lift(desk, one, _kind(cause))
            if cause not in ELSEWHERE:
                notices.send(desk, one, _mended(language, cause))
        for cause in begun:
            notice = notices.standing(desk, one).get(_kind(cause))
            due = notice is None or desk.unix - notice["at"] > AGAIN.get(cause, RENEWED_AFTER)
            if due and cause not in ELSEWHERE:
                notices.post(desk, one, _kind(cause), _message(desk, language, cause, facts))


def _kind(cause: Cause) -> str:
    return f"alarm.{cause.value}"


def _message(desk: Desk, language: Language, cause: Cause, facts: Facts) -> Message:
    if cause is Cause.KEY:
        return reports.overdue(desk, language)
    lines = [health.problem(cause, facts), text("/health shows the rest, qorgan check on the server says more.")]
    first, second = (escape(language.say(line)) for line in lines)
    return f"<b>{first}</b>\n{second}", []


def _mended(language: Language, cause: Cause) -> Message:
    return escape(language.say(text("{part}: in order again", part=health.PARTS[cause]))), []
