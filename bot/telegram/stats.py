"""How many cases there are, for those who run the house and those who watch it: counted from the heads alone."""

from __future__ import annotations

from bot.intake import counts
from bot.intake.counts import Table
from bot.intake.suppression import single
from bot.intake.text import Text, text
from bot.languages import Language
from bot.store.records import Staff
from bot.telegram.actions import EVERYONE, Action
from bot.telegram.alerts import Message
from bot.telegram.closing import OUTCOMES
from bot.telegram.desk import Desk
from bot.telegram.screens import escape


def show(desk: Desk, one: Staff, _: str) -> None:
    """The member's living message. Its rows are fixed, so it stays far below what one message holds."""
    language = desk.house.language(one.body["language"])
    cases = desk.work.all_cases()
    tables = counts.of_heads([case.head for case in cases], OUTCOMES, desk.now, desk.house.questionnaire.zone)
    notes = [*counts.NOTES, erased(desk.work.erased_cases())]
    damaged = desk.work.damaged_cases(len(cases))
    if damaged:
        notes.append(text("Damaged cases, which can't be shown: {count}", count=damaged))
    desk.screen(one, _message(language, tables, notes))


def erased(count: int) -> Text:
    return text("Erased in the last 400 days, not counted here: {count}", count=counts.said(single(count)))


def _message(language: Language, tables: tuple[Table, ...], notes: list[Text]) -> Message:
    lines = [f"<b>{escape(language.say(text('Cases: {count}', count=counts.said(tables[0].total))))}</b>"]
    for table in tables:
        lines += ["", f"<b>{escape(language.say(table.title))}</b>"]
        lines += [escape(language.say(table.base))] if table.several else []
        for row in table.rows:
            title = counts.label(row, language.say)
            lines.append(escape(language.say(text("{title}: {count}", title=title, count=counts.said(row.count)))))
    lines += ["", *(escape(language.say(note)) for note in notes)]
    return "\n".join(lines), []


ACTIONS = (Action("stats", EVERYONE, show, typed=True),)
