"""Inline keyboards as the Bot API takes them, and what it says about those it doesn't."""

from __future__ import annotations

from bot.sandbox.world import JSON

MAX_BUTTONS = 100
MAX_ROW = 8
MAX_DATA = 64
MAX_COPY = 256


class BadKeyboard(Exception):
    """Telegram's complaint about a keyboard."""


def parse(markup: object) -> tuple[tuple[JSON, ...], ...]:
    if markup is None or markup == {}:
        return ()
    if not isinstance(markup, dict):
        raise BadKeyboard("object expected as reply markup")
    rows = markup.get("inline_keyboard")
    if rows is None:
        raise BadKeyboard("the sandbox knows inline keyboards only")
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise BadKeyboard("can't parse inline keyboard: Field \"inline_keyboard\" must be an Array of Arrays")
    keyboard = tuple(tuple(_button(button) for button in row) for row in rows if row)
    if any(len(row) > MAX_ROW for row in keyboard) or sum(map(len, keyboard)) > MAX_BUTTONS:
        raise BadKeyboard("reply markup is too long")
    return keyboard


def _button(button: object) -> JSON:
    if not isinstance(button, dict):
        raise BadKeyboard("can't parse inline keyboard button: InlineKeyboardButton must be an Object")
    label = button.get("text")
    if not isinstance(label, str) or not label.strip():
        raise BadKeyboard("can't parse inline keyboard button: Field \"text\" must be a non-empty String")
    if "callback_data" in button:
        data = button["callback_data"]
        if not isinstance(data, str) or not 1 <= len(data.encode()) <= MAX_DATA:
            raise BadKeyboard("BUTTON_DATA_INVALID")
        return {"text": label, "callback_data": data}
    if "copy_text" in button:
        copied = button["copy_text"]
        text = copied.get("text") if isinstance(copied, dict) else None
        if not isinstance(text, str) or not 1 <= len(text) <= MAX_COPY:
            raise BadKeyboard("BUTTON_COPY_TEXT_INVALID")
        return {"text": label, "copy_text": {"text": text}}
    if "url" in button:
        return {"text": label, "url": str(button["url"])}
    raise BadKeyboard("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
