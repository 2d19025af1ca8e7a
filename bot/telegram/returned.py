"""The bot came back from a backup: what was erased since goes again, what waits is announced anew, staff are told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.intake.text import text
from bot.store.audit import SHELL
from bot.store.records import Act, Chat, Priority
from bot.telegram import address, alerts, casework, coordinator, floods, person
from bot.telegram.actions import CLOSED, DESK, role_of
from bot.telegram.casework import Why
from bot.telegram.desk import Desk
from bot.telegram.screens import escape
from bot.telegram.succession import FORGOTTEN
from bot.vault import Erasure

LOST = text(
    "Everything since then is missing: new cases, answers, letters, notes, who took or closed what,"
    " changes to the staff."
)
LOCKED = text(
    "All chats of people are locked. A code word or a return code opens them;"
    " else the holder of the case unlocks the chat."
)
UNSENT = text("What waited to be sent to people was dropped. Alerts of cases that nobody holds come anew.")
STANDING = text("Delete older messages of this bot from this chat: it can't do so any more.")


def come_back(desk: Desk, made: int, erasures: Iterable[Erasure]) -> tuple[int, int]:
    """From a backup of that time; gives how many cases were erased again, and how many staff are told."""
    desk.work.settle_restored()
    gone = desk.work.remember_erased(erasures)
    for case in gone:
        casework.erase(desk, case, Why.AGAIN, SHELL)
    _believe_the_clock(desk)
    for stored in desk.work.all_chats():
        chat = desk.chats.get(stored.user, stored)  # what is erased has gone from it already
        _lock(desk, replace(chat, address={**chat.address, "slot": None, "shown": 0}))
    for one in [one for one in desk.staff if not one.body.get("removed")]:
        desk.change(one, {"notices": {}, **dict.fromkeys(FORGOTTEN)})
    cases = [case for case in desk.work.all_cases() if case.head["state"] != CLOSED]
    told = [one for one in desk.staff if one.body.get("started") and not one.body.get("removed")]
    for one in told:
        slot = desk.staff_slot(one, None, "news")
        restored = text("This bot was restored from a backup: {moment}", moment=alerts.moment(made))
        language = desk.house.language(one.body["language"])
        first, *others = (escape(language.say(line)) for line in (restored, LOST, LOCKED, UNSENT, STANDING))
        said = "\n".join([f"<b>{first}</b>", *others])
        desk.show(slot, one.user, (said, []), Priority.CRITICAL, fresh=True, protect=True)
        if role_of(one) in DESK:
            coordinator.catch_up(desk, one, cases)
    floods.changed(desk)
    desk.work.note(SHELL, Act.RESTORED)
    return len(gone), len(told)


def _lock(desk: Desk, chat: Chat) -> None:
    """Nobody knows any more which were locked or cleared since, or who has the phone now."""
    state = person.state_of(chat)
    if chat.address["cases"] and not state.code:  # what was being answered is gone
        newest = bytes.fromhex(chat.address["cases"][-1])
        case = desk.work.load_cases([newest]).get(newest)
        if case is None:  # damaged
            address.leave(desk, chat)
            return
        state = address.home_of(case)
    address.lock(desk, chat, state)


def _believe_the_clock(desk: Desk) -> None:
    """The time that a backup lay there is no jump of the clock; for 72 hours nothing goes by its term all the same."""
    state = desk.work.state()
    if not state.get("doubt"):
        desk.work.save_state({**state, "clock": desk.unix, "confirmed": desk.unix})
