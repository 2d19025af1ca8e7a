"""The words for days and hours, of all languages at once: data that is handed in, told apart as fingers slip.

A word has a *sense*: its kind, and which one of that kind. A word that would have two has none: better asked again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

Sense = tuple[str, str]
"""The letter of its kind and which of them: ``("m", "3")`` is March."""
Tables = Mapping[str, Mapping[str, Iterable[str]]]
"""One language's words: kind -> which -> as it is written."""

KINDS = {
    "day": "d", "month": "m", "weekday": "w", "number": "n", "ordinal": "o", "unit": "u", "which": "x", "part": "p",
}  # fmt: skip
SIGNS = {"ago": "a", "ahead": "i", "later": "l", "at": "v", "of_month": "c", "skip": "", "vague": "q"}
HOUR = "h"
"""``10 часов`` and ``10 часов назад``: it stands beside an hour, and counts them."""
UNKNOWN: Sense = ("?", "")
_SHORTEST_TO_SLIP = 5
"""Letters of a word in which one wrong letter is overlooked."""

_TYPED_ALIKE = str.maketrans("ёқәғңөұүһії—–−", "екагноуухии---")
"""Kazakh letters as a Russian keyboard has them, dashes."""
_LOOKS_ALIKE = str.maketrans("abcehikmoptxy", "авсеникмортху")
_MIXED = re.compile("(?:(?<![^\\W\\d_])[a-z]+(?=[\u0400-\u04ff])|(?<=[\u0400-\u04ff])[a-z]+)")
"""Latin letters within a Cyrillic word: "may" is English, but Kazakh's "мау." is June."""


def skeleton(words: str) -> str:
    """Words as they are compared, whichever keyboard wrote them."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", words).casefold()).translate(_TYPED_ALIKE)
    return _MIXED.sub(lambda found: found[0].translate(_LOOKS_ALIKE), folded)


@dataclass(frozen=True)
class Lexicon:
    """Words and phrases by their skeleton, and the endings that words and numbers carry."""

    senses: Mapping[str, Sense] = field(default_factory=dict, repr=False)
    endings: tuple[str, ...] = ()
    numbers: Mapping[str, str] = field(default_factory=dict)
    """What stands behind a number: ``n`` it stays one, ``o`` it is the n-th."""

    def sense(self, phrase: str) -> Sense | None:
        """What a skeleton means: itself, or without an ending."""
        if phrase in self.senses:
            return self.senses[phrase]
        stems = (phrase.removesuffix(ending) for ending in self.endings if phrase.endswith(ending))
        return next((self.senses[stem] for stem in stems if stem in self.senses), None)

    def near(self, word: str) -> Sense:
        """What a word with one wrong, missing, doubled or swapped letter must have been meant as."""
        meant = {self.senses[one] for one in self._long if _one_slip(word, one)}
        return meant.pop() if len(meant) == 1 else UNKNOWN

    @cached_property
    def longest(self) -> int:
        """Words of the longest phrase."""
        return max((phrase.count(" ") + 1 for phrase in self.senses), default=1)

    @cached_property
    def _long(self) -> tuple[str, ...]:
        return tuple(one for one in self.senses if len(one) >= _SHORTEST_TO_SLIP)


def read(languages: Iterable[Tables]) -> Lexicon:
    """The words of all languages. Raises KeyError for a kind that there is not."""
    senses: dict[str, set[Sense]] = {}
    endings: set[str] = set()
    numbers: dict[str, str] = {}
    for tables in languages:
        for kind, named in tables.items():
            for which, words in named.items():
                if kind == "ending" and which == "word":
                    endings |= {skeleton(one) for one in words}
                elif kind == "ending":
                    numbers |= {skeleton(one): KINDS[which] for one in words}
                else:
                    for one in words:
                        senses.setdefault(" ".join(_words(skeleton(one))), set()).add(_sense(kind, which))
    clear = {phrase: found.pop() for phrase, found in senses.items() if len(found) == 1}
    return Lexicon(clear, tuple(sorted(endings, key=len, reverse=True)), numbers)


def _sense(kind: str, which: str) -> Sense:
    if kind == "sign":
        return SIGNS[which], ""
    return (HOUR if which == "hour" else KINDS[kind]), which


def _words(phrase: str) -> Iterator[str]:
    """Letters only: ``9 a.m.`` and ``9 a m`` are one."""
    return iter("".join(char if char.isalpha() else " " for char in phrase).split())


def _one_slip(word: str, meant: str) -> bool:
    """Whether one letter wrong, missing, too many or swapped with its neighbour makes the one of the other."""
    if abs(len(word) - len(meant)) > 1 or word == meant:
        return False
    at = next((place for place, pair in enumerate(zip(word, meant, strict=False)) if pair[0] != pair[1]), -1)
    if at < 0:
        return True
    return (
        word[at + 1 :] == meant[at + 1 :]
        or word[at:] == meant[at + 1 :]
        or word[at + 1 :] == meant[at:]
        or (word[at : at + 2] == meant[at : at + 2][::-1] and word[at + 2 :] == meant[at + 2 :])
    )
