"""The open cases, page by page: those of one member, those that nobody holds, all of them. From the heads alone."""

from __future__ import annotations

import re

from bot.intake.keeping import last_contact
from bot.intake.text import Text, text
from bot.languages import Language
from bot.store.records import Case, Staff
from bot.telegram import alerts
from bot.telegram.actions import DESK, Action, Relation, Role, relation, role_of
from bot.telegram.casework import name_of
from bot.telegram.desk import Desk
from bot.telegram.screens import Button, escape
from bot.telegram.spans import countdown, ends, span

A_PAGE = 5
CLOCKS = 3
"""Deadlines shown of one case; its card shows all of them."""
PARTS = {"mine": text("Mine"), "unclaimed": text("Unclaimed"), "all": text("All")}
_ASKED = re.compile(r"(mine|unclaimed|all)(?:\.([0-9]{1,6}))?")


def _show(desk: Desk, one: Staff, asked: str) -> None:
    found = _ASKED.fullmatch(asked.strip().lower())
    every = [case for case in desk.work.all_cases() if relation(one, case) is not Relation.CLOSED]
    parts = {
        "mine": [case for case in every if relation(one, case) is Relation.MINE],
        "unclaimed": [case for case in every if relation(one, case) is Relation.WAITING],
        "all": every,
    }
    part = found[1] if found else _first(one, parts)
    cases = sorted(parts[part], key=lambda case: (case.head["urgency"], ends(case.head, desk.unix), _written(case)))
    last = max(len(cases) - 1, 0) // A_PAGE
    page = min(int(found[2] or 0) if found else 0, last)
    shown = cases[page * A_PAGE : (page + 1) * A_PAGE]
    language = desk.house.language(one.body["language"])
    title = text("{part}: {count}", part=PARTS[part], count=len(cases))
    if last:
        title = text("{part} · page {page} of {pages}", part=title, page=page + 1, pages=last + 1)
    said = [f"<b>{escape(language.say(title))}</b>", *(_entry(desk, one, case, language) for case in shown)]
    codes: list[Button] = [
        {"text": case.head["code"], "callback_data": f"case={case.id.hex()}"} for case in shown
    ]
    turned = {page - 1: text("Previous page"), page + 1: text("Next page")}
    turning = [_button(language, label, f"{part}.{to}") for to, label in turned.items() if 0 <= to <= last]
    choice = [
        _button(language, text("{part}: {count}", part=label, count=len(parts[name])), name)
        for name, label in PARTS.items()
        if name != part
    ]
    rows = [row for row in (codes, turning, choice) if row]
    desk.screen(one, ("\n\n".join(said), rows), view=f"cases={part}.{page}")


def _first(one: Staff, parts: dict[str, list[Case]]) -> str:
    """What is looked at where nothing is said: what one has to do."""
    if role_of(one) is Role.ADMIN:
        return "all"
    return "mine" if parts["mine"] else "unclaimed"


def _entry(desk: Desk, one: Staff, case: Case, language: Language) -> str:
    head = case.head
    asked = desk.house.questionnaire
    place, tongue = alerts.place(asked, head["place"]), alerts.language_name(asked, head["language"])
    lines: list[Text] = [
        text("{place} · {language}", place=place, language=tongue),
        *(clock(desk, deadline) for deadline in head["deadlines"][:CLOCKS]),
        holder_line(desk, one, case),
        text("Last contact: {span} ago", span=span(desk.unix - last_contact(head))),
    ]
    title = text("{code} · {urgency}", code=head["code"], urgency=alerts.urgency(head))
    return "\n".join([f"<b>{escape(language.say(title))}</b>", *(escape(language.say(line)) for line in lines)])


def clock(desk: Desk, deadline: dict[str, int]) -> Text:
    """A deadline with its countdown."""
    said = alerts.deadline(desk.house.questionnaire, deadline)
    return text("{deadline} · {countdown}", deadline=said, countdown=countdown(deadline, desk.unix))


def holder_line(desk: Desk, one: Staff, case: Case) -> Text:
    since = alerts.moment(case.head["times"].get("taken", 0))
    match relation(one, case):
        case Relation.WAITING:
            return text("Nobody has taken it yet")
        case Relation.MINE:
            return text("Yours since: {moment}", moment=since)
        case Relation.OTHERS:
            return text("Taken by: {name}, since {moment}", name=name_of(desk, case.head["holder"]), moment=since)
        case Relation.CLOSED:
            return text("Closed: {moment}", moment=alerts.moment(case.head["times"]["closed"]))


def _written(case: Case) -> int:
    written: int = case.head["times"]["written"]
    return written


def _button(language: Language, label: Text, value: str) -> Button:
    return {"text": language.say(label), "callback_data": f"cases={value}"}


ACTIONS = (Action("cases", DESK, _show, typed=True),)
