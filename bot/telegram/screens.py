"""Screens as Telegram messages: HTML, buttons, and what a typed text means on them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from typing import Any

from bot.intake.state import Choice, Pressed, Screen
from bot.languages import Language

LONGEST_LABEL = 24
"""Characters that a button of a phone shows; longer labels stand numbered in the text."""
Button = dict[str, Any]


def render(screen: Screen, language: Language) -> tuple[str, list[list[Button]]]:
    """The HTML text and the inline keyboard of a screen."""
    lines = [escape(language.say(line)) for line in screen.lines]
    lines[0] = f"<b>{lines[0]}</b>"
    if screen.notice is not None:
        lines.insert(0, escape(language.say(screen.notice)))
    labels = [language.say(choice.label) for choice in screen.choices]
    if any(len(label) > LONGEST_LABEL for label in labels):
        listed = [
            f"{'✓ ' if choice.ticked else ''}{number}. {escape(label)}"
            for number, (choice, label) in enumerate(zip(screen.choices, labels, strict=True), 1)
        ]
        lines.insert(len(screen.lines) if len(screen.lines) < 2 else len(lines) - 1, "\n".join(listed))
        labels, columns = [str(number) for number in range(1, len(labels) + 1)], 5
    else:
        columns = screen.columns
    buttons = [
        _button(screen, choice, f"✓ {label}" if choice.ticked else label)
        for choice, label in zip(screen.choices, labels, strict=True)
    ]
    rows = [buttons[start : start + columns] for start in range(0, len(buttons), columns)]
    rows += [
        [_button(screen, choice, language.say(choice.label)) for choice in row]
        for row in screen.controls
        if row
    ]
    return "\n\n".join(lines), rows


def _button(screen: Screen, choice: Choice, label: str) -> Button:
    return {"text": label, "callback_data": f"{screen.place}={choice.id}"}


def pressed(data: str) -> Pressed:
    """What a button's data says; of a forged one, something that fits no screen."""
    place, _, choice = data.partition("=")
    return Pressed(place, choice)


def typed(screen: Screen, words: str, languages: Mapping[str, Language]) -> Pressed | None:
    """The button that a typed text names: by number, or by its label in any language, perhaps with more behind it."""
    folded = fold(words)
    if folded.isascii() and folded.isdigit() and 1 <= int(folded[:4]) <= len(screen.choices):
        return Pressed(screen.place, screen.choices[int(folded) - 1].id)
    every = [*screen.choices, *(choice for row in screen.controls for choice in row)]
    for choice in every:
        if any(fold(language.say(choice.label)) == folded for language in languages.values()):
            return Pressed(screen.place, choice.id)
    for choice in screen.choices:
        for language in languages.values():
            label = re.escape(language.say(choice.label).strip())
            found = re.match(rf"{label}[\s,;:.-]+(?=\S)", words.strip(), re.IGNORECASE)
            if found:
                return Pressed(screen.place, choice.id, words.strip()[found.end() :])
    return None


def fold(words: str) -> str:
    """Words as they are compared: without case, ё as е, punctuation at the ends and doubled spaces."""
    return " ".join(words.casefold().replace("ё", "е").split()).strip(" .!,;:\"'")


def escape(words: str) -> str:
    return html.escape(words, quote=False)


def pages(lines: Iterable[str], limit: int = 3500) -> list[str]:
    """Lines of HTML put together into messages that Telegram takes (4,096 UTF-16 units)."""
    out: list[str] = []
    size = limit + 1
    for line in lines:
        length = len(line.encode("utf-16-le")) // 2 + 1
        if size + length > limit:
            out.append(line)
            size = length
        else:
            out[-1] += f"\n{line}"
            size += length
    return out
