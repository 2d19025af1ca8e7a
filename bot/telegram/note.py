"""A coordinator's note on a case: typed, seen once more, then an entry like any other; in both custodies."""

from __future__ import annotations

from bot.intake.questionnaire import LONGEST_NOTE
from bot.intake.text import Text, text
from bot.intake.typed import clean
from bot.store.records import Act, Case, Staff
from bot.telegram import sitting
from bot.telegram.actions import HOLDER, CaseAction
from bot.telegram.casework import renew
from bot.telegram.desk import Desk
from bot.telegram.facts import COORDINATOR
from bot.telegram.screens import escape

NAME, KEEP = "note", "note.keep"
LABEL = text("Note")
TOO_LONG = text("That is too long. Longest text, in characters: {limit}", limit=LONGEST_NOTE)


def keep(desk: Desk, case: Case, words: str, actor: str) -> None:
    """The note is part of the case; that one was made stands in the audit log, what it says does not."""
    body = {"note": words, "at": desk.unix, "by": COORDINATOR}
    desk.work.append_entry(case.id, body, desk.house.questionnaire.entry_size)
    desk.work.note(actor, Act.NOTE, case.id)


def _write(desk: Desk, one: Staff, case: Case, words: str) -> None:
    words = clean(words)
    if len(words) > LONGEST_NOTE:
        _refuse(desk, one, case)
    elif words:
        _show(desk, one, case, [], words)
    else:
        asked = [text("Write it in one message."), text("Longest text, in characters: {limit}", limit=LONGEST_NOTE)]
        _show(desk, one, case, asked)


def _refuse(desk: Desk, one: Staff, case: Case) -> None:
    """Nothing is cut: Telegram brings a very long text in pieces, so no more words are awaited."""
    before = sitting.current(desk, one, NAME)
    words = before.kept.get("words", "") if before is not None and before.case.id == case.id else ""
    _show(desk, one, case, [TOO_LONG], words, awaits=False)


def _show(
    desk: Desk, one: Staff, case: Case, lines: list[Text], words: str = "", *, awaits: bool = True
) -> None:
    """As it will be kept; until then it can be written anew."""
    language = desk.house.language(one.body["language"])
    said = [escape(language.say(line)) for line in (text("Note on {code}", code=case.head["code"]), *lines)]
    row = [sitting.leave(language, case)]
    if words:
        said.append(f"<code>{escape(words)}</code>")
        row.insert(0, sitting.button(language, KEEP, text("Keep"), case))
    elif not awaits:
        row.insert(0, sitting.button(language, NAME, LABEL, case))
    sitting.stand(desk, one, case, NAME, ("\n".join(said), [row]), awaits=awaits, words=words)


def _keep(desk: Desk, one: Staff, case: Case, _: str) -> None:
    now = sitting.current(desk, one, NAME)
    if now is None or now.case.id != case.id or not now.kept["words"]:
        desk.say(one, sitting.OVER)
        return
    keep(desk, case, now.kept["words"], desk.work.actor(one.user))
    renew(desk, case)
    sitting.end(desk, one, text("{code}: note kept", code=case.head["code"]))


ACTIONS = (
    CaseAction(NAME, HOLDER, _write, typed=True, label=LABEL),
    CaseAction(KEEP, HOLDER, _keep),
)
