"""Which questions a person is asked, in which order, and where in them they are: pure functions of the state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.intake import mailbox
from bot.intake.question import Option, Question, holds
from bot.intake.questionnaire import Questionnaire
from bot.intake.state import Phase, State


def speaks_for_self(state: State) -> bool:
    if state.topic or state.another:
        return False
    return state.chosen.get("who", ("self",)) == ("self",)


def writes_briefly(state: State) -> bool:
    """Only stage 1 is asked then."""
    return state.chosen.get("safe_now") == ("brief",)


def asked(questionnaire: Questionnaire, state: State) -> list[Question]:
    """The questions that apply to the answers so far, in order: answered and not yet answered ones."""
    return [one for one in questionnaire.questions.values() if _applies(questionnaire, state, one)]


def left(questionnaire: Questionnaire, state: State) -> Iterator[Question]:
    """Those of them that are not yet answered, in order."""
    chosen = state.chosen
    return (
        one for one in questionnaire.questions.values() if one.id not in chosen and _applies(questionnaire, state, one)
    )


def _applies(questionnaire: Questionnaire, state: State, question: Question) -> bool:
    if state.update:
        again = questionnaire.changes.get(state.topic, questionnaire.update)
        return question.id in again and _applies_later(question, state, again)
    return question.stage <= (2 if state.going_on else 1) and holds(question.when, state.chosen)


def _applies_later(question: Question, state: State, again: tuple[str, ...]) -> bool:
    """Whether it applies judging only by what is asked again; the rest was answered in the case."""
    clauses = [tuple(part for part in clause if part[0] in again) for clause in question.when]
    return holds(tuple(clause for clause in clauses if clause), state.chosen)


def current(questionnaire: Questionnaire, state: State) -> Question | None:
    """The question to be answered now; None where all that apply are answered."""
    if state.changing in questionnaire.questions:
        return questionnaire.questions[state.changing]
    return next(left(questionnaire, state), None)


def settled(questionnaire: Questionnaire, state: State) -> tuple[State, Question | None]:
    """The state, with the question it waits for; at the end of its stage where none is left, as after a new version
    of the questionnaire."""
    if state.phase is not Phase.QUESTIONS:
        return state, None
    question = current(questionnaire, state)
    if question is not None:
        return state, question
    if state.update:
        return replace(state, phase=Phase.HOME), None
    return replace(state, phase=Phase.REVIEW if state.going_on else Phase.OFFER), None


def place(state: State, question: Question | None) -> str:
    """The name a press must carry to count, where the settled state waits for this question."""
    if on_top := mailbox.place(state):
        return on_top
    if state.hidden:
        return "hidden"
    if state.stray:
        return "stray"
    if state.menu:
        return state.menu
    return question.id if question else state.phase.value


def offered(question: Question, state: State) -> tuple[Option, ...]:
    """The options that are open to whoever writes."""
    return tuple(option for option in question.options if is_offered(option, state))


def is_offered(option: Option, state: State) -> bool:
    return option.only is None or option.only == ("self" if speaks_for_self(state) else "another")
