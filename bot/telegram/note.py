"""A coordinator's note on a case: typed, seen once more, then an entry like any other; in both custodies."""

from __future__ import annotations

from bot.intake.questionnaire import LONGEST_NOTE
from bot.intake.text import Text, text
from bot.intake.typed import clean
from bot.store.records import Act, Case, Staff
from bot.telegram import sitting
from bot.telegram.casework import attend
from bot.telegram.desk import Desk
from bot.telegram.screens import escape
from bot.telegram.sitting import LEAVE, SAVE, Said, Sitting, button

WHAT = "note"
TOO_LONG = text("That is too long. Longest text, in characters: {limit}", limit=LONGEST_NOTE)


def begin(desk: Desk, one: Staff, case: Case) -> None:
    sitting.begin(desk, one, case, WHAT, _asked(desk, one, case))


def wrote(desk: Desk, one: Staff, now: Sitting, words: str) -> None:
    """Nothing is cut: what is too long is not taken, and what was written before it stands."""
    words = clean(words)
    if len(words) > LONGEST_NOTE:
        sitting.go_on(desk, one, now, _shown(desk, one, now.case, now.kept.get("words", ""), TOO_LONG), **now.kept)
    elif words:
        sitting.go_on(desk, one, now, _shown(desk, one, now.case, words), words=words)


def pressed(desk: Desk, one: Staff, now: Sitting, place: str, choice: str) -> None:
    words = now.kept.get("words", "")
    if choice != SAVE or not words:
        return
    keep(desk, now.case, words, desk.work.actor(one.user))
    attend(desk, now.case)
    said = text("{code}: note kept", code=now.case.head["code"])
    sitting.end(desk, one, (escape(desk.house.language(one.body["language"]).say(said)), []))


def keep(desk: Desk, case: Case, words: str, actor: str) -> None:
    """The note is part of the case; that one was made stands in the audit log, what it says does not."""
    desk.work.append_entry(case.id, {"note": words, "at": desk.unix}, desk.house.questionnaire.entry_size)
    desk.work.note(actor, Act.NOTE, case.id)


def _asked(desk: Desk, one: Staff, case: Case, notice: Text | None = None) -> Said:
    language = desk.house.language(one.body["language"])
    lines = [
        *((notice,) if notice else ()),
        text("Note on {code}", code=case.head["code"]),
        text("Write it in one message."),
        text("Longest text, in characters: {limit}", limit=LONGEST_NOTE),
    ]
    return "\n".join(escape(language.say(line)) for line in lines), [[button(language, WHAT, LEAVE)]]


def _shown(desk: Desk, one: Staff, case: Case, words: str, notice: Text | None = None) -> Said:
    """As it will be kept; it can be written anew until then."""
    if not words:
        return _asked(desk, one, case, notice)
    language = desk.house.language(one.body["language"])
    lines = [*((notice,) if notice else ()), text("Note on {code}", code=case.head["code"])]
    said = [*(escape(language.say(line)) for line in lines), f"<code>{escape(words)}</code>"]
    return "\n".join(said), [[button(language, WHAT, SAVE), button(language, WHAT, LEAVE)]]
