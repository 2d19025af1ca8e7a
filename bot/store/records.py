"""What the store takes and gives: frozen values, and the one error it raises by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Any

Body = dict[str, Any]


class StoreError(Exception):
    """The database can't be used. ``hint`` says what to do; neither holds anything stored."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Priority(IntEnum):
    """What goes out first. Wakes are timers: never sent, handed to the app when due."""

    CRITICAL = 0
    ALERT = 1
    REPLY = 2
    GREETING = 3
    WAKE = 9


@dataclass(frozen=True, slots=True)
class Chat:
    """A person's chat. ``lasting``: a case exists, so the address outlives the day's draft key."""

    id: bytes
    user: int
    address: Body
    draft: Body | None
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A case by its head; ``head["code"]`` is the case code. ``expires``: the last day it is kept."""

    id: bytes
    chat: bytes | None
    head: Body
    expires: date | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Something to send or to wake for. ``not_before`` is unix seconds; ``turn`` tells versions apart."""

    id: bytes
    priority: int
    not_before: int
    turn: int
    body: Body


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a chat that holds one message of ours."""

    id: bytes
    case: bytes | None
    body: Body


@dataclass(frozen=True, slots=True)
class Staff:
    """A coordinator or administrator."""

    id: bytes
    user: int
    body: Body


@dataclass(frozen=True, slots=True)
class Pruned:
    """How much a pruning removed."""

    chats: int
    drafts: int
    messages: int
    updates: int
    keys: int
