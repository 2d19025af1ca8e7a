"""What must be known of a language beside what it says: its name, its letters, and for whom it is guessed.

All of it is ``locales/<code>/language.toml``, so that another language needs no code.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError

FILE = "language.toml"
CODE = re.compile("[a-z]{2,3}")
DEFAULT = "en"
"""The language of the sources, said where nobody can be asked."""

_KEYS: Mapping[str, type] = {"name": str, "english": str, "order": int, "letters": str, "formats": str, "guess": dict}
_GUESS = {"own": str, "never": str, "near": list}


@dataclass(frozen=True)
class Traits:
    """``name`` is what it calls itself, ``english`` what the sources call it."""

    code: str
    name: str
    english: str
    letters: frozenset[str] = field(repr=False)
    formats: str
    """Whose plural forms, dates and numbers it has in Unicode's CLDR; its own, where CLDR knows it."""
    order: int = 99
    """Its place among the buttons."""
    own: frozenset[str] = frozenset()
    """Letters by which it is known among its neighbours, unless one of ``never`` stands beside them."""
    never: frozenset[str] = frozenset()
    near: frozenset[str] = frozenset()
    """Telegram's codes of languages whose speakers are likely to understand it."""

    def can_be(self, letters: set[str]) -> bool:
        """Whether these letters (none of them of the Latin alphabet) speak for it or, there being none, not against."""
        return not letters or bool(letters & self.letters)


def read(folder: Path) -> Traits:
    """The traits of a language's folder; OSError or ValueError, with what is wrong, where they can't be read."""
    code = folder.name
    if not CODE.fullmatch(code):
        raise ValueError("a language's folder is named by two or three small letters")
    raw = tomllib.loads((folder / FILE).read_text("utf-8"))
    _check(raw, _KEYS, "")
    guess = raw.get("guess", {})
    _check(guess, _GUESS, "guess.")
    for needed in ("name", "english", "letters"):
        if not raw.get(needed):
            raise ValueError(f"{needed} is missing")
    formats = raw.get("formats", code)
    try:
        Locale.parse(formats)
    except (UnknownLocaleError, ValueError):
        raise ValueError("formats must name a language that Unicode's CLDR knows") from None
    return Traits(
        code,
        raw["name"],
        raw["english"],
        frozenset(raw["letters"].casefold()),
        formats,
        raw.get("order", Traits.order),
        frozenset(guess.get("own", "")),
        frozenset(guess.get("never", "")),
        frozenset(guess.get("near", ())),
    )


def _check(table: dict[str, Any], keys: Mapping[str, type], place: str) -> None:
    for key, value in table.items():
        if not isinstance(value, keys.get(key, type(None))):
            raise ValueError(f"{place}{key} is no key of this file, or of another kind")


def guess(known: Iterable[Traits], told: str | None, written: str = "") -> str:
    """The language to begin in, from what Telegram says of the person and what they wrote.

    Letters that only one language has say more than Telegram's code, and that more than an alphabet.
    """
    known = list(known)
    code = re.split("[-_]", told or "")[0].lower()
    letters = {letter for letter in written.casefold() if letter.isalpha() and not letter.isascii()}
    ranks = (
        [one for one in known if letters & one.own and not letters & one.never],
        [one for one in known if one.code == code and one.can_be(letters)],
        [one for one in known if code in one.near and one.can_be(letters)],
        [one for one in known if letters & one.letters],
        [one for one in known if one.code == DEFAULT],
        known,
    )
    return next(found for found in ranks if found)[0].code
