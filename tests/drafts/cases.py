"""Cases to draft from: the timelines that happened, named by what happened, as their entries stand."""

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
TIMELINES: dict[str, dict[str, str]] = {
    "the petty protocol": {"custody": "liberty", "papers": "protocol", "date_protocol": "today"},
    "the asylum seeker handed to soldiers": {"custody": "soldiers", "asylum": "waiting"},
    "the activist in SIZO": {"custody": "sizo", "detained_since": "today", "papers": "unknown", "category": "activist"},
    "brothers taken": {**IN_SIZO, "papers": "arrest", "family": "taken"},
    "order 3 days ago": {**ORDER, "date_order": "2026-11-20"},
    "order, day unknown": {**ORDER, "date_order": "unknown"},
    "hearing tomorrow": {**IN_SIZO, "papers": "arrest", "event": "hearing", "event_date": "tomorrow"},
    "the arrest in transit": {"custody": "airport", "papers": "none", "russia_wants": "interstate"},
    "own trip": {"custody": "liberty", "russia_wants": "interstate", "event": "trip", "event_date": "2026-11-30"},
    "the permit not renewed": {
        "custody": "liberty", "category": "deserter", "russia_wants": "case", "stay": "rvp", "stay_until": "2026-11-29",
    },
    "asylum appeal lost": {"custody": "liberty", "asylum": "lost"},
    "the man in the transit zone": {"custody": "airport", "papers": "entry_refused", "asylum": "want"},
    "the one arrested at the border": {"custody": "border", "detained_since": "yesterday"},
}  # fmt: skip


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
