"""Which rules answers can fire, and the least that has to be said for each urgency: searched for, not proved.

For every rule the answers its conditions name are tried, with what has to be answered first; where something else keeps
it from firing, with one or two more answers beside. All else is skipped, as a person may.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import chain, islice, product
from typing import TypeVar

from bot.intake.answers import Answer
from bot.intake.question import Option, Question, holds
from bot.intake.questionnaire import Questionnaire
from bot.intake.rules import DateTest, Rule, RuleClause, Urgency
from bot.intake.triage import Assessment, assess

MOST = 2000
"""Situations that are tried for one rule."""
FARTHEST = 400
"""Days, before or after, of an answer."""
T = TypeVar("T")
Chosen = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Path:
    """What is said on the way through; the rest is skipped."""

    said: tuple[Answer, ...]
    assessment: Assessment


@dataclass(frozen=True, slots=True)
class Coverage:
    fired: Mapping[str, Path]
    """By rule: the shortest path found on which it fires."""
    reached: Mapping[Urgency, Path]
    unfired: tuple[Rule, ...]
    """No path was found for these."""


def cover(questionnaire: Questionnaire, at: datetime) -> Coverage:
    """Of everything answered and judged at ``at``."""
    return _Search(questionnaire, at).done()


class _Search:
    def __init__(self, questionnaire: Questionnaire, at: datetime) -> None:
        self.questionnaire = questionnaire
        self.at = at
        self.fired: dict[str, Path] = {}
        self.reached: dict[Urgency, Path] = {}

    def done(self) -> Coverage:
        for rule in self.questionnaire.rules:
            self._find(rule)
        for raising in self.questionnaire.rules:
            for rule in self.questionnaire.rules if raising.kind == "raises" else ():
                self._try(self._both(rule, raising), rule)
        unfired = tuple(rule for rule in self.questionnaire.rules if rule.id not in self.fired)
        return Coverage(self.fired, self.reached, unfired)

    def _find(self, rule: Rule) -> None:
        """With as little beside it as will do."""
        for beside in range(3):
            self._try(islice(self._situations(rule, beside), MOST), rule)
            if rule.id in self.fired:
                break

    def _try(self, situations: Iterable[Chosen], rule: Rule) -> None:
        for wanted in situations:
            walked = self._walked(wanted)
            if walked is None:
                continue
            answers, said = walked
            found = assess(self.questionnaire, answers, self.at, pressed_urgent=rule.kind == "pressed")
            path = Path(said, found)
            for one in found.fired:
                _keep(self.fired, one, path)
            _keep(self.reached, found.urgency, path)

    def _situations(self, rule: Rule, beside: int) -> Iterator[Chosen]:
        """What meets a clause of the rule, with so many more answers."""
        for clause in rule.when or ((),):
            for met in self._meeting(clause):
                if not beside:
                    yield met
                    continue
                free = [one for one in self._single if one[0] not in met]
                for first in free:
                    if beside == 1:
                        yield met | dict([first])
                    else:
                        yield from (met | dict([first, other]) for other in free if other[0] > first[0])

    def _both(self, rule: Rule, raising: Rule) -> Iterator[Chosen]:
        for one, other in product(rule.when or ((),), raising.when or ((),)):
            if not {name for name, _ in one} & {name for name, _ in other}:
                yield from islice(self._meeting((*one, *other)), 50)

    def _meeting(self, clause: RuleClause) -> Iterator[Chosen]:
        names = [name for name, _ in clause]
        for values in product(*(self._values(self.questionnaire.questions[name], test) for name, test in clause)):
            yield {name: value for name, value in zip(names, values, strict=True) if value}

    def _values(self, question: Question, test: tuple[str, ...] | DateTest) -> Sequence[tuple[str, ...]]:
        """Answers that can meet a test; none where it need not be answered."""
        if not isinstance(test, DateTest):
            return [*chain.from_iterable(_accepted(question, one) for one in test)]
        coarse = [(option.id,) for option in question.options if option.pick is None]
        if not any(option.pick for option in question.options):
            return coarse
        edges = {(day - 1) * (-1 if question.direction == "past" else 1) for day in test.day or ()}
        edges |= {-hours // 24 for hours in test.hours_ago or ()} | {hours // 24 for hours in test.hours_left or ()}
        days = {edge + step for edge in edges for step in (-1, 0, 1)} | {0, 1, -1, FARTHEST, -FARTHEST}
        side = -1 if question.direction == "past" else 1
        near = sorted((day for day in days if 0 <= day * side <= FARTHEST), key=abs)
        today = self.at.astimezone(self.questionnaire.zone).date()
        return [*coarse, *((str(today + timedelta(days=day)),) for day in near)]

    @cached_property
    def _single(self) -> list[tuple[str, tuple[str, ...]]]:
        return [
            (question.id, (option.id,))
            for question in self.questionnaire.questions.values()
            for option in question.options
            if option.pick is None
        ]

    @cached_property
    def _order(self) -> list[Question]:
        """As they are asked: what can wait comes last."""
        return sorted(self.questionnaire.questions.values(), key=lambda question: question.stage == 2)

    def _walked(self, wanted: Chosen) -> tuple[tuple[Answer, ...], tuple[Answer, ...]] | None:
        """All answers, and those that are said, not skipped; None where a wanted one is never asked."""
        wanted = self._led_to(wanted)
        chosen: Chosen = {}
        answers, said = [], []
        for question in self._order:
            if not holds(question.when, chosen):
                continue
            own = chosen.get("who", ("self",)) == ("self",)
            offered = [one for one in question.options if one.only in (None, "self" if own else "another")]
            values = wanted.get(question.id)
            if values is None:
                values = question.skip if question.skip is not None else tuple(one.id for one in offered[:1])
            elif any(value not in _ids(offered) and value in _ids(question.options) for value in values):
                return None
            answer = Answer(question.id, values, "", int(self.at.timestamp()))
            chosen[question.id] = values
            answers.append(answer)
            if question.id in wanted or question.skip is None:
                said.append(answer)
        return (tuple(answers), tuple(said)) if wanted.keys() <= chosen.keys() else None

    def _led_to(self, wanted: Chosen) -> Chosen:
        """With what has to be answered first, by somebody who is offered these options."""
        questions = self.questionnaire.questions
        led = dict(wanted)
        for question in reversed(self._order):
            if question.id not in led:
                continue
            if "who" in questions and any(
                one.only == "another" and one.id in led[question.id] for one in question.options
            ):
                led.setdefault("who", next(iter(_accepted(questions["who"], "!self")), ()))
            if question.when and not holds(question.when, led):
                nearest = min(question.when, key=lambda clause: sum(name not in led for name, _ in clause))
                for name, accepted in nearest:
                    found = chain.from_iterable(_accepted(questions[name], one) for one in accepted)
                    led.setdefault(name, next(found, ()))
        return led


def _accepted(question: Question, one: str) -> Sequence[tuple[str, ...]]:
    """The answers that a part of a condition lets pass."""
    if one.startswith("!"):
        return [(option.id,) for option in question.options if option.id != one[1:] and option.pick is None]
    return [() if one == "~" else (one.removeprefix("="),)]


def _ids(options: Iterable[Option]) -> set[str]:
    return {option.id for option in options}


def _keep(paths: dict[T, Path], key: T, path: Path) -> None:
    if key not in paths or len(path.said) < len(paths[key].said):
        paths[key] = path
