"""A test alert at the beginning of a duty: where it is not pressed in time, administrators hear of it."""

from __future__ import annotations

from bot.intake.text import Text, text
from bot.store.records import Priority, Staff
from bot.telegram import duty, notices
from bot.telegram.actions import DESK, Action
from bot.telegram.desk import SWEPT_AFTER, Desk, new_id
from bot.telegram.duty import ROLL
from bot.telegram.screens import escape

MISSING = "missing"
"""The kind of notice that says who is on duty and does not answer."""


def run(desk: Desk) -> None:
    """Whose duty has begun is asked; also later, where the bot was away then."""
    for one in list(desk.staff):
        if one.body["role"] == "coordinator" and one.body.get("started") and duty.here(one):
            begun = duty.begun(one, desk.now)
            roll = one.body.get(ROLL)
            if begun is not None and (roll is None or roll["duty"] != int(begun.timestamp())):
                _call(desk, one, int(begun.timestamp()))
    _tell(desk)


def _call(desk: Desk, one: Staff, begun: int) -> None:
    _lift(desk, one)
    language, slot = desk.house.language(one.body["language"]), new_id()
    desk.change(one, {ROLL: {"duty": begun, "at": desk.unix, "answered": False, "slot": slot.hex()}})
    lines = [text("Your duty begins."), text("Please press within 10 minutes: it shows that messages reach you.")]
    said = "\n".join(escape(language.say(line)) for line in lines)
    buttons = [[{"text": language.say(text("I am here")), "callback_data": "here="}]]
    desk.show(slot, one.user, (said, buttons), Priority.ALERT, fresh=True, protect=True)
    desk.remove(slot, one.user, after=SWEPT_AFTER)


def _answer(desk: Desk, one: Staff, _: str) -> None:
    roll = one.body.get(ROLL)
    if roll is not None and not roll["answered"]:
        _lift(desk, one)
        desk.change(one, {ROLL: {**roll, "answered": True, "slot": None}})
        _tell(desk)
    desk.say(one, text("Thank you."))


def _lift(desk: Desk, one: Staff) -> None:
    slot = (one.body.get(ROLL) or {}).get("slot")
    if slot is not None:
        desk.remove(bytes.fromhex(slot), one.user)


def _tell(desk: Desk) -> None:
    """Who does not answer stands before the administrators for as long as their duty lasts."""
    missing = [one for one in desk.staff if duty.here(one) and duty.missing(one, desk.now)]
    who = sorted(one.id.hex() for one in missing)
    for one in notices.administrators(desk):
        standing = notices.standing(desk, one).get(MISSING)
        if not who:
            notices.lift(desk, one, MISSING)
        elif standing is None or standing["who"] != who or notices.old(desk, standing):
            notices.post(desk, one, MISSING, _said(desk, one, missing), who=who)


def _said(desk: Desk, one: Staff, missing: list[Staff]) -> tuple[str, list[list[dict[str, str]]]]:
    language = desk.house.language(one.body["language"])
    lines: list[Text] = [text("On duty, but the test alert was not pressed within 10 minutes:")]
    lines += [text("{name}", name=each.body.get("name") or "—") for each in missing]
    return "\n".join(escape(language.say(line)) for line in lines), []


ACTIONS = (Action("here", DESK, _answer),)
