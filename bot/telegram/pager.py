"""Calls another service when something critical is untaken: one POST that says nothing of any case.

What is to be called out stands in the house's state, so that it survives a start; it is over once nobody waits any
more. Redirects are not followed, and neither the address nor an answer is written anywhere.
"""

from __future__ import annotations

from typing import Any

import aiohttp

from bot import logs
from bot.intake.ladder import UNANSWERED
from bot.intake.rules import Urgency
from bot.intake.text import text
from bot.store.records import Body, Case
from bot.telegram import notices
from bot.telegram.actions import CLOSED
from bot.telegram.casework import waits
from bot.telegram.desk import Desk
from bot.telegram.screens import escape

log = logs.named(__name__)
STATE = "pager"
"""In the house's state: when the pager is to be called next, how often in a row it failed and since when."""
SAID = b"Please look."
TIMEOUT = 10.0
CLAIMED = 30
"""Seconds in which a call has come to its end, whoever makes it."""
FIRST_PAUSE, LONGEST_PAUSE = 30, 600
TOLD_AFTER = 3
"""Failures in a row after which administrators hear of them."""
UNPAGED = "unpaged"
"""The kind of notice that says so."""


class Pager:
    """Never raises: whatever becomes of a call is told by its outcome."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def call(self) -> bool:
        """Whether it was taken."""
        try:
            timeout = aiohttp.ClientTimeout(total=TIMEOUT)
            async with (
                aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session,
                session.post(self._url, data=SAID, allow_redirects=False) as answer,
            ):
                status = answer.status
        except Exception as error:
            log.warning("pager.failed", error=error)
            return False
        if 200 <= status < 300:
            log.info("pager.called")
            return True
        log.warning("pager.failed", status=status)
        return False


def raise_alarm(desk: Desk, *, house: bool = False) -> None:
    """Something critical has climbed a step: the pager is to be called, at once unless it is failing.

    ``house``: something is amiss in the house itself, and somebody has to hear of it whatever becomes of the cases.
    """
    state = desk.work.state()
    pager = state.get(STATE, {})
    raised = {**pager, "due": pager.get("due", desk.unix), **({"house": True} if house else {})}
    desk.work.save_state({**state, STATE: raised})


def is_alone(case: Case) -> bool:
    """Whether it is critical and nobody does anything about it."""
    head = case.head
    return head["urgency"] == Urgency.CRITICAL and (
        waits(case) or (head["state"] != CLOSED and UNANSWERED in head["times"])
    )


def lower(desk: Desk) -> None:
    """Nothing critical is without somebody any more: it is not to be called for it."""
    state = desk.work.state()
    pager = state.get(STATE, {})
    if "due" in pager and not pager.get("house"):
        desk.work.save_state({**state, STATE: {name: value for name, value in pager.items() if name != "due"}})


def claim(desk: Desk) -> bool:
    """Whether it is to be called now; then nobody else does for a while."""
    state = desk.work.state()
    pager: dict[str, Any] = state.get(STATE, {})
    due = pager.get("due")
    if due is None or desk.unix < due <= desk.unix + LONGEST_PAUSE:
        return False
    desk.work.save_state({**state, STATE: {**pager, "due": desk.unix + CLAIMED}})
    return True


def settle(desk: Desk, taken: bool) -> None:
    """What came of the call: over, or to be tried again."""
    state = desk.work.state()
    pager: dict[str, Any] = state.get(STATE, {})
    if taken:
        desk.work.save_state({**state, STATE: {}})
    elif "due" in pager:
        failures = pager.get("failures", 0) + 1
        pause = min(FIRST_PAUSE * 2 ** min(failures - 1, 10), LONGEST_PAUSE)
        failed = {"due": desk.unix + pause, "failures": failures, "since": pager.get("since", desk.unix)}
        desk.work.save_state({**state, STATE: {**pager, **failed}})
    _tell(desk)


def is_failing(state: Body) -> bool:
    """Whether administrators are to hear of it."""
    return bool(state.get(STATE, {}).get("failures", 0) >= TOLD_AFTER)


def _tell(desk: Desk) -> None:
    failing = is_failing(desk.work.state())
    for one in notices.administrators(desk):
        standing = notices.standing(desk, one).get(UNPAGED)
        if not failing:
            notices.lift(desk, one, UNPAGED)
        elif standing is None or notices.old(desk, standing):
            language = desk.house.language(one.body["language"])
            said = text("The pager does not answer. Please check the setting: {setting}", setting="QORGAN_PAGER_URL")
            notices.post(desk, one, UNPAGED, (escape(language.say(said)), []))
