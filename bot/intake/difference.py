"""What has changed between two questionnaires: what came, what went, what is no longer the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from bot.intake.outline import said_of
from bot.intake.question import Option, Question
from bot.intake.questionnaire import Questionnaire
from bot.intake.rules import Clock, Help, Rule, RuleClause, Urgency

_PARTS = {"question": "questions", "rule": "rules", "clock": "clocks", "help": "help"}
"""The tables of the file, and where they are when it is read."""
_CONDITIONS = {"when", "unless", "typed"}
_KEYS = {"self_text": "self", "another_text": "another", "start": "from"}
"""Of the file, where the code names them otherwise."""


@dataclass(frozen=True, slots=True)
class Change:
    """At the path of a key: how it was and how it is; None where it was not or is not any more."""

    place: str
    old: str | None
    new: str | None


def differences(old: Questionnaire, new: Questionnaire) -> tuple[Change, ...]:
    """In the order of the file; what only moved shows in the order of its like."""
    return tuple(_all(old, new))


def _all(old: Questionnaire, new: Questionnaire) -> Iterator[Change]:
    yield from _values("questionnaire.time_zone", old.zone.key, new.zone.key)
    for setting in ("name", "update", "news", "enough"):
        yield from _values(f"questionnaire.{setting}", getattr(old, setting), getattr(new, setting))
    yield from _tables("questionnaire.changes", old.changes, new.changes)
    yield from _tables("groups", old.groups, new.groups)
    for what, part in _PARTS.items():
        yield from _tables(what, _named(getattr(old, part)), _named(getattr(new, part)))


def _named(ones: Mapping[str, Any] | Sequence[Any]) -> Mapping[str, Any]:
    return ones if isinstance(ones, Mapping) else {one.id: one for one in ones}


def _tables(place: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """What stands under names of its own, and whether those that stayed stand in another order."""
    for name in dict.fromkeys((*old, *new)):
        if name not in new:
            yield Change(f"{place}.{name}", _shown(old[name]), None)
        elif name not in old:
            yield Change(f"{place}.{name}", None, _shown(new[name]))
        elif is_dataclass(old[name]):
            yield from _keys(f"{place}.{name}", old[name], new[name])
        elif isinstance(old[name], Mapping):
            yield from _tables(f"{place}.{name}", old[name], new[name])
        else:
            yield from _values(f"{place}.{name}", old[name], new[name])
    stayed = [name for name in old if name in new], [name for name in new if name in old]
    yield from _values(f"{place}, their order", *stayed)


def _keys(place: str, old: Any, new: Any) -> Iterator[Change]:
    for one in fields(old):
        key = f"{place}.{_KEYS.get(one.name, one.name)}"
        before, after = getattr(old, one.name), getattr(new, one.name)
        if one.name == "options":
            yield from _tables(key, _named(before), _named(after))
        elif one.name in _CONDITIONS:
            yield from _values(key, _condition(before), _condition(after))
        else:
            yield from _values(key, before, after)


def _condition(clauses: Sequence[RuleClause] | None) -> str | None:
    return " or ".join(f"({said})" for said in said_of(clauses)) if clauses else None


def _values(place: str, old: Any, new: Any) -> Iterator[Change]:
    if old != new:
        yield Change(place, _shown(old), _shown(new))


def _shown(value: Any) -> str | None:
    """A value in a line; of a whole question, rule, clock, option or help line what it says."""
    match value:
        case None:
            return None
        case Question() | Clock():
            return value.title
        case Option():
            return value.label
        case Rule():
            return f"{value.urgency.name.lower()}, protects from {value.protects}"
        case Help():
            return value.text
        case Urgency():
            return value.name.lower()
        case Mapping():
            return "; ".join(f"{name}: {_shown(one)}" for name, one in value.items())
        case tuple() | list():
            return ", ".join(str(one) for one in value)
        case bool():
            return "true" if value else "false"
    return str(value)
