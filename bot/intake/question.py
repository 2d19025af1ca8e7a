"""One question, its options, and the condition under which it is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.intake.faults import Faults

Kind = Literal["choice", "many", "date", "text"]
Clause = tuple[tuple[str, tuple[str, ...]], ...]
"""All of it must hold: question id and the option ids any of which must be chosen; ``!id`` means answered otherwise."""
Condition = tuple[Clause, ...]
"""Any clause must hold; an empty condition always does."""


@dataclass(frozen=True, slots=True)
class Option:
    id: str
    label: str
    another: str | None = None
    days: tuple[int, int] | None = None
    """For dates: first and last day, counted from the day of the answer."""
    pick: Literal["day", "hour"] | None = None
    """For dates: opens a calendar instead of answering."""
    alone: bool = False
    """In a multiple choice: excludes the others."""
    only: Literal["self", "another"] | None = None
    asks: str | None = None
    """Choosing it asks for a text, with this prompt."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the intake; ``skip`` holds the values a skip stands for, None where it can't be skipped."""

    id: str
    stage: int
    kind: Kind
    title: str
    self_text: str
    another_text: str
    hint: str | None
    options: tuple[Option, ...]
    when: Condition
    typed: Condition | None
    """Where it holds, a text that names no option is taken as the answer."""
    limit: int
    """Longest text, in characters."""
    skip: tuple[str, ...] | None
    direction: Literal["past", "future"] | None

    def option(self, option_id: str) -> Option | None:
        return next((option for option in self.options if option.id == option_id), None)


def holds(condition: Condition, chosen: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether the answers chosen so far (question id -> values) meet the condition."""
    if not condition:
        return True
    # Loops, here and in triage: this runs hundreds of times an update, and generators cost twice as much.
    for clause in condition:
        for question, accepted in clause:
            if not _any_of(accepted, chosen.get(question)):
                break
        else:
            return True
    return False


def _any_of(accepted: Iterable[str], values: tuple[str, ...] | None) -> bool:
    if values:
        for one in accepted:
            if one in values or (one.startswith("!") and one[1:] not in values):
                return True
    return False


def condition(raw: Any, groups: Mapping[str, Mapping[str, tuple[str, ...]]], place: str, faults: Faults) -> Condition:
    """A ``when`` of the file: a list of tables, ``@group`` spelled out."""
    if not isinstance(raw, list) or not all(isinstance(clause, dict) for clause in raw):
        faults.add(f"{place}: a list of tables is expected")
        return ()
    return tuple(_clause(clause, groups, place, faults) for clause in raw)


def _clause(
    raw: dict[str, Any], groups: Mapping[str, Mapping[str, tuple[str, ...]]], place: str, faults: Faults
) -> Clause:
    clause = []
    for question, accepted in raw.items():
        if not isinstance(accepted, list) or not all(isinstance(one, str) for one in accepted):
            faults.add(f"{place}.{question}: a list of option ids is expected")
            continue
        ids: list[str] = []
        for one in accepted:
            if not one.startswith("@"):
                ids.append(one)
            elif question in groups.get(one[1:], {}):
                ids.extend(groups[one[1:]][question])
            else:
                faults.add(f"{place}.{question}: no group {one}")
        clause.append((question, tuple(ids)))
    return tuple(clause)


def check_condition(wanted: Condition, questions: Mapping[str, Question], place: str, faults: Faults) -> None:
    """That it asks of questions and options that there are."""
    for name, accepted in (part for clause in wanted for part in clause):
        question = questions.get(name)
        if question is None:
            faults.add(f"{place}: no question {name}")
            continue
        for one in accepted:
            if question.option(one.removeprefix("!")) is None:
                faults.add(f"{place}: {name} has no option {one.removeprefix('!')}")
