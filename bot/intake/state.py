"""The values a conversation is made of: its state, what happens to it, what it shows and what it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cached_property
from typing import Any

from bot.intake.answers import Answer
from bot.intake.letters import Letter
from bot.intake.text import Text
from bot.intake.triage import Assessment


class Phase(StrEnum):
    CONSENT = "consent"
    DECLINED = "declined"
    QUESTIONS = "questions"
    OFFER = "offer"  # stage 1 is complete: send now, or go on
    REVIEW = "review"
    UNSAFE = "unsafe"  # it is not safe to write
    TAKEN = "taken"  # "I am being taken now" was pressed
    HOME = "home"  # sent


@dataclass(frozen=True)
class State:
    """All of a conversation; whoever has it and the questionnaire can go on."""

    language: str
    phase: Phase = Phase.CONSENT
    answers: tuple[Answer, ...] = ()
    going_on: bool = False  # stage 2 was chosen
    update: bool = False  # only the questions of a new date or paper
    another: bool = False  # what was sent is about somebody else
    topic: str = ""  # a coordinator tells what has changed: the first of its questions
    partial: tuple[
        str, ...
    ] = ()  # of the question shown: options ticked, a calendar page, an option that waits for its text
    changing: str = ""  # the question being changed from the review
    menu: str = ""  # a screen on top: language, more, help, erase, unreached
    stray: str = ""  # a text that answered nothing, until the person says what to do with it
    hidden: bool = False  # a neutral line stands in the chat
    interrupted: bool = False  # was hidden or cleared: no back and no review in this sitting
    recorded: bool = False  # the answers are a case
    early: bool = False  # a case of this chat began before it was sent
    code: str = ""
    helps: tuple[str, ...] = ()  # ids of the self-help lines that fit what was sent
    opened: int = 0  # when a coordinator opened the case, unix seconds
    unreached: int = 0  # when it was said that nobody could be reached yet, unix seconds
    letters: tuple[Letter, ...] = ()  # what a coordinator wrote, until it is read or over
    reading: int = 0  # since when they are open, unix seconds
    touched: int = 0  # the person's last act, unix seconds
    word: bool = False  # a code word opens this chat
    coded: bool = False  # a return code was shown for what was sent
    guarded: bool = False  # who sent it is held: minutes of silence lock the chat
    wipes: bool = False  # clearing the chat erases what was sent, too
    anew: bool = False  # each screen is a new message, for who has it read aloud

    def to_json(self) -> dict[str, Any]:
        raw = {name: getattr(self, name) for name in _FIELDS}
        return {
            **raw,
            "phase": self.phase.value,
            "answers": [answer.to_json() for answer in self.answers],
            "partial": list(self.partial),
            "helps": list(self.helps),
            "letters": [letter.to_json() for letter in self.letters],
        }

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> State:
        known = {name: raw[name] for name in _FIELDS if name in raw}
        return cls(
            **{
                **known,
                "phase": Phase(raw["phase"]),
                "answers": tuple(Answer.from_json(answer) for answer in raw["answers"]),
                "partial": tuple(raw["partial"]),
                "helps": tuple(raw.get("helps", ())),
                "letters": tuple(Letter.from_json(letter) for letter in raw.get("letters", ())),
            }
        )

    @cached_property
    def chosen(self) -> Mapping[str, tuple[str, ...]]:
        return {answer.question: answer.values for answer in self.answers}


_FIELDS = tuple(one.name for one in fields(State))
OF_THE_CHAT = ("language", "early", "letters", "word", "guarded", "wipes", "anew")
"""What stays when the chat turns to another person."""


# What happens to it ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wrote:
    """A text that names no button of the screen."""

    text: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button (or its label, typed): the screen it stood on, its choice, and a text typed after the label."""

    place: str
    choice: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Started:
    """/start, or the first thing ever written."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A command: ``language``, ``exit``, ``erase`` or ``return``; ``code``: words are to be shown now."""

    what: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that is not a text: a photo, a sticker, an edited or forwarded message."""

    kind: str


@dataclass(frozen=True, slots=True)
class Silence:
    """Time has passed without an act of the person."""


@dataclass(frozen=True, slots=True)
class Locked:
    """The holder locks the chat."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A coordinator has opened the case."""

    at: int


@dataclass(frozen=True, slots=True)
class Unreached:
    """Nobody who could take the case could be reached yet."""

    at: int


Event = Wrote | Pressed | Started | Asked | Unreadable | Silence | Locked | Opened | Unreached


# What it shows --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    id: str
    label: Text
    ticked: bool = False


@dataclass(frozen=True, slots=True)
class Screen:
    """One screen: lines of text, the choices, and rows of controls below them."""

    place: str
    lines: tuple[Text, ...]
    choices: tuple[Choice, ...] = ()
    controls: tuple[tuple[Choice, ...], ...] = ()
    columns: int = 1
    notice: Text | None = None


# What it asks for -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Record:
    """Keep these answers in the case (which begins with the first such effect), and what they amount to."""

    kind: str  # early, sent, unfinished, update
    answers: tuple[Answer, ...]
    removed: tuple[str, ...]
    assessment: Assessment


@dataclass(frozen=True, slots=True)
class Pass:
    """Pass these words on to the coordinator; ``reply``: they may answer one who has written."""

    words: str
    reply: bool = False


@dataclass(frozen=True, slots=True)
class Urgent:
    """The person says that it has become urgent."""

    assessment: Assessment


@dataclass(frozen=True, slots=True)
class Clear:
    """Clear and lock the chat: who writes there next is a stranger, until its word, its code or the holder opens it."""


@dataclass(frozen=True, slots=True)
class Keep:
    """Keep this as the chat's code word, first as typed once, then as typed again; ``""``: there is to be none."""

    word: str


@dataclass(frozen=True, slots=True)
class Draw:
    """Make a return code for what was sent, and show its words."""


@dataclass(frozen=True, slots=True)
class Give:
    """Try these words as a return code."""

    words: str


@dataclass(frozen=True, slots=True)
class Erase:
    """Erase everything the person has sent."""


Effect = Record | Pass | Urgent | Clear | Erase | Keep | Draw | Give

Step = tuple[State, tuple[Effect, ...], Text | None]
"""What an event makes of a state, what is to be done, and what is said above the screen."""
