"""A case and a kind in, a draft out: pure, and the one way to make one."""

from __future__ import annotations

from bot.drafts import sharing
from bot.drafts.cover import cover
from bot.drafts.fields import fields, names
from bot.drafts.kinds import Kind
from bot.drafts.law import Books
from bot.drafts.matter import Matter
from bot.drafts.paragraph import Draft
from bot.drafts.template import Template, TemplateFault, faults, lay_out

HANDOVER = "handover"


def draft(kind: Kind, language: str, matter: Matter, template: Template, books: Books, to: str | None = None) -> Draft:
    """``to``: for a handover, whom it is for. Raises NotShared where nobody agreed that they be told,
    and TemplateFault."""
    recipient = sharing.recipient_of(matter, to) if kind.id == HANDOVER else None
    if recipient is not None:
        told = matter = sharing.shared(matter, recipient)
    else:
        told = sharing.without_own_plans(matter)
    for fault in faults(template, names(matter.questionnaire, books)):
        raise TemplateFault(fault)
    body = lay_out(template, fields(told, books, recipient))
    return Draft(kind.id, language, cover(kind, matter, books, body, recipient), body)
