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
from bot.intake.faults import Faults
from bot.intake.question import Condition, Question, check_condition, condition

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


def read_rules(raw: list[Any], questions: Mapping[str, Question], groups: Groups) -> tuple[Rule, ...]:
    """The rules of a file. Raises QuestionnaireError naming the keys; the last rule must hold for everyone."""
    faults = Faults()
    read = [_rule(table, f"rule[{number}]", questions, groups, faults) for number, table in enumerate(raw)]
    rules = tuple(rule for rule in read if rule is not None)
    _check_unique(rules, "rule", faults)
    last = [rule for rule in rules if rule.kind == "fallback"]
    if len(rules) == len(read) and (not last or last[-1].when or last[-1].unless):
        faults.add("rule: the last fallback must hold for everyone, so that every path has an urgency")
    faults.raise_any()
    return rules


def _rule(raw: Any, place: str, questions: Mapping[str, Question], groups: Groups, faults: Faults) -> Rule | None:
    place = _place(raw, "rule", place)
    raw = faults.known(raw, _RULE, place)
    if not raw.get("id"):
        faults.add(f"{place}.id: missing")
    reason, urgency = raw.get("reason"), raw.get("urgency", "").upper()
    listed = urgency in Urgency.__members__ and reason in [*Reason]
    if not listed:
        faults.add(f"{place}: urgency and reason must be of their lists")
    kind = raw.get("kind", "plain")
    if kind not in _KINDS or not raw.get("protects"):
        faults.add(f"{place}: kind must be one of {', '.join(_KINDS)}, and protects says from what")
    when, unless = (_clauses(raw, key, place, questions, groups, faults) for key in ("when", "unless"))
    read = {name for clause in (*when, *unless) for name, _ in clause}
    if reason != Reason.OTHER and read & GIVEAWAYS:
        faults.add(f"{place}.reason: it reads {', '.join(sorted(read & GIVEAWAYS))}, so only other may show")
    if not listed:
        return None
    return Rule(raw.get("id", ""), Urgency[urgency], Reason(reason), raw.get("protects", ""), kind, when, unless)


def _clauses(
    raw: Mapping[str, Any], key: str, place: str, questions: Mapping[str, Question], groups: Groups, faults: Faults
) -> tuple[RuleClause, ...]:
    """A ``when`` or an ``unless``."""
    return tuple(_clause(clause, f"{place}.{key}", questions, groups, faults) for clause in raw.get(key, ()))


def _clause(raw: Any, place: str, questions: Mapping[str, Question], groups: Groups, faults: Faults) -> RuleClause:
    if not isinstance(raw, dict):
        faults.add(f"{place}: a list of tables is expected")
        return ()
    clause: list[tuple[str, tuple[str, ...] | DateTest]] = []
    for name, test in raw.items():
        question = questions.get(name)
        if question is None:
            faults.add(f"{place}: no question {name}")
        elif isinstance(test, dict):
            clause.append((name, _date_test(test, question, f"{place}.{name}", faults)))
        elif not isinstance(test, list) or not all(isinstance(one, str) for one in test):
            faults.add(f"{place}.{name}: a list of option ids or a test of a date is expected")
        else:
            ids = tuple(chain.from_iterable(_spelled(one, name, place, groups, faults) for one in test))
            for one in ids:
                if one != "~" and question.option(one.lstrip("=!")) is None:
                    faults.add(f"{place}: {name} has no option {one.lstrip('=!')}")
            clause.append((name, ids))
    return tuple(clause)


def _date_test(raw: dict[str, Any], question: Question, place: str, faults: Faults) -> DateTest:
    if question.kind != "date" or set(raw) - {"day", "hours_ago", "hours_left", "unknown"}:
        faults.add(f"{place}: not a test of a date")
        return DateTest()
    if raw.get("unknown") and question.option(UNKNOWN) is None:
        faults.add(f"{place}: this question has no option {UNKNOWN}")
    ranges = {key: _range(value, f"{place}.{key}", faults) for key, value in raw.items() if key != "unknown"}
    return DateTest(**ranges, unknown=bool(raw.get("unknown")))


def _range(raw: Any, place: str, faults: Faults) -> tuple[int, int]:
    if isinstance(raw, list) and len(raw) == 2 and all(isinstance(one, int) for one in raw) and raw[0] <= raw[1]:
        return raw[0], raw[1]
    faults.add(f"{place}: two whole numbers are expected, the first and the last")
    return 0, 0


def _spelled(one: str, name: str, place: str, groups: Groups, faults: Faults) -> tuple[str, ...]:
    if not one.startswith("@"):
        return (one,)
    group = groups.get(one[1:], {})
    if name not in group:
        faults.add(f"{place}.{name}: no group {one}")
    return group.get(name, ())


def read_clocks(raw: list[Any], questions: Mapping[str, Question], groups: Groups) -> tuple[Clock, ...]:
    """The legal clocks of a file, each with its article and source."""
    faults = Faults()
    clocks = []
    for table in raw:
        place = _place(table, "clock", "clock.?")
        known = faults.known(table, _CLOCK, place)
        for key in ("id", "title", "article", "source", "verified"):
            if isinstance(table, dict) and key not in table:
                faults.add(f"{place}.{key}: missing")
        start = known.get("from")
        if start is not None and (start not in questions or questions[start].kind != "date"):
            faults.add(f"{place}.from: no dated question {start}")
        clocks.append(
            Clock(
                known.get("id", ""),
                known.get("title", ""),
                known.get("article", ""),
                known.get("source", ""),
                known.get("verified", False),
                _clauses(known, "when", place, questions, groups, faults),
                _clauses(known, "unless", place, questions, groups, faults),
                start,
                _range(known["hours"], f"{place}.hours", faults) if "hours" in known else None,
                known.get("day"),
                known.get("months"),
            )
        )
    _check_unique(clocks, "clock", faults)
    faults.raise_any()
    return tuple(clocks)


def read_help(raw: list[Any], questions: Mapping[str, Question], groups: Groups) -> tuple[Help, ...]:
    """The self-help lines of a file."""
    faults = Faults()
    lines = []
    for table in raw:
        place = _place(table, "help", "help.?")
        known = faults.known(table, _HELP, place)
        if not known.get("id") or not known.get("text"):
            faults.add(f"{place}: id and text are needed")
        if known.get("article") and not known.get("source"):
            faults.add(f"{place}.source: an article needs its source")
        when = condition(known.get("when", []), groups, f"{place}.when", faults)
        check_condition(when, questions, f"{place}.when", faults)
        lines.append(
            Help(
                known.get("id", ""),
                when,
                known.get("text", ""),
                known.get("risk"),
                known.get("article"),
                known.get("source"),
                known.get("verified", False),
            )
        )
    _check_unique(lines, "help", faults)
    faults.raise_any()
    return tuple(lines)


def _place(raw: Any, what: str, unnamed: str) -> str:
    """The path of a table in the file: by its id, where it has one."""
    name = raw.get("id") if isinstance(raw, dict) else None
    return f"{what}.{name}" if isinstance(name, str) and name else unnamed


def _check_unique(ones: Iterable[Rule | Clock | Help], what: str, faults: Faults) -> None:
    ids = [one.id for one in ones if one.id]
    for one in ids:
        if ids.count(one) > 1:
            faults.add(f"{what}.{one}: this id stands twice")
