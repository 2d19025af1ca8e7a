"""An administrator's chat: keys, rotation, erasure, the audit log."""

from __future__ import annotations

import re

from bot.intake.text import Text, text
from bot.languages import Language
from bot.store.records import Act, Case, Priority, Staff
from bot.telegram import casework, coordinator, notices, reports, updates
from bot.telegram.casework import Why
from bot.telegram.desk import Desk, new_id
from bot.telegram.profile import ADMIN_COMMANDS
from bot.vault import Custody, KeyringError

PREFIX = "admin."
_FOR_STAFF = re.compile(r"(take|open|coerced|stay|gone)=[0-9a-f]{32}|next=-")
_SAID_FOR = 60


def wanted(update: updates.Incoming) -> bool:
    """Whether it is an administrator's command, or a press of an administrator's button."""
    if isinstance(update, updates.Pressed):
        return update.data.startswith(PREFIX)
    return isinstance(update, updates.Wrote) and _command(update.text)[0] in ADMIN_COMMANDS


def for_staff(update: updates.Incoming) -> bool:
    """Whether only staff could have a reason to send it."""
    return wanted(update) or (isinstance(update, updates.Pressed) and bool(_FOR_STAFF.fullmatch(update.data)))


def refuse(desk: Desk, one: Staff, update: updates.Wrote | updates.Pressed | updates.Other) -> None:
    """From a coordinator: noted, and otherwise like anything else that means nothing."""
    desk.work.note(desk.work.actor(one.user), Act.REFUSED)
    coordinator.handle(desk, one, update)


def handle(desk: Desk, one: Staff, update: updates.Wrote | updates.Pressed | updates.Other) -> None:
    """One command or press of an administrator carried through."""
    if isinstance(update, updates.Pressed):
        desk.answers.append(update.callback_id)
        action, _, value = update.data.removeprefix(PREFIX).partition("=")
        _pressed(desk, one, action, value)
    elif isinstance(update, updates.Wrote):
        if one.body.get("started"):
            desk.delete(one.user, update.message_id)
        else:
            coordinator.handle(desk, one, update)
            one = desk.member(one.id)
        command, code = _command(update.text)
        _carry_out(desk, one, command, code)


def _command(words: str) -> tuple[str, str]:
    first, rest = [*words.split(maxsplit=1), "", ""][:2]
    return first.partition("@")[0].lower(), rest.strip()


def _carry_out(desk: Desk, one: Staff, command: str, code: str) -> None:
    language = _language(desk, one)
    if command == "/keys":
        desk.screen(one, reports.keys(desk, language))
    elif command == "/audit":
        desk.screen(one, reports.audit(desk, language))
    elif command == "/rotate":
        _rotate(desk, one)
    elif command == "/erase":
        case = desk.work.case_by_code(code.upper())
        if case is not None:
            desk.screen(one, reports.question(desk, language, case))
        elif desk.work.case_id_by_code(code.upper()) is not None:
            desk.screen(one, reports.question_of_damaged(language, code.upper()))
        else:
            _say(desk, one, text("No such case."))


def _pressed(desk: Desk, one: Staff, action: str, value: str) -> None:
    if action == "erase":
        case = _case(desk, value)
        _erase(desk, one, case.id if case else None, case.head["code"] if case else "")
    elif action == "damaged":
        _erase(desk, one, desk.work.case_id_by_code(value), value)
    elif action == "clock" and desk.work.state().get("doubt"):
        desk.work.confirm_clock(desk.work.actor(one.user))
        notices.ask(desk)
    elif action == "agree" and value == str(notices.comeback_asked(desk, one)):
        state = desk.work.state()
        actor = desk.work.actor(one.user)
        agreed = {**state["return"], "agreed": [*state["return"]["agreed"], actor]}
        desk.work.save_state(state | {"return": agreed})
        desk.work.note(actor, Act.AGREED)
        notices.ask(desk)
        _say(desk, one, text("Noted. It is done at the shell, within the day."))


def _rotate(desk: Desk, one: Staff) -> None:
    """Begins at once; what it says from then on, `keeper` keeps up to date."""
    if desk.work.custody is Custody.OFFLINE:
        _say(desk, one, reports.OFFLINE)
        return
    try:
        begun = desk.work.begin_rotation(desk.work.actor(one.user))
    except KeyringError:
        _say(desk, one, text("The keyring could not be saved, so nothing has changed."))
        return
    title = text("The rotation has begun.") if begun else text("A rotation is going on already.")
    left = desk.work.stale_count()
    said = reports.progress(_language(desk, one), title, left, left)
    notices.post(desk, one, notices.ROTATION, said, total=left)


def _erase(desk: Desk, one: Staff, case: bytes | None, code: str) -> None:
    if case is None:
        _say(desk, one, text("No such case."))
        return
    casework.erase(desk, case, Why.ADMIN, desk.work.actor(one.user))
    said = text("{code}: erased", code=code)
    desk.screen(one, reports.line(_language(desk, one), said))


def _case(desk: Desk, value: str) -> Case | None:
    row = bytes.fromhex(value) if re.fullmatch("[0-9a-f]{32}", value) else b""
    return desk.work.load_cases([row]).get(row)


def _language(desk: Desk, one: Staff) -> Language:
    return desk.house.language(one.body["language"])


def _say(desk: Desk, one: Staff, line: Text) -> None:
    """One short line that goes again by itself."""
    slot = new_id()
    desk.show(slot, one.user, reports.line(_language(desk, one), line), Priority.REPLY, fresh=True, protect=True)
    desk.remove(slot, one.user, after=_SAID_FOR)
