"""A coordinator's note on a case: typed, seen once more, then an entry like any other; in both custodies.

A ground is a note, too: by what right somebody may be told of the case. A case note can rest on it.
"""

from __future__ import annotations

from functools import partial

from bot.drafts.sharing import RECIPIENTS
from bot.intake.questionnaire import LONGEST_NOTE
from bot.intake.text import Text, text
from bot.intake.typed import clean
from bot.store.records import Act, Case, Staff
from bot.telegram import card, sitting
from bot.telegram.actions import HOLDER, CaseAction
from bot.telegram.casework import renew
from bot.telegram.desk import Desk
from bot.telegram.facts import COORDINATOR
from bot.telegram.screens import escape

NAME, KEEP = "note", "note.keep"
GROUND, KEEP_GROUND = "ground", "ground.keep"
LABEL = text("Note")
TOO_LONG = text("That is too long. Longest text, in characters: {limit}", limit=LONGEST_NOTE)


def ground(desk: Desk, one: Staff, case: Case, said: str) -> None:
    """For whom, then by what right: ``said`` is the one or, once that is known, the other."""
    begun = sitting.current(desk, one, GROUND)
    if said in RECIPIENTS:
        _write(desk, one, case, "", said)
    elif said and begun is not None and begun.case.id == case.id:
        _write(desk, one, case, said, begun.kept["to"])
    else:
        card.ask(desk, one, case, text("Who may be told of the case?"), GROUND, RECIPIENTS)


def _write(desk: Desk, one: Staff, case: Case, words: str, to: str = "") -> None:
    """``to``: whom it is the ground to tell, if it is one."""
    words = clean(words)
    if len(words) > LONGEST_NOTE:
        _refuse(desk, one, case, to)
    elif words:
        _show(desk, one, case, to, [], words)
    else:
        rights = [text("By what right: who agreed to it, when and how?")] if to else []
        limit = text("Longest text, in characters: {limit}", limit=LONGEST_NOTE)
        _show(desk, one, case, to, [*rights, text("Write it in one message."), limit])


def _refuse(desk: Desk, one: Staff, case: Case, to: str) -> None:
    """Nothing is cut: Telegram brings a very long text in pieces, so no more words are awaited."""
    before = sitting.current(desk, one, GROUND if to else NAME)
    words = before.kept.get("words", "") if before is not None and before.case.id == case.id else ""
    _show(desk, one, case, to, [TOO_LONG], words, awaits=False)


def _show(
    desk: Desk, one: Staff, case: Case, to: str, lines: list[Text], words: str = "", *, awaits: bool = True
) -> None:
    """As it will be kept; until then it can be written anew."""
    language, code = desk.house.language(one.body["language"]), case.head["code"]
    title = text("Note on {code}", code=code)
    if to:
        title = text("Ground to tell of {code}: {recipient}", code=code, recipient=RECIPIENTS[to])
    said = [escape(language.say(line)) for line in (title, *lines)]
    row = [sitting.leave(language, case)]
    what, keep = (GROUND, KEEP_GROUND) if to else (NAME, KEEP)
    if words:
        said.append(f"<code>{escape(words)}</code>")
        row.insert(0, sitting.button(language, keep, text("Keep"), case))
    elif not awaits:
        row.insert(0, sitting.button(language, what, LABEL, case))
    sitting.stand(desk, one, case, what, ("\n".join(said), [row]), awaits=awaits, words=words, to=to)


def _keep(desk: Desk, one: Staff, case: Case, _: str, what: str = NAME) -> None:
    """It is part of the case; that one was made stands in the audit log, what it says does not."""
    now = sitting.current(desk, one, what)
    if now is None or now.case.id != case.id or not now.kept["words"]:
        desk.say(one, sitting.OVER)
        return
    body = {"note": now.kept["words"], "at": desk.unix, "by": COORDINATOR}
    if what == GROUND:
        body["ground"] = now.kept["to"]
    desk.work.append_entry(case.id, body, desk.house.questionnaire.entry_size)
    desk.work.note(desk.work.actor(one.user), Act.NOTE, case.id)
    renew(desk, case)
    sitting.end(desk, one, text("{code}: note kept", code=case.head["code"]))


ACTIONS = (
    CaseAction(NAME, HOLDER, _write, typed=True, label=LABEL),
    CaseAction(KEEP, HOLDER, _keep),
    CaseAction(GROUND, HOLDER, ground, typed=True),
    CaseAction(KEEP_GROUND, HOLDER, partial(_keep, what=GROUND)),
)
