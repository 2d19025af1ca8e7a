"""What administrators do: keys, rotation, erasure, the audit log."""

from __future__ import annotations

from bot.intake.text import text
from bot.languages import Language
from bot.store.records import Staff
from bot.telegram import agreement, casework, joining, notices, reports, staffroom
from bot.telegram.actions import ADMINS, NOT_YOURS, Action, Role
from bot.telegram.agreement import Matter
from bot.telegram.casework import Why
from bot.telegram.desk import Desk
from bot.vault import Custody, KeyringError


def _keys(desk: Desk, one: Staff, _: str) -> None:
    desk.screen(one, reports.keys(desk, _language(desk, one)))


def _audit(desk: Desk, one: Staff, _: str) -> None:
    desk.screen(one, reports.audit(desk, _language(desk, one)))


def _ask_to_erase(desk: Desk, one: Staff, code: str) -> None:
    """By its number, because a damaged case has nothing else."""
    case = desk.work.case_by_code(code.upper())
    if case is not None:
        desk.screen(one, reports.question(desk, _language(desk, one), case))
    elif desk.work.case_id_by_code(code.upper()) is not None:
        desk.screen(one, reports.question_of_damaged(_language(desk, one), code.upper()))
    else:
        desk.say(one, NOT_YOURS)


def _erase_damaged(desk: Desk, one: Staff, code: str) -> None:
    row = desk.work.case_id_by_code(code)
    if row is None:
        desk.say(one, NOT_YOURS)
        return
    casework.erase(desk, row, Why.ADMIN, desk.work.actor(one.user))
    desk.screen(one, reports.line(_language(desk, one), text("{code}: erased", code=code)))


def _confirm_clock(desk: Desk, one: Staff, _: str) -> None:
    if desk.work.state().get("doubt"):
        desk.work.confirm_clock(desk.work.actor(one.user))
        notices.ask(desk)


def _agree(desk: Desk, one: Staff, asked: str) -> None:
    found = next((each for each in agreement.to_answer(desk.work, one, desk.staff) if each.id == asked), None)
    if found is None:
        return
    question = agreement.agree(desk.work, found, one)
    if question.matter is not Matter.ADMIN:
        desk.say(one, text("Noted. It is done at the shell, within the day."))
    elif agreement.is_settled(desk.work, question, desk.staff):
        agreement.over(desk.work, question)
        (joining.agreed if "invite" in question.about else staffroom.agreed)(desk, question)
    notices.ask(desk)


def _rotate(desk: Desk, one: Staff, _: str) -> None:
    """Begins at once; what it says from then on, `keeper` keeps up to date."""
    if desk.work.custody is Custody.OFFLINE:
        desk.say(one, reports.OFFLINE)
        return
    try:
        begun = desk.work.begin_rotation(desk.work.actor(one.user))
    except KeyringError:
        desk.say(one, text("The keyring could not be saved, so nothing has changed."))
        return
    title = text("The rotation has begun.") if begun else text("A rotation is going on already.")
    left = desk.work.stale_count()
    said = reports.progress(_language(desk, one), title, left, left)
    notices.post(desk, one, notices.ROTATION, said, total=left)


def _language(desk: Desk, one: Staff) -> Language:
    return desk.house.language(one.body["language"])


ACTIONS = (
    Action("keys", ADMINS, _keys, typed=True),
    Action("rotate", ADMINS, _rotate, typed=True),
    Action("audit", ADMINS | {Role.AUDITOR}, _audit, typed=True),
    Action("erase", ADMINS, _ask_to_erase, typed=True),
    Action("admin.damaged", ADMINS, _erase_damaged),
    Action("admin.clock", ADMINS, _confirm_clock),
    Action("admin.agree", ADMINS, _agree),
)
