"""Screens as Telegram messages: HTML, buttons, and what a typed text means on them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.intake.lexicon import skeleton
from bot.intake.state import Choice, Pressed, Screen
from bot.languages import Language

LONGEST_LABEL = 24
"""Characters that a button of a phone shows; longer labels stand numbered in the text."""
Button = dict[str, Any]
_NUMBER = re.compile("[0-9]{1,4}")
_FIGURES = re.compile("([0-9]+)(?::00)?")
_GAP = re.compile(r"[\s,;./+]+")


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
    """The button that a typed text names: by number, or by its label in any language, perhaps with more behind it.

    Where several may be chosen, several may be typed.
    """
    every = [*screen.choices, *(choice for row in screen.controls for choice in row)]
    named = _named(screen.choices, every, words, languages)
    if named is not None:
        return Pressed(screen.place, named)
    if any(choice.id == "-done" for choice in every):
        joins = "|".join(re.escape(one) for language in languages.values() for one in language.written.joins)
        joined = re.sub(rf"\s+(?:{joins})\s+", ",", words, flags=re.IGNORECASE)
        for parts in (re.split("[,;\n]", words), re.split("[,;\n]", joined), _GAP.split(joined.strip())):
            several = [_named(screen.choices, screen.choices, part, languages) for part in parts]
            known = [one for one in several if one is not None]
            if known and len(known) == len(several):
                return Pressed(screen.place, " ".join(known))
    for choice in screen.choices:
        for language in languages.values():
            label = re.escape(language.say(choice.label).strip())
            found = re.match(rf"{label}[\s,;:.-]+(?=\S)", words.strip(), re.IGNORECASE)
            if found:
                return Pressed(screen.place, choice.id, words.strip()[found.end() :])
    return None


def _named(
    numbered: Sequence[Choice], every: Sequence[Choice], words: str, languages: Mapping[str, Language]
) -> str | None:
    """The choice with this label, number, or word that people write instead of its label."""
    folded = fold(words)
    for choice in every:
        if any(fold(language.say(choice.label)) == folded for language in languages.values()):
            return choice.id
    if _NUMBER.fullmatch(folded):
        return _numbered(numbered, int(folded), next(iter(languages.values())))
    for choice in every:
        for language in languages.values():
            if any(fold(one) == folded for one in language.written.choices.get(choice.label.message, ())):
                return choice.id
    return None


def _numbered(choices: Sequence[Choice], number: int, language: Language) -> str | None:
    """The choice of this number: the day or hour that it names, on a calendar."""
    figures = [_FIGURES.fullmatch(language.say(choice.label)) for choice in choices]
    if all(figures):
        named = [one.id for one, label in zip(choices, figures, strict=True) if label and int(label[1]) == number]
        return next(iter(named), None)
    return choices[number - 1].id if 1 <= number <= len(choices) else None


def fold(words: str) -> str:
    """Words as they are compared: whichever keyboard wrote them, without punctuation at the ends and doubled spaces."""
    return " ".join(skeleton(words).split()).strip(" .!,;:\"'")


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
