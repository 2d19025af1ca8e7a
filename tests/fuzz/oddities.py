"""What is odd: texts that hurt careless programs, and updates bent until they are none."""

from __future__ import annotations

import random
from typing import Any

CANARY = "qzkanareikaqz"
"""Stands in every text that the fuzzer makes; it must sing nowhere."""
JSON = dict[str, Any]
DEEPEST = 200

_TEXTS = (
    "", " ", "\n", "\0", "0", "1", "2", "99999999999999999999", "-1", "١", "²", "½", "٣٣", "ǆ", "ß", "İ", "ﬃ",
    "\ud800", "\udc00\ud800", "a\udfffb", "\u200f\u202eabc\u2069", "\u200d\u200d\u200d", "👩\u200d👩\u200d👧\u200d👦",
    "\u2066" * 50, "\ufeff", "\x1b[31m", "\x07\x08\x7f", "\u2028\u2029", "\r\n\r\n", "\ufffe\uffff",
    "🇰🇿" * 100, "\U000e0001\U0010fffd",
    "<b>", "</b>", "<b>x</i>", "<a href='tg://user?id=1'>x</a>", "&lt;&#x41;&#0;&bogus;", "<script>",
    "*_[`~>#+=|{}.!-\\", "[x](tg://user?id=1)", "```\n", "__||spoiler||__", "{name}", "{0}", "%s%n%x", "${7*7}",
    "Аlmаty", "Сonsent", "ѕеlf", "аgrее", "І agree", "pаssport", "/ѕtart", "/start", "/start x", "/start@bot", "/",
    "//", "/ /", "/exit", "/erase", "/clear", "/language", "/help", "/cases", "/staff", "/invite coordinator", "/" * 99,
    "/start " + "A" * 22, "/start " + "_-" * 11, "/confirm 123456", "/keys", "/case 234567", "/take ABCDEF",
    "25.03", "31.02", "00.00.0000", "29.02.2100", "1.1.1", "99.99.9999", "25.03.26 25:61", "25.03 14", "٢٥.٠٣",
    "вчера", "кеше", "завтра", "31 февраля", "yesterday", "2026-03-25", "12.12.99999", "²⁵.03",
    "' OR 1=1 --", "\"; DROP TABLE cases", "../../etc/passwd", "null", "None", "true", "[]", "{}", "NaN",
    "consent=agree", "take=00", "=", "==", "x" * 64, "who=self", "I am being taken now", "Меня забирают",
)  # fmt: skip
_HUGE = (
    "😀" * 4096, "𒐫" * 2048, "я" * 4096, "<" * 4096, "&" * 4096, "\u0301" * 4096, "\u202e" * 4096, "a" * 70_000,
    "1" * 5000, "\n" * 4096, "\ud83d" * 4096, "-" * 4096, "a " * 2048,
)  # fmt: skip
_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, -0.0, 1e308, 2**31, -(2**31), 2**52, 2**53, 2**63 - 1, 2**63, 2**64, 10**300,
    float("inf"), float("nan"), [], {}, [[]], [None], {"": None}, "private", "ru", "\ud83d", "-1", "1e9",
)  # fmt: skip
_KEYS = ("from", "chat", "text", "data", "id", "type", "is_bot", "message_id", "date", "message", "edited_message",
         "callback_query", "my_chat_member", "forward_origin", "location", "fr\u043em", "", "\ud800",
         "__class__")  # fmt: skip


def odd_words(chance: random.Random) -> str:
    """A text that somebody might send, or nobody; it carries the canary, but for some that must be exact."""
    words = chance.choice(_TEXTS) if chance.random() < 0.99 else chance.choice(_HUGE)
    match chance.randrange(6):
        case 0:
            return words
        case 1:
            return f"{CANARY} {words}"
        case 2:
            return words + CANARY + chance.choice(_TEXTS)
        case 3:
            return "".join(chr(chance.choice((chance.randrange(0x250), chance.randrange(0x110000)))) for _ in range(20))
        case 4:
            return f"{CANARY}{chance.randrange(10**6)}"
        case _:
            return f"{words} {CANARY}"


def bent(update: JSON, chance: random.Random) -> JSON:
    """The update with something in it missing, of another type, doubled, moved, huge or nested."""
    for _ in range(chance.choice((1, 1, 2, 4))):
        holder, key = chance.choice(list(_places(update)))
        match chance.randrange(8):
            case 0:
                del holder[key]
            case 1:
                holder[key] = _odd_value(chance)
            case 2:
                holder[key] = odd_words(chance)
            case 3:
                holder[key] = _nested(holder[key], chance)
            case 4:
                other, name = chance.choice(list(_places(update)))
                other[name] = _copy(holder[key])
            case 5:
                holder[key] = [holder[key]] * (2 if isinstance(holder[key], dict | list | str) else 1000)
            case 6 if isinstance(holder, dict):
                holder[chance.choice(_KEYS)] = holder.pop(key)
            case _ if isinstance(holder, dict):
                holder[chance.choice(_KEYS)] = _odd_value(chance)
            case _:
                holder.append(_odd_value(chance))
        if not update:
            break
    return update


def _odd_value(chance: random.Random) -> Any:
    return _copy(chance.choice(_VALUES)) if chance.random() < 0.9 else odd_words(chance)


def _places(node: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    waiting = [node]
    while waiting and len(found) < 2000:
        one = waiting.pop()
        keys = list(one) if isinstance(one, dict) else range(len(one))
        for key in keys:
            found.append((one, key))
            if isinstance(one[key], dict | list):
                waiting.append(one[key])
    return found


def _nested(value: Any, chance: random.Random) -> Any:
    for _ in range(chance.choice((1, 3, DEEPEST))):
        value = {"message": value} if chance.random() < 0.5 else [value]
    return value


def _copy(value: Any, depth: int = 0) -> Any:
    """Cut where it is deep: or what is copied into itself again and again would have no end."""
    if depth > DEEPEST:
        return None
    if isinstance(value, dict):
        return {key: _copy(one, depth + 1) for key, one in value.items()}
    return [_copy(one, depth + 1) for one in value] if isinstance(value, list) else value
