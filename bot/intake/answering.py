"""Answering a question: what a press on it, or a typed answer, makes of the state, and which question comes next."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.intake import echo
from bot.intake.answers import Answer, written_date
from bot.intake.course import asked, current, is_offered, offered, settled
from bot.intake.dates import FARTHEST
from bot.intake.question import Question
from bot.intake.questionnaire import Questionnaire
from bot.intake.state import Phase, Pressed, State, Step
from bot.intake.text import text
from bot.intake.typed import day_as_answer
from bot.intake.views import asks_hour


def question_pressed(
    questionnaire: Questionnaire, state: State, question: Question, press: Pressed, now: datetime
) -> Step:
    choice, at = press.choice, int(now.timestamp())
    if choice == "-back":
        return (state if state.interrupted else went_back(state)), (), None
    if choice == "-skip":
        if question.skip is None:
            return state, (), None
        return answered(questionnaire, state, Answer(question.id, question.skip, "", at)), (), None
    if choice == "-done" and question.kind == "many":
        if not state.partial:
            return state, (), text("Nothing is chosen yet. You can also press Skip.")
        order = [option.id for option in question.options if option.id in state.partial]
        return answered(questionnaire, state, Answer(question.id, tuple(order), "", at)), (), None
    if question.kind == "date":
        return _date_pressed(questionnaire, state, question, choice, now)
    if question.kind == "many":
        return replace(state, partial=_ticked_too(question, state, choice.split())), (), None
    option = next((option for option in offered(question, state) if option.id == choice), None)
    if option is None:
        return state, (), None
    if option.asks and not press.text:
        return replace(state, partial=(option.id,)), (), None
    return answered(questionnaire, state, Answer(question.id, (option.id,), press.text, at)), (), None


def _ticked_too(question: Question, state: State, choices: list[str]) -> tuple[str, ...]:
    """One choice is ticked or unticked; several, typed at once, are ticked."""
    ticked, open_to_them = state.partial, [option.id for option in offered(question, state)]
    for choice in choices:
        if choice in open_to_them and (len(choices) == 1 or choice not in ticked):
            ticked = _toggled(question, ticked, choice)
    return ticked


def _toggled(question: Question, ticked: tuple[str, ...], choice: str) -> tuple[str, ...]:
    if choice in ticked:
        return tuple(one for one in ticked if one != choice)
    chosen = question.option(choice)
    if chosen is not None and chosen.alone:
        return (choice,)
    alone = {option.id for option in question.options if option.alone}
    return (*(one for one in ticked if one not in alone), choice)


def _date_pressed(
    questionnaire: Questionnaire, state: State, question: Question, choice: str, now: datetime
) -> Step:
    if choice == echo.OTHER.id:
        return replace(state, partial=()), (), echo.can_be_written(question)
    if choice.startswith(("-month:", "-hour:")):
        kind, _, value = choice[1:].partition(":")
        today = now.astimezone(questionnaire.zone).date()
        written = written_date(f"{value}-01" if kind == "month" else value)
        picks = asks_hour(question) if kind == "hour" else any(option.pick for option in question.options)
        fits = picks and written is not None and written[1] is None and abs(written[0] - today) <= FARTHEST
        return (replace(state, partial=(choice[1:],)) if fits else state), (), None
    option = question.option(choice)
    if option is not None and option.pick:
        month = f"{now.astimezone(questionnaire.zone):%Y-%m}"
        return replace(state, partial=(f"month:{month}",)), (), None
    if option is not None:
        return (
            answered(questionnaire, state, Answer(question.id, (choice,), "", int(now.timestamp()))),
            (),
            None,
        )
    answer = day_as_answer(question, choice, now, questionnaire)
    if isinstance(answer, Answer):
        return answered(questionnaire, state, answer), (), None
    return state, (), answer


def answered(questionnaire: Questionnaire, state: State, answer: Answer) -> State:
    """The answer kept, what no longer applies dropped, and on to what comes next."""
    kept = tuple(one for one in state.answers if one.question != answer.question)
    new = replace(state, answers=(*kept, answer), partial=(), changing="")
    while True:
        applies = {question.id: question for question in asked(questionnaire, new)}
        fitting = tuple(
            one for one in new.answers if one.question in applies and _open_to(new, applies[one.question], one)
        )
        if fitting == new.answers:
            break
        new = replace(new, answers=fitting)
    if answer.question == "safe_now" and answer.values == ("no",):
        return replace(new, phase=Phase.UNSAFE)
    if state.changing and current(questionnaire, new) is None:
        return replace(new, phase=Phase.REVIEW)
    return onward(questionnaire, new)


def _open_to(state: State, question: Question, answer: Answer) -> bool:
    """Whether whoever writes is still offered what was chosen."""
    return all(is_offered(option, state) for option in question.options if option.id in answer.values)


def onward(questionnaire: Questionnaire, state: State) -> State:
    """To the next question, or to what stands at the end of the stage."""
    return settled(questionnaire, replace(state, phase=Phase.QUESTIONS))[0]


def went_back(state: State) -> State:
    if state.partial:
        return replace(state, partial=())
    if state.changing:
        return replace(state, changing="", phase=Phase.REVIEW)
    if not state.answers:
        return replace(state, phase=Phase.HOME if state.code else Phase.CONSENT, update=False)
    return replace(state, answers=state.answers[:-1], phase=Phase.QUESTIONS)
