"""What a template may name: each field gives paragraphs with their origin, or none where nothing is to be said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from bot.drafts import sharing
from bot.drafts.law import Books, status
from bot.drafts.matter import WHO, Deadline, Matter, Told
from bot.drafts.paragraph import Paragraph, Said, Sourced, gap
from bot.intake.answers import written_date
from bot.intake.questionnaire import Questionnaire
from bot.intake.text import Text, plural, text
from bot.intake.triage import OPEN_ENDED

TOLD = "what was told"
"""The source of a clock that is no term of a law."""
Given = tuple[Paragraph, ...]
LISTS = ("answers", "facts", "chronology", "words", "deadlines")
"""Many paragraphs each: a template goes through them with ``{% for %}``."""
NO_FACTS = frozenset(
    [
        "safe_now", WHO, "knows", "relationship", "contact", "trusted", "languages", "hours", "share_ok", "needs",
        "lawyer", "attorney",
    ]
)  # fmt: skip
"""How to reach and to help the person: never among the facts, which a body may pass on to the State."""
TABLES = ("answer", "gap", "law", "clock")


@dataclass(frozen=True, slots=True)
class Fields:
    """By table and name: ``answer.custody``, ``gap.name``, ``law.cpc_592_1``, ``clock.X8``; lists by name."""

    tables: Mapping[str, Mapping[str, Given]]
    lists: Mapping[str, tuple[Given, ...]]


def names(questionnaire: Questionnaire, books: Books) -> Mapping[str, tuple[str, ...]]:
    """Every field there is, by table."""
    return {
        "answer": tuple(questionnaire.questions),
        "gap": tuple(books.gaps),
        "law": tuple(books.laws),
        "clock": tuple(name_of(clock.id) for clock in questionnaire.clocks),
    }


def fields(matter: Matter, books: Books, recipient: str | None = None) -> Fields:
    asked = matter.questionnaire
    running = matter.deadlines()
    clocks: dict[str, Given] = {name_of(clock.id): () for clock in asked.clocks}
    clocks |= {name_of(one.clock.id): (_term(one),) for one in running}
    shown = sharing.fields(recipient, asked) if recipient is not None else frozenset(asked.questions)
    tables: dict[str, Mapping[str, Given]] = {
        "answer": {name: _answer(matter, name) if name in shown else () for name in asked.questions},
        "gap": {name: (one,) for name, one in books.gaps.items()},
        "law": {name: (one,) for name, one in books.laws.items()},
        "clock": clocks,
    }
    words = [Paragraph(Said(("words",)), _at(one.at), one.words) for one in matter.words]
    said = [one for one in matter.told if one in matter.of(one.answer.question)]
    lists = {
        "answers": [_told(matter, one) for one in said],
        "facts": [_told(matter, one) for one in said if one.answer.question not in NO_FACTS],
        "chronology": _chronology(matter),
        "words": words,
        "deadlines": [deadline(one) for one in running],
    }
    return Fields(tables, {name: tuple((one,) for one in given) for name, given in lists.items()})


def name_of(clock: str) -> str:
    """A clock's id as templates write it."""
    return clock.replace("-", "_")


def _answer(matter: Matter, name: str) -> Given:
    """What was answered, the newest last; where nothing was, the question, if it applies."""
    question = matter.questionnaire.questions[name]
    given = matter.of(name)
    if given:
        return tuple(_field(matter, one) for one in given)
    return (gap(text(question.another_text)),) if matter.applies(question) else ()


def _field(matter: Matter, one: Told) -> Paragraph:
    """In a field of the form a day is a day; "tomorrow" is quoted among the facts."""
    told, day = _told(matter, one), _day(matter, one)
    return replace(told, said=told.said if day is None else (day,), label=_when(one, matter.what(one)))


def _told(matter: Matter, one: Told) -> Paragraph:
    line = matter.line(one)
    return Paragraph(Said((one.answer.question,), one.by_staff), line.values, line.words, _when(one, line.title))


def _when(one: Told, title: Text | None) -> Text | str:
    """The title, if any; of what came later also that it did, and from whom."""
    if not one.sitting:
        return title or ""
    if title is None:
        return text("From the coordinator") if one.by_staff else text("New")
    if one.by_staff:
        return text("From the coordinator: {title}", title=title)
    return text("New: {title}", title=title)


def _chronology(matter: Matter) -> list[Paragraph]:
    """The dated answers by their days."""
    found = []
    for one in matter.told:
        days, said = matter.days(one), _day(matter, one)
        if days is not None and said is not None:
            title = matter.what(one) or matter.line(one).title
            paragraph = Paragraph(Said((one.answer.question,), one.by_staff), (said,), "", title)
            found.append((days[1] if _past(matter, one) else days[0], paragraph))
    return [paragraph for _, paragraph in sorted(found, key=lambda pair: pair[0])]


def _day(matter: Matter, one: Told) -> Text | None:
    """The days that a dated answer means, as exact as it is: what was "longer ago" has no first one."""
    days = matter.days(one)
    if days is None:
        return None
    written = written_date(one.answer.values[0])
    if written is not None and written[1] is not None:
        return text("{moment}", moment=days[0])
    first, last = days[0].date(), max(days[0], days[1] - timedelta(seconds=1)).date()
    if first == last:
        return text("{day}", day=first)
    if days[1] - days[0] >= OPEN_ENDED:
        return text("not after {day}", day=last) if _past(matter, one) else text("not before {day}", day=first)
    return text("{first} – {last}", first=first, last=last)


def _past(matter: Matter, one: Told) -> bool:
    return matter.questionnaire.questions[one.answer.question].direction == "past"


def _at(at: int) -> tuple[Text, ...]:
    return (text("{moment}", moment=datetime.fromtimestamp(at, UTC)),) if at else ()


def _term(one: Deadline) -> Paragraph:
    """In what is filed there is no advice to a lawyer."""
    if one.first is not None:
        return deadline(one)
    return replace(deadline(one), said=(text("the day is unknown"),) if one.clock.start is not None else ())


def deadline(one: Deadline, now: datetime | None = None) -> Paragraph:
    """When it ends and, seen from ``now``, how long that is; where the day is not known, that it may have come."""
    clock = one.clock
    said = (_moment(one, now is not None), *(_left(one, now) if now is not None else ()))
    if TOLD in clock.source:
        return Paragraph(Said((clock.start or clock.id,)), said, label=text(clock.title))
    origin = Sourced(text(clock.article), clock.source, status(clock.verified))
    return Paragraph(origin, said, label=text(clock.title))


def _moment(one: Deadline, hours: bool) -> Text:
    """A whole day is a day; where hours are counted to it, its first and last."""
    if one.first is None:
        if one.clock.start is None:
            return text("no day can be counted")
        return text("the day is unknown: take it that the last day has come")
    if one.starts is None or one.ends is None:
        when = text("{moment}", moment=one.first)
    elif not hours and one.starts.time() == time() and one.ends - one.starts < timedelta(days=1):
        when = text("{day}", day=one.starts.date())
    else:
        when = text("{starts} to {ends}", starts=one.starts, ends=one.ends)
    return text("{when} at the earliest", when=when) if one.vague else when


def _left(one: Deadline, now: datetime) -> tuple[Text, ...]:
    if one.first is None:
        return (text("act today"),)
    if one.first > now:
        return (plural("{count} hour left", "{count} hours left", (one.first - now) // timedelta(hours=1)),)
    if one.ends is not None and one.ends > now:
        return (text("it has begun"),)
    if one.vague:
        return (text("it may be over: ask for the exact day"),)
    return (text("it is over"),)
