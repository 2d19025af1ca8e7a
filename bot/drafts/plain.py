"""A draft as text: gaps in brackets, somebody's own words in quotation marks."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable

from bot.drafts.paragraph import Draft, Form, Gap, Paragraph, Sourced, Style
from bot.intake.text import Text, text

Say = Callable[[Text], str]
CUT = "-" * 72
PREFIX = {Style.ITEM: "- ", Style.BOX: "[ ] "}
UNTRANSLATED = text("in these words, untranslated")


def written(draft: Draft, say: Say) -> str:
    parts = (draft.cover, draft.body)
    return f"\n{CUT}\n\n".join("".join(_lines(part, say)) for part in parts)


def _lines(paragraphs: Iterable[Paragraph], say: Say) -> Iterable[str]:
    for one in paragraphs:
        shown = f"{PREFIX.get(one.style, '')}{words(one, say)}"
        if one.style in (Style.TITLE, Style.HEADING):
            rule = "=" if one.style is Style.TITLE else "-"
            shown = f"\n{shown}\n{rule * min(len(shown), len(CUT))}"
        yield f"{shown}\n"


def words(one: Paragraph, say: Say) -> str:
    """Label, then what is said, then who says so, then the words as they were typed."""
    parts = (label(one, say), said(one, say), source(one, say), quoted(one, say))
    return " ".join(part for part in parts if part)


def label(one: Paragraph, say: Say) -> str:
    shown = one.label if isinstance(one.label, str) else say(one.label)
    follows = bool(one.said or one.quote)
    return f"{shown.rstrip(': ')}:" if follows and shown and not shown.endswith("?") else shown


def said(one: Paragraph, say: Say) -> str:
    shown = ", ".join(say(value) for value in one.said)
    return f"[[{shown}]]" if isinstance(one.origin, Gap) else shown


def introduces(one: Paragraph) -> bool:
    """A label of the form's own whose list follows."""
    return isinstance(one.origin, Form) and one.style is Style.BODY and str(one.label).endswith(":")


def source(one: Paragraph, say: Say) -> str:
    return f"[{say(one.origin.where)}]" if isinstance(one.origin, Sourced) else ""


def quoted(one: Paragraph, say: Say) -> str:
    return f"«{visible(one.quote)}» ({say(UNTRANSLATED)})" if one.quote else ""


def visible(quote: str) -> str:
    """On one line, and nothing in it turns the line around or is refused by a document."""
    return "".join(" " if unicodedata.category(one) in _UNSEEN else one for one in quote)


_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
