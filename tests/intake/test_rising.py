"""What the clock alone makes more urgent: foretold to the second, and through no rule that is not known to do so."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.intake import triage
from bot.intake.question import Question
from bot.intake.rules import DateTest, Rule
from tests.intake import rising
from tests.intake.rising import ASKED, DATED, DAY, NOW, Chosen


def _any_answer(question: Question) -> st.SearchStrategy[tuple[str, ...]]:
    ids = [option.id for option in question.options if option.pick is None]
    if question.kind == "many":
        return st.lists(st.sampled_from(ids), min_size=1, max_size=2, unique=True).map(tuple)
    days = _days(question) if question.kind == "date" else st.nothing()
    return st.one_of(days, st.sampled_from(ids).map(lambda one: (one,)) if ids else st.nothing())


def _days(question: Question) -> st.SearchStrategy[tuple[str, ...]]:
    """Mostly such as the rules' terms reach; of an event the hour, too."""
    near = st.one_of(st.integers(0, 15), st.integers(0, 100))
    days = near.map(lambda far: str((NOW + (far if question.direction == "future" else -far) * DAY).date()))
    if any(option.pick == "hour" for option in question.options):
        days = st.builds(lambda day, hour: day + hour, days, st.sampled_from(["", "T05", "T15", "T23"]))
    return days.map(lambda day: (day,))


OTHERS = {question.id: _any_answer(question) for question in ASKED.questions.values() if question.options}


@st.composite
def _around(draw: Any, rule: Rule) -> Chosen:
    """Answers that meet a clause of the rule, among any others."""
    clause = draw(st.sampled_from([each for each in (*rule.when, *rule.unless) if each]))
    others = draw(st.lists(st.sampled_from(sorted(OTHERS)), max_size=3, unique=True))
    chosen: Chosen = {name: draw(OTHERS[name]) for name in others}
    for name, test in clause:
        question = ASKED.questions[name]
        values = draw(_days(question) if isinstance(test, DateTest) else st.sampled_from(rising.meeting(name, test)))
        chosen.pop(name, None)
        if values:
            chosen[name] = values
    return rising.led_to(chosen)


def test_of_the_rules_with_a_date_most_are_known_to_raise() -> None:
    """Else the search for examples has gone blind, and what follows would say little."""
    assert 2 * len([rule for rule in DATED if rising.example(rule)]) > len(DATED)


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(sorted(DATED)).flatmap(lambda rule: _around(DATED[rule])))
def test_whatever_is_said_the_clock_raises_through_rules_with_an_example_only_and_as_foretold(chosen: Chosen) -> None:
    """A rule without one begins to hold with an answer, or where something as urgent held until then."""
    answers = rising.answers_of(chosen)
    foretold = {one.at: one.urgency for one in triage.assess(ASKED, answers, NOW).rises}
    for rise in rising.rises(answers):
        assert rise.rules and all(rising.example(rule) for rule in rise.rules)
        assert rise.after.urgency == foretold[rise.at]
