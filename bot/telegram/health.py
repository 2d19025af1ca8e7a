"""How the house is, in words: for whoever asks by /health, and for the dead man's alarm."""

from __future__ import annotations

from bot.intake.text import Text, text
from bot.languages import Language
from bot.store.records import Staff
from bot.telegram import alarms
from bot.telegram.actions import ADMINS, Action
from bot.telegram.alarms import Cause, Facts
from bot.telegram.alerts import Message
from bot.telegram.desk import Desk
from bot.telegram.screens import escape

PARTS = {
    Cause.OUTBOX: text("Messages on their way"),
    Cause.DUTY: text("Duty"),
    Cause.ABSENT: text("Staff can be reached"),
    Cause.DISK: text("Room on the disk"),
    Cause.BACKUP: text("Backup"),
    Cause.KEY: text("Rotation of the keys"),
    Cause.CLOCK: text("Clock"),
    Cause.PAGER: text("Pager"),
    Cause.CONTACTS: text("Contacts and legal terms"),
}


def facts(desk: Desk) -> Facts:
    return alarms.read(desk.work, desk.house.rotation_days, desk.house.data, desk.house.questionnaire)


def problem(cause: Cause, found: Facts) -> Text:
    """What is amiss, in one line."""
    match cause:
        case Cause.OUTBOX:
            return text("Messages of the bot wait to be sent, minutes: {count}", count=found.waited // 60)
        case Cause.DUTY:
            return text("No coordinator is on duty.")
        case Cause.ABSENT:
            return text("Coordinators and administrators whom the bot can't write to: {count}", count=found.absent)
        case Cause.DISK:
            return text("The disk of the server is nearly full.")
        case Cause.BACKUP if found.backup_age is None:
            return text("No backup has been made yet.")
        case Cause.BACKUP:
            return text("Hours since the last backup: {count}", count=(found.backup_age or 0) // 3600)
        case Cause.KEY:
            return text("The rotation of the case keys is overdue.")
        case Cause.CLOCK:
            return text("The clock of this server is in doubt.")
        case Cause.PAGER:
            return text("The pager does not answer.")
        case Cause.CONTACTS:
            return text("Contacts and legal terms that nobody has verified: {count}", count=found.unverified)


def screen(language: Language, found: Facts) -> Message:
    amiss = alarms.findings(found)
    title = text("Look at this") if amiss else text("All is in order.")
    lines = [problem(cause, found) for cause in amiss]
    well = [text("{part}: in order", part=PARTS[cause]) for cause in Cause if cause not in amiss]
    said = [f"<b>{escape(language.say(title))}</b>"]
    said += [f"<b>{escape(language.say(line))}</b>" for line in lines]
    return "\n".join([*said, *(escape(language.say(line)) for line in well)]), []


def _show(desk: Desk, one: Staff, _: str) -> None:
    desk.screen(one, screen(desk.house.language(one.body["language"]), facts(desk)), view="admin.health=-")


ACTIONS = (Action("admin.health", ADMINS, _show, typed=True, word="health"),)
