"""A person's letters on the screen: the neutral line, the letters opened by a press, and the line again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.intake.questionnaire import LONGEST_WORDS
from bot.intake.state import Choice, Effect, Pass, Pressed, Screen, State
from bot.intake.text import Text, text

READ_FOR = timedelta(minutes=5)
LINE, READING = "letter", "reading"


def place(state: State) -> str:
    """The screen of letters that lies on top of the others, if one does."""
    if state.reading:
        return READING
    if state.stray and not state.hidden:
        return ""
    return LINE if any(one.told and (state.hidden or not one.opened) for one in state.letters) else ""


def view(state: State, here: str, clear: Choice, notice: Text | None) -> Screen:
    """What somebody else would see without a press is one neutral line with one button, as where nothing waits."""
    if here == LINE:
        return Screen(LINE, (text("Hello! A message is waiting for you."),), (Choice("show", text("Show it")),))
    lines: list[Text] = [text("Message")]
    for letter in state.letters:
        if letter.opened:
            lines += [text("{moment}", moment=datetime.fromtimestamp(letter.at, UTC)), letter.said]
    lines.append(text("You can answer here. This closes after five minutes."))
    # As controls: a number typed here is an answer, not a choice.
    rows = ((Choice("continue", text("Continue")),), (Choice("delete", text("Delete this message")), clear))
    return Screen(READING, tuple(lines), controls=rows, notice=notice)


def pressed(state: State, press: Pressed, now: datetime) -> tuple[State, tuple[Effect, ...], Text | None]:
    """A press on one of these screens."""
    match press.place, press.choice:
        case "letter", "show":
            at = int(now.timestamp())
            read = tuple(replace(one, opened=one.opened or at) if one.told else one for one in state.letters)
            return replace(state, letters=read, reading=at, hidden=False), (), None
        case "reading", "continue":
            return replace(state, reading=0), (), None
        case "reading", "delete":
            left = tuple(one for one in state.letters if not one.opened)
            return replace(state, letters=left, reading=0), (), text("Deleted.")
    return state, (), None


def wrote(state: State, words: str) -> tuple[State, tuple[Effect, ...], Text | None]:
    """What is typed under an open letter is its answer: nobody is asked what to do with it."""
    if len(words) > LONGEST_WORDS:
        return state, (), text("That is too long. Longest text, in characters: {limit}", limit=LONGEST_WORDS)
    return state, (Pass(words, reply=True),), text("Passed on.")


def closes(state: State, now: datetime) -> datetime | None:
    """When the open letters close again."""
    return datetime.fromtimestamp(state.reading, now.tzinfo) + READ_FOR if state.reading else None
