"""What can be wrong with the house itself: the one list that /health, the alarm, the figures and `check` go by.

Facts are read once, in one transaction; whether they are an alarm is decided here and nowhere else. Nothing of a case
or a person is among them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from bot.intake.questionnaire import Questionnaire
from bot.store.records import Body, KeyCount, Staff
from bot.store.work import Work
from bot.telegram import duty, pager
from bot.telegram.actions import DESK, role_of
from bot.vault import Kind, State

DAY = 24 * 3600
BACKUP = "backup"
"""In the house's state: when the last good one was made, its size and folder; when one failed since."""
BACKUP_WITHIN = 26 * 3600
FIRST_BACKUP_WITHIN = 2 * DAY
"""After the keys were made, of which it knows only the day."""
STUCK_AFTER = 15 * 60
"""Seconds that a message may wait which could go: a surge is through by then, a broken line is not."""
LEAST_PART, LEAST_BYTES = 0.05, 256 * 1024**2
"""Of the data folder's disk, below either of which it is nearly full."""


class Cause(StrEnum):
    """In the order in which they are looked at."""

    OUTBOX = "outbox"
    DUTY = "duty"
    ABSENT = "absent"
    DISK = "disk"
    BACKUP = "backup"
    KEY = "key"
    CLOCK = "clock"
    PAGER = "pager"
    CONTACTS = "contacts"


@dataclass(frozen=True, slots=True)
class Disk:
    free: int
    size: int

    @property
    def part(self) -> float:
        return self.free / self.size if self.size else 1.0


@dataclass(frozen=True, slots=True)
class Facts:
    """How the house is at one moment. Times are unix seconds, spans seconds."""

    now: int
    begun: int  # when its first key was made
    backup: int | None
    on_duty: int
    absent: int  # coordinators and administrators whom the bot can't write to
    waited: int  # by the message that has waited longest of those that could go
    late: bool  # the rotation of the case keys
    doubt: bool  # of the clock
    unpaged: bool
    unverified: int  # contacts, help lines and legal clocks
    disk: Disk | None

    @property
    def backup_age(self) -> int | None:
        return None if self.backup is None else max(self.now - self.backup, 0)


def findings(facts: Facts) -> tuple[Cause, ...]:
    """What an administrator has to look at."""
    age = facts.backup_age
    amiss = {
        Cause.OUTBOX: facts.waited > STUCK_AFTER,
        Cause.DUTY: not facts.on_duty,
        Cause.ABSENT: facts.absent > 0,
        Cause.DISK: facts.disk is not None and is_nearly_full(facts.disk),
        Cause.BACKUP: facts.now - facts.begun > FIRST_BACKUP_WITHIN if age is None else age > BACKUP_WITHIN,
        Cause.KEY: facts.late and not facts.doubt,
        Cause.CLOCK: facts.doubt,
        Cause.PAGER: facts.unpaged,
        Cause.CONTACTS: facts.unverified > 0,
    }
    return tuple(cause for cause in Cause if amiss[cause])


def is_nearly_full(disk: Disk) -> bool:
    return disk.part < LEAST_PART or disk.free < LEAST_BYTES


def read(work: Work, rotation_days: int, folder: Path | None, questionnaire: Questionnaire | None) -> Facts:
    """No case is opened for it."""
    state, keys, staff, now = work.state(), work.keys(), work.staff(), int(work.now.timestamp())
    return Facts(
        now=now,
        begun=_begun(keys),
        backup=last_backup(state),
        on_duty=sum(duty.answers(one, work.now) for one in duty.crew(staff)),
        absent=sum(map(_absent, staff)),
        waited=max((now - queue.since for queue in work.queues(now)), default=0),
        late=is_overdue(keys, rotation_days, work.now.date()),
        doubt=bool(state.get("doubt")),
        unpaged=pager.is_failing(state),
        unverified=unverified(questionnaire) if questionnaire is not None else 0,
        disk=disk(folder),
    )


def due(keys: Iterable[KeyCount], rotation_days: int, today: date) -> date:
    """The day on which the case key has served its time; today, if a wrong clock dated it in the future."""
    for one in keys:
        if one.state is not None and one.state.kind is Kind.CASE and one.state.state is State.ACTIVE:
            return one.state.created + timedelta(days=rotation_days) if one.state.created <= today else today
    raise LookupError("no active case key")


def is_overdue(keys: Iterable[KeyCount], rotation_days: int, today: date) -> bool:
    return today > due(keys, rotation_days, today)


def unverified(questionnaire: Questionnaire) -> int:
    """How much of what people are shown no lawyer has confirmed."""
    marks = [*(one.verified for one in questionnaire.clocks), *(one.verified for one in questionnaire.help)]
    return marks.count(False)


def last_backup(state: Body) -> int | None:
    """Whoever makes a backup writes when into the state."""
    made = state.get(BACKUP, {}).get("at")
    return made if isinstance(made, int) else None


def disk(folder: Path | None) -> Disk | None:
    """Of the disk that holds the data; None where it can't be told."""
    try:
        usage = shutil.disk_usage(folder) if folder is not None else None
    except OSError:
        return None
    return Disk(usage.free, usage.total) if usage is not None else None


def _begun(keys: list[KeyCount]) -> int:
    made = min(one.state.created for one in keys if one.state is not None)
    return int(datetime(made.year, made.month, made.day, tzinfo=UTC).timestamp())


def _absent(one: Staff) -> bool:
    body = one.body
    return role_of(one) in DESK and not body.get("removed") and not body.get("reachable", True)
