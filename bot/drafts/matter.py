"""What a case holds, as a draft needs it: every answer in the order of its coming, the words, the clocks that run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from bot.intake import summary, triage
from bot.intake.answers import UNKNOWN, Answer, interval, written_date
from bot.intake.question import Question, holds
from bot.intake.questionnaire import Questionnaire
from bot.intake.rules import Clock
from bot.intake.summary import Line
from bot.intake.text import Text, text

WHO, WRITER = "who", text("Who answered")
WRITERS = {
    "self": text("the person concerned"),
    "relative": text("a relative of the person"),
    "friend": text("a friend of the person"),
    "lawyer": text("a lawyer of the person"),
    "other": text("somebody else"),
}
"""The writer chose among the words of a conversation ("I do"); a draft speaks of everybody in the third person."""
NAMED_BY = {"event_date": "event"}
"""A day whose question does not say of what: another answer does."""


@dataclass(frozen=True, slots=True)
class Told:
    """One answer. ``sitting`` 0 is what was sent; what came later stands beside it and replaces nothing."""

    answer: Answer
    sitting: int = 0
    by_staff: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """Typed without a question: in the person's own language, for good."""

    words: str
    at: int


@dataclass(frozen=True, slots=True)
class Deadline:
    clock: Clock
    starts: datetime | None
    ends: datetime | None
    vague: bool = False
    """Counted from the earliest of several days that the answer can mean."""

    @property
    def first(self) -> datetime | None:
        return self.starts or self.ends


@dataclass(frozen=True)
class Matter:
    questionnaire: Questionnaire
    told: tuple[Told, ...]
    words: tuple[Words, ...]
    grounds: frozenset[str]
    """To whom the holder recorded a ground to tell of the case."""
    now: datetime
    self_writes: bool

    def of(self, question: str) -> tuple[Told, ...]:
        """All answers to a question that say something; the newest last."""
        return tuple(one for one in self.told if one.answer.question == question and not _empty(one.answer))

    def values(self, question: str) -> tuple[str, ...]:
        """What stands of it now."""
        last = [one.answer.values for one in self.told if one.answer.question == question]
        return last[-1] if last else ()

    def applies(self, question: Question) -> bool:
        return holds(question.when, {one.answer.question: one.answer.values for one in self.told})

    def line(self, one: Told) -> Line:
        """In the third person, whoever wrote."""
        question = self.questionnaire.questions[one.answer.question]
        if question.id == WHO and one.answer.values and one.answer.values[0] in WRITERS:
            return Line(WRITER, (WRITERS[one.answer.values[0]],))
        return summary.line_of(question, one.answer, self.questionnaire, self_writes=False)

    def namer(self, one: Told) -> Told | None:
        """The answer that says what happens on this day: the newest at its time."""
        named = [each for each in self.of(NAMED_BY.get(one.answer.question, "")) if each.sitting <= one.sitting]
        return named[-1] if named else None

    def what(self, one: Told) -> Text | None:
        """What happens on a day whose own question does not say it."""
        named = self.namer(one)
        values = self.line(named).values if named is not None else ()
        return values[0] if values else None

    def days(self, one: Told) -> tuple[datetime, datetime] | None:
        """First and last moment that a dated answer can mean, in local time; a written day as it was written."""
        question, zone = self.questionnaire.questions[one.answer.question], self.questionnaire.zone
        found = interval(question, one.answer, zone) if question.kind == "date" else None
        if found is None:
            return None
        written = written_date(one.answer.values[0])
        if written is not None:
            start = datetime(written[0].year, written[0].month, written[0].day, written[1] or 0, tzinfo=zone)
            return start, start + timedelta(hours=1 if written[1] is not None else 24)
        return found[0].astimezone(zone), found[1].astimezone(zone)

    def deadlines(self) -> tuple[Deadline, ...]:
        """As the head of the case has them: what came later is judged by itself, a newer day replaces an older one.

        Judged now: a clock that by these answers runs no more is not among them.
        """
        head: dict[str, Any] | None = None
        for sitting, group in groupby(self.told, key=lambda one: one.sitting):
            told = list(group)
            answers = [one.answer for one in told]
            kind = "sent" if not sitting else "change" if told[0].by_staff else "update"
            judged = triage.assess(self.questionnaire, answers, self.now)
            head = summary.head(head, answers, judged, code="", language="", kind=kind, now=self.now)
        clocks = {clock.id: clock for clock in self.questionnaire.clocks}
        return tuple(
            Deadline(clock, self._local(one["starts"]), self._local(one["ends"]), self._vague(clock))
            for one in (head["deadlines"] if head is not None else ())
            for clock in (clocks[one["clock"]],)
        )

    def _vague(self, clock: Clock) -> bool:
        counted = clock.day is not None or clock.hours is not None or clock.months is not None
        days = [self.days(one) for one in self.of(clock.start or "")[-1:]]
        return counted and any(one is not None and one[1] - one[0] > timedelta(days=1) for one in days)

    def only(self, told: Iterable[Told]) -> Matter:
        """The same case with nothing but these answers."""
        return replace(self, told=tuple(told), words=())

    def _local(self, moment: int | None) -> datetime | None:
        return datetime.fromtimestamp(moment, self.questionnaire.zone) if moment is not None else None


def matter(questionnaire: Questionnaire, entries: Iterable[Mapping[str, Any]], now: datetime) -> Matter:
    """From the entries of a case."""
    entries = list(entries)
    sent, _ = summary.latest(entry for entry in entries if not entry.get("later"))
    told = [Told(answer) for answer in sent]
    for number, entry in enumerate((entry for entry in entries if entry.get("later")), 1):
        for gone in entry.get("removed", ()):
            last = next((one for one in reversed(told) if one.sitting and one.answer.question == gone), None)
            if last is not None:
                told.remove(last)
        by_staff = bool(entry.get("by"))
        told += [Told(Answer.from_json(raw), number, by_staff) for raw in entry.get("answers", ())]
    known = tuple(one for one in told if one.answer.question in questionnaire.questions)
    words = [
        Words(entry[name], entry.get("at", 0)) for entry in entries for name in ("words", "from") if entry.get(name)
    ]
    grounds = frozenset(str(entry["ground"]) for entry in entries if entry.get("ground"))
    who = next((answer.values for answer in sent if answer.question == "who"), ())
    return Matter(questionnaire, known, tuple(words), grounds, now.astimezone(UTC), who == ("self",))


def _empty(answer: Answer) -> bool:
    return answer.skipped or (answer.values == (UNKNOWN,) and not answer.text)
