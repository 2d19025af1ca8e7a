"""Answers of one case that can't both be so: said to the lawyer with both, never settled here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from bot.drafts.matter import Matter, Told
from bot.drafts.paragraph import Paragraph, Said
from bot.intake.text import Text, text


@dataclass(frozen=True, slots=True)
class Clash:
    """Both were answered; ``@held`` and ``@free`` are the questionnaire's own groups."""

    one: tuple[str, tuple[str, ...]]
    other: tuple[str, tuple[str, ...]]


PAIRS = (
    Clash(("custody", ("@free",)), ("papers", ("custody_40", "arrest"))),
    Clash(("asylum", ("not_applied", "want", "waiting", "granted")), ("papers", ("refusal",))),
    Clash(("asylum", ("not_applied", "want")), ("stay", ("certificate",))),
    Clash(("custody", ("airport",)), ("stay", ("irregular",))),
    Clash(("knows", ("no",)), ("share_ok", ("lawyer", "un", "embassy", "family"))),
    Clash(("lawyer", ("no",)), ("attorney", ("yes",))),
)
IN_ORDER = (
    ("detained_since", "date_order"),
    ("entered", "detained_since"),
    ("date_expulsion", "leave_by"),
    ("asylum_applied", "date_refusal"),
    ("asylum_applied", "certificate_until"),
)
"""What should not have happened before what."""
CHANGING = ("custody", "detained_since", "date_order", "date_expulsion", "date_refusal", "asylum", "leave_by")
"""Asked once, and answered differently later: it may have changed, or one of them is wrong."""


def clashes(matter: Matter) -> tuple[Paragraph, ...]:
    return (*_pairs(matter), *_orders(matter), *_changes(matter))


def _pairs(matter: Matter) -> Iterator[Paragraph]:
    for clash in PAIRS:
        one, other = _meeting(matter, *clash.one), _meeting(matter, *clash.other)
        if one is not None and other is not None:
            yield _both(matter, text("These two do not fit together, which is right? {one} — {other}"), one, other)


def _orders(matter: Matter) -> Iterator[Paragraph]:
    for first, second in IN_ORDER:
        for one in matter.of(first)[-1:]:
            for other in matter.of(second)[-1:]:
                before, after = matter.days(one), matter.days(other)
                if before is not None and after is not None and before[0] >= after[1]:
                    yield _both(matter, text("The order of days is odd, which is right? {one} — {other}"), one, other)


def _changes(matter: Matter) -> Iterator[Paragraph]:
    for question in CHANGING:
        given = matter.of(question)
        for one, other in pairwise(given):
            if one.answer.values != other.answer.values:
                yield _both(matter, text("Answered twice, what is so now? {one} — {other}"), one, other)


def _meeting(matter: Matter, question: str, values: tuple[str, ...]) -> Told | None:
    groups = matter.questionnaire.groups
    wanted = {
        each
        for value in values
        for each in (groups.get(value[1:], {}).get(question, ()) if value.startswith("@") else (value,))
    }
    return next((one for one in reversed(matter.of(question)) if wanted & {*one.answer.values}), None)


def _both(matter: Matter, said: Text, one: Told, other: Told) -> Paragraph:
    asked = (one.answer.question, other.answer.question)
    return Paragraph(Said(asked), (text(said.message, one=_short(matter, one), other=_short(matter, other)),))


def _short(matter: Matter, one: Told) -> Text:
    """Title and chosen values; no typed words."""
    line = matter.line(one)
    said: Text | None = None
    for value in line.values:
        said = value if said is None else text("{one}, {other}", one=said, other=value)
    return line.title if said is None else text("{title}: {value}", title=line.title, value=said)
