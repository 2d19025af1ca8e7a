"""The rules of urgency, the legal clocks and the help lines, as the questionnaire file gives them.

A rule's clause is a condition like a question's, plus: ``=id`` (exactly this option), ``~`` (no answer or skipped),
and tests of dated answers as tables: ``day = [first, last]`` (calendar days, the day itself is day 1), ``hours_ago``,
``hours_left`` (ranges in hours) and ``unknown = true``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from itertools import chain
from typing import Any

from bot.intake.answers import UNKNOWN
from bot.intake.question import Condition, Question, QuestionnaireError, condition

Groups = Mapping[str, Mapping[str, tuple[str, ...]]]
GIVEAWAYS = frozenset({"category", "russia_wants", "family", "health"})
"""Questions that a rule may read only for the reason ``other``: an alert never tells them."""


class Urgency(IntEnum):
    """How soon a human must act: now, within 24 hours, 72 hours, 10 days, weeks."""

    CRITICAL = 0
    URGENT = 1
    SOON = 2
    DAYS = 3
    WEEKS = 4


class Reason(StrEnum):
    """What an alert may say: a closed list."""

    BEING_TAKEN = "being_taken"
    CUSTODY = "custody"
    PAPER = "paper"
    DEPARTURE = "departure"
    HEARING = "hearing"
    BORDER = "border"
    STAY = "stay"
    DANGER_NEARBY = "danger_nearby"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class DateTest:
    day: tuple[int, int] | None = None
    hours_ago: tuple[int, int] | None = None
    hours_left: tuple[int, int] | None = None
    unknown: bool = False


RuleClause = tuple[tuple[str, tuple[str, ...] | DateTest], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``kind``: plain; floor (counts only where it is higher than all others); fallback (only where
    nothing else fired); raises (one tier higher); pressed (the person says so)."""

    id: str
    urgency: Urgency
    reason: Reason
    protects: str
    kind: str
    when: tuple[RuleClause, ...]
    unless: tuple[RuleClause, ...]


@dataclass(frozen=True, slots=True)
class Clock:
    """A legal clock, counted from the earliest hour of a dated answer; without ``start`` it has no moment."""

    id: str
    title: str
    article: str
    source: str
    verified: bool
    when: tuple[RuleClause, ...]
    unless: tuple[RuleClause, ...]
    start: str | None
    hours: tuple[int, int] | None
    day: int | None
    months: int | None


@dataclass(frozen=True, slots=True)
class Help:
    """What a person can do while waiting, what it risks, and where the law says so."""

    id: str
    when: Condition
    text: str
    risk: str | None
    article: str | None
    source: str | None
    verified: bool


_RULE = {"id", "urgency", "reason", "protects", "kind", "when", "unless"}
_CLOCK = {"id", "title", "article", "source", "verified", "when", "unless", "from", "hours", "day", "months"}
_HELP = {"id", "when", "text", "risk", "article", "source", "verified"}
_KINDS = ("plain", "floor", "fallback", "raises", "pressed")


def read_rules(raw: list[dict[str, Any]], questions: Mapping[str, Question], groups: Groups) -> tuple[Rule, ...]:
    """The rules of a file. Raises QuestionnaireError naming the key; the last rule must hold for everyone."""
    rules = tuple(_rule(table, f"rule[{number}]", questions, groups) for number, table in enumerate(raw))
    _unique(rules, "rule")
    last = [rule for rule in rules if rule.kind == "fallback"]
    if not last or last[-1].when or last[-1].unless:
        raise QuestionnaireError("rule: the last fallback must hold for everyone, so that every path has an urgency")
    return rules


def _rule(raw: dict[str, Any], place: str, questions: Mapping[str, Question], groups: Groups) -> Rule:
    place = f"rule.{raw.get('id', place)}"
    _known(raw, _RULE, place)
    try:
        urgency, reason = Urgency[raw["urgency"].upper()], Reason(raw["reason"])
    except (KeyError, ValueError, AttributeError) as error:
        raise QuestionnaireError(f"{place}: urgency and reason must be of their lists") from error
    kind = raw.get("kind", "plain")
    if kind not in _KINDS or not raw.get("protects"):
        raise QuestionnaireError(f"{place}: kind must be one of {', '.join(_KINDS)}, and protects says from what")
    when = tuple(_clause(clause, f"{place}.when", questions, groups) for clause in raw.get("when", ()))
    unless = tuple(_clause(clause, f"{place}.unless", questions, groups) for clause in raw.get("unless", ()))
    read = {name for clause in (*when, *unless) for name, _ in clause}
    if reason is not Reason.OTHER and read & GIVEAWAYS:
        raise QuestionnaireError(
            f"{place}.reason: it reads {', '.join(sorted(read & GIVEAWAYS))}, so only other may show"
        )
    return Rule(raw["id"], urgency, reason, raw["protects"], kind, when, unless)


def _clause(raw: Any, place: str, questions: Mapping[str, Question], groups: Groups) -> RuleClause:
    if not isinstance(raw, dict):
        raise QuestionnaireError(f"{place}: a list of tables is expected")
    clause: list[tuple[str, tuple[str, ...] | DateTest]] = []
    for name, test in raw.items():
        question = questions.get(name)
        if question is None:
            raise QuestionnaireError(f"{place}: no question {name}")
        if isinstance(test, dict):
            if question.kind != "date" or set(test) - {"day", "hours_ago", "hours_left", "unknown"}:
                raise QuestionnaireError(f"{place}.{name}: not a test of a date")
            if test.get("unknown") and question.option(UNKNOWN) is None:
                raise QuestionnaireError(f"{place}.{name}: this question has no option {UNKNOWN}")
            ranges = {key: (value[0], value[1]) for key, value in test.items() if key != "unknown"}
            clause.append((name, DateTest(**ranges, unknown=bool(test.get("unknown")))))
            continue
        ids = tuple(chain.from_iterable(_spelled(one, name, place, groups) for one in test))
        for one in ids:
            if one != "~" and question.option(one.lstrip("=!")) is None:
                raise QuestionnaireError(f"{place}: {name} has no option {one.lstrip('=!')}")
        clause.append((name, ids))
    return tuple(clause)


def _spelled(one: str, name: str, place: str, groups: Groups) -> tuple[str, ...]:
    if not one.startswith("@"):
        return (one,)
    group = groups.get(one[1:], {})
    if name not in group:
        raise QuestionnaireError(f"{place}.{name}: no group {one}")
    return group[name]


def read_clocks(raw: list[dict[str, Any]], questions: Mapping[str, Question], groups: Groups) -> tuple[Clock, ...]:
    """The legal clocks of a file, each with its article and source."""
    clocks = []
    for table in raw:
        place = f"clock.{table.get('id', '?')}"
        _known(table, _CLOCK, place)
        for key in ("id", "title", "article", "source", "verified"):
            if key not in table:
                raise QuestionnaireError(f"{place}.{key}: missing")
        start = table.get("from")
        if start is not None and (start not in questions or questions[start].kind != "date"):
            raise QuestionnaireError(f"{place}.from: no dated question {start}")
        hours = table.get("hours")
        clocks.append(
            Clock(
                table["id"],
                table["title"],
                table["article"],
                table["source"],
                bool(table["verified"]),
                tuple(_clause(clause, f"{place}.when", questions, groups) for clause in table.get("when", ())),
                tuple(_clause(clause, f"{place}.unless", questions, groups) for clause in table.get("unless", ())),
                start,
                (hours[0], hours[1]) if hours else None,
                table.get("day"),
                table.get("months"),
            )
        )
    _unique(clocks, "clock")
    return tuple(clocks)


def read_help(raw: list[dict[str, Any]], questions: Mapping[str, Question], groups: Groups) -> tuple[Help, ...]:
    """The self-help lines of a file."""
    lines = []
    for table in raw:
        place = f"help.{table.get('id', '?')}"
        _known(table, _HELP, place)
        if not table.get("id") or not table.get("text"):
            raise QuestionnaireError(f"{place}: id and text are needed")
        if table.get("article") and not table.get("source"):
            raise QuestionnaireError(f"{place}.source: an article needs its source")
        lines.append(
            Help(
                table["id"],
                _checked(table.get("when", []), questions, groups, place),
                table["text"],
                table.get("risk"),
                table.get("article"),
                table.get("source"),
                bool(table.get("verified", False)),
            )
        )
    _unique(lines, "help")
    return tuple(lines)


def _checked(raw: Any, questions: Mapping[str, Question], groups: Groups, place: str) -> Condition:
    read = condition(raw, groups, f"{place}.when")
    for clause in read:
        for name, accepted in clause:
            if name not in questions:
                raise QuestionnaireError(f"{place}.when: no question {name}")
            for one in accepted:
                if questions[name].option(one.removeprefix("!")) is None:
                    raise QuestionnaireError(f"{place}.when: {name} has no option {one.removeprefix('!')}")
    return read


def _known(raw: Mapping[str, Any], known: set[str], place: str) -> None:
    for key in raw:
        if key not in known:
            raise QuestionnaireError(f"{place}.{key}: not a key of this file")


def _unique(ones: Iterable[Rule | Clock | Help], what: str) -> None:
    ids = [one.id for one in ones]
    for one in ids:
        if ids.count(one) > 1:
            raise QuestionnaireError(f"{what}.{one}: this id stands twice")
