"""The table of all that staff can type or press, and the one way to it: what it does not allow is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from bot.intake.text import text
from bot.store.records import Act, Case, Staff
from bot.telegram import (
    admin,
    card,
    cases,
    change,
    closing,
    coordinator,
    drafting,
    handing,
    health,
    holding,
    invites,
    joining,
    linking,
    marks,
    me,
    note,
    opening,
    retention,
    roll,
    rollcall,
    roster,
    shifts,
    sitting,
    stafflist,
    standby,
    stats,
    updates,
    verifying,
    writing,
)
from bot.telegram.actions import FORBIDDEN, NOT_YOURS, Action, CaseAction, Relation, allowed, relation, role_of
from bot.telegram.casework import answered
from bot.telegram.desk import Desk

Entry = Action | CaseAction
Asked = tuple[Entry | None, Case | None, str]
"""What was asked for: about which case, and with what argument."""
_ID = re.compile(r"([0-9a-f]{32})(?:\.(.*))?")
LIVE_FOR = 15 * 60
"""Seconds after the last look for which a member's living message keeps itself up to date."""
ONLY_TEXT = text("Only text can be read here. What you sent was deleted from this chat.")
_OF_PERSONS = {"language"}
"""What a person's own buttons and commands are called, too."""


def gather(*features: Iterable[Entry]) -> dict[str, Entry]:
    """All actions by name; two of one name are a fault of the program."""
    every = [one for feature in features for one in feature]
    table = {one.name: one for one in every}
    if len(table) != len(every):
        raise ValueError("two actions have one name")
    return table


TABLE: Mapping[str, Entry] = gather(
    coordinator.ACTIONS,
    cases.ACTIONS,
    card.ACTIONS,
    holding.ACTIONS,
    opening.ACTIONS,
    drafting.ACTIONS,
    marks.ACTIONS,
    verifying.ACTIONS,
    handing.ACTIONS,
    roll.ACTIONS,
    closing.ACTIONS,
    retention.ACTIONS,
    sitting.ACTIONS,
    note.ACTIONS,
    change.ACTIONS,
    linking.ACTIONS,
    writing.ACTIONS,
    me.ACTIONS,
    shifts.ACTIONS,
    roster.ACTIONS,
    rollcall.ACTIONS,
    admin.ACTIONS,
    health.ACTIONS,
    stats.ACTIONS,
    stafflist.ACTIONS,
    standby.ACTIONS,
    invites.ACTIONS,
    joining.ACTIONS,
)


_TYPED = {entry.command: entry for entry in TABLE.values() if entry.typed}


def tried(update: updates.Incoming) -> bool:
    """Whether only staff could have a reason to send it."""
    if isinstance(update, updates.Wrote):
        name = _command(update.text)[0] if update.text.startswith("/") else ""
        return name not in _OF_PERSONS and _typable(name) is not None
    if not isinstance(update, updates.Pressed):
        return False
    name, _, value = update.data.partition("=")
    entry = TABLE.get(name)
    if isinstance(entry, CaseAction):  # a person's own "erase" is about no case
        return bool(_ID.fullmatch(value))
    return name not in _OF_PERSONS and entry is not None


def dispatch(desk: Desk, one: Staff, update: updates.Wrote | updates.Pressed | updates.Other) -> None:
    """One update of a member of staff carried through, or refused in one line with nothing changed."""
    today = desk.now.astimezone(desk.house.questionnaire.zone).date().isoformat()
    if one.body.get("seen") != today:
        one = desk.change(one, {"seen": today})
    expected = one.body.get("expected")
    if isinstance(update, updates.Other) and expected is not None and desk.unix < expected["until"]:
        desk.delete(one.user, update.message_id)
        desk.say(one, ONLY_TEXT)
        return
    if expected is not None:
        one = desk.change(one, {"expected": None})
    desk.pressed = None
    if isinstance(update, updates.Pressed):
        desk.pressed = update.message_id
        desk.answers.append(update.callback_id)
        entry, case, argument = _pressed(desk, update.data)
    else:
        desk.delete(one.user, update.message_id)
        if not one.body.get("started"):
            one = coordinator.greet(desk, one, update)
        entry, case, argument = _written(desk, update, expected)
    if entry is None:
        if not isinstance(update, updates.Pressed):
            coordinator.menu(desk, one)
    elif role_of(one) not in entry.roles:
        desk.work.note(desk.work.actor(one.user), Act.REFUSED)
        desk.say(one, FORBIDDEN)
    elif isinstance(entry, Action):
        entry.act(desk, one, argument)
    else:
        _with_case(desk, one, entry, case, argument)


def refresh(desk: Desk) -> None:
    """Living messages that somebody has looked at lately show what is so by now."""
    desk.refreshing = True
    for one in list(desk.staff):
        view = one.body.get("view")
        if view is None or one.body.get("removed"):
            continue
        entry, case, argument = _pressed(desk, view["data"])
        if not 0 <= desk.unix - view["at"] < LIVE_FOR or entry is None or role_of(one) not in entry.roles:
            desk.change(one, {"view": None})
        elif isinstance(entry, Action):
            entry.act(desk, one, argument)
        elif case is not None and allowed(desk, one, entry, case):
            entry.act(desk, one, case, argument)
        else:
            desk.change(one, {"view": None})


def _pressed(desk: Desk, data: str) -> Asked:
    name, _, value = data.partition("=")
    entry = TABLE.get(name)
    if not isinstance(entry, CaseAction):
        return entry, None, value
    found = _ID.fullmatch(value)
    return (entry, _case(desk, found[1]), found[2] or "") if found else (entry, None, "")


def _written(desk: Desk, update: updates.Wrote | updates.Other, expected: Mapping[str, Any] | None) -> Asked:
    """What a command says; of other words, what they were expected for."""
    words = update.text if isinstance(update, updates.Wrote) else ""
    if words.startswith("/"):
        name, value = _command(words)
        entry = _typable(name)
        if not isinstance(entry, CaseAction):
            return entry, None, value
        code, _, argument = value.partition(" ")
        return entry, desk.work.case_by_code(code.upper()) if code else None, argument.strip()
    if not words or expected is None or desk.unix >= expected["until"]:
        return None, None, ""
    case = _case(desk, expected["case"]) if expected["case"] else None
    return TABLE.get(expected["name"]), case, words


def _with_case(desk: Desk, one: Staff, action: CaseAction, case: Case | None, argument: str) -> None:
    if case is not None and allowed(desk, one, action, case):
        if action.answers and relation(one, case) is Relation.MINE:
            case = answered(desk, case)
        action.act(desk, one, case, argument)
        return
    held = relation(one, case) if case is not None else None
    if case is not None and held in (Relation.MINE, Relation.OTHERS) and action.late is not None:
        action.late(desk, one, case)
        return
    if case is not None and held is Relation.OTHERS:
        desk.work.note(desk.work.actor(one.user), Act.REFUSED, case.id)
    desk.say(one, action.otherwise if held is Relation.MINE else NOT_YOURS)


def _command(words: str) -> tuple[str, str]:
    """The name of a command and what stands behind it."""
    first, rest = [*words.split(maxsplit=1), "", ""][:2]
    return first[1:].partition("@")[0].lower(), rest.strip()


def _typable(command: str) -> Entry | None:
    return _TYPED.get(command)


def _case(desk: Desk, row: str) -> Case | None:
    case = bytes.fromhex(row)
    return desk.work.load_cases([case]).get(case)
