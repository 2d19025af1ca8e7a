"""Cases to draft from, as their entries stand; those that an account enters are in tests/e2e/test_timelines.py."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.drafts.matter import Matter, matter
from bot.intake import questionnaire
from bot.intake.answers import Answer

ASKED = questionnaire.load()
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # 14:00 in Almaty
AT = int(NOW.timestamp())
TYPED = {"free", "trusted"}
IN_SIZO = {"custody": "sizo", "detained_since": "2026-08-20"}
ORDER = {**IN_SIZO, "papers": "arrest order"}


def entry(at: int = AT, later: bool = False, by: str = "", **answers: str) -> dict[str, Any]:
    given = [
        Answer(name, () if name in TYPED else tuple(value.split()), value if name in TYPED else "", at).to_json()
        for name, value in answers.items()
    ]
    return {"answers": given, "removed": [], "later": later, "at": at, **({"by": by} if by else {})}


def held(*entries: dict[str, Any], now: datetime = NOW) -> Matter:
    return matter(ASKED, entries, now)


def case(now: datetime = NOW, **answers: str) -> Matter:
    return held(entry(**{"who": "self", **answers}), now=now)
