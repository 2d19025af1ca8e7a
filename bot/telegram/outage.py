"""Telegram keeps what people write for a day: after a longer silence administrators are told what may be missing."""

from __future__ import annotations

from collections.abc import Iterable

from bot import logs
from bot.telegram import notices, reports
from bot.telegram.desk import Desk

log = logs.named(__name__)
NEAR = 20 * 3600
"""Seconds of silence after which messages may have been lost: Telegram's day, and a margin."""
KEPT = 2 * 24 * 3600
"""Telegram brings nothing that is older: such a date is none."""


def look_back(desk: Desk) -> None:
    """At a start: the house's clock stood still while the bot was away."""
    state = desk.work.state()
    # A clock in doubt goes on standing still; since the last word the bot was there.
    _tell(desk, max(state.get("clock", desk.unix), state.get("silence", 0)))


def look_at(desk: Desk, written: Iterable[int]) -> None:
    """While running: what comes now was written so long ago that something older may be gone."""
    oldest = min((date for date in written if desk.unix - date < KEPT), default=desk.unix)
    if desk.unix - oldest >= NEAR:
        told = desk.work.state().get("silence", 0)
        if desk.unix - told >= NEAR:
            _tell(desk, oldest)


def _tell(desk: Desk, since: int) -> None:
    if desk.unix - since < NEAR:
        return
    log.warning("outage.long", hours=(desk.unix - since) // 3600)
    desk.work.save_state({**desk.work.state(), "silence": desk.unix})
    for one in notices.administrators(desk):
        language = desk.house.language(one.body["language"])
        notices.post(desk, one, notices.SILENCE, reports.silence(desk, language, since))
