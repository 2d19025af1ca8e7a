"""A questionnaire as a graph: an arrow wherever an answer leads to a question, rule or clock; in Mermaid's words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.intake.outline import STAGES, words_of
from bot.intake.questionnaire import Questionnaire
from bot.intake.rules import RuleClause, Urgency
from bot.intake.text import Text


class Kind(StrEnum):
    QUESTION = "question"
    RULE = "rule"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Box:
    id: str
    kind: Kind
    words: str


@dataclass(frozen=True, slots=True)
class Group:
    id: str
    title: str
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Arrow:
    """Of an answer that a condition reads. ``holds``: it keeps the rule or the clock from what it does."""

    start: str
    end: str
    words: str
    holds: bool = False


@dataclass(frozen=True, slots=True)
class Graph:
    """No group is empty; every arrow begins at a question."""

    groups: tuple[Group, ...]
    arrows: tuple[Arrow, ...]


def drawn(questionnaire: Questionnaire, say: Callable[[Text], str]) -> Graph:
    """Its boxes say what people read, in the language of ``say``."""
    return Graph(tuple(one for one in _groups(questionnaire, say) if one.boxes), tuple(_arrows(questionnaire)))


def mermaid(graph: Graph) -> str:
    """Boxes are questions, rounded ones rules by urgency, hexagons clocks; dotted arrows hold one back."""
    lines = ["flowchart LR"]
    for group in graph.groups:
        lines.append(f"  subgraph {group.id}[{_quoted(group.title)}]")
        for box in group.boxes:
            left, right = _EDGES[box.kind]
            lines.append(f"    {box.id}{left}{_quoted(box.words)}{right}")
        lines.append("  end")
    for one in graph.arrows:
        lines.append(f"  {one.start} {'-.->' if one.holds else '-->'}|{_quoted(one.words)}| {one.end}")
    return "\n".join(lines) + "\n"


_EDGES = {Kind.QUESTION: ("[", "]"), Kind.RULE: ("([", "])"), Kind.CLOCK: ("{{", "}}")}


def _groups(questionnaire: Questionnaire, say: Callable[[Text], str]) -> Iterator[Group]:
    for stage, words in STAGES.items():
        asked = [one for one in questionnaire.questions.values() if one.stage == stage]
        boxes = (Box(f"q_{one.id}", Kind.QUESTION, f"{one.id}: {say(Text(one.self_text))}") for one in asked)
        yield Group(f"stage_{stage}", words, tuple(boxes))
    for urgency in Urgency:
        of_it = [(number, rule) for number, rule in enumerate(questionnaire.rules) if rule.urgency is urgency]
        boxes = (Box(f"r_{number}", Kind.RULE, f"{rule.id}: {rule.protects}") for number, rule in of_it)
        yield Group(f"urgency_{urgency.value}", urgency.name.lower(), tuple(boxes))
    boxes = (
        Box(f"c_{number}", Kind.CLOCK, f"{one.id}: {say(Text(one.title))}")
        for number, one in enumerate(questionnaire.clocks)
    )
    yield Group("clocks", "clocks", tuple(boxes))


def _arrows(questionnaire: Questionnaire) -> Iterator[Arrow]:
    for question in questionnaire.questions.values():
        yield from _read(question.when, f"q_{question.id}")
    fired = [(f"r_{number}", rule.when, rule.unless) for number, rule in enumerate(questionnaire.rules)]
    running = [(f"c_{number}", clock.when, clock.unless) for number, clock in enumerate(questionnaire.clocks)]
    for box, when, unless in (*fired, *running):
        yield from _read(when, box)
        yield from _read(unless, box, holds=True)


def _read(clauses: Sequence[RuleClause], end: str, *, holds: bool = False) -> Iterator[Arrow]:
    """One for every answer that a condition reads; which of them must hold together, ``show`` tells."""
    for name, test in dict.fromkeys(part for clause in clauses for part in clause):
        yield Arrow(f"q_{name}", end, words_of(test), holds)


def _quoted(words: str) -> str:
    """As Mermaid reads a label: nothing in it is taken for its own signs."""
    escaped = words.replace("#", "#35;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")
    return f'"{escaped}"'
