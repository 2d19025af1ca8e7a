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


WORDS = "Меня увезли из дома. " * 23
"""As long as the questionnaire takes."""
READ: dict[str, Matter] = {name: case(share_ok="lawyer un", **answers) for name, answers in TIMELINES.items()} | {
    "nothing but the language": case(share_ok="lawyer un"),
    "all that came": held(
        entry(
            who="self", share_ok="lawyer un embassy family", **ORDER, where="almaty", contact="signal", trusted="Marat",
            date_order="2026-11-20", category="deserter activist caucasus", russia_wants="case interstate", free=WORDS,
            asylum="waiting", asylum_applied="2026-08-01", lawyer="own", attorney="no", family="threatened children",
            health="ill beaten", needs="lawyer un", languages="ru", hours="day", event="hearing", event_date="tomorrow",
        ),
        {"words": WORDS, "at": AT + 3600},
        entry(AT + 7200, True, papers="refusal expulsion", date_refusal="2026-11-22", leave_by="unknown"),
        entry(AT + 7300, True, event="trip", event_date="2026-11-28"),
        entry(AT + 9000, True, by="coordinator", event="sent", event_date="2026-11-25T10"),
    ),
    "a relative writes": held(
        entry(
            who="relative", relationship="parent", knows="unable", last_contact="yesterday", share_ok="lawyer un",
            custody="sizo", detained_since="few_days", papers="custody_40",
        ),
        {"note": "n", "ground": "lawyer", "at": AT},
        {"note": "n", "ground": "un", "at": AT},
    ),
    "already taken out": held(
        entry(who="friend", share_ok="un", custody="removed", removed_on="yesterday", family="threatened"),
        {"note": "n", "ground": "un", "at": AT},
    ),
    "long here": case(
        share_ok="lawyer un", custody="liberty", stay="visa_free", stay_until="more", asylum="want", entered="longer",
        learned_on="days_5", papers="protocol", date_protocol="unknown",
    ),
}  # fmt: skip
"""What a lawyer may get to read: each timeline, and what stretches a page."""
