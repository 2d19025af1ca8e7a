"""The conversation: ``advance(questionnaire, state, event, now) -> (state, screen, effects)``.

Its whole state is the answers given so far and the phase. The next question is computed, so that a
restart, a redelivery or a new version of the questionnaire strands nobody. An event that does not fit
changes nothing and shows the present screen again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.intake import mailbox, triage
from bot.intake.answers import Answer, written_date
from bot.intake.question import Option, Question, holds
from bot.intake.questionnaire import LONGEST_WORDS, Questionnaire
from bot.intake.refusals import refusal
from bot.intake.rules import Urgency
from bot.intake.state import (
    Asked,
    Choice,
    Clear,
    Effect,
    Erase,
    Event,
    Opened,
    Pass,
    Phase,
    Pressed,
    Record,
    Screen,
    Silence,
    Started,
    State,
    Unreached,
    Unreadable,
    Urgent,
    Wrote,
)  # fmt: skip
from bot.intake.text import Text, text
from bot.intake.typed import FARTHEST, clean, day_as_answer, words_as_answer
from bot.intake.views import (
    LANGUAGES,
    NOBODY,
    asked,
    asks_hour,
    current,
    is_offered,
    offered,
    place,
    settled,
    view,
    writes_briefly,
)

__all__ = ["Choice", "Screen", "State", "advance", "begin", "next_wake", "view"]

UNANSWERED = timedelta(minutes=3)
"""After this silence a stage-1 question not yet reached counts as unknown."""
HIDDEN = timedelta(minutes=10)
HIDDEN_WHERE_HELD = timedelta(minutes=3)
UNFINISHED = timedelta(minutes=30)
TAKEN_CLEARED = timedelta(seconds=60)

Step = tuple[State, tuple[Effect, ...], Text | None]
_CODES = tuple(code for code, _ in LANGUAGES)
_IN_CONVERSATION = (Phase.QUESTIONS, Phase.OFFER, Phase.REVIEW)


def begin(language: str) -> State:
    """A stranger's state."""
    return State(language)


def advance(
    questionnaire: Questionnaire, state: State, event: Event, now: datetime
) -> tuple[State, Screen, tuple[Effect, ...]]:
    """One event carried through: the new state, the screen it shows, and what must be done."""
    new, effects, notice = _step(questionnaire, *settled(questionnaire, state), event, now)
    if not isinstance(event, Silence | Opened | Unreached):
        new = replace(new, touched=int(now.timestamp()))
    new, recorded = _record(questionnaire, state, new, now)
    return new, view(questionnaire, new, now, notice), (*recorded, *effects)


def next_wake(questionnaire: Questionnaire, state: State, now: datetime) -> datetime | None:
    """When silence next means something for this conversation; None where it never does."""
    touched = datetime.fromtimestamp(state.touched, now.tzinfo)
    moments = [touched + wait for wait in _waits(questionnaire, state)]
    moments += [closing] if (closing := mailbox.closes(state, now)) else []
    return min((moment for moment in moments if moment > now), default=None)


def present(questionnaire: Questionnaire, state: State, now: datetime) -> bool:
    """Whether the person is at the chat: what they did last has not been covered by the neutral line yet."""
    return not state.hidden and now.timestamp() < state.touched + _hides_after(questionnaire, state).total_seconds()


def _waits(questionnaire: Questionnaire, state: State) -> list[timedelta]:
    waits = []
    if not state.hidden:
        if state.phase in (Phase.TAKEN, Phase.UNSAFE):
            waits.append(TAKEN_CLEARED)
        else:
            waits.append(_hides_after(questionnaire, state))
    if state.phase in _IN_CONVERSATION and not state.recorded and "custody" in state.chosen:
        waits += [UNANSWERED, UNFINISHED]
    return waits


def _hides_after(questionnaire: Questionnaire, state: State) -> timedelta:
    return HIDDEN_WHERE_HELD if questionnaire.held(state.chosen) else HIDDEN


# Recording ------------------------------------------------------------------------------------------


def _record(
    questionnaire: Questionnaire, old: State, new: State, now: datetime
) -> tuple[State, tuple[Effect, ...]]:
    """Hands the answers to the case as soon as there must be one, and every later change to it."""
    if new.phase in (Phase.CONSENT, Phase.DECLINED) or not (new.answers or (new.recorded and old.answers)):
        return new, ()
    silence = now.timestamp() - new.touched
    silent = "custody" in new.chosen and not new.update and silence >= UNANSWERED.total_seconds()
    sent = new.phase is Phase.HOME
    if sent and not new.update:
        new = replace(new, helps=_helps(questionnaire, new))
    begun = new
    if not new.recorded:
        unfinished = silence >= UNFINISHED.total_seconds() and "custody" in new.chosen
        due = sent or unfinished or new.phase is Phase.TAKEN
        if not due and triage.urgency(questionnaire, new.answers, now, silent=silent) > Urgency.URGENT:
            return new, ()
        kind = "sent" if sent else "unfinished" if unfinished else "early"
        begun = replace(new, recorded=True, early=new.early or not sent)
        known: tuple[Answer, ...] = ()
    else:
        kind = "update" if new.update else "sent" if sent else "early"
        known = old.answers
    fresh = tuple(answer for answer in new.answers if answer not in known)
    ids = new.chosen
    removed = tuple(answer.question for answer in known if answer.question not in ids)
    finished = replace(begun, answers=(), partial=(), update=False) if sent else begun
    if new.recorded and not fresh and not removed and not (sent and not new.update):
        return finished, ()
    assessment = triage.assess(questionnaire, new.answers, now, silent=silent)
    return finished, (Record(kind, fresh, removed, assessment),)


# Steps ----------------------------------------------------------------------------------------------


def _step(
    questionnaire: Questionnaire, state: State, question: Question | None, event: Event, now: datetime
) -> Step:
    match event:
        case Started():
            return _started(state), (), None
        case Asked(what="language"):
            return (state if state.hidden else replace(state, menu="language", reading=0)), (), None
        case Asked(what="clear"):
            return _cleared(state)
        case Opened(at=at):
            menu = "" if state.menu == "unreached" else state.menu
            return replace(state, opened=at, unreached=0, menu=menu), (), None
        case Unreached(at=at):
            return _unreached(questionnaire, state, at, now)
        case Unreadable(kind=kind):
            return state, (), refusal(kind)
        case Silence():
            return _silence(questionnaire, state, now)
        case Pressed():
            return _pressed_with_words(questionnaire, state, question, event, now)
        case Wrote():
            return _wrote(questionnaire, state, question, clean(event.text), now)
    return state, (), None


def _started(state: State) -> State:
    state = replace(state, reading=0)
    if _has_more_to_hide(state):
        return replace(state, hidden=True)
    if state.phase is Phase.DECLINED:
        return replace(state, phase=Phase.CONSENT)
    return replace(_safety_asked_again(state), menu="")


def _safety_asked_again(state: State) -> State:
    if state.phase is not Phase.UNSAFE:
        return state
    kept = tuple(one for one in state.answers if one.question != "safe_now")
    return replace(state, phase=Phase.QUESTIONS, answers=kept)


def _has_more_to_hide(state: State) -> bool:
    """Whether /start may come from a hand that is not the person's: it resumes behind the neutral line."""
    return state.interrupted and state.phase is not Phase.CONSENT


def _silence(questionnaire: Questionnaire, state: State, now: datetime) -> Step:
    silence = timedelta(seconds=now.timestamp() - state.touched)
    if state.hidden:
        return state, (), None
    if (closing := mailbox.closes(state, now)) and now >= closing:
        return _neutral(state), (), None
    if state.phase in (Phase.TAKEN, Phase.UNSAFE) and silence >= TAKEN_CLEARED:
        return _cleared(state)
    if silence >= _hides_after(questionnaire, state):
        return _neutral(state), (), None
    return state, (), None


def _unreached(questionnaire: Questionnaire, state: State, at: int, now: datetime) -> Step:
    """Whoever is at the chat reads it above the present screen; else it stands behind the neutral line."""
    state = replace(state, unreached=at, helps=state.helps or _helps(questionnaire, state))
    if present(questionnaire, state, now):
        return state, (), NOBODY
    return replace(_neutral(state), menu="unreached"), (), None


def _helps(questionnaire: Questionnaire, state: State) -> tuple[str, ...]:
    return tuple(line.id for line in questionnaire.help if holds(line.when, state.chosen))


def _cleared(state: State) -> Step:
    state = _safety_asked_again(state)
    after = Phase.QUESTIONS if state.phase is Phase.TAKEN else state.phase
    return _neutral(replace(state, phase=after)), (Clear(),), None


def _neutral(state: State) -> State:
    """Behind the neutral line; what was half chosen or being changed would show an answer after it."""
    if state.changing:
        state = replace(state, changing="", phase=Phase.REVIEW)
    begun = state.phase not in (Phase.CONSENT, Phase.DECLINED)
    interrupted = state.interrupted or begun
    return replace(state, hidden=True, interrupted=interrupted, menu="", partial=(), reading=0)


def _wrote(
    questionnaire: Questionnaire, state: State, question: Question | None, words: str, now: datetime
) -> Step:
    if state.phase in (Phase.CONSENT, Phase.DECLINED) or not words:
        return replace(state, phase=Phase.CONSENT if state.phase is Phase.DECLINED else state.phase), (), None
    if state.reading:
        return mailbox.wrote(state, words)
    question = _asking(questionnaire, state, question)
    on_top = mailbox.place(state)
    if question and not (state.hidden or state.menu or state.stray or on_top):
        answer = words_as_answer(question, state, words, now, questionnaire)
        if isinstance(answer, Text):
            return state, (), answer
        if answer is not None and state.phase is Phase.TAKEN:
            return _city(state, answer)
        if answer is not None:
            return _answered(questionnaire, state, answer), (), None
    stray = f"{state.stray}\n{words}" if state.stray else words
    if len(stray) > LONGEST_WORDS:
        return state, (), text("That is too long. Longest text, in characters: {limit}", limit=LONGEST_WORDS)
    return replace(state, stray=stray), (), None


def _pressed_with_words(
    questionnaire: Questionnaire, state: State, question: Question | None, press: Pressed, now: datetime
) -> Step:
    """The press, and what was typed behind a label that takes no words as a text that answers nothing."""
    words = clean(press.text)
    if not words or press.place != place(state, question) or state.hidden or state.stray:
        return _pressed(questionnaire, state, question, press, now)
    asking = _asking(questionnaire, state, question)
    taken = asking is not None and _takes_words(asking, asking.option(press.choice), state)
    limit = asking.limit if asking is not None and taken else LONGEST_WORDS
    if len(words) > limit:
        return state, (), text("That is too long. Longest text, in characters: {limit}", limit=limit)
    press = replace(press, text=words if taken else "")
    new, effects, notice = _pressed(questionnaire, state, question, press, now)
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


def _pressed(
    questionnaire: Questionnaire, state: State, question: Question | None, press: Pressed, now: datetime
) -> Step:
    here = place(state, question)
    if press.choice == "-clear":
        return _cleared(state)
    if press.choice == "taken" and press.place in ("consent", "unsafe") and here == press.place:
        return _taken(state, now)
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
        return _menu(state, press)
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
        where = questionnaire.questions["where"]
        if where.option(press.choice) is None:
            return state, (), None
        return _city(state, Answer("where", (press.choice,), press.text, int(now.timestamp())))
    if question is None:
        return state, (), None
    return _question(questionnaire, state, question, press, now)


def _taken(state: State, now: datetime) -> Step:
    """One press that counts as consent; the alert leaves with the answer it gives."""
    taken = Answer("custody", ("being_taken",), "", int(now.timestamp()))
    kept = tuple(answer for answer in state.answers if answer.question != "custody")
    return replace(state, phase=Phase.TAKEN, answers=(*kept, taken), menu="", partial=()), (), None


def _city(state: State, answer: Answer) -> Step:
    kept = tuple(one for one in state.answers if one.question != answer.question)
    return _cleared(replace(state, answers=(*kept, answer)))


def _menu(state: State, press: Pressed) -> Step:
    closed = replace(state, menu="")
    if state.menu == "language" and press.choice in _CODES:
        return replace(closed, language=press.choice), (), None
    if state.menu == "erase" and press.choice == "yes":
        return State(state.language), (Erase(), Clear()), None
    return closed, (), None


def _consent(questionnaire: Questionnaire, state: State, press: Pressed, now: datetime) -> Step:
    if press.choice in _CODES:
        return replace(state, language=press.choice), (), None
    if press.choice == "more":
        return replace(state, menu="more"), (), None
    if press.choice == "no":
        return replace(state, phase=Phase.DECLINED), (), None
    if press.choice == "agree":
        return _onward(questionnaire, replace(state, phase=Phase.QUESTIONS)), (), None
    return state, (), None


def _declined(questionnaire: Questionnaire, state: State, press: Pressed, now: datetime) -> Step:
    return replace(state, phase=Phase.CONSENT), (), None


def _offer(questionnaire: Questionnaire, state: State, press: Pressed, now: datetime) -> Step:
    if press.choice == "send":
        return replace(state, phase=Phase.HOME), (), None
    if press.choice == "go_on" and not writes_briefly(state):
        return _onward(questionnaire, replace(state, phase=Phase.QUESTIONS, going_on=True)), (), None
    if press.choice == "review" and not state.interrupted:
        return replace(state, phase=Phase.REVIEW), (), None
    if press.choice == "-back" and not state.interrupted:
        return _back(state), (), None
    return state, (), None


def _review(questionnaire: Questionnaire, state: State, press: Pressed, now: datetime) -> Step:
    if press.choice == "-send":
        return replace(state, phase=Phase.HOME), (), None
    if state.interrupted:
        return state, (), None
    if press.choice == "-back":
        back = _back(state) if state.going_on else replace(state, phase=Phase.OFFER)
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
            return State(state.language, Phase.QUESTIONS, early=state.early, letters=state.letters), (), None
        case "erase":
            return replace(state, menu="erase"), (), None
    return state, (), None


def _question(
    questionnaire: Questionnaire, state: State, question: Question, press: Pressed, now: datetime
) -> Step:
    choice, at = press.choice, int(now.timestamp())
    if choice == "-back":
        return (state if state.interrupted else _back(state)), (), None
    if choice == "-skip":
        if question.skip is None:
            return state, (), None
        return _answered(questionnaire, state, Answer(question.id, question.skip, "", at)), (), None
    if choice == "-done" and question.kind == "many":
        if not state.partial:
            return state, (), text("Nothing is chosen yet. You can also press Skip.")
        order = [option.id for option in question.options if option.id in state.partial]
        return _answered(questionnaire, state, Answer(question.id, tuple(order), "", at)), (), None
    if question.kind == "date":
        return _date_pressed(questionnaire, state, question, choice, now)
    option = next((option for option in offered(question, state) if option.id == choice), None)
    if option is None:
        return state, (), None
    if question.kind == "many":
        return replace(state, partial=_toggled(question, state.partial, option.id)), (), None
    if option.asks and not press.text:
        return replace(state, partial=(option.id,)), (), None
    return _answered(questionnaire, state, Answer(question.id, (option.id,), press.text, at)), (), None


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
            _answered(questionnaire, state, Answer(question.id, (choice,), "", int(now.timestamp()))),
            (),
            None,
        )
    answer = day_as_answer(question, choice, now, questionnaire)
    if isinstance(answer, Answer):
        return _answered(questionnaire, state, answer), (), None
    return state, (), answer


def _answered(questionnaire: Questionnaire, state: State, answer: Answer) -> State:
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
    return _onward(questionnaire, new)


def _open_to(state: State, question: Question, answer: Answer) -> bool:
    """Whether whoever writes is still offered what was chosen."""
    return all(is_offered(option, state) for option in question.options if option.id in answer.values)


def _onward(questionnaire: Questionnaire, state: State) -> State:
    """To the next question, or to what stands at the end of the stage."""
    return settled(questionnaire, replace(state, phase=Phase.QUESTIONS))[0]


def _back(state: State) -> State:
    if state.partial:
        return replace(state, partial=())
    if state.changing:
        return replace(state, changing="", phase=Phase.REVIEW)
    if not state.answers:
        return replace(state, phase=Phase.HOME if state.code else Phase.CONSENT, update=False)
    return replace(state, answers=state.answers[:-1], phase=Phase.QUESTIONS)
