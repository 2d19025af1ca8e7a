"""A case's card: what the head says of it, and a button for whatever this member may do with it now."""

from __future__ import annotations

from bot.intake.keeping import last_contact
from bot.intake.ladder import UNANSWERED
from bot.intake.summary import CHANNEL
from bot.intake.text import Text, text
from bot.store.records import Case, Staff
from bot.telegram import alerts, links
from bot.telegram.actions import CaseAction, Relation, Role, allowed
from bot.telegram.address import UNSAFE, is_locked
from bot.telegram.cases import clock, holder_line
from bot.telegram.casework import RETURNED, TRIED, name_of
from bot.telegram.desk import Desk
from bot.telegram.screens import LONGEST_LABEL, Button, escape
from bot.telegram.spans import span

CALL = "call"
"""Among the times: when the holder arranged a call."""
UNSAFE_NOW = text("It is not safe to contact this person now")
OPEN = frozenset({Relation.WAITING, Relation.MINE, Relation.OTHERS})


def show(desk: Desk, one: Staff, case: Case, _: str = "") -> None:
    """As the member's living message."""
    language = desk.house.language(one.body["language"])
    deadlines = [clock(desk, one) for one in case.head["deadlines"]]
    facts = alerts.facts(desk.house.questionnaire, case.head, deadlines)
    said = [f"<b>{escape(language.say(alerts.urgency(case.head)))}</b>"]
    said += [escape(language.say(line)) for line in facts]
    said += ["", *(escape(language.say(line)) for line in _state(desk, one, case))]
    buttons = [
        _button(language.say(entry.label), f"{entry.name}={case.id.hex()}")
        for entry in desk.house.actions.values()
        if isinstance(entry, CaseAction) and entry.label is not None and allowed(desk, one, entry, case)
    ]
    rows = in_rows([*buttons, _button(language.say(text("All cases")), "cases=")])
    desk.screen(one, ("\n".join(said), rows), view=f"case={case.id.hex()}")


def ask(desk: Desk, one: Staff, case: Case, question: Text, name: str, answers: dict[str, Text]) -> None:
    """In the card's place: one question about the case, its answers as buttons, and the way back."""
    language = desk.house.language(one.body["language"])
    lines = [text("Case: {code}", code=case.head["code"]), question]
    buttons = [
        _button(language.say(label), f"{name}={case.id.hex()}.{argument}") for argument, label in answers.items()
    ]
    rows = in_rows([*buttons, _button(language.say(text("Back")), f"case={case.id.hex()}")])
    desk.screen(one, ("\n".join(escape(language.say(line)) for line in lines), rows))


def in_rows(buttons: list[Button]) -> list[list[Button]]:
    """Two beside each other where both are short."""
    rows: list[list[Button]] = []
    for button in buttons:
        short = len(button["text"]) <= LONGEST_LABEL
        if short and rows and len(rows[-1]) == 1 and len(rows[-1][0]["text"]) <= LONGEST_LABEL:
            rows[-1].append(button)
        else:
            rows.append([button])
    return rows


def _state(desk: Desk, one: Staff, case: Case) -> list[Text]:
    head, times = case.head, case.head["times"]
    lines = [holder_line(desk, one, case)]
    if head["handover"]:
        lines.append(text("Offered to: {name}", name=name_of(desk, head["handover"])))
    if UNANSWERED in times:
        lines.append(text("Unanswered since: {moment}", moment=alerts.moment(times[UNANSWERED])))
    lines.append(text("Last contact: {span} ago", span=span(desk.unix - last_contact(head))))
    if CALL in times:
        lines.append(text("Call arranged: {moment}", moment=alerts.moment(times[CALL])))
    if CHANNEL in head["flags"]:
        lines.append(text("Another way to reach this person was given"))
    if UNSAFE in head["flags"]:
        lines.append(UNSAFE_NOW)
    chat = desk.chat(case.chat) if case.chat is not None else None
    if chat is not None and is_locked(chat, case):
        lines.append(text("The person's chat is locked"))
    if TRIED in times:
        lines.append(text("Somebody wrote in the locked chat: {moment}", moment=alerts.moment(times[TRIED])))
    if RETURNED in times:
        returned = alerts.moment(times[RETURNED])
        lines.append(text("Came back from another account: {moment}, not verified", moment=returned))
    return [*lines, *alerts.links_of(links.codes(desk, head))]


def _button(label: str, data: str) -> Button:
    return {"text": label, "callback_data": data}


ACTIONS = (
    CaseAction("case", {Role.COORDINATOR: OPEN, Role.ADMIN: frozenset(Relation)}, show, typed=True, answers=False),
)
