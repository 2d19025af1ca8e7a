"""Messages that stand in administrators' chats for as long as there is a reason, one of a kind."""

from __future__ import annotations

from typing import Any

from bot.intake.text import text
from bot.languages import Language
from bot.store.records import Priority, Staff
from bot.telegram import agreement, reports
from bot.telegram.actions import DESK, role_of
from bot.telegram.alerts import Message
from bot.telegram.desk import RENEWED_AFTER, SWEPT_AFTER, Desk, new_id

CLOCK, ROTATION, DIGEST = "clock", "rotation", "digest"
SILENCE = "silence"
ABSENT, UNSENT = "absent", "unsent"
RESTRAINT, ROLL = "restraint", "roll"
AGREE = "agree."
"""What the kind begins with of a question that administrators have to agree to; its id follows."""


def administrators(desk: Desk) -> list[Staff]:
    """Those who have been here, so that they can be told."""
    return [one for one in agreement.administrators(desk.staff) if one.body.get("started")]


def post(
    desk: Desk, one: Staff, kind: str, said: Message, *, priority: Priority = Priority.ALERT, **remembered: Any
) -> None:
    """A new message of this kind; the one before it goes."""
    lift(desk, one, kind)
    slot = send(desk, one, said, priority)
    _keep(desk, one, {**standing(desk, one), kind: {"slot": slot.hex(), "at": desk.unix, **remembered}})


def send(desk: Desk, one: Staff, said: Message, priority: Priority = Priority.ALERT) -> bytes:
    """A message that nothing lifts before it is swept; its slot."""
    slot = new_id()
    desk.show(slot, one.user, said, priority, fresh=True, protect=True)
    desk.remove(slot, one.user, after=SWEPT_AFTER)
    return slot


def lift(desk: Desk, one: Staff, kind: str) -> None:
    """The message of this kind goes, if it stands."""
    notice = standing(desk, one).get(kind)
    if notice is not None:
        desk.remove(bytes.fromhex(notice["slot"]), one.user)
        forget(desk, one, kind)


def forget(desk: Desk, one: Staff, kind: str) -> None:
    """The message of this kind stays as it is until it is swept."""
    _keep(desk, one, {other: notice for other, notice in standing(desk, one).items() if other != kind})


def tell_absent(desk: Desk) -> None:
    """Whom the bot can't write to stands in the chats of all other coordinators and administrators, while it is so."""
    desks = [one for one in desk.staff if role_of(one) in DESK and not one.body.get("removed")]
    here = [one for one in desks if one.body.get("started")]
    absent = [one for one in here if not one.body.get("reachable", True)]
    names = [one.body.get("name") or "—" for one in absent]
    who = sorted(one.id.hex() for one in absent)
    for one in here:
        notice = standing(desk, one).get(ABSENT)
        if not one.body.get("reachable", True) or (notice is None and not who):
            continue
        if not who:
            lift(desk, one, ABSENT)
        elif notice is None or notice["who"] != who or old(desk, notice):
            post(desk, one, ABSENT, reports.absent(desk.house.language(one.body["language"]), names), who=who)


def _tell_unsent(desk: Desk, one: Staff) -> None:
    """The notice is swept like any other; only something new brings it back."""
    count = desk.work.state().get("unsent", 0)
    if count > standing(desk, one).get(UNSENT, {}).get("count", 0):
        post(desk, one, UNSENT, reports.unsent(desk.house.language(one.body["language"]), count), count=count)


def standing(desk: Desk, one: Staff) -> dict[str, dict[str, Any]]:
    """What stands in an administrator's chat, by kind."""
    notices: dict[str, dict[str, Any]] = desk.member(one.id).body.get("notices", {})
    return notices


def ask(desk: Desk) -> None:
    """What administrators are asked or told stands in their chats, and goes once it is answered or over."""
    doubt = desk.work.state().get("doubt")
    tell_absent(desk)
    for one in administrators(desk):
        language = desk.house.language(one.body["language"])
        _tell_unsent(desk, one)
        _stand(desk, one, CLOCK, reports.clock(desk, language, doubt) if doubt else None)
        _ask_to_agree(desk, one, language)


def _ask_to_agree(desk: Desk, one: Staff, language: Language) -> None:
    asked = {f"{AGREE}{each.id}": each for each in agreement.to_answer(desk.work, one, desk.staff)}
    for kind in [kind for kind in standing(desk, one) if kind.startswith(AGREE) and kind not in asked]:
        lift(desk, one, kind)
    for kind, question in asked.items():
        _stand(desk, one, kind, agreement.message(language, question))


def report_rotation(desk: Desk, left: int, *, ended: bool) -> None:
    """Who asked for a rotation sees how far it is, in one message, to its end."""
    for one in administrators(desk):
        notice = standing(desk, one).get(ROTATION)
        if notice is None:
            continue
        language = desk.house.language(one.body["language"])
        if ended:
            said = reports.finished(desk, language)
        else:
            title = text("The case keys are being rotated.")
            said = reports.progress(language, title, max(notice["total"], left), left)
        if not old(desk, notice):
            slot = bytes.fromhex(notice["slot"])
            desk.show(slot, one.user, said, Priority.ALERT, fresh=True, protect=True)
        if ended:
            forget(desk, one, ROTATION)


def rotation_watched(desk: Desk) -> bool:
    return any(ROTATION in standing(desk, one) for one in administrators(desk))


def send_digest(desk: Desk) -> None:
    """It stands like any other message until it is swept; the next one finds none to lift."""
    for one in administrators(desk):
        post(desk, one, DIGEST, reports.digest(desk, desk.house.language(one.body["language"])))


def _stand(desk: Desk, one: Staff, kind: str, said: Message | None) -> None:
    notice = standing(desk, one).get(kind)
    if said is None:
        lift(desk, one, kind)
    elif notice is None or old(desk, notice):
        post(desk, one, kind, said)


def old(desk: Desk, notice: dict[str, Any]) -> bool:
    """Whether it is about to be swept, or has been."""
    return bool(desk.unix - notice["at"] > RENEWED_AFTER)


def _keep(desk: Desk, one: Staff, notices: dict[str, dict[str, Any]]) -> None:
    desk.change(one, {"notices": notices})
