"""Whom an alert calls, on the rung that its case has reached. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from bot.intake import ladder
from bot.intake.ladder import Rung
from bot.store.records import Staff
from bot.telegram import duty


def called(staff: Iterable[Staff], head: Mapping[str, Any], now: datetime) -> list[Staff]:
    """Who is to be alerted of a case; where a rung is empty, the next one. What is not urgent lets the others rest
    for a while, so that it may be nobody."""
    here = [one for one in staff if duty.here(one)]
    coordinators = [one for one in here if one.body["role"] == "coordinator"]
    unix = int(now.timestamp())
    found = coordinators
    match ladder.rung(head, unix):
        case Rung.SPEAKERS if not head["holder"]:
            speakers = [one for one in coordinators if head["language"] in duty.speaks(one)]
            found = [one for one in speakers if duty.answers(one, now)] or coordinators
        case Rung.ADMINISTRATORS:
            found = everybody(here)
    found = found or everybody(here)
    if not ladder.rests(head, unix):
        return found
    return [one for one in found if duty.answers(one, now)]


def everybody(here: Iterable[Staff]) -> list[Staff]:
    """All who may take a case."""
    return [one for one in here if one.body["role"] in ("coordinator", "admin")]
