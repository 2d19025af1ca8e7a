"""A return code: six words of a list in the person's language, ten random bits each.

It is drawn, shown and read here; what proves it is the vault's. Lists have exactly 1,024 words, are handed in, and
never change: a code was made of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

WORDS = 6
LISTED = 1024

# As people type: ё without its dots, Kazakh on a Russian keyboard, Latin letters that look like Cyrillic ones.
_FOLDED = str.maketrans("ёқғңүұөәһіabcehikmoptxy", "екгнууоахиавсеникмортху")
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Mn")
_WORD = re.compile(r"[^\W\d_]+")


def make(numbers: Sequence[int], words: Sequence[str]) -> tuple[str, ...]:
    """The code of six numbers below 1,024, drawn at random outside; ValueError for others."""
    if len(numbers) != WORDS or len(words) != LISTED or not all(0 <= number < LISTED for number in numbers):
        raise ValueError("a return code is made of six numbers below 1024 and a list of 1024 words")
    return tuple(words[number] for number in numbers)


def normal(text: str) -> str:
    """One form for all the ways in which somebody may type the same words: case, variants, spaces."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    spaced = "".join(" " if char.isspace() else char for char in folded)
    kept = "".join(char for char in spaced if unicodedata.category(char) not in _UNSEEN)
    return " ".join(unicodedata.normalize("NFC", kept.translate(_FOLDED)).split())


def read(text: str, lists: Mapping[str, Sequence[str]]) -> tuple[str, ...] | None:
    """The six words of one language's list that ``text`` is, as the list has them; None for anything else.

    Numbers and whatever stands between the words are passed over. No two lists share a word.
    """
    typed = _WORD.findall(normal(text))
    if len(typed) != WORDS:
        return None
    for words in lists.values():
        known = by_normal(tuple(words))
        if all(word in known for word in typed):
            return tuple(known[word] for word in typed)
    return None


@lru_cache(maxsize=8)
def by_normal(words: tuple[str, ...]) -> dict[str, str]:
    """The words of a list by their normal form."""
    return {normal(word): word for word in words}
