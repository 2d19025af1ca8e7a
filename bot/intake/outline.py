"""A questionnaire as a tree to read: who is asked what, which rules fire, which clocks run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.intake.question import Option, Question
from bot.intake.questionnaire import Questionnaire
from bot.intake.rules import Clock, DateTest, Help, Rule, RuleClause, Urgency
from bot.intake.text import Text, text

STAGES = {0: "stage 0, before all else", 1: "stage 1, what is urgent", 2: "stage 2, what can wait"}


@dataclass(frozen=True, slots=True)
class Branch:
    """``words`` are of the file (ids, conditions), ``said`` is what people read."""

    words: str
    said: Text | None = None
    branches: tuple[Branch, ...] = ()


def outline(questionnaire: Questionnaire) -> Branch:
    """All of it; what is asked under each stage, then the rules by urgency, the clocks and the help lines."""
    asked = [
        Branch(words, None, tuple(_question(one) for one in questionnaire.questions.values() if one.stage == stage))
        for stage, words in STAGES.items()
    ]
    rules = [
        Branch(urgency.name.lower(), None, tuple(_rule(one) for one in questionnaire.rules if one.urgency is urgency))
        for urgency in Urgency
    ]
    parts = (
        Branch("questions", None, _filled(asked)),
        Branch("rules", None, _filled(rules)),
        Branch("clocks", None, tuple(_clock(one) for one in questionnaire.clocks)),
        Branch("help", None, tuple(_help(one) for one in questionnaire.help)),
    )
    return Branch(questionnaire.name or "questionnaire", None, _filled(parts))


def _filled(branches: Iterable[Branch]) -> tuple[Branch, ...]:
    return tuple(one for one in branches if one.branches)


def _question(question: Question) -> Branch:
    marks: list[str] = [question.kind]
    if question.skip is not None:
        marks.append(f"a skip means {', '.join(question.skip)}" if question.skip else "may be skipped")
    conditions = _conditions("when", question.when)
    typed = _conditions("a text counts when", question.typed or ())
    options = (_option(option) for option in question.options)
    return Branch(f"{question.id} ({'; '.join(marks)})", text(question.self_text), (*conditions, *typed, *options))


def _option(option: Option) -> Branch:
    marks = [f"days {option.days[0]} to {option.days[1]}"] if option.days else []
    marks += [f"opens a calendar: {option.pick}"] if option.pick else []
    marks += ["alone"] if option.alone else []
    marks += [f"only who writes for {'themselves' if option.only == 'self' else 'another'}"] if option.only else []
    marks += ["asks for a text"] if option.asks else []
    return Branch(f"{option.id} ({'; '.join(marks)})" if marks else option.id, text(option.label))


def _rule(rule: Rule) -> Branch:
    kind = "" if rule.kind == "plain" else f", {rule.kind}"
    conditions = (*_conditions("when", rule.when), *_conditions("unless", rule.unless))
    return Branch(f"{rule.id} ({rule.reason}{kind}): protects from {rule.protects}", None, conditions)


def _clock(clock: Clock) -> Branch:
    term = ""
    if clock.start is not None:
        term = f" from {clock.start}"
        if clock.hours:
            term = f" hours {clock.hours[0]} to {clock.hours[1]}{term}"
        elif clock.day is not None:
            term = f" day {clock.day}{term}"
        elif clock.months is not None:
            term = f" {clock.months} months{term}"
    verified = "verified" if clock.verified else "unverified"
    conditions = (*_conditions("when", clock.when), *_conditions("unless", clock.unless))
    return Branch(f"{clock.id}:{term} ({clock.article}; {verified})", text(clock.title), conditions)


def _help(line: Help) -> Branch:
    source = f" ({line.article}; {'verified' if line.verified else 'unverified'})" if line.article else ""
    return Branch(f"{line.id}{source}", text(line.text), _conditions("when", line.when))


def _conditions(word: str, clauses: Sequence[RuleClause]) -> tuple[Branch, ...]:
    return tuple(Branch(f"{word if not number else 'or'} {said}") for number, said in enumerate(said_of(clauses)))


def said_of(clauses: Sequence[RuleClause]) -> Iterator[str]:
    """Each clause of a condition in words, of which any must hold."""
    for clause in clauses:
        yield " and ".join(f"{name} {words_of(test)}" for name, test in clause)


def words_of(test: tuple[str, ...] | DateTest) -> str:
    """What an answer must be."""
    if isinstance(test, DateTest):
        ranges = (("day", test.day), ("hours ago", test.hours_ago), ("hours left", test.hours_left))
        said = [f"{word} {span[0]} to {span[1]}" for word, span in ranges if span is not None]
        return " or ".join([*said, "unknown"] if test.unknown else said)
    return "is " + " or ".join(_accepted(one) for one in test)


def _accepted(one: str) -> str:
    if one == "~":
        return "unanswered"
    return f"not {one[1:]}" if one.startswith("!") else f"only {one[1:]}" if one.startswith("=") else one
