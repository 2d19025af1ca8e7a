"""The whole case before its holder's eyes, for so many minutes as the house says."""

from __future__ import annotations

from bot.intake.text import text
from bot.store.records import Act, Case, Staff
from bot.telegram import alerts, links
from bot.telegram.actions import HOLDER, CaseAction
from bot.telegram.casework import answered, priority_of, renew
from bot.telegram.desk import Desk
from bot.telegram.screens import escape
from bot.vault import Custody, SealedCase, SealedFileEntry


def show(desk: Desk, one: Staff, case: Case, _: str = "") -> None:
    """To be called for the holder only."""
    case = renew(desk, answered(desk, case))
    desk.work.note(desk.work.actor(one.user), Act.READ, case.id)
    sealed = desk.work.sealed_entries(case.id)
    offline = desk.work.custody is Custody.OFFLINE
    if offline or desk.work.kept_elsewhere(sealed):
        _send_sealed(desk, one, case, sealed)
    if offline:
        return
    language = desk.house.language(one.body["language"])
    entries = desk.work.entries(case.id)
    unopened = len(sealed) - len(entries)
    linked = links.codes(desk, case.head)
    pages = alerts.summary(desk.house.questionnaire, case, entries, language, unopened, linked)
    for number, page in enumerate(pages, 1):
        slot = desk.staff_slot(one, case.id, "summary")
        buttons = alerts.contact(entries, language) if number == len(pages) else []
        desk.show(slot, one.user, (page, buttons), priority_of(case.head), case=case.id, fresh=True, protect=True)
        desk.remove(slot, one.user, after=_stands(desk), case=case.id)


def _send_sealed(desk: Desk, one: Staff, case: Case, entries: list[SealedFileEntry]) -> None:
    """The entries as they stand, for the machine that holds the case keys: nothing here can open them."""
    code = case.head["code"]
    sealed = SealedCase(desk.work.instance, case.id, tuple(entries))
    lines = [
        text("Case: {code}", code=code),
        text("Sealed answers: save the file and open it on the computer that has the case keyring."),
    ]
    caption = "\n".join(escape(desk.house.language(one.body["language"]).say(line)) for line in lines)
    slot = desk.staff_slot(one, case.id, "summary")
    desk.file(slot, one.user, f"{code}.qorgan", sealed.write(), caption, case=case.id)
    desk.remove(slot, one.user, after=_stands(desk), case=case.id)


def _stands(desk: Desk) -> int:
    return desk.house.summary_minutes * 60


ACTIONS = (CaseAction("open", HOLDER, show, typed=True, label=text("Open")),)
