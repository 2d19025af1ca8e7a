"""What the store takes and gives: frozen values, and the one error it raises by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum
from typing import Any

from bot.vault import KeyState

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

    chats: int = 0
    drafts: int = 0
    messages: int = 0
    updates: int = 0
    keys: int = 0


class Act(StrEnum):
    """What the audit log tells of."""

    READ = "read"
    TAKE = "take"
    NOTE = "note"
    CHANGE = "change"
    LINK = "link"
    UNLINK = "unlink"
    WRITE = "write"
    EXPORT = "export"
    BUNDLE = "bundle"
    DRAFT_HANDOVER = "draft handover"
    DRAFT_HRC = "draft hrc"
    DRAFT_APPEAL = "draft appeal-592"
    DRAFT_CAT = "draft cat"
    DRAFT_SPECIAL = "draft special-procedures"
    DRAFT_ASYLUM = "draft asylum"
    COUNT = "count"
    CLOSE = "close"
    RELEASE = "release"
    HAND_OVER = "hand over"
    TAKE_OVER = "take over"
    URGENCY = "urgency"
    ERASE = "erase"
    ERASE_ASKED = "erase asked"
    ERASE_STOPPED = "erase stopped"
    RETURNED = "returned"
    VERIFIED = "verified"
    DISOWNED = "disowned"
    KEY_MADE = "key made"
    KEY_DESTROYED = "key destroyed"
    CUSTODY = "custody"
    AGREED = "agreed"
    PASSPHRASE = "passphrase"
    STAFF = "staff"
    INVITED = "invited"
    WITHDRAWN = "invite withdrawn"
    REFUSED = "refused"
    CLOCK_DOUBT = "clock doubt"
    CLOCK_CONFIRMED = "clock confirmed"
    CHECKPOINT = "checkpoint"
    COPIED = "copied"
    BACKED_UP = "backed up"
    RESTORED = "restored"
    SWITCHED = "switched"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """``who`` is an actor's pseudonym, ``what`` an act, ``about`` an id in hex, ``at`` unix seconds."""

    number: int
    who: str
    what: str
    about: str
    at: int


class Fault(StrEnum):
    """What is wrong with the audit log."""

    ALTERED = "altered"
    MISSING = "missing"
    CUT = "cut"
    REWRITTEN = "rewritten"


@dataclass(frozen=True, slots=True)
class Verdict:
    """On the audit log: how many entries were followed, to which head, and the first fault with its number."""

    entries: int
    head: tuple[int, str]
    fault: Fault | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Process:
    """A process at work on this database, and the keyring's generation it has; ``ends`` is unix seconds."""

    id: bytes
    generation: int
    ends: int


@dataclass(frozen=True, slots=True)
class KeyCount:
    """A key of the keyring and how many wraps stand under it; ``state`` is None for all ids not in it."""

    state: KeyState | None
    wraps: int


@dataclass(frozen=True, slots=True)
class Queue:
    """Rows of one priority that may be sent now, and since when (unix seconds) the first of them might have been."""

    priority: Priority
    count: int
    since: int


@dataclass(frozen=True, slots=True)
class StaleWrap:
    """A wrap as it stands under a case key that is not the active one; ``number`` only grows."""

    number: int
    case: bytes
    entry: bytes
    wrap: bytes
