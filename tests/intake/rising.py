"""Through which rules the clock alone raises urgency: searched for in the questionnaire, so that nobody lists them.

Urgency is asked for at one moment after the other; what triage foretells is not used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import chain, product

from bot.intake import questionnaire, triage
from bot.intake.answers import Answer
from bot.intake.question import Question
from bot.intake.rules import DateTest, Rule
from bot.intake.triage import Assessment

ASKED = questionnaire.load()
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
FAR = 35
"""Days that are looked at."""
DAYS = {"past": (0, -4, -20, -80), "future": (4, 12, 20, 60, 300)}
"""Where the days lie that a search for an example tries."""
SOME = 5
"""Answers to one question that are tried; what these miss, the property in test_rising.py is to find."""
Chosen = dict[str, tuple[str, ...]]
Values = list[tuple[str, ...]]


def dated(rule: Rule) -> bool:
    return any(isinstance(test, DateTest) for clause in (*rule.when, *rule.unless) for _, test in clause)


DATED = {rule.id: rule for rule in ASKED.rules if dated(rule)}


@dataclass(frozen=True, slots=True)
class Rise:
    """What was answered, and how it is judged at two moments, a second apart."""

    answers: tuple[Answer, ...]
    before: Assessment
    after: Assessment
    at: datetime

    @property
    def rules(self) -> set[str]:
        """The rules with a date through which it came: those that begin to hold and decide; where there is none,
        those that decided and hold no more."""
        raising = {rule.id for rule in ASKED.rules if rule.kind == "raises"}
        begun = {*self.after.deciding, *raising.intersection(self.after.fired)}.difference(self.before.fired)
        return begun & DATED.keys() or {*self.before.deciding}.difference(self.after.fired) & DATED.keys()


def rises(answers: tuple[Answer, ...]) -> Iterator[Rise]:
    """Whenever it becomes more urgent than it ever was, and stays so for a day."""
    worst = triage.urgency(ASKED, answers, NOW)
    for number in range(1, FAR + 1):
        moment = NOW + number * DAY
        now = triage.urgency(ASKED, answers, moment)
        if now < worst:
            yield _between(answers, moment - DAY, moment)
            worst = now


def _between(answers: tuple[Answer, ...], low: datetime, high: datetime) -> Rise:
    risen = triage.urgency(ASKED, answers, high)
    while high - low > SECOND:
        middle = low + (high - low) // SECOND // 2 * SECOND
        if triage.urgency(ASKED, answers, middle) <= risen:
            high = middle
        else:
            low = middle
    return Rise(answers, triage.assess(ASKED, answers, low), triage.assess(ASKED, answers, high), high)


@cache
def example(rule: str) -> Rise | None:
    """Answers that become more urgent by the clock alone, through this rule and no other."""
    found = (rise for chosen in _situations(DATED[rule]) for rise in rises(answers_of(chosen)))
    return next((rise for rise in found if rise.rules == {rule}), None)


def answers_of(chosen: Mapping[str, tuple[str, ...]]) -> tuple[Answer, ...]:
    return tuple(Answer(name, values, "", int(NOW.timestamp())) for name, values in chosen.items())


def _situations(rule: Rule) -> Iterator[Chosen]:
    """What meets a clause of the rule, alone and where all else keeps the urgency at its lowest."""
    lowest = [clause for other in ASKED.rules if other.kind == "fallback" for clause in other.when]
    for clause in (*rule.when, *rule.unless):
        if any(isinstance(test, DateTest) for _, test in clause):
            for background in ((), *lowest):
                around = {name: meeting(name, test)[-1:] for name, test in background}
                yield from _combined(around | {name: meeting(name, test)[:SOME] for name, test in clause})


def _combined(values: Mapping[str, Values]) -> Iterator[Chosen]:
    for each in product(*values.values()):
        given = {name: value for name, value in zip(values, each, strict=True) if value}
        yield led_to({"custody": ("liberty",), **given})


def meeting(name: str, test: tuple[str, ...] | DateTest) -> Values:
    """Answers to a question that can meet a test: none where it need not be answered, days where they are meant."""
    question = ASKED.questions[name]
    if isinstance(test, DateTest):
        return [(str((NOW + days * DAY).date()),) for days in DAYS[question.direction or "past"]]
    return [*chain.from_iterable(_accepted(question, one) for one in test)]


def _accepted(question: Question, one: str) -> Values:
    if one.startswith("!"):
        return [(option.id,) for option in question.options if option.id != one[1:]]
    return [() if one == "~" else (one.removeprefix("="),)]


def led_to(chosen: Chosen) -> Chosen:
    """With what has to be answered first, so that all of it is asked."""
    led = dict(chosen)
    for name in chosen:
        clauses = ASKED.questions[name].when
        if clauses and not any(all(other in led for other, _ in clause) for clause in clauses):
            for other, accepted in clauses[0]:
                led.setdefault(other, meeting(other, accepted)[0])
            led = led_to(led)
    return led
