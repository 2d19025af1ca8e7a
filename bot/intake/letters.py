"""Letters: what a coordinator writes to a person through the bot, from the press on *Send* until it is read or over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from bot.intake import hours
from bot.intake.rules import Urgency
from bot.intake.text import Text, text

LONGEST_LETTER = 1000
"""In UTF-16 units, as Telegram counts: all letters that may wait fit on one screen."""
UNOPENED = 3
"""Letters that may wait for one person at a time."""
KEPT = 48 * 3600
"""Seconds after which a letter goes, read or not; the day's key that it is kept under lasts that long."""

PHRASES = {
    "channel": text("Is there a safer or a second way to reach you, for example Signal? Please write it here."),
    "date": text("On which day was the paper handed over? Please write the date here."),
    "sign": text("Please do not sign anything that you cannot read."),
    "safe": text("Are you safe now?"),
    "lawyer": text("A lawyer is being looked for."),
}
CALL = "call"
"""The one phrase that names an hour."""


class Wait(StrEnum):
    """Why a letter is not in the person's chat."""

    NOT = ""
    LOCKED = "locked"  # until its word, its code or the holder opens it
    CLEARED = "cleared"  # by hand: until the person writes
    HOURS = "hours"
    SOON = "soon"  # the person has still to say what becomes of a text of theirs, or copies words that are shown once
    UNSAFE = "unsafe"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Letter:
    """Words as they were typed, or a phrase for each to read in their own language; times are unix seconds."""

    id: str
    case: str
    at: int
    words: str = ""
    phrase: str = ""
    hour: int = 0  # of a call
    wait: Wait = Wait.NOT
    told: int = 0  # since when its neutral line is to stand in the chat
    sent: int = 0  # when Telegram had taken that line
    opened: int = 0  # when the person pressed

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> Letter:
        return cls(**{**raw, "wait": Wait(raw["wait"])})

    @property
    def said(self) -> Text:
        return said(self.words, self.phrase, self.hour)


def said(words: str, phrase: str, hour: int) -> Text:
    """The words, or the phrase to be translated."""
    if phrase == CALL:
        return text("We will call you: {moment}", moment=datetime.fromtimestamp(hour, UTC))
    return PHRASES.get(phrase) or text("{words}", words=words)


def offered(urgency: int, safe_hours: Iterable[str]) -> tuple[str, ...]:
    """The phrases in the order in which they are offered: a second channel first where there is little time."""
    rest = (*(phrase for phrase in PHRASES if phrase != "channel"), *((CALL,) if hours.may_call(safe_hours) else ()))
    return ("channel", *rest) if urgency <= Urgency.URGENT else (*rest, "channel")


def too_long(words: str) -> bool:
    return len(words.encode("utf-16-le")) // 2 > LONGEST_LETTER


def unopened(letters: Iterable[Letter]) -> int:
    return sum(not one.opened for one in letters)


def add(letters: tuple[Letter, ...], letter: Letter) -> tuple[Letter, ...]:
    """One more; those that were read go before the screen is full."""
    read = [one for one in letters if one.opened]
    over = read[: max(0, len(letters) + 1 - UNOPENED)]
    return (*(one for one in letters if one not in over), letter)


def look(letter: Letter, wait: Wait, now: int) -> Letter | None:
    """The letter as it stands now, given what is in its way; None once it is over.

    The line of one that was told stays through the night; nothing stays in a chat that is not the person's alone.
    """
    if now >= letter.at + KEPT:
        return None
    if wait is Wait.NOT:
        return replace(letter, wait=wait, told=letter.told or now)
    if letter.told and wait in (Wait.HOURS, Wait.SOON):
        return letter
    return None if letter.opened else replace(letter, wait=wait, told=0, sent=0)
