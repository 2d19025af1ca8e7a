"""A draft: paragraphs, each of which knows where it comes from. One without an origin can't be made."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.intake.text import Text, text


class Style(StrEnum):
    TITLE = "title"
    HEADING = "heading"
    BODY = "body"
    ITEM = "item"
    BOX = "box"
    """To be ticked by the lawyer; never ticked here."""


@dataclass(frozen=True, slots=True)
class Form:
    """The form's own words: a heading, a label, a box to tick. ``place``: the template, or the page for the lawyer."""

    place: str


@dataclass(frozen=True, slots=True)
class Said:
    """What was answered to these questions, or typed; ``by_staff``: told by a coordinator afterwards."""

    questions: tuple[str, ...]
    by_staff: bool = False


@dataclass(frozen=True, slots=True)
class Sourced:
    """What a law, a body or a page says, and whether anybody has verified it: shown after every paragraph of it."""

    article: Text
    source: str
    status: Text

    @property
    def where(self) -> Text:
        if not self.source:
            return text("{article} ({status})", article=self.article, status=self.status)
        return text("{article}: {source} ({status})", article=self.article, source=self.source, status=self.status)


@dataclass(frozen=True, slots=True)
class Gap:
    """What the case does not hold, and what to ask for it."""

    asks: Text


Origin = Form | Said | Sourced | Gap
SEEN = text("not verified by a lawyer, an excerpt of the text was seen")
UNVERIFIED = text("UNVERIFIED")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """``label``: the form's words before it; ``said`` is translated, ``quote`` is somebody's own words and never is."""

    origin: Origin
    said: tuple[Text, ...] = ()
    quote: str = ""
    label: Text | str = ""
    style: Style = Style.BODY


@dataclass(frozen=True, slots=True)
class Draft:
    """``cover`` is for the lawyer and goes before filing."""

    kind: str
    language: str
    cover: tuple[Paragraph, ...]
    body: tuple[Paragraph, ...]


def sourced(words: Text, article: Text, source: str, status: Text) -> Paragraph:
    return Paragraph(Sourced(article, source, status), (words,))


def gap(asks: Text) -> Paragraph:
    return Paragraph(Gap(asks), (text("TO ASK: {question}", question=asks),))
