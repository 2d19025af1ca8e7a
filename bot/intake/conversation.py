"""The conversation: ``advance(questionnaire, state, event, now) -> (state, screen, effects)``.

Its whole state is the answers given so far and the phase. The next question is computed, so that a
restart, a redelivery or a new version of the questionnaire strands nobody. An event that does not fit
changes nothing and shows the present screen again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.intake import coming_back, mailbox, triage
from bot.intake.answers import Answer
from bot.intake.course import settled, speaks_for_self
from bot.intake.leaving import cleared, covered_up, safety_asked_again
from bot.intake.pressing import pressed, wrote
from bot.intake.question import Question, holds
from bot.intake.questionnaire import Questionnaire
from bot.intake.refusals import refusal
from bot.intake.rules import Urgency
from bot.intake.state import (
    Asked,
    Choice,
    Clear,
    Effect,
    Event,
    Locked,
    Opened,
    Phase,
    Pressed,
    Record,
    Screen,
    Silence,
    Started,
    State,
    Step,
    Unreached,
    Unreadable,
    Wrote,
)
from bot.intake.typed import clean
from bot.intake.views import NOBODY, view

__all__ = ["Choice", "Screen", "State", "advance", "begin", "next_wake", "view"]

UNANSWERED = timedelta(minutes=3)
"""After this silence a stage-1 question not yet reached counts as unknown."""
HIDDEN = timedelta(minutes=10)
HIDDEN_WHERE_HELD = timedelta(minutes=3)
UNFINISHED = timedelta(minutes=30)
TAKEN_CLEARED = timedelta(seconds=60)
LOCKED, LOCKED_WHERE_HELD = timedelta(hours=24), timedelta(minutes=3)
"""After this silence a chat with a code word locks, and one whose person has sent that they are held."""

_IN_CONVERSATION = (Phase.QUESTIONS, Phase.OFFER, Phase.REVIEW)


def begin(language: str) -> State:
    """A stranger's state."""
    return State(language)


def advance(
    questionnaire: Questionnaire, state: State, event: Event, now: datetime
) -> tuple[State, Screen, tuple[Effect, ...]]:
    """One event carried through: the new state, the screen it shows, and what must be done."""
    new, effects, notice = _step(questionnaire, *settled(questionnaire, state), event, now)
    if not isinstance(event, Silence | Locked | Opened | Unreached):
        new = replace(new, touched=int(now.timestamp()))
    leaving = any(isinstance(effect, Clear) for effect in effects)
    new, recorded = _record(questionnaire, state, new, now, leaving)
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
    waits = [after] if (after := _locks_after(state)) else []
    if not state.hidden:
        if state.phase in (Phase.TAKEN, Phase.UNSAFE):
            waits.append(TAKEN_CLEARED)
        else:
            waits.append(_hides_after(questionnaire, state))
    if state.phase in _IN_CONVERSATION and not state.recorded and questionnaire.enough in state.chosen:
        waits += [UNANSWERED, UNFINISHED]
    return waits


def _hides_after(questionnaire: Questionnaire, state: State) -> timedelta:
    return HIDDEN_WHERE_HELD if state.guarded or questionnaire.held(state.chosen) else HIDDEN


def _locks_after(state: State) -> timedelta | None:
    if state.guarded and state.phase is Phase.HOME:
        return LOCKED_WHERE_HELD
    return LOCKED if state.word else None


# Recording ------------------------------------------------------------------------------------------


def _record(
    questionnaire: Questionnaire, old: State, new: State, now: datetime, leaving: bool
) -> tuple[State, tuple[Effect, ...]]:
    """Hands the answers to the case as soon as there must be one, and every later change to it.

    ``leaving``: the chat is being cleared, so that the rest may never come.
    """
    if new.phase in (Phase.CONSENT, Phase.DECLINED) or not (new.answers or (new.recorded and old.answers)):
        return new, ()
    silence = now.timestamp() - new.touched
    enough = questionnaire.enough in new.chosen
    silent = enough and not new.update and silence >= UNANSWERED.total_seconds()
    sent = new.phase is Phase.HOME
    if sent and not new.update:
        new = replace(new, helps=_helps(questionnaire, new), another=not speaks_for_self(new))
    if sent and enough and speaks_for_self(new):
        new = replace(new, guarded=questionnaire.locks(new.chosen))
    begun = new
    if not new.recorded:
        unfinished = enough and (leaving or silence >= UNFINISHED.total_seconds())
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
        case Asked(what="exit"):
            return cleared(state)
        case Asked(what="erase"):
            nothing = state.phase in (Phase.CONSENT, Phase.DECLINED)
            return (_started(state) if nothing else replace(state, menu="erase", reading=0)), (), None
        case Asked(what="return"):
            return replace(state, menu=coming_back.RETURN, hidden=False, reading=0), (), None
        case Asked(what="code"):
            return replace(state, menu=coming_back.CODE, coded=True, partial=()), (), None
        case Opened(at=at):
            menu = "" if state.menu == "unreached" else state.menu
            return replace(state, opened=at, unreached=0, menu=menu), (), None
        case Unreached(at=at):
            return _unreached(questionnaire, state, at, now)
        case Unreadable(kind=kind):
            return state, (), refusal(kind)
        case Silence():
            return _silence(questionnaire, state, now)
        case Locked():
            return cleared(state, wipes=False)
        case Pressed():
            return pressed(questionnaire, state, question, event, now)
        case Wrote():
            return wrote(questionnaire, state, question, clean(event.text), now)
    return state, (), None


def _started(state: State) -> State:
    state = replace(state, reading=0)
    if _has_more_to_hide(state):
        return replace(state, hidden=True)
    if state.phase is Phase.DECLINED:
        return replace(state, phase=Phase.CONSENT)
    return replace(safety_asked_again(state), menu="")


def _has_more_to_hide(state: State) -> bool:
    """Whether /start may come from a hand that is not the person's: it resumes behind the neutral line."""
    return state.interrupted and state.phase is not Phase.CONSENT


def _silence(questionnaire: Questionnaire, state: State, now: datetime) -> Step:
    silence = timedelta(seconds=now.timestamp() - state.touched)
    if (locks := _locks_after(state)) and silence >= locks:
        return cleared(state, wipes=False)
    if state.hidden:
        return state, (), None
    if (closing := mailbox.closes(state, now)) and now >= closing:
        return covered_up(state), (), None
    if state.phase in (Phase.TAKEN, Phase.UNSAFE) and silence >= TAKEN_CLEARED:
        return cleared(state, wipes=False)
    if silence >= _hides_after(questionnaire, state):
        return covered_up(state), (), None
    return state, (), None


def _unreached(questionnaire: Questionnaire, state: State, at: int, now: datetime) -> Step:
    """Whoever is at the chat reads it above the present screen; else it stands behind the neutral line."""
    state = replace(state, unreached=at, helps=state.helps or _helps(questionnaire, state))
    if present(questionnaire, state, now):
        return state, (), NOBODY
    return replace(covered_up(state), menu="unreached"), (), None


def _helps(questionnaire: Questionnaire, state: State) -> tuple[str, ...]:
    return tuple(line.id for line in questionnaire.help if holds(line.when, state.chosen))
