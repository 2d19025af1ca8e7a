"""The list of the staff that administrators see, with the invites that are open, and what they press there."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime

from bot.intake.text import Text, text
from bot.languages import Language
from bot.store.records import Staff
from bot.telegram import alerts, invites, staffroom, standby, tidings
from bot.telegram.actions import ADMINS, CLOSED, DESK, ROLES, Action, Role, role_of
from bot.telegram.desk import Desk
from bot.telegram.invites import Invite, Stage
from bot.telegram.screens import Button, escape

SHOWN, IN_A_ROW = 20, 5
KEY = 32
"""Characters of an invite's key that its button carries."""


def _show(desk: Desk, one: Staff, page: str = "") -> None:
    language = desk.house.language(one.body["language"])
    members = staffroom.here(desk.staff)
    start = (int(page) if page.isdecimal() and len(page) < 4 else 0) * SHOWN
    shown = members[start : start + SHOWN] or members[:SHOWN]
    held = Counter(case.head["holder"] for case in desk.work.all_cases() if case.head["state"] != CLOSED)
    title = text("Staff: {count}", count=len(members))
    lines = [f"<b>{escape(language.say(title))}</b>"]
    buttons: list[Button] = []
    for number, each in enumerate(shown, members.index(shown[0]) + 1):
        said = [each.body.get("name") or "—", *map(language.say, _facts(desk, each, held[each.id.hex()]))]
        lines.append(escape(f"{number}. {' · '.join(said)}"))
        buttons.append({"text": str(number), "callback_data": f"remove={each.id.hex()}"})
    lines.append(escape(language.say(text("A number removes that member; you are asked first."))))
    rows = [buttons[at : at + IN_A_ROW] for at in range(0, len(buttons), IN_A_ROW)]
    told, withdrawing = _invites(desk, language)
    lines, rows = lines + told, rows + withdrawing
    pages = range((len(members) + SHOWN - 1) // SHOWN)
    if len(pages) > 1:
        rows.append([{"text": f"{at * SHOWN + 1}…", "callback_data": f"staff={at}"} for at in pages][:8])
    desk.screen(one, ("\n".join(lines), rows))


def _facts(desk: Desk, one: Staff, held: int) -> list[Text]:
    facts = [ROLES[role_of(one)]]
    if one.body.get("started"):
        facts.append(alerts.language_name(desk.house.questionnaire, one.body["language"]))
    else:
        facts.append(text("has not come yet"))
    if not one.body.get("reachable", True):
        facts.append(text("the bot can't write to them"))
    if standby.awaited(one, standby.named(desk.work, desk.house.standby)):
        facts.append(text("not at the standby bot yet"))
    if role_of(one) in DESK:
        facts.append(text("cases: {count}", count=held))
    if "seen" in one.body:
        facts.append(text("last seen: {day}", day=date.fromisoformat(one.body["seen"])))
    return facts


def _invites(desk: Desk, language: Language) -> tuple[list[str], list[list[Button]]]:
    """Those that are open, the newest first, and a button for each that withdraws it."""
    standing = sorted(invites.standing(desk.work), key=lambda one: (one.at, one.key), reverse=True)
    if not standing:
        return [], []
    title = text("Open invites: {count}", count=len(standing))
    lines = [f"<b>{escape(language.say(title))}</b>"]
    rows: list[list[Button]] = []
    for number, each in enumerate(standing[:SHOWN], 1):
        facts = " · ".join(map(language.say, _stage(desk, each)))
        lines.append(escape(f"{number}. {facts}"))
        label = language.say(text("Withdraw invite {number}", number=number))
        rows.append([{"text": label, "callback_data": f"invite.withdraw={each.key[:KEY]}"}])
    return lines, rows


def _stage(desk: Desk, invite: Invite) -> list[Text]:
    facts = [ROLES[Role(invite.role)], text("by: {who}", who=tidings.author(invites.maker_of(desk, invite)))]
    if invite.stage == Stage.RIGHT:
        return [*facts, text("another administrator has to agree")]
    if invite.stage == Stage.SHOWN:
        facts.append(text("opened, the digits are awaited"))
    return [*facts, text("until: {moment}", moment=datetime.fromtimestamp(invite.at + invites.LASTS, UTC))]


def _ask_to_remove(desk: Desk, one: Staff, row: str) -> None:
    found = _member(desk, row)
    if found is None:
        _show(desk, one)
    elif staffroom.is_last(desk, found):
        desk.say(one, staffroom.LAST)
    else:
        language = desk.house.language(one.body["language"])
        desk.screen(one, _question(language, found))


def _question(language: Language, one: Staff) -> alerts.Message:
    lines = [
        text("Name: {name}", name=one.body.get("name") or "—"),
        text("Role: {role}", role=ROLES[role_of(one)]),
        text("Their cases wait for somebody else at once, and what the bot wrote to them is deleted."),
    ]
    title = text("Remove this member of the staff?")
    button: Button = {"text": language.say(text("Remove")), "callback_data": f"staff.remove={one.id.hex()}"}
    back: Button = {"text": language.say(text("Back")), "callback_data": "staff="}
    said = [f"<b>{escape(language.say(title))}</b>", *(escape(language.say(line)) for line in lines)]
    return "\n".join(said), [[button, back]]


def _remove(desk: Desk, one: Staff, row: str) -> None:
    found = _member(desk, row)
    if found is not None and staffroom.is_last(desk, found):
        desk.say(one, staffroom.LAST)
        return
    if found is not None:
        staffroom.remove(desk, found, one)
    if found is None or found.id != one.id:
        _show(desk, one)


def _withdraw(desk: Desk, one: Staff, key: str) -> None:
    """Another administrator's, too."""
    found = next((each for each in invites.standing(desk.work) if each.key[:KEY] == key), None)
    if found is not None:
        invites.withdraw(desk, found, one)
    _show(desk, one)


def _member(desk: Desk, row: str) -> Staff | None:
    return next((one for one in staffroom.here(desk.staff) if one.id.hex() == row), None)


ACTIONS = (
    Action("staff", ADMINS, _show, typed=True),
    Action("remove", ADMINS, _ask_to_remove, typed=True),
    Action("staff.remove", ADMINS, _remove),
    Action("invite.withdraw", ADMINS, _withdraw),
)
