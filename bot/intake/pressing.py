"""What a press or a typed text does on each screen."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.intake import coming_back, echo, mailbox, triage, word
from bot.intake.answering import answered, onward, question_pressed, went_back
from bot.intake.answers import Answer
from bot.intake.course import place, writes_briefly
from bot.intake.leaving import cleared
from bot.intake.question import Option, Question, holds
from bot.intake.questionnaire import BEING_TAKEN, LONGEST_WORDS, Questionnaire
from bot.intake.state import OF_THE_CHAT, Clear, Draw, Effect, Erase, Pass, Phase, Pressed, Record, State, Step, Urgent
from bot.intake.text import Text, text
from bot.intake.typed import Unsure, clean, words_as_answer, words_behind
from bot.intake.views import ANEW


def wrote(
    questionnaire: Questionnaire, state: State, question: Question | None, words: str, now: datetime
) -> Step:
    """A text that names no button."""
    if words and place(state, question) == coming_back.RETURN:
        return coming_back.wrote(state, words)
    if state.phase in (Phase.CONSENT, Phase.DECLINED) or not words:
        return replace(state, phase=Phase.CONSENT if state.phase is Phase.DECLINED else state.phase), (), None
    if state.reading:
        return mailbox.wrote(state, words)
    question = _asking(questionnaire, state, question)
    on_top = mailbox.place(state)
    if state.menu in (word.WORD, word.AGAIN) and not (state.hidden or state.stray or on_top):
        return word.wrote(state, words)
    if question and not (state.hidden or state.menu or state.stray or on_top):
        answer = words_as_answer(question, state, words, now, questionnaire)
        if isinstance(answer, Text):
            return state, (), answer
        if isinstance(answer, Unsure):
            return replace(state, partial=echo.marked(answer.values)), (), None
        if answer is not None and state.phase is Phase.TAKEN:
            return _city(state, answer)
        if answer is not None:
            return answered(questionnaire, state, answer), (), None
    stray = f"{state.stray}\n{words}" if state.stray else words
    if len(stray) > LONGEST_WORDS:
        return state, (), text("That is too long. Longest text, in characters: {limit}", limit=LONGEST_WORDS)
    return replace(state, stray=stray), (), None


def pressed(
    questionnaire: Questionnaire, state: State, question: Question | None, press: Pressed, now: datetime
) -> Step:
    """The press, and what was typed behind a label that takes no words as a text that answers nothing."""
    words = clean(press.text)
    if not words or press.place != place(state, question) or state.hidden or state.stray:
        return pressed_alone(questionnaire, state, question, press, now)
    asking = _asking(questionnaire, state, question)
    if asking is not None and (unsure := words_behind(asking, press.choice, words, now, questionnaire)):
        return replace(state, partial=echo.marked(unsure.values)), (), None
    taken = asking is not None and _takes_words(asking, asking.option(press.choice), state)
    limit = asking.limit if asking is not None and taken else LONGEST_WORDS
    if len(words) > limit:
        return state, (), text("That is too long. Longest text, in characters: {limit}", limit=limit)
    press = replace(press, text=words if taken else "")
    new, effects, notice = pressed_alone(questionnaire, state, question, press, now)
    if taken or new.phase in (Phase.CONSENT, Phase.DECLINED):
        return new, effects, notice
    return replace(new, stray=words), effects, None


def _asking(questionnaire: Questionnaire, state: State, question: Question | None) -> Question | None:
    """The question whose answer is waited for; while being taken away it is the city."""
    return questionnaire.questions.get("where") if state.phase is Phase.TAKEN else question


def _takes_words(question: Question, option: Option | None, state: State) -> bool:
    if question.kind != "choice":
        return False
    return bool(option and option.asks) or (question.typed is not None and holds(question.typed, state.chosen))


def pressed_alone(
    questionnaire: Questionnaire, state: State, question: Question | None, press: Pressed, now: datetime
) -> Step:
    here = place(state, question)
    if press.choice == "-clear":
        return cleared(state)
    if press.choice == "taken" and press.place in ("consent", "unsafe") and here == press.place and questionnaire.takes:
        return _taken(questionnaire, state, now)
    if here in (mailbox.LINE, mailbox.READING) and press.place == here:
        return mailbox.pressed(state, press, now)
    if here == mailbox.LINE:  # what was pressed as the letter came still counts
        here = place(replace(state, letters=()), question)
    if press.place != here:
        return state, (), None
    if here == "hidden":
        return replace(state, hidden=False), (), None
    if here == "stray":
        effects: tuple[Effect, ...] = (Pass(state.stray, state.recorded),) if press.choice == "pass" else ()
        if press.choice == "pass" and not state.recorded:
            state = replace(state, recorded=True, early=True)
            assessment = triage.assess(questionnaire, state.answers, now)
            effects = (Record("early", state.answers, (), assessment), *effects)
        done = text("Passed on.") if press.choice == "pass" else text("Deleted.")
        return replace(state, stray=""), effects, done
    if press.choice == "-language":
        return replace(state, menu="language"), (), None
    if state.menu:
        return _menu(questionnaire, state, press)
    handler = {
        Phase.CONSENT: _consent,
        Phase.DECLINED: _declined,
        Phase.OFFER: _offer,
        Phase.REVIEW: _review,
        Phase.HOME: _home,
    }.get(state.phase)
    if handler is not None:
        return handler(questionnaire, state, press, now)
    if state.phase is Phase.TAKEN:
        where = questionnaire.questions.get("where")
        if where is None or where.option(press.choice) is None:
            return state, (), None
        return _city(state, Answer("where", (press.choice,), press.text, int(now.timestamp())))
    if question is None:
        return state, (), None
    return question_pressed(questionnaire, state, question, press, now)


def _taken(questionnaire: Questionnaire, state: State, now: datetime) -> Step:
    """One press that counts as consent; the alert leaves with the answer it gives."""
    taken = Answer("custody", (BEING_TAKEN,), "", int(now.timestamp()))
    kept = tuple(answer for answer in state.answers if answer.question != "custody")
    state = replace(state, phase=Phase.TAKEN, answers=(*kept, taken), menu="", partial=())
    return (state, (), None) if "where" in questionnaire.questions else cleared(state)


def _city(state: State, answer: Answer) -> Step:
    kept = tuple(one for one in state.answers if one.question != answer.question)
    return cleared(replace(state, answers=(*kept, answer)))


def _menu(questionnaire: Questionnaire, state: State, press: Pressed) -> Step:
    closed = replace(state, menu="")
    if state.menu in (word.WORD, word.AGAIN):
        return word.pressed(state, press)
    if state.menu == coming_back.CODE and press.choice == "new":
        return _coded(state)
    if state.menu == "language" and questionnaire.spoken(press.choice):
        return replace(closed, language=press.choice), (), None
    if press.choice == ANEW.id and state.menu in ("language", "more"):
        return replace(state, anew=not state.anew), (), None
    if state.menu == "erase" and press.choice == "always":
        return replace(state, wipes=not state.wipes), (), None
    if state.menu == "erase" and press.choice == "yes":
        return State(state.language), (Erase(), Clear()), None
    return closed, (), None


def _consent(questionnaire: Questionnaire, state: State, press: Pressed, now: datetime) -> Step:
    if questionnaire.spoken(press.choice):
        return replace(state, language=press.choice), (), None
    if press.choice == "more":
        return replace(state, menu="more"), (), None
    if press.choice == "no":
        return replace(state, phase=Phase.DECLINED), (), None
    if press.choice == "agree":
        return onward(questionnaire, replace(state, phase=Phase.QUESTIONS)), (), None
    return state, (), None


def _declined(questionnaire: Questionnaire, state: State, press: Pressed, now: datetime) -> Step:
    return replace(state, phase=Phase.CONSENT), (), None


def _offer(questionnaire: Questionnaire, state: State, press: Pressed, now: datetime) -> Step:
    if press.choice == "send":
        return replace(state, phase=Phase.HOME), (), None
    if press.choice == "go_on" and not writes_briefly(state):
        return onward(questionnaire, replace(state, phase=Phase.QUESTIONS, going_on=True)), (), None
    if press.choice == "review" and not state.interrupted:
        return replace(state, phase=Phase.REVIEW), (), None
    if press.choice == coming_back.OFFER.id and state.recorded:
        return _coded(state)
    if press.choice == "-back" and not state.interrupted:
        return went_back(state), (), None
    return state, (), None


def _coded(state: State) -> Step:
    return replace(state, menu=coming_back.CODE, coded=True), (Draw(),), None


def _review(questionnaire: Questionnaire, state: State, press: Pressed, now: datetime) -> Step:
    if press.choice == "-send":
        return replace(state, phase=Phase.HOME), (), None
    if state.interrupted:
        return state, (), None
    if press.choice == "-back":
        back = went_back(state) if state.going_on else replace(state, phase=Phase.OFFER)
        return back, (), None
    if press.choice in state.chosen:
        return (
            replace(
                state, phase=Phase.QUESTIONS, changing=press.choice, partial=_ticked(state, press.choice)
            ),
            (),
            None,
        )
    return state, (), None


def _ticked(state: State, question: str) -> tuple[str, ...]:
    """The options of a multiple choice stay ticked while it is changed; nothing else is shown again."""
    values = state.chosen[question]
    return values if len(values) > 1 else ()


def _home(questionnaire: Questionnaire, state: State, press: Pressed, now: datetime) -> Step:
    match press.choice:
        case "add":
            return state, (), text("Write it in one message, then choose to pass it on.")
        case "update":
            begun = replace(
                state, phase=Phase.QUESTIONS, update=True, answers=(), going_on=False, interrupted=False
            )
            return begun, (), None
        case "urgent":
            assessment = triage.assess(questionnaire, (), now, pressed_urgent=True)
            return state, (Urgent(assessment),), text("Passed on as urgent.")
        case "help":
            return replace(state, menu="help"), (), None
        case "another":
            kept = {name: getattr(state, name) for name in OF_THE_CHAT}
            return State(phase=Phase.QUESTIONS, **kept), (), None
        case "word":
            return replace(state, menu=word.WORD, partial=()), (), None
        case coming_back.OFFER.id:
            return _coded(state)
        case "erase":
            return replace(state, menu="erase"), (), None
    return state, (), None
