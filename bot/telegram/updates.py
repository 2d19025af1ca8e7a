"""An update of Telegram's as a small value of ours: the few fields we read, and nothing that can raise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

NO_UPDATE = -1  # the update_id of something that has none; Telegram's are never negative

# Telegram promises at most 52 significant bits for ids of users; everything must fit a database's 64.
_MAX_ID = 2**53
_MAX_UPDATE = 2**63 - 2  # the next offset is one more
_MAX_LENGTH = 64 * 1024

# In this order: an animation is also a document, a venue also a location.
_KINDS = (
    "live_photo",
    "photo",
    "voice",
    "video_note",
    "animation",
    "video",
    "audio",
    "sticker",
    "document",
    "contact",
    "venue",
    "location",
    "dice",
    "poll",
    "story",
    "paid_media",
)
# What a private chat says about itself, without anyone having written anything.
_SERVICE = (
    "pinned_message",
    "message_auto_delete_timer_changed",
    "chat_background_set",
    "write_access_allowed",
    "connected_website",
    "users_shared",
    "chat_shared",
    "proximity_alert_triggered",
    "boost_added",
    "giveaway",
    "giveaway_created",
    "giveaway_completed",
    "giveaway_winners",
)


@dataclass(frozen=True)
class Wrote:
    update_id: int
    user: int
    message_id: int
    text: str
    language_code: str | None
    first_name: str
    date: int  # unix seconds, by Telegram's clock


@dataclass(frozen=True)
class Pressed:
    update_id: int
    user: int
    message_id: int | None
    callback_id: str
    data: str
    language_code: str | None
    first_name: str


@dataclass(frozen=True)
class Other:
    """Something that is not words: `kind` is photo, voice, ..., edited, forwarded or unknown."""

    update_id: int
    user: int
    message_id: int
    kind: str
    language_code: str | None = None
    first_name: str = ""


@dataclass(frozen=True)
class Barred:
    """The user has blocked the bot (`barred`), or let it in again."""

    update_id: int
    user: int
    barred: bool


@dataclass(frozen=True)
class Ignored:
    update_id: int


Incoming = Wrote | Pressed | Other | Barred | Ignored


def parse(raw: object) -> Incoming:
    """Any JSON value becomes a value of ours; only a human in a private chat is more than Ignored."""
    if not isinstance(raw, dict):
        return Ignored(NO_UPDATE)
    update_id = raw.get("update_id")
    if type(update_id) is not int or not 0 <= update_id <= _MAX_UPDATE:
        return Ignored(NO_UPDATE)
    message = raw.get("message")
    if isinstance(message, dict):
        return _message(update_id, message)
    query = raw.get("callback_query")
    if isinstance(query, dict):
        return _press(update_id, query)
    edited = raw.get("edited_message")
    if isinstance(edited, dict):
        return _other(update_id, edited, _kind(edited, "edited"))  # a location that moves is one still
    membership = raw.get("my_chat_member")
    if isinstance(membership, dict):
        return _membership(update_id, membership)
    return Ignored(update_id)


def _message(update_id: int, message: dict[str, Any]) -> Incoming:
    if any(name in message for name in ("forward_origin", "forward_date", "forward_from")):
        return _other(update_id, message, "forwarded")
    text = message.get("text")
    if not isinstance(text, str):
        if any(name in message for name in _SERVICE):
            return Ignored(update_id)
        return _other(update_id, message, _kind(message, "unknown"))
    sender = _human(message.get("from"))
    message_id = _id(message.get("message_id"))
    if sender is None or message_id is None or not _private(message.get("chat"), sender["id"]):
        return Ignored(update_id)
    return Wrote(
        update_id,
        sender["id"],
        message_id,
        _safe(text),
        _language(sender),
        _words(sender.get("first_name")),
        _id(message.get("date")) or 0,
    )


def _kind(message: dict[str, Any], otherwise: str) -> str:
    return next((kind for kind in _KINDS if kind in message), otherwise)


def _other(update_id: int, message: dict[str, Any], kind: str) -> Incoming:
    sender = _human(message.get("from"))
    message_id = _id(message.get("message_id"))
    if sender is None or message_id is None or not _private(message.get("chat"), sender["id"]):
        return Ignored(update_id)
    return Other(
        update_id, sender["id"], message_id, kind, _language(sender), _words(sender.get("first_name"))
    )


def _press(update_id: int, query: dict[str, Any]) -> Incoming:
    sender = _human(query.get("from"))
    callback_id, data = query.get("id"), query.get("data")
    if sender is None or not isinstance(callback_id, str) or not isinstance(data, str):
        return Ignored(update_id)
    message = query.get("message")
    message_id = None
    if isinstance(message, dict):
        if not _private(message.get("chat"), sender["id"]):
            return Ignored(update_id)
        message_id = _id(message.get("message_id"))
    return Pressed(
        update_id,
        sender["id"],
        message_id,
        _safe(callback_id),
        _safe(data),
        _language(sender),
        _words(sender.get("first_name")),
    )


def _membership(update_id: int, membership: dict[str, Any]) -> Incoming:
    sender, after = _human(membership.get("from")), membership.get("new_chat_member")
    status = after.get("status") if isinstance(after, dict) else None
    if sender is None or status not in ("kicked", "member") or not _private(membership.get("chat"), sender["id"]):
        return Ignored(update_id)
    return Barred(update_id, sender["id"], status == "kicked")


def _human(sender: object) -> dict[str, Any] | None:
    if not isinstance(sender, dict) or sender.get("is_bot") is not False or _id(sender.get("id")) is None:
        return None
    return sender


def _private(chat: object, user: int) -> bool:
    return isinstance(chat, dict) and chat.get("type") == "private" and chat.get("id") == user


def _id(value: object) -> int | None:
    # Not isinstance: true is an int, too.
    return value if type(value) is int and 0 < value < _MAX_ID else None


def _language(sender: dict[str, Any]) -> str | None:
    code = sender.get("language_code")
    return _safe(code)[:35] if isinstance(code, str) else None


def _words(value: object) -> str:
    return _safe(value)[:256] if isinstance(value, str) else ""


def _safe(text: str) -> str:
    """JSON's escapes can make half a surrogate pair, which no database and no answer could encode."""
    text = text[:_MAX_LENGTH]
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
