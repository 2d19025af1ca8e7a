"""The first page: what a lawyer checks before anything is filed, and takes off then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.drafts import sharing
from bot.drafts.clashes import clashes
from bot.drafts.fields import deadline
from bot.drafts.kinds import Kind
from bot.drafts.law import Books
from bot.drafts.matter import Matter
from bot.drafts.paragraph import Form, Gap, Paragraph, Said, Sourced, Style
from bot.drafts.sharing import RECIPIENTS, ground_of
from bot.intake.text import Text, text

PAGE = Form("cover")
LEGEND = text(
    "Double square brackets are gaps, with the question to ask; single ones name a source and whether it was verified. "
    "Nothing in brackets stays in what goes out: search for a square bracket. Boxes are ticked by the lawyer. "
    "All times are those of Almaty."
)
NO_TERM = text("No term can be counted from what was answered.")


def cover(
    kind: Kind, matter: Matter, books: Books, body: Iterable[Paragraph], recipient: str | None
) -> tuple[Paragraph, ...]:
    body = tuple(body)
    parts: list[tuple[Text, Iterable[Paragraph]]] = [
        (text("Deadlines"), (*_running(matter), books.laws["removal_in_hours"])),
        (text("The body this goes to"), [books.laws[name] for name in kind.about]),
        (text("By whose word"), _authority(matter, kind, recipient)),
        (text("Known, and left out of the draft"), _left_out(matter) if recipient is None else ()),
        (text("Answers that do not fit together"), clashes(matter)),
        (text("To ask before filing"), _gaps(body)),
        (
            text("To check before relying on it"),
            _sources(kind, matter, books, body),
        ),
    ]
    if recipient is None:
        title = text("For the lawyer: remove this page before filing")
        made = text("Drafted by a program from what was answered, on {moment}. A lawyer decides, completes and signs.")
    else:
        title = text("For the coordinator: remove this page before handing over")
        made = text("Drafted by a program from what was answered, on {moment}. The holder of the case decides.")
    return (
        Paragraph(PAGE, label=title, style=Style.TITLE),
        Paragraph(PAGE, label=text(made.message, moment=matter.now)),
        Paragraph(PAGE, label=LEGEND),
        *(line for heading, lines in parts for line in _part(heading, lines)),
    )


def _part(heading: Text, lines: Iterable[Paragraph]) -> Iterator[Paragraph]:
    found = list(lines)
    if found:
        yield Paragraph(PAGE, label=heading, style=Style.HEADING)
        yield from (Paragraph(one.origin, one.said, one.quote, one.label, Style.ITEM) for one in found)


def _running(matter: Matter) -> tuple[Paragraph, ...]:
    """What has no day may be over today: it comes first."""
    found = sorted(matter.deadlines(), key=lambda one: one.first or matter.now)
    running = tuple(deadline(one, matter.now) for one in found)
    return running or (Paragraph(PAGE, label=NO_TERM),)


def _left_out(matter: Matter) -> Iterator[Paragraph]:
    for one in sharing.own_plans(matter):
        line = matter.line(one)
        yield Paragraph(Said((one.answer.question,), one.by_staff), line.values, "", line.title)


def _authority(matter: Matter, kind: Kind, recipient: str | None) -> Iterator[Paragraph]:
    """Whom the person agreed to tell; a draft for somebody who is not among them is warned of, not refused."""
    if recipient is not None:
        said = text("{title}: {value}", title=RECIPIENTS[recipient], value=ground_of(matter, recipient))
        yield Paragraph(Said(("share_ok",)), (said,))
        return
    for one in matter.of("who")[-1:]:
        line = matter.line(one)
        yield Paragraph(Said(("who",)), line.values, "", line.title)
    for one in matter.of("share_ok")[-1:]:
        line = matter.line(one)
        yield Paragraph(Said(("share_ok",)), line.values, "", line.title)
    for told in kind.tells:
        if told in matter.grounds:
            said = text("{title}: {value}", title=RECIPIENTS[told], value=ground_of(matter, told))
            yield Paragraph(Said(("share_ok",)), (said,))
        elif told not in matter.values("share_ok") or not matter.self_writes:
            asked = text("Does the person agree that this goes there: {recipient}?", recipient=RECIPIENTS[told])
            yield Paragraph(Gap(asked), (text("TO ASK: {question}", question=asked),))


def _gaps(body: Iterable[Paragraph]) -> Iterator[Paragraph]:
    """Each question once."""
    for asks in {one.origin.asks: None for one in body if isinstance(one.origin, Gap)}:
        yield Paragraph(Gap(asks), (asks,))


def _sources(kind: Kind, matter: Matter, books: Books, body: Iterable[Paragraph]) -> Iterator[Paragraph]:
    """What to doubt in general; then every article of the draft that is not yet on this page, with its status."""
    running = matter.deadlines()
    yield books.laws["constitution_2026"]
    if any(one.clock.day is not None for one in running):
        yield books.laws["day_count"]
    told = {one.origin for one in (*map(deadline, running), *(books.laws[name] for name in kind.about))}
    for origin in {one.origin: None for one in body}:
        if isinstance(origin, Sourced) and origin not in told:
            yield Paragraph(origin)
