"""A way through a questionnaire: the questions in their turn, and what the answers come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.intake import course, typed
from bot.intake.answers import Answer, written_date
from bot.intake.question import Option, Question, holds
from bot.intake.questionnaire import Questionnaire
from bot.intake.rules import Help, Rule
from bot.intake.state import State
from bot.intake.summary import Line, line_of, summarise
from bot.intake.text import Text
from bot.intake.triage import Assessment, assess
from bot.intake.typed import Unsure

NOT_ONE = "none of its answers"


@dataclass(frozen=True, slots=True)
class Walk:
    """The answers so far, all given at one moment."""

    questionnaire: Questionnaire
    at: datetime
    answers: tuple[Answer, ...] = ()

    @property
    def state(self) -> State:
        state = State("en", answers=self.answers)
        return replace(state, going_on=not course.writes_briefly(state))

    @property
    def question(self) -> Question | None:
        """The next; None at the end."""
        return next(course.left(self.questionnaire, self.state), None)

    @property
    def options(self) -> tuple[Option, ...]:
        """Those of the question, open to whoever writes; without the calendars, as days are typed."""
        question = self.question
        offered = course.offered(question, self.state) if question is not None else ()
        return tuple(one for one in offered if one.pick is None)

    def with_answer(self, answer: Answer) -> Walk:
        return replace(self, answers=(*self.answers, answer))

    def skipped(self, question: Question) -> Walk:
        return self.with_answer(Answer(question.id, question.skip or (), "", self._second))

    def answered(self, question: Question, given: Sequence[str]) -> Walk | Text | str:
        """With option ids, a day or a text as the answer; a Text says what is wrong with it."""
        ids = [option.id for option in self.options]
        if given and all(one in ids for one in given):
            alone = [one for one in given if (option := question.option(one)) is not None and option.alone]
            if len(given) > 1 and (question.kind != "many" or alone):
                return NOT_ONE
            return self.with_answer(Answer(question.id, tuple(dict.fromkeys(given)), "", self._second))
        words = " ".join(given)
        if question.kind == "date" and written_date(words) is not None:
            found: Answer | Unsure | Text | None = typed.day_as_answer(question, words, self.at, self.questionnaire)
        else:
            found = typed.words_as_answer(question, self.state, words, self.at, self.questionnaire)
        match found:
            case Answer():
                return self.with_answer(found)
            case Unsure() if len(found.values) == 1:
                return self.with_answer(Answer(question.id, found.values, "", self._second))
            case Unsure():
                return f"it may be any of {', '.join(found.values)}: write the one that is meant"
            case Text():
                return found
        return NOT_ONE

    @property
    def _second(self) -> int:
        return int(self.at.timestamp())


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a walk comes to: for who writes, their answers in the order given and the help; for the coordinator, the
    summary of the case."""

    assessment: Assessment
    fired: tuple[Rule, ...]
    helps: tuple[Help, ...]
    person: tuple[Line, ...]
    coordinator: tuple[Line, ...]


def outcome(walk: Walk, now: datetime, *, pressed: bool = False) -> Outcome:
    """As it is judged at ``now``. ``pressed``: the person said that it has become urgent."""
    asked = walk.questionnaire
    assessment = assess(asked, walk.answers, now, pressed_urgent=pressed)
    chosen = walk.state.chosen
    own = course.speaks_for_self(walk.state)
    return Outcome(
        assessment,
        tuple(rule for rule in asked.rules if rule.id in assessment.fired),
        tuple(one for one in asked.help if holds(one.when, chosen)),
        tuple(line_of(asked.questions[one.question], one, asked, own) for one in walk.answers if not one.skipped),
        summarise(asked, [{"answers": [answer.to_json() for answer in walk.answers]}]),
    )


def replay(walk: Walk, given: Mapping[str, Sequence[str]]) -> tuple[Walk, tuple[tuple[str, Text | str], ...]]:
    """Answers from a file, by question; what it doesn't name is skipped, and the walk ends where that can't be.

    Beside the walk, what is wrong by question: answers that are none, questions that are never asked.
    """
    wrong: list[tuple[str, Text | str]] = []
    while (question := walk.question) is not None:
        if not given.get(question.id):
            if question.skip is None:
                wrong.append((question.id, "it can't be skipped"))
                break
            walk = walk.skipped(question)
            continue
        after = walk.answered(question, given[question.id])
        if not isinstance(after, Walk):
            wrong.append((question.id, after))
            break
        walk = after
    if not wrong:
        asked = {answer.question for answer in walk.answers}
        wrong = [(name, "not asked after these answers") for name in given if name not in asked]
    return walk, tuple(wrong)
