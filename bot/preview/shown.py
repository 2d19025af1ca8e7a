"""What a preview holds: a screen of a role, as it looks in the source's language and in another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.intake.text import Text
from bot.languages import Language

Said = tuple[str, list[list[dict[str, Any]]]]
"""HTML and a keyboard, as they go to Telegram."""


@dataclass(frozen=True)
class Shown:
    """``source`` and ``wording``: the same messages, in English and in the language that is previewed."""

    role: str
    title: str
    source: tuple[Said, ...]
    wording: tuple[Said, ...]


@dataclass(frozen=True)
class Listening(Language):
    """A language that remembers which texts it has said."""

    heard: set[str] = field(default_factory=set, repr=False, compare=False)

    def say(self, text: Text) -> str:
        self.heard.add(text.message)
        return super().say(text)

    def say_plainly(self, text: Text) -> str:
        """With its placeholders, and in each of its forms."""
        if text.plural is None:
            return self.translations.gettext(text.message)
        forms = (self.translations.ngettext(text.message, text.plural, count) for count in range(1, 30))
        return " · ".join(dict.fromkeys(forms))


def listening(language: Language) -> Listening:
    return Listening(language.traits, language.translations, language.written)
