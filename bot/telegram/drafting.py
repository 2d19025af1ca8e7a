"""A draft of a filing into its holder's chat, where the organisation allows it: for minutes, and protected."""

from __future__ import annotations

import re

from bot.drafts import law, template
from bot.drafts.document import document
from bot.drafts.drafting import HANDOVER, draft
from bot.drafts.kinds import KINDS, Kind
from bot.drafts.law import LawFault
from bot.drafts.matter import Matter, matter
from bot.drafts.paragraph import Draft
from bot.drafts.sharing import RECIPIENTS, allowed, by_ground
from bot.drafts.template import TemplateFault
from bot.intake.text import Text, text
from bot.store.records import Act, Case, Staff
from bot.telegram import card, note
from bot.telegram.actions import HOLDER, CaseAction
from bot.telegram.casework import renew
from bot.telegram.desk import Desk
from bot.telegram.screens import escape
from bot.vault import Custody

NAMES = {
    "hrc": text("UN Human Rights Committee"),
    "cat": text("UN Committee against Torture"),
    "special-procedures": text("UN special procedures"),
    "appeal-592": text("Appeal to the Supreme Court"),
    "asylum": text("Asylum application"),
}
NOT_HERE = text(
    "Drafts are not sent into chats here: they are made in the shell. {command}", command="qorgan cases draft"
)
SEALED = text("The answers are sealed: drafts are made on the computer that has the case keyring.")
NOT_AGREED = text("The person has not agreed to this: without a yes it goes to nobody.")
BROKEN = text("This draft can't be made: an administrator must check the templates.")


def _draft(desk: Desk, one: Staff, case: Case, asked: str) -> None:
    """``asked``: a kind and, for a note, whom it is for."""
    if desk.work.custody is Custody.OFFLINE or desk.work.kept_elsewhere(desk.work.sealed_entries(case.id)):
        desk.say(one, SEALED)
        return
    held = matter(desk.house.questionnaire, desk.work.entries(case.id), desk.now)
    name, to = [*re.split(r"[. ]", asked, maxsplit=1), ""][:2]
    kind = KINDS.get(name)
    if kind is None or (kind.id == HANDOVER and to not in RECIPIENTS):
        card.ask(desk, one, case, text("What is to be drafted?"), "draft", _choices(held))
        return
    if kind.id == HANDOVER and to not in allowed(held):
        if by_ground(held):
            note.ground(desk, one, case, to)
        else:
            desk.say(one, NOT_AGREED)
        return
    try:
        made = _made(desk, one, kind, held, to or None)
    except (TemplateFault, LawFault):
        desk.say(one, BROKEN)
    else:
        desk.work.note(desk.work.actor(one.user), Act(f"draft {kind.id}"), case.id)
        _hand_out(desk, one, renew(desk, case), made)


def _choices(held: Matter) -> dict[str, Text]:
    """Every filing; a note for whoever may have one, be it by a ground that is still to be given."""
    possible = RECIPIENTS if by_ground(held) else allowed(held)
    notes = {f"{HANDOVER}.{to}": text("Case note: {recipient}", recipient=RECIPIENTS[to]) for to in possible}
    return NAMES | notes


def _made(desk: Desk, one: Staff, kind: Kind, held: Matter, to: str | None) -> Draft:
    """In the member's own language or, where it is not drafted in that, the first."""
    own = one.body["language"]
    code = own if own in kind.languages else kind.languages[0]
    folder = desk.house.templates
    return draft(kind, code, held, template.read(folder, kind, code), law.load(folder), to)


def _hand_out(desk: Desk, one: Staff, case: Case, made: Draft) -> None:
    language = desk.house.language(one.body["language"])
    lines = [
        text("Case: {code}", code=case.head["code"]),
        text("A draft: a lawyer decides, completes and signs. The first page goes before filing."),
    ]
    caption = "\n".join(escape(language.say(line)) for line in lines)
    slot = desk.staff_slot(one, case.id, "summary")
    content = document(made, desk.house.language(made.language).say)
    desk.file(slot, one.user, f"{case.head['code']}.docx", content, caption, case=case.id, protect=True)
    desk.remove(slot, one.user, after=desk.house.summary_minutes * 60, case=case.id)


ACTIONS = (
    CaseAction(
        "draft",
        HOLDER,
        _draft,
        typed=True,
        label=text("Draft"),
        when=lambda desk, one, case: desk.house.drafts,
        otherwise=NOT_HERE,
    ),
)
