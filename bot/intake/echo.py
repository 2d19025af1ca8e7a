"""A day written in one's own words, shown back: nothing counts before the person says that it is the one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.intake.answers import written_date
from bot.intake.question import Question
from bot.intake.state import Choice
from bot.intake.text import Day, Text, text

MARK = "sure:"
"""Before each value of ``State.partial`` that waits to be confirmed."""
OTHER = Choice("-other", text("No, another day"))
EXAMPLES = {
    "past": text("yesterday · 3 days ago · last Monday · 15 March"),
    "future": text("tomorrow at 10 · in 3 days · on Monday · 15 March"),
}
"""Each of them is understood as it is written."""


def marked(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(MARK + value for value in values)


def waiting(question: Question, partial: Iterable[str]) -> tuple[Choice, ...]:
    """What waits to be confirmed; each choice is what the value itself would be on a calendar."""
    values = (one.removeprefix(MARK) for one in partial if one.startswith(MARK))
    said = ((value, _said(question, value)) for value in values)
    return tuple(Choice(value, label) for value, label in said if label is not None)


def asking(days: tuple[Choice, ...]) -> tuple[Text, tuple[Choice, ...]]:
    """What is asked, and the answers to it."""
    if len(days) == 1:
        return text("{day}: is that right?", day=days[0].label), (replace(days[0], label=text("Yes")), OTHER)
    return text("Which of these days is it?"), (*days, OTHER)


def _said(question: Question, value: str) -> Text | None:
    option, written = question.option(value), written_date(value)
    if option is not None:
        return text(option.label)
    if written is None:
        return None
    day, hour = written
    if hour is None:
        return text("{day}", day=Day(day))
    return text("{day}, {hour}:00", day=Day(day), hour=f"{hour:02}")


def not_clear(question: Question) -> Text:
    """Said where a day was not understood."""
    return text("This day is not clear. You can write it like this: {examples}", examples=_examples(question))


def can_be_written(question: Question) -> Text:
    return text("You can also write the day, like this: {examples}", examples=_examples(question))


def _examples(question: Question) -> Text:
    return EXAMPLES[question.direction or "past"]
