"""What one row of the outbox asks of Telegram, and what is to be written once it is done."""

from __future__ import annotations

import base64
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol

from telegram import InputFile
from telegram.error import BadRequest, TelegramError

from bot.store.records import Outgoing, Slot

_AT_ONCE = 100  # what deleteMessages takes
_UNCHANGED = "message is not modified"
_UNEDITABLE = ("message to edit not found", "message can't be edited")
_UNDELETABLE = ("message to delete not found", "message can't be deleted")
_NO_CHAT = "chat not found"


class Calls(Protocol):
    async def call(self, method: str, **params: Any) -> Any: ...


class Failure(StrEnum):
    """What ends a row without its having been carried out."""

    UNREACHABLE = "unreachable"  # blocked, deactivated, no such chat
    REFUSED = "refused"


@dataclass(frozen=True)
class Outcome:
    """`dropped`: why not all of it was carried out, if so. `failure`: what somebody has still to be told of."""

    row: Outgoing
    save: Slot | None = None
    drop: bytes | None = None
    dropped: str | None = None
    failure: Failure | None = None

    @property
    def lasting(self) -> bool:
        """Whether something is to be written beyond that it is done: or else doing it again would do no harm."""
        told = self.save is not None or self.drop is not None or self.failure is not None
        return told or bool(self.row.body.get("wakes"))


async def deliver(calls: Calls, row: Outgoing, slot: Slot | None, now: int) -> Outcome:
    """Raises what Telegram says, where the row neither counts as done nor can be done otherwise."""
    chat = row.body["chat"]
    match row.body["do"]:
        case "show":
            return await _show(calls, row, slot, now)
        case "file":
            return await _file(calls, row, slot, now)
        case "remove":
            message = slot.body.get("message") if slot is not None else None
            carried_out = message is None or await _delete(calls, chat, [message])
            return _deleted(row, carried_out, drop=slot_of(row))
        case "delete":
            carried_out = await _delete(calls, chat, row.body["messages"])
            return _deleted(row, carried_out)
    raise ValueError


def _deleted(row: Outgoing, carried_out: bool, drop: bytes | None = None) -> Outcome:
    if carried_out:
        return Outcome(row, drop=drop)
    return Outcome(row, drop=drop, dropped="refused", failure=Failure.REFUSED)


def action_of(row: Outgoing) -> str:
    """A word for the log, one of five."""
    action = row.body.get("do")
    return action if action in ("show", "file", "remove", "delete") else "unknown"


def slot_of(row: Outgoing) -> bytes | None:
    slot = row.body.get("slot")
    with suppress(ValueError):
        return bytes.fromhex(slot) if isinstance(slot, str) else None
    return None


def unknown_chat(error: BadRequest) -> bool:
    return _says(error, _NO_CHAT)


async def _show(calls: Calls, row: Outgoing, slot: Slot | None, now: int) -> Outcome:
    body = row.body
    place = bytes.fromhex(body["slot"])
    buttons = body.get("buttons") or []
    content = {
        "chat_id": body["chat"],
        "text": body["text"],
        "parse_mode": None if body.get("plain") else "HTML",
        "link_preview_options": {"is_disabled": True},
        "reply_markup": {"inline_keyboard": buttons} if buttons else None,
    }
    message = slot.body.get("message") if slot is not None else None
    if message is not None and body.get("plain"):  # it may be the edit that is refused
        await _delete(calls, body["chat"], [message])
        message = None
    anew = body.get("anew") and not (slot is not None and slot.body.get("rung") == body["anew"])
    replaced = bool(anew and body.get("fresh"))
    stands = message is not None and (replaced or await _edit(calls, message, content))
    if stands and not anew:
        return Outcome(row)
    if not (stands or body.get("own_act") or body.get("fresh")):
        return Outcome(row, drop=place, dropped="stale")
    protected, silent = bool(body.get("protect")), bool(body.get("silent"))
    sent = await calls.call("sendMessage", protect_content=protected, disable_notification=silent, **content)
    if stands and message is not None:
        await _delete(calls, body["chat"], [message])
    return _holds(row, slot, sent, now)


async def _edit(calls: Calls, message: int, content: dict[str, Any]) -> bool:
    """False where the message is gone, or can't be edited any more."""
    try:
        await calls.call("editMessageText", message_id=message, **content)
    except BadRequest as error:
        if _says(error, *_UNEDITABLE):
            return False
        if not _says(error, _UNCHANGED):
            raise
    return True


async def _file(calls: Calls, row: Outgoing, slot: Slot | None, now: int) -> Outcome:
    """What is sealed is to be saved; what is readable is protected."""
    if slot is not None and slot.body.get("message") is not None:
        return Outcome(row)
    body = row.body
    sent = await calls.call(
        "sendDocument",
        chat_id=body["chat"],
        document=InputFile(base64.b64decode(body["content"]), filename=body["name"]),
        caption=body["text"],
        protect_content=bool(body.get("protect")),
        parse_mode="HTML",
        disable_content_type_detection=True,
    )
    return _holds(row, slot, sent, now)


def _holds(row: Outgoing, slot: Slot | None, sent: dict[str, Any], now: int) -> Outcome:
    body = row.body
    case = bytes.fromhex(body["case"]) if body.get("case") else None
    held = slot or Slot(bytes.fromhex(body["slot"]), case, {})
    now_holds = {"chat": body["chat"], "message": sent["message_id"], "sent": now}
    if body.get("anew"):
        now_holds["rung"] = body["anew"]
    return Outcome(row, save=replace(held, body={**held.body, **now_holds}))


async def _delete(calls: Calls, chat: int, messages: list[int]) -> bool:
    """What is gone already, or too old to go, is done with; False if some were refused for another reason."""
    carried_out = True
    for start in range(0, len(messages), _AT_ONCE):
        some = messages[start : start + _AT_ONCE]
        if len(some) > 1:
            try:
                await calls.call("deleteMessages", chat_id=chat, message_ids=some)
                continue
            except BadRequest as error:
                if unknown_chat(error):
                    raise
        for message in some:
            try:
                await calls.call("deleteMessage", chat_id=chat, message_id=message)
            except BadRequest as error:
                if unknown_chat(error):
                    raise
                carried_out = carried_out and _says(error, *_UNDELETABLE)
    return carried_out


def _says(error: TelegramError, *phrases: str) -> bool:
    said = error.message.lower()
    return any(phrase in said for phrase in phrases)
