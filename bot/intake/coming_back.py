"""Coming back from another account: the screen that shows a return code once, and the one where it is typed.

The words are part of no state: whoever drew them puts them on the screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.intake.state import Choice, Effect, Give, Screen, State
from bot.intake.text import Text, text

CODE, RETURN = "code", "return"
"""The screens."""
OFFER = Choice("code", text("Return code"))
ASKS = text("Write your six words in one message.")
REFUSED = text("These words open nothing now. After five tries please wait for fifteen minutes.")


def view(state: State, controls: tuple[Choice, ...], notice: Text | None) -> Screen:
    if state.menu == RETURN:
        return Screen(RETURN, (ASKS,), controls=(controls,), notice=notice)
    lines = (OFFER.label, text("The words are shown only once. If you take new ones, earlier words stop working."))
    return Screen(CODE, lines, (Choice("new", text("New words")),), (controls,), notice=notice)


def shown(screen: Screen, words: Sequence[str]) -> Screen:
    """The screen of a code, with its words in their place."""
    lines = (
        OFFER.label,
        text("{words}", words=" ".join(words)),
        text(
            "Write these words down where nobody looks. With them you reach your case from another account:"
            " write /return there."
        ),
        text("Whoever has them can do so, too. They are shown only once; earlier words no longer work."),
    )
    return replace(screen, lines=lines, choices=())


def wrote(state: State, words: str) -> tuple[State, tuple[Effect, ...], Text | None]:
    """Whether they open something is known only to who keeps it; else this is what is seen."""
    return state, (Give(words),), REFUSED
