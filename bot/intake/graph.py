"""A questionnaire as a picture in Mermaid's language: an arrow wherever an answer leads to a question, rule, clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bot.intake.outline import STAGES, words_of
from bot.intake.questionnaire import Questionnaire
from bot.intake.rules import RuleClause, Urgency
from bot.intake.text import Text


def mermaid(questionnaire: Questionnaire, say: Callable[[Text], str]) -> str:
    """Boxes are questions, rounded ones rules by urgency, hexagons clocks; dotted arrows hold one back."""
    return "\n".join(_lines(questionnaire, say)) + "\n"


def _lines(questionnaire: Questionnaire, say: Callable[[Text], str]) -> Iterator[str]:
    questions, rules, clocks = questionnaire.questions, questionnaire.rules, questionnaire.clocks
    yield "flowchart LR"
    for stage, words in STAGES.items():
        asked = [one for one in questions.values() if one.stage == stage]
        boxes = [f"q_{one.id}[{_quoted(f'{one.id}: {say(Text(one.self_text))}')}]" for one in asked]
        yield from _group(f"stage_{stage}", words, boxes)
    for urgency in Urgency:
        of_it = [(number, rule) for number, rule in enumerate(rules) if rule.urgency is urgency]
        boxes = [f"r_{number}([{_quoted(f'{rule.id}: {rule.protects}')}])" for number, rule in of_it]
        yield from _group(f"urgency_{urgency.value}", urgency.name.lower(), boxes)
    boxes = [f"c_{number}{{{{{_quoted(f'{one.id}: {say(Text(one.title))}')}}}}}" for number, one in enumerate(clocks)]
    yield from _group("clocks", "clocks", boxes)
    for question in questions.values():
        yield from _arrows(question.when, f"q_{question.id}", "-->")
    fired = [(f"r_{number}", rule.when, rule.unless) for number, rule in enumerate(rules)]
    running = [(f"c_{number}", clock.when, clock.unless) for number, clock in enumerate(clocks)]
    for box, when, unless in (*fired, *running):
        yield from _arrows(when, box, "-->")
        yield from _arrows(unless, box, "-.->")


def _group(name: str, title: str, boxes: Sequence[str]) -> Iterator[str]:
    if boxes:
        yield f"  subgraph {name}[{_quoted(title)}]"
        yield from (f"    {box}" for box in boxes)
        yield "  end"


def _arrows(clauses: Sequence[RuleClause], to: str, arrow: str) -> Iterator[str]:
    """One for every answer that a condition reads; which of them must hold together, ``show`` tells."""
    for name, test in dict.fromkeys(part for clause in clauses for part in clause):
        yield f"  q_{name} {arrow}|{_quoted(words_of(test))}| {to}"


def _quoted(words: str) -> str:
    """As Mermaid reads a label: nothing in it is taken for its own signs."""
    escaped = words.replace("#", "#35;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")
    return f'"{escaped}"'
