"""The code word: what opens a locked chat again. It is typed twice, and never part of a state."""

from __future__ import annotations

from dataclasses import replace

from bot.intake.state import Choice, Effect, Keep, Pressed, Screen, State
from bot.intake.text import Text, text

SHORTEST, LONGEST = 6, 40
WORD, AGAIN = "word", "word_again"
DIFFERS = "differs"
"""In a state's ``partial``: what was typed the second time was another word."""


def view(state: State, controls: tuple[Choice, ...], notice: Text | None) -> Screen:
    if state.menu == AGAIN:
        return Screen(AGAIN, (text("Write the same word once more."),), controls=(controls,), notice=notice)
    lines: list[Text] = [text("A code word is set.") if state.word else text("Code word")]
    if state.partial == (DIFFERS,):
        lines.append(text("Those were two different words. Please begin again."))
    lines += [
        text("This chat then looks unused: when you clear it, when a coordinator locks it, after 24 hours of silence."),
        text("It opens again when the word is written here. Nobody can tell you the word if you forget it."),
        text("Without the word nothing written here is kept; a coordinator only learns that somebody tried."),
        text("Messages for you wait until you write the word. Please look in once a day."),
        text(
            "Write the word now: letters, at least {shortest}, nothing that somebody else may write here by chance.",
            shortest=SHORTEST,
        ),
    ]
    choices = (Choice("none", text("No code word any more")),) if state.word else ()
    return Screen(WORD, tuple(lines), choices, (controls,), notice=notice)


def wrote(state: State, words: str) -> tuple[State, tuple[Effect, ...], Text | None]:
    """What is typed on one of these screens; whether both were one word is known only to who keeps it."""
    if state.menu == AGAIN:
        return replace(state, menu=WORD, partial=()), (Keep(words),), None
    if refused := refusal(words):
        return state, (), refused
    return replace(state, menu=AGAIN, partial=()), (Keep(words),), None


def pressed(state: State, press: Pressed) -> tuple[State, tuple[Effect, ...], Text | None]:
    if press.choice == "none":
        return replace(state, menu="", partial=(), word=False), (Keep(""),), None
    return replace(state, menu="", partial=()), (), None


def refusal(words: str) -> Text | None:
    """What is wrong with this as a code word: it must be long enough not to be hit by chance."""
    letters = [char for char in words.casefold() if char.isalpha()]
    if len(words) > LONGEST:
        return text("That is too long. Longest text, in characters: {limit}", limit=LONGEST)
    if len(letters) < SHORTEST or len(set(letters)) < SHORTEST // 2:
        return text("That is too easy to hit by chance. Letters at least: {shortest}", shortest=SHORTEST)
    return None
