"""What typed words mean as an answer: a text, a day, or nothing."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta

from bot.intake.answers import Answer, written_date
from bot.intake.question import Question, holds
from bot.intake.questionnaire import Questionnaire
from bot.intake.state import State
from bot.intake.text import Text, text
from bot.intake.views import asks_hour

FARTHEST = timedelta(days=3653)
"""From today to the farthest day that a date may name."""

_WRITTEN_DAY = re.compile(r"(\d{1,2})[./-](\d{1,2})(?:[./-](\d{4}|\d{2}))?(?:\s+(\d{1,2})(?::\d\d)?)?")


def clean(words: str) -> str:
    """Text without control, direction-changing and other invisible characters; line breaks stay."""
    kept = (
        char
        for char in words
        if char == "\n" or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    return unicodedata.normalize("NFC", "".join(kept)).strip()


def words_as_answer(
    question: Question, state: State, words: str, now: datetime, questionnaire: Questionnaire
) -> Answer | Text | None:
    """The words as an answer, a Text that says what is wrong with them, or None where they answer nothing."""
    waiting = question.option(state.partial[0]) if state.partial and question.kind == "choice" else None
    typed = question.typed is not None and holds(question.typed, state.chosen)
    if question.kind == "text" or waiting or typed:
        if len(words) > question.limit:
            return text("That is too long. Longest text, in characters: {limit}", limit=question.limit)
        return Answer(question.id, (waiting.id,) if waiting else (), words, int(now.timestamp()))
    if question.kind == "date":
        written = _written_day(words, question, now.astimezone(questionnaire.zone))
        if written is not None:
            return day_as_answer(question, written, now, questionnaire)
    return None


def _written_day(words: str, question: Question, local: datetime) -> str | None:
    """``25.03``, ``25.03.2026`` or ``25.03 14:00`` as a date value; the year that fits is taken where none is given."""
    found = _WRITTEN_DAY.fullmatch(words.strip())
    if not found:
        return None
    day, month, year, hour = found.groups()
    years = (
        [int(year) + (2000 if len(year) == 2 else 0)]
        if year
        else [local.year + far * side for far in range(5) for side in (-1, 1)]  # 29.02 may be four years off
    )
    fitting = []
    for one in years:
        try:
            fitting.append(date(one, int(month), int(day)))
        except ValueError:
            continue
    wanted = [
        one
        for one in fitting
        if (one <= local.date()) == (question.direction == "past") or one == local.date()
    ]
    chosen = next(iter(wanted or fitting), None)
    if chosen is None or (hour and int(hour) > 23):
        return None
    return f"{chosen}T{int(hour):02}" if hour and asks_hour(question) else str(chosen)


def day_as_answer(
    question: Question, value: str, now: datetime, questionnaire: Questionnaire
) -> Answer | Text | None:
    """A written date as an answer, where it lies on the question's side of today."""
    written = written_date(value)
    today = now.astimezone(questionnaire.zone).date()
    if written is None or abs(written[0] - today) > FARTHEST:
        return None
    if written[1] is not None and not asks_hour(question):
        return None
    if question.direction == "past" and written[0] > today:
        return text("That day has not come yet. Please choose again.")
    if question.direction == "future" and written[0] < today:
        return text("That day is over. Please choose again.")
    return Answer(question.id, (value,), "", int(now.timestamp()))
