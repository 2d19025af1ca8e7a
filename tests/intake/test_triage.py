"""Each triage rule: what it protects from, the answers that fire it, and the nearest ones that do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.intake import questionnaire, rules, triage
from bot.intake.answers import Answer
from bot.intake.course import asked
from bot.intake.faults import QuestionnaireError
from bot.intake.rules import Reason, Urgency
from bot.intake.state import State

ASKED = questionnaire.load()
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FREE = {"custody": "liberty"}
SIZO = {"custody": "sizo", "detained_since": "2026-08-20", "papers": "arrest"}
Answers = dict[str, str]

FIRES: dict[str, tuple[Answers, Answers]] = {
    "R0": ({"custody": "being_taken"}, {"custody": "police"}),
    "R1": (
        {**FREE, "papers": "none", "event": "sent", "event_date": "tomorrow"},
        {**FREE, "papers": "none", "event": "trip", "event_date": "tomorrow"},
    ),
    "R2": (
        {"custody": "special", "detained_since": "few_days", "papers": "none"},
        {"custody": "special", "detained_since": "few_days", "papers": "custody_40"},
    ),
    "R3": ({"who": "friend", "custody": "no_contact"}, {"who": "friend", "custody": "liberty"}),
    "R4": (
        {**FREE, "papers": "protocol", "date_protocol": "yesterday"},
        {**FREE, "papers": "protocol", "date_protocol": "2026-11-19"},
    ),
    "R5": (
        {**SIZO, "papers": "order", "date_order": "2026-11-17"},
        {**SIZO, "papers": "order", "date_order": "2026-11-18"},
    ),
    "R5b": (
        {**SIZO, "papers": "order", "date_order": "2026-11-18"},
        {**SIZO, "papers": "order", "date_order": "2026-11-17"},
    ),
    "R6": ({"custody": "airport"}, {"custody": "sizo"}),
    "R7": ({"custody": "soldiers"}, {"custody": "liberty"}),
    "R8": ({**FREE, "family": "taken"}, {**FREE, "family": "searched"}),
    "R9": (SIZO, {**SIZO, "papers": "order", "date_order": "today"}),
    "R10": (
        {**FREE, "stay": "visa_free", "stay_until": "more", "asylum": "want", "entered": "days_5"},
        {**FREE, "stay": "irregular", "asylum": "want", "entered": "2026-11-20"},
    ),
    "R11": ({**FREE, "asylum": "refused"}, {**FREE, "asylum": "appealing"}),
    "R12": ({**FREE, "asylum": "lost"}, {**FREE, "asylum": "appealing"}),
    "R13": (
        {**FREE, "papers": "expulsion", "date_expulsion": "today", "leave_by": "few_days"},
        {**FREE, "papers": "expulsion", "date_expulsion": "today", "leave_by": "2026-12-01"},
    ),
    "R13b": (
        {**FREE, "papers": "expulsion", "date_expulsion": "today", "leave_by": "2026-12-01"},
        {**FREE, "papers": "expulsion", "date_expulsion": "today", "leave_by": "tomorrow"},
    ),
    "R14": (
        {**FREE, "papers": "none", "event": "hearing", "event_date": "tomorrow"},
        {**FREE, "papers": "none", "event": "hearing", "event_date": "2026-11-25"},
    ),
    "R14b": (
        {**FREE, "papers": "none", "event": "hearing", "event_date": "2026-11-25"},
        {**FREE, "papers": "none", "event": "hearing", "event_date": "2026-11-27"},
    ),
    "R14b-10-days": (
        {**FREE, "papers": "none", "event": "hearing", "event_date": "2026-11-30"},
        {**FREE, "papers": "none", "event": "hearing", "event_date": "2026-12-05"},
    ),
    "R15": ({**FREE, "stay": "rvp", "stay_until": "days_7"}, {**FREE, "stay": "rvp", "stay_until": "days_30"}),
    "R15b": (
        {**FREE, "russia_wants": "wanted", "stay": "expired"},
        {**FREE, "russia_wants": "case", "stay": "expired"},
    ),
    "R16": ({**FREE, "russia_wants": "interstate"}, {**FREE, "russia_wants": "nothing"}),
    "R16b": (
        {**FREE, "papers": "none", "event": "trip", "event_date": "unknown", "russia_wants": "wanted"},
        {**FREE, "papers": "none", "event": "none", "russia_wants": "wanted"},
    ),
    "R17": (
        {**FREE, "category": "mobilised", "russia_wants": "unknown"},
        {**FREE, "category": "mobilised", "russia_wants": "nothing"},
    ),
    "R18": (
        {**FREE, "asylum": "waiting", "certificate_until": "2026-12-01"},
        {**FREE, "asylum": "waiting", "certificate_until": "2026-12-20"},
    ),
    "R19": (
        {**FREE, "asylum": "waiting", "asylum_applied": "2026-08-01"},
        {**FREE, "asylum": "waiting", "asylum_applied": "2026-10-01"},
    ),
    "R20": (
        {
            **FREE,
            "papers": "summons",
            "event": "none",
            "summons_from": "military",
            "stay": "vnzh",
            "stay_until": "more",
        },
        {**FREE, "papers": "summons", "event": "none", "summons_from": "police", "stay": "vnzh", "stay_until": "more"},
    ),
    "R21": ({**FREE, "health": "ill"}, {**FREE, "health": "none"}),
    "R23a": ({"who": "friend", "custody": "removed"}, FREE),
    "R23b": ({**FREE, "asylum": "want", "entered": "longer"}, {**FREE, "asylum": "granted"}),
    "R23c": (FREE, {"custody": "unknown"}),
}


def answers_of(given: Answers) -> tuple[Answer, ...]:
    return tuple(Answer(name, tuple(value.split()), "", int(NOW.timestamp())) for name, value in given.items())


def assess(given: Answers, **how: Any) -> triage.Assessment:
    return triage.assess(ASKED, answers_of(given), NOW, **how)


@pytest.mark.parametrize(
    "rule", [pytest.param(rule, id=rule.protects) for rule in ASKED.rules if rule.kind != "pressed"]
)
def test_a_rule_protects_from(rule: rules.Rule) -> None:
    """It fires on answers that the questionnaire can lead to, and not on their nearest neighbours."""
    firing, neighbour = FIRES[rule.id]
    assert rule.id in assess(firing).fired
    assert rule.id not in assess(neighbour).fired
    for given_answers in (firing, neighbour):
        state = State("en", answers=answers_of({"who": "self", **given_answers}), going_on=True)
        assert set(given_answers) <= {question.id for question in asked(ASKED, state)}


def test_a_persons_own_word_makes_it_urgent() -> None:
    """R24: it has become urgent."""
    assert Urgency.URGENT == assess(FREE, pressed_urgent=True).urgency
    assert "R24" not in assess(FREE).fired


def test_health_and_children_raise_by_one_tier_and_to_critical_only_where_held() -> None:
    assert Urgency.SOON == assess({**FREE, "health": "ill"}).urgency
    assert Urgency.URGENT == assess({**FREE, "asylum": "lost", "health": "ill"}).urgency
    assert Urgency.CRITICAL == assess({**SIZO, "health": "beaten"}).urgency


def test_what_is_not_reached_counts_as_unknown_only_after_silence() -> None:
    held = {"custody": "airport", "papers": "none"}
    assert "R2" not in assess(held).fired
    assert "R2" in assess(held, silent=True).fired


def test_unknown_papers_never_mean_an_extradition_order() -> None:
    assert not {"R5", "R5b"} & set(assess({"custody": "sizo", "papers": "unknown"}, silent=True).fired)


def test_not_knowing_what_comes_next_is_critical_only_where_the_person_is_not_at_liberty() -> None:
    assert Urgency.DAYS == assess({**FREE, "papers": "none", "event": "unknown"}).urgency
    assert Urgency.DAYS == assess(FREE, silent=True).urgency
    assert "R1" in assess({**SIZO, "event": "unknown"}).fired


def test_an_alert_never_names_what_is_only_feared() -> None:
    """At a police station nothing is known of a departure: the reason shown is custody."""
    assert (Reason.CUSTODY,) == assess({"custody": "police"}).reasons


def _values(question: Any) -> st.SearchStrategy[tuple[str, ...]]:
    ids = [option.id for option in question.options if option.pick is None]
    if question.kind == "many":
        return st.lists(st.sampled_from(ids), max_size=3, unique=True).map(tuple)
    days = [str((NOW + timedelta(days=number)).date()) for number in range(-120, 60, 7)]
    return st.one_of(
        st.just(()), st.sampled_from([*ids, *(days if question.kind == "date" else ())]).map(lambda one: (one,))
    )


@settings(max_examples=150, deadline=None)
@given(
    st.fixed_dictionaries({}, optional={q.id: _values(q) for q in ASKED.questions.values() if q.options}), st.booleans()
)
def test_every_combination_of_answers_has_an_urgency_and_rises_as_foretold(
    chosen: dict[str, tuple[str, ...]], silent: bool
) -> None:
    given_answers = tuple(Answer(name, values, "", int(NOW.timestamp())) for name, values in chosen.items())
    found = triage.assess(ASKED, given_answers, NOW, silent=silent)
    assert found.reasons and found.deciding
    last = found.urgency
    for rise in found.rises:
        assert rise.urgency < last and rise.at > NOW
        last = rise.urgency
        assert rise.urgency == triage.assess(ASKED, given_answers, rise.at, silent=silent).urgency


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"colour": "red"}, "rule.X.colour: not a key of this file"),
        ({"when": [{"nothing": ["a"]}]}, "rule.X.when: no question nothing"),
        ({"when": [{"custody": ["moon"]}]}, "rule.X.when: custody has no option moon"),
        ({"when": [{"custody": {"day": [1, 2]}}]}, "rule.X.when.custody: not a test of a date"),
        (
            {"reason": "paper", "when": [{"category": ["activist"]}]},
            "rule.X.reason: it reads category, so only other may show",
        ),
        ({"urgency": "now"}, "rule.X: urgency and reason must be of their lists"),
    ],
)
def test_a_broken_rule_is_refused_by_its_name(rule: dict[str, Any], message: str) -> None:
    whole = {"id": "X", "urgency": "soon", "reason": "other", "protects": "harm", **rule}
    with pytest.raises(QuestionnaireError) as refused:
        rules.read_rules([whole], ASKED.questions, ASKED.groups)
    assert message == str(refused.value)


def test_a_file_without_a_last_rule_for_everyone_is_refused() -> None:
    """Every path through the questionnaire has an urgency."""
    with pytest.raises(QuestionnaireError, match="every path has an urgency"):
        rules.read_rules([], ASKED.questions, ASKED.groups)


def test_longer_ago_gives_no_day_to_count_from() -> None:
    found = assess({**FREE, "asylum": "want", "entered": "longer"})
    assert [("A1", None, None)] == [(one.clock, one.starts, one.ends) for one in found.deadlines]


@pytest.mark.parametrize("event", ["sent", "hearing", "summons"])
def test_what_is_past_stays_critical_until_the_person_says_otherwise(event: str) -> None:
    given_answers = {**FREE, "papers": "none", "event": event, "event_date": "tomorrow", "summons_from": "court"}
    later = triage.assess(ASKED, answers_of(given_answers), NOW + timedelta(days=5))
    assert Urgency.CRITICAL == later.urgency


def test_a_refusal_of_asylum_is_urgent_whatever_is_said_of_the_application() -> None:
    refused = {**FREE, "papers": "refusal", "date_refusal": "today"}
    assert "R11" in assess({**refused, "asylum": "waiting"}).fired
    assert "R11" not in assess({**refused, "asylum": "appealing"}).fired
