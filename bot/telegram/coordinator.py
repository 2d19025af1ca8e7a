"""A coordinator's chat: choosing a language, taking a case, opening it again."""

from __future__ import annotations

from typing import Any

from bot.intake.text import Text, text
from bot.languages import guess
from bot.store.records import Act, Case, Priority, Staff
from bot.telegram import alerts, change, floods, linking, links, note, person, queue, retention, sitting, updates
from bot.telegram.casework import CLOSED, announce, attend, holder_of, keep, priority_of, tell_erasing, waits
from bot.telegram.desk import Desk, new_id
from bot.telegram.profile import ADMIN_COMMANDS
from bot.telegram.screens import Button, escape
from bot.vault import Custody, SealedCase, SealedFileEntry

TAKEN_STANDS = 15 * 60
"""Seconds that *taken by …* stands in the others' chats."""


def handle(desk: Desk, one: Staff, update: updates.Wrote | updates.Pressed | updates.Other) -> None:
    """One update of a member of staff carried through."""
    if not isinstance(update, updates.Pressed):
        desk.delete(one.user, update.message_id)
        if isinstance(update, updates.Wrote) and _wrote(desk, one, update.text):
            return
        cases = desk.work.all_cases()
        if not one.body.get("started"):
            one = _greeted(desk, one, update, cases)
        _menu(desk, one, cases)
        return
    desk.answers.append(update.callback_id)
    action, _, value = update.data.partition("=")
    if action == "language" and value in desk.house.languages:
        one = desk.change(one, {"language": value})
        _menu(desk, one, desk.work.all_cases())
    elif action == "take":
        _take(desk, one, _case(desk, value))
    elif action == "open":
        _open(desk, one, _case(desk, value))
    elif action == "next":
        _next(desk, one)
    elif action == "coerced":
        _keep(desk, one, _case(desk, value))
    elif action in ("stay", "gone"):
        _answer(desk, one, _case(desk, value), stays=action == "stay")
    elif action in _BEGUN:
        _begin(desk, one, action, _case(desk, value))
    elif update.data.startswith(sitting.PREFIX):
        place, _, choice = value.partition("=")
        _go_on(desk, one, place, choice)


_DOING: dict[str, Any] = {module.WHAT: module for module in (note, change, linking)}
_BEGUN = {"note": note, "change": change, "links": linking}


def _begin(desk: Desk, one: Staff, action: str, case: Case | None) -> None:
    if case is None or case.head["holder"] != one.id.hex() or case.head["state"] == CLOSED:
        _say(desk, one, "none")
    else:
        _BEGUN[action].begin(desk, one, case)


def _go_on(desk: Desk, one: Staff, place: str, choice: str) -> None:
    now = sitting.current(desk, one)
    if now is None:
        _say(desk, one, "none")
    elif choice == sitting.LEAVE:
        sitting.end(desk, one)
    else:
        _DOING[now.what].pressed(desk, one, now, place, choice)


def _wrote(desk: Desk, one: Staff, words: str) -> bool:
    """Whether the words were a command on a case, or what is waited for."""
    command, *codes = words.split()[:3] or [""]
    cases = [desk.work.case_by_code(code.upper()) for code in codes]
    if command in ("/note", "/change", "/link") and len(cases) == 1:
        _begin(desk, one, "links" if command == "/link" else command[1:], cases[0])
    elif command in ("/link", "/unlink") and len(cases) == 2:
        first, second = cases
        done = linking.change(desk, one, first, second, join=command == "/link") if first and second else None
        _say(desk, one, "none") if done is None else _tell(desk, one, done)
    else:
        now = sitting.current(desk, one)
        if now is None or command.startswith("/"):
            return False
        _DOING[now.what].wrote(desk, one, now, words)
    return True


def _greeted(desk: Desk, one: Staff, update: updates.Wrote | updates.Other, cases: list[Case]) -> Staff:
    """The first word of a member of staff: from now on there is a chat, a name and a language."""
    language = one.body.get("language") or guess(update.language_code)
    one = desk.change(one, {"started": True, "language": language, "name": update.first_name})
    catch_up(desk, one, cases)
    return one


def catch_up(desk: Desk, one: Staff, cases: list[Case]) -> None:
    """What waits, for somebody who has missed it: an alert for each of the most urgent, one message for all others."""
    if one not in alerts.addressees(desk.staff):
        return
    waiting = queue.waiting(cases)
    for case in waiting[: desk.house.alone]:
        _alert_again(desk, one, case)
    if len(waiting) > desk.house.alone:
        queue.stand(desk, one, waiting)


def _alert_again(desk: Desk, one: Staff, case: Case) -> None:
    said = alerts.waiting(desk.house, case, desk.house.language(one.body["language"]))
    slot = desk.staff_slots(case.id, "alert").get(one.user) or desk.staff_slot(one, case.id, "alert")
    desk.show(slot, one.user, said, priority_of(case.head), case=case.id, fresh=True, protect=True)


def _menu(desk: Desk, one: Staff, cases: list[Case]) -> None:
    """The member's own living message: language, cases held, cases that wait."""
    language = desk.house.language(one.body["language"])
    mine = [case for case in cases if case.head["holder"] == one.id.hex()]
    waiting = [case for case in cases if waits(case)]
    lines = [
        language.say(text("You will get a message here when somebody needs you.")),
        language.say(text("Waiting: {count}", count=len(waiting))),
        language.say(text("Yours: {count}", count=len(mine))),
    ]
    damaged = desk.work.damaged_cases(len(cases))
    if damaged:
        lines.append(language.say(text("Damaged cases, which can't be shown: {count}", count=damaged)))
    if one.body["role"] == "admin":
        lines.append(language.say(text("Commands: {commands}", commands=" · ".join(ADMIN_COMMANDS))))
    rows: list[list[Button]] = [
        [{"text": case.head["code"], "callback_data": f"open={case.id.hex()}"}] for case in mine[-20:]
    ]
    rows.append(
        [
            {"text": other.name, "callback_data": f"language={code}"}
            for code, other in desk.house.languages.items()
        ]
    )
    desk.screen(one, ("\n".join(escape(line) for line in lines), rows))


def _case(desk: Desk, value: str) -> Case | None:
    try:
        row = bytes.fromhex(value)
    except ValueError:
        return None
    return desk.work.load_cases([row]).get(row)


def _take(desk: Desk, one: Staff, case: Case | None) -> None:
    if case is None or case.head["state"] == CLOSED:
        _say(desk, one, "none")
        return
    if case.head["holder"]:
        if case.head["holder"] == one.id.hex():
            _open(desk, one, case)
        else:
            _tell_taken(desk, one, case)
        return
    head = {
        **case.head,
        "holder": one.id.hex(),
        "state": "taken",
        "times": {**case.head["times"], "taken": desk.unix},
    }
    case = desk.head(case, head)
    desk.work.note(desk.work.actor(one.user), Act.TAKE, case.id)
    floods.follow(desk, case)
    _tell_others(desk, one, case)
    announce(desk, case, head)
    tell_erasing(desk, case)
    _open(desk, one, case)
    chat = desk.chat(case.chat) if case.chat is not None else None
    if chat is not None:
        person.opened(desk, chat, head["code"])


def _tell_others(desk: Desk, one: Staff, case: Case) -> None:
    """The alert goes: from the others' chats with a word on who has the case, discreet ones from everybody's."""
    if desk.house.discreet:
        for slot in desk.work.slots_of_case(case.id):
            desk.remove(slot.id, slot.body["chat"], case=case.id)
        return
    standing = desk.staff_slots(case.id, "alert")
    for other in desk.staff:
        place = standing.get(other.user)
        if place is None or other.id == one.id:
            continue
        said = alerts.taken(case.head, one.body.get("name") or "—", desk.house.language(other.body["language"]))
        desk.show(place, other.user, said, Priority.ALERT, case=case.id, protect=True)
        desk.remove(place, other.user, after=TAKEN_STANDS, case=case.id)


def _tell_taken(desk: Desk, one: Staff, case: Case) -> None:
    holder = holder_of(desk, case.head)
    name = holder.body.get("name") if holder else None
    said = alerts.taken(case.head, name or "—", desk.house.language(one.body["language"]))
    slot = desk.staff_slots(case.id, "alert").get(one.user)
    if slot is None:
        slot = desk.staff_slot(one, case.id, "alert")
        desk.remove(slot, one.user, after=TAKEN_STANDS, case=case.id)
    desk.show(slot, one.user, said, Priority.ALERT, case=case.id, fresh=True, protect=True)


def _open(desk: Desk, one: Staff, case: Case | None) -> None:
    """The whole case, for the holder only; it goes again after 15 minutes."""
    if case is None or case.head["holder"] != one.id.hex():
        _say(desk, one, "none")
        return
    case = attend(desk, case)
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
    for page in alerts.summary(desk.house.questionnaire, case, entries, language, unopened, linked):
        slot = desk.staff_slot(one, case.id, "summary")
        desk.show(slot, one.user, (page, []), priority_of(case.head), case=case.id, fresh=True, protect=True)
        desk.remove(slot, one.user, after=alerts.SUMMARY_STANDS, case=case.id)


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
    desk.remove(slot, one.user, after=alerts.SUMMARY_STANDS, case=case.id)


def _next(desk: Desk, one: Staff) -> None:
    """The button of a discreet alert, and of the one message for many: takes the most urgent case that nobody holds."""
    waiting = queue.waiting(desk.work.all_cases())
    if not waiting:
        _say(desk, one, "nothing")
        return
    _take(desk, one, waiting[0])


def _keep(desk: Desk, one: Staff, case: Case | None) -> None:
    """The holder stops an erasure that the person may have been forced to ask for."""
    if case is None or case.head["holder"] != one.id.hex():
        _say(desk, one, "none")
    else:
        keep(desk, case, one)


def _answer(desk: Desk, one: Staff, case: Case | None, *, stays: bool) -> None:
    """Whether a case without contact is still needed."""
    if case is None or not retention.answers(desk, one, case):
        _say(desk, one, "none")
    elif stays:
        retention.stay(desk, case)
    else:
        retention.let_go(desk, case)


def _say(desk: Desk, one: Staff, what: str) -> None:
    """One short line that goes again by itself."""
    line = text("Nothing waits now.") if what == "nothing" else text("No such case, or it is not yours.")
    _tell(desk, one, line)


def _tell(desk: Desk, one: Staff, line: Text) -> None:
    said = escape(desk.house.language(one.body["language"]).say(line))
    slot = new_id()
    desk.show(slot, one.user, (said, []), Priority.REPLY, fresh=True, protect=True)
    desk.remove(slot, one.user, after=60)
