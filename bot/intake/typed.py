"""What typed words mean as an answer: a text, a day, or nothing."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.intake import dates, echo
from bot.intake.answers import Answer, written_date
from bot.intake.question import Question, holds
from bot.intake.questionnaire import Questionnaire
from bot.intake.state import State
from bot.intake.text import Text, text
from bot.intake.views import asks_hour


@dataclass(frozen=True, slots=True)
class Unsure:
    """What a day written in one's own words may be: a date, or an option that says the same; asked before it counts."""

    values: tuple[str, ...]


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
) -> Answer | Unsure | Text | None:
    """The words as an answer, a Text that says what is wrong with them, or None where they answer nothing."""
    waiting = question.option(state.partial[0]) if state.partial and question.kind == "choice" else None
    typed = question.typed is not None and holds(question.typed, state.chosen)
    if question.kind == "text" or waiting or typed:
        if len(words) > question.limit:
            return text("That is too long. Longest text, in characters: {limit}", limit=question.limit)
        return Answer(question.id, (waiting.id,) if waiting else (), words, int(now.timestamp()))
    if question.kind == "date":
        page = state.partial[0] if state.partial else ""
        if page.startswith("hour:"):
            hour = _day(question, f"{page.removeprefix('hour:')} {words}", now, questionnaire)
            if isinstance(hour, Answer | Unsure):
                return hour
        return _day(question, words, now, questionnaire)
    return None


def words_behind(
    question: Question, choice: str, words: str, now: datetime, questionnaire: Questionnaire
) -> Unsure | None:
    """A day that was chosen by its label, with more words that belong to it: "tomorrow", "at 10"."""
    option = question.option(choice)
    if option is None or option.days is None or option.days[0] != option.days[1]:
        return None
    day = now.astimezone(questionnaire.zone).date() + timedelta(days=option.days[0])
    meant = _day(question, f"{day} {words}", now, questionnaire)
    return Unsure(meant.values) if isinstance(meant, Answer | Unsure) else None


def _day(question: Question, words: str, now: datetime, questionnaire: Questionnaire) -> Answer | Unsure | Text | None:
    """A full date in figures as it stands, any other to be confirmed; what can't be a day is asked again."""
    local = now.astimezone(questionnaire.zone)
    meaning = dates.read(words, local, question.direction or "past", questionnaire.lexicon)
    if meaning is None:
        return echo.not_clear(question) if dates.resembles(words, questionnaire.lexicon) else None
    same = next((option.id for option in question.options if option.days == meaning.span), None)
    if meaning.span is not None and same is not None:
        return Unsure((same,))
    hours = asks_hour(question)
    values = [f"{day}T{hour:02}" if hours and hour is not None else str(day) for day, hour in meaning.moments]
    answers = [day_as_answer(question, value, now, questionnaire) for value in values]
    fitting = [answer for answer in answers if isinstance(answer, Answer)]
    if not fitting:
        return answers[0]
    return fitting[0] if meaning.plain else Unsure(tuple(answer.values[0] for answer in fitting))


def day_as_answer(
    question: Question, value: str, now: datetime, questionnaire: Questionnaire
) -> Answer | Text | None:
    """A written date as an answer, where it lies on the question's side of today."""
    written = written_date(value)
    today = now.astimezone(questionnaire.zone).date()
    if written is None or abs(written[0] - today) > dates.FARTHEST:
        return None
    if written[1] is not None and not asks_hour(question):
        return None
    if question.direction == "past" and written[0] > today:
        return text("That day has not come yet. Please choose again.")
    if question.direction == "future" and written[0] < today:
        return text("That day is over. Please choose again.")
    return Answer(question.id, (value,), "", int(now.timestamp()))
