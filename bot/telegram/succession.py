"""Another bot takes the place of the one before: what was that one's is forgotten, staff are told.

A bot may write to nobody who has not written to it: a person's chat counts as out of reach until they do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.intake.rules import Urgency
from bot.intake.summary import CHANNEL
from bot.intake.text import Text, text
from bot.languages import Language
from bot.store.audit import SHELL
from bot.store.records import Act, Case, Outgoing, Priority, Staff
from bot.telegram import alerts, coordinator, floods, person, queue
from bot.telegram.actions import CLOSED, DESK, role_of
from bot.telegram.address import UNREACHABLE, UNSAFE
from bot.telegram.card import UNSAFE_NOW
from bot.telegram.cases import holder_line
from bot.telegram.casework import inform
from bot.telegram.desk import Desk
from bot.telegram.duty import ROLL
from bot.telegram.profile import BOT, NAME
from bot.telegram.screens import Button, escape

A_PAGE, IN_A_ROW = 8, 4
FORGOTTEN = ("slot", "view", "writing", "sitting", "expected", ROLL)
"""Of a member: what stood in the chat with the other bot, or was going on there."""
REPLACED = text(
    "This bot takes the place of the old one from now on."
    " Delete the chat with the old one; trust nothing it still writes."
)
SILENT = text("It can't write to people before they write to it. Call those who gave another way, in their safe hours.")


def succeed(desk: Desk, bot: int, name: str) -> tuple[int, int]:
    """The bot of this number and name takes over; gives how many staff are told, and of how many cases."""
    lost = desk.work.forget_bot()
    desk.work.save_state({**desk.work.state(), BOT: bot, NAME: name})
    for one in [one for one in desk.staff if not one.body.get("removed")]:
        if one.body.get("writing"):
            desk.cancel(bytes.fromhex(one.body["writing"]))
        desk.change(one, {"notices": {}, "reachable": True, **dict.fromkeys(FORGOTTEN)})
    _strand(desk)
    _say_again(desk, lost)
    cases = [case for case in desk.work.all_cases() if case.head["state"] != CLOSED]
    pressing = sorted((case for case in cases if case.head["urgency"] <= Urgency.URGENT), key=queue.order)
    told = [one for one in desk.staff if one.body.get("started") and not one.body.get("removed")]
    for one in told:
        _tell(desk, one, pressing)
        if role_of(one) in DESK:
            coordinator.catch_up(desk, one, cases)
    floods.changed(desk)
    desk.work.note(SHELL, Act.SWITCHED)
    return len(told), len(pressing)


def _strand(desk: Desk) -> None:
    """Until a person writes nothing reaches them: their cases say so, and letters wait."""
    chats = desk.work.all_chats()
    ids = {chat.id for chat in chats}
    for chat in chats:
        desk.chats[chat.user] = replace(chat, address={**chat.address, "slot": None, "shown": 0, UNREACHABLE: True})
    for case in desk.work.all_cases():
        if case.chat in ids and case.head["state"] != CLOSED:
            desk.head(case, {**case.head, "flags": sorted({*case.head["flags"], UNREACHABLE})})
    for chat in list(desk.chats.values()):
        person.look_again(desk, chat)


def _say_again(desk: Desk, lost: Iterable[Outgoing]) -> None:
    """What a holder was to be told of a case and was not."""
    staff = {one.user for one in desk.staff}
    said = [row.body for row in lost if row.body["do"] in ("show", "file") and row.body["chat"] in staff]
    unsaid = {body["case"]: None for body in said if body.get("case")}
    for case in desk.work.load_cases(bytes.fromhex(row) for row in unsaid).values():
        if case.head["holder"] and case.head["state"] != CLOSED:
            inform(desk, case)


def _tell(desk: Desk, one: Staff, pressing: list[Case]) -> None:
    """One line, and for those who work on cases what presses: first whom they can reach all the same."""
    language = desk.house.language(one.body["language"])
    first = [escape(language.say(line)) for line in (REPLACED, SILENT)]
    listed = pressing if role_of(one) in DESK and not desk.house.discreet else []
    elsewhere = [case for case in listed if CHANNEL in case.head["flags"]]
    others = [case for case in listed if CHANNEL not in case.head["flags"]]
    parts = [
        (text("Critical and urgent, another way to reach them was given: {count}", count=len(elsewhere)), elsewhere),
        (text("Critical and urgent, no other way is known: {count}", count=len(others)), others),
    ]
    messages: list[alerts.Message] = [(f"<b>{first[0]}</b>\n{first[1]}", [])]
    messages += [
        _page(desk, one, language, title, cases[start : start + A_PAGE])
        for title, cases in parts
        for start in range(0, len(cases), A_PAGE)
    ]
    for said in messages:
        slot = desk.staff_slot(one, None, "news")
        desk.show(slot, one.user, said, Priority.CRITICAL, fresh=True, protect=True)


def _caution(desk: Desk, case: Case) -> list[Text]:
    """What whoever calls has to know first."""
    if UNSAFE in case.head["flags"]:
        return [UNSAFE_NOW]
    return alerts.safe_hours(desk.house.questionnaire, case.head)


def _page(desk: Desk, one: Staff, language: Language, title: Text, cases: list[Case]) -> alerts.Message:
    lines = [f"<b>{escape(language.say(title))}</b>"]
    for case in cases:
        line = text("{code} · {urgency}", code=case.head["code"], urgency=alerts.urgency(case.head))
        known = (line, holder_line(desk, one, case), *_caution(desk, case))
        lines += ["", *(escape(language.say(each)) for each in known)]
    codes: list[Button] = [{"text": case.head["code"], "callback_data": f"case={case.id.hex()}"} for case in cases]
    return "\n".join(lines), [codes[start : start + IN_A_ROW] for start in range(0, len(codes), IN_A_ROW)]
