"""A chat as the page is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import Any

from bot.demo.waits import Waits
from bot.languages import TIME_ZONE
from bot.sandbox import Account, Message
from bot.sandbox.entities import Unparsable, parse

JSON = dict[str, Any]


def chat(account: Account, waits: Waits) -> JSON:
    toasts = account.toasts
    return {
        "commands": account.commands,
        "toasts": [{"number": len(toasts), "text": toasts[-1][0], "alert": toasts[-1][1]}] if toasts else [],
        "messages": [_message(one, waits.goes.get((account.id, one.id))) for one in account.messages()],
    }


def time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(TIME_ZONE).isoformat(timespec="seconds")


def _message(message: Message, goes: datetime | None) -> JSON:
    words = message.text or str(message.extra.get("caption", ""))
    file = message.extra.get("document") if message.by_bot else None
    return {
        "id": message.id,
        "mine": not message.by_bot,
        "at": time(message.sent),
        "edited": time(message.edited),
        "version": message.edits,
        "html": _html(message.html, words) if message.by_bot else escape(words),
        "text": words,
        "protected": message.protected,
        "silent": message.silent,
        "kind": message.kind,
        "file": {"name": file["file_name"], "bytes": file["file_size"]} if file else None,
        "goes": time(goes),
        "buttons": [[_button(one) for one in row] for row in message.keyboard],
    }


def _html(source: str, words: str) -> str:
    """What was sent as plain text is no markup, whatever stands in it."""
    try:
        marked_up = parse(source).text == words
    except Unparsable:
        marked_up = False
    return source if marked_up else escape(words)


def _button(button: Mapping[str, Any]) -> JSON:
    kinds = {"callback_data": "press", "copy_text": "copy", "url": "link"}
    field = next(name for name in kinds if name in button)
    value = button[field]["text"] if field == "copy_text" else button[field]
    return {"label": button["text"], "kind": kinds[field], "value": value}
