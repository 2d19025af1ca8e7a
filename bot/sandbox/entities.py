"""Telegram's HTML, read the way its server reads it: the same tags, limits and complaints."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

MAX_TEXT = 4096
MAX_CAPTION = 1024
_KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "blockquote": "blockquote",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|(lt|gt|amp|quot));?")
_TOKEN = re.compile(r"[<&]")
_ATTRIBUTE = re.compile(r"""\s*([^\s=>"'/]+)(?:\s*=\s*("[^"]*"|'[^']*'|[a-zA-Z0-9.-]+))?""")


class Unparsable(Exception):
    """What Telegram says about markup it can't read."""


@dataclass(frozen=True)
class Formatted:
    text: str
    entities: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class _Open:
    tag: str
    argument: str
    start: int


def units(text: str) -> int:
    """The length of a text as Telegram counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse(source: str) -> Formatted:
    """HTML to plain text and entities; offsets are UTF-16 units, complaints name byte offsets."""
    plain: list[str] = []
    length = 0
    opened: list[_Open] = []
    found: list[dict[str, Any]] = []
    at = 0
    while at < len(source):
        token = _TOKEN.search(source, at)
        end = token.start() if token else len(source)
        piece, step = source[at:end], end
        if token and end == at:
            if source[at] == "&":
                piece, step = _reference(source, at)
            else:
                piece = ""
                if source.startswith("</", at):
                    step = _end_tag(source, at, opened)
                    entity = _entity(opened.pop(), length, "".join(plain))
                    if entity is not None:
                        found.append(entity)
                else:
                    tag, argument, step = _start_tag(source, at)
                    opened.append(_Open(tag, argument, length))
        plain.append(piece)
        length += units(piece)
        at = step
    if opened:
        raise Unparsable(f"Can't find end tag corresponding to start tag \"{opened[-1].tag}\"")
    return _trimmed("".join(plain), found)


def _byte(source: str, at: int) -> int:
    return len(source[:at].encode("utf-8", "surrogatepass"))


def _reference(source: str, at: int) -> tuple[str, int]:
    match = _REFERENCE.match(source, at)
    if match is None:
        return "&", at + 1
    hexadecimal, decimal, name = match.groups()
    if name:
        return _NAMED[name], match.end()
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    if not 0 < code < 0x10FFFF or 0xD800 <= code < 0xE000:
        return "&", at + 1
    return chr(code), match.end()


def _start_tag(source: str, at: int) -> tuple[str, str, int]:
    name = re.compile(r"[^\s>]*").match(source, at + 1)
    here = name.end() if name else at + 1
    if here >= len(source):
        raise Unparsable(f"Unclosed start tag at byte offset {_byte(source, at)}")
    tag = source[at + 1 : here].lower()
    where = f"at byte offset {_byte(source, at)}"
    if tag not in _KINDS:
        raise Unparsable(f'Unsupported start tag "{tag}" {where}')
    attributes: dict[str, str] = {}
    while True:
        while here < len(source) and source[here].isspace():
            here += 1
        if here >= len(source):
            raise Unparsable(f"Unclosed start tag {where}")
        if source[here] == ">":
            break
        match = _ATTRIBUTE.match(source, here)
        if match is None:
            raise Unparsable(f'Empty attribute name in the tag "{tag}" {where}')
        if match[2] is None and not (tag == "blockquote" and match[1].lower() == "expandable"):
            raise Unparsable(f'Expected equal sign in declaration of an attribute of the tag "{tag}" {where}')
        value = (match[2] or "").strip("\"'")
        attributes[match[1].lower()] = _REFERENCE.sub(lambda ref: _reference(ref[0], 0)[0], value)
        here = match.end()
    if tag == "span" and attributes.get("class") != "tg-spoiler":
        raise Unparsable(f'Tag "span" must have class "tg-spoiler" {where}')
    argument = attributes.get("href", "") if tag == "a" else attributes.get("class", "")
    if tag == "blockquote" and "expandable" in attributes:
        argument = "expandable"
    return tag, argument, here + 1


def _end_tag(source: str, at: int, opened: list[_Open]) -> int:
    where = f"at byte offset {_byte(source, at)}"
    if not opened:
        raise Unparsable(f"Unexpected end tag {where}")
    match = re.compile(r"</([^\s>]*)\s*(>?)").match(source, at)
    if match is None or not match[2]:
        raise Unparsable(f"Unclosed end tag {where}")
    expected = opened[-1].tag
    if match[1] and match[1].lower() != expected:
        found = match[1].lower()
        raise Unparsable(f'Unmatched end tag {where}, expected "</{expected}>", found "</{found}>"')
    return match.end()


def _entity(begun: _Open, end: int, plain: str) -> dict[str, Any] | None:
    if end == begun.start:
        return None
    entity: dict[str, Any] = {"type": _KINDS[begun.tag], "offset": begun.start, "length": end - begun.start}
    if begun.tag == "a":
        inner = plain.encode("utf-16-le", "surrogatepass")[begun.start * 2 : end * 2]
        url = begun.argument or inner.decode("utf-16-le", "surrogatepass")
        if "." not in url and ":" not in url:
            return None
        entity["url"] = url
    if begun.tag == "blockquote" and begun.argument:
        entity["type"] = "expandable_blockquote"
    return entity


def _trimmed(text: str, found: list[dict[str, Any]]) -> Formatted:
    """Telegram strips the ends of a message; entities move with the text."""
    lead = units(text) - units(text.lstrip())
    stripped = text.strip()
    total = units(stripped)
    kept = []
    for entity in found:
        start = max(entity["offset"] - lead, 0)
        end = min(entity["offset"] + entity["length"] - lead, total)
        if end > start:
            kept.append({**entity, "offset": start, "length": end - start})
    kept.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return Formatted(stripped, tuple(kept))
