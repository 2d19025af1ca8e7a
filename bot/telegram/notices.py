"""Messages that stand in administrators' chats for as long as there is a reason, one of a kind."""

from __future__ import annotations

from typing import Any

from bot.intake.text import text
from bot.store.records import Priority, Staff
from bot.telegram import reports
from bot.telegram.alerts import Message
from bot.telegram.desk import RENEWED_AFTER, SWEPT_AFTER, Desk, new_id

CLOCK, COMEBACK, OVERDUE, ROTATION, DIGEST = "clock", "comeback", "overdue", "rotation", "digest"
SILENCE = "silence"
AGREED_WITHIN = 24 * 3600
"""Seconds in which administrators may agree that the case keys come back."""


def administrators(desk: Desk) -> list[Staff]:
    """Those who have been here, so that they can be told."""
    return [
        one
        for one in desk.staff
        if one.body["role"] == "admin" and one.body.get("started") and not one.body.get("removed")
    ]


def post(desk: Desk, one: Staff, kind: str, said: Message, **remembered: Any) -> None:
    """A new message of this kind; the one before it goes."""
    lift(desk, one, kind)
    slot = new_id()
    _keep(desk, one, {**standing(desk, one), kind: {"slot": slot.hex(), "at": desk.unix, **remembered}})
    desk.show(slot, one.user, said, Priority.ALERT, fresh=True, protect=True)
    desk.remove(slot, one.user, after=SWEPT_AFTER)


def lift(desk: Desk, one: Staff, kind: str) -> None:
    """The message of this kind goes, if it stands."""
    notice = standing(desk, one).get(kind)
    if notice is not None:
        desk.remove(bytes.fromhex(notice["slot"]), one.user)
        forget(desk, one, kind)


def forget(desk: Desk, one: Staff, kind: str) -> None:
    """The message of this kind stays as it is until it is swept."""
    _keep(desk, one, {other: notice for other, notice in standing(desk, one).items() if other != kind})


def standing(desk: Desk, one: Staff) -> dict[str, dict[str, Any]]:
    """What stands in an administrator's chat, by kind."""
    notices: dict[str, dict[str, Any]] = desk.member(one.id).body.get("notices", {})
    return notices


def ask(desk: Desk) -> None:
    """What administrators are asked stands in their chats, and goes once it is answered."""
    doubt = desk.work.state().get("doubt")
    for one in administrators(desk):
        language = desk.house.language(one.body["language"])
        _stand(desk, one, CLOCK, reports.clock(desk, language, doubt) if doubt else None)
        asked = comeback_asked(desk, one)
        _stand(desk, one, COMEBACK, reports.comeback(language, asked) if asked else None)


def remind(desk: Desk) -> None:
    """Of a rotation that has not come about."""
    today = desk.now.date()
    late = today > reports.due(desk.work.keys(), desk.house.rotation_days, today) and not desk.work.state().get("doubt")
    for one in administrators(desk):
        said = reports.overdue(desk, desk.house.language(one.body["language"]))
        _stand(desk, one, OVERDUE, said if late else None)


def comeback_asked(desk: Desk, one: Staff) -> int | None:
    """When it was asked that the case keys come back, if this administrator has still to agree."""
    asked = desk.work.state().get("return")
    if not asked or not asked["at"] <= desk.unix < asked["at"] + AGREED_WITHIN:
        return None
    needed = min(2, sum(each.body["role"] == "admin" and not each.body.get("removed") for each in desk.staff))
    if len(asked["agreed"]) >= needed or desk.work.actor(one.user) in asked["agreed"]:
        return None
    return int(asked["at"])


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
        if not _old(desk, notice):
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
    elif notice is None or _old(desk, notice):
        post(desk, one, kind, said)


def _old(desk: Desk, notice: dict[str, Any]) -> bool:
    """Whether it is about to be swept, or has been."""
    return bool(desk.unix - notice["at"] > RENEWED_AFTER)


def _keep(desk: Desk, one: Staff, notices: dict[str, dict[str, Any]]) -> None:
    desk.change(one, {"notices": notices})
