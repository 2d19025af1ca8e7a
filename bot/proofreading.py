"""What a catalogue must not say, and how long it may be, beside being whole: the faults of a shelf, one line each.

What a language does not say is ``locales/<code>/forbidden.txt``; names that keep their letters everywhere stand in
``locales/allowed.txt``, those of one language in an ``allowed.txt`` of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path

from babel.messages.catalog import Catalog, Message

from bot import traits
from bot.catalogues import COLLECTED, Shelf
from bot.languages import LanguageError, faults, folder, without_placeholders
from bot.traits import Traits

LONGEST = 3500
"""UTF-16 units of one text; a message takes 4,096, and there are values in it."""
_AT_MOST = re.compile(r"at most ([0-9]+) characters")
_NOT_WORDS = re.compile(r"https?://\S+|/[a-z_]+\b")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Forbidden:
    """A word, a phrase, or with a star the beginning of a word; and why it is not said."""

    words: str
    reason: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        phrase = r"\s+".join(re.escape(part).replace(r"\*", r"\w*") for part in self.words.split())
        return re.compile(rf"(?<!\w){phrase}(?!\w)", re.IGNORECASE)


@dataclass(frozen=True)
class Rules:
    """Of one language."""

    traits: Traits
    forbidden: tuple[Forbidden, ...]
    allowed: frozenset[str]

    def faults(self, message: Message) -> Iterator[str]:
        """What is wrong with a translation, said of it alone."""
        sources, wordings = _forms(message.id), _forms(message.string)
        for wording in dict.fromkeys(wordings):
            plain = without_placeholders(wording)
            for one in self.forbidden:
                if found := one.pattern.search(plain):
                    yield f"a forbidden word, {found[0]!r} ({one.reason})"
            yield from self._strange(plain)
        yield from _too_long(message, max(map(len, sources)), max(wordings, key=len))

    def _strange(self, wording: str) -> Iterator[str]:
        """Words in letters that the language does not have."""
        for phrase in (one for one in self.allowed if " " in one):
            wording = wording.replace(phrase, " ")
        for word in _WORD.findall(_NOT_WORDS.sub(" ", wording)):
            known = [letter in self.traits.letters for letter in word.casefold()]
            if word not in self.allowed and not all(known):
                yield f"mixed scripts in one word, {word!r}" if any(known) else f"a word of another language, {word!r}"


def rules(place: Path, its: Traits) -> Rules:
    """Those of a language's folder; LanguageError where it forbids nothing."""
    try:
        lines = _lines(place / "forbidden.txt")
    except (OSError, UnicodeError):
        lines = []
    if not lines:
        raise LanguageError(
            f"{place.name}/forbidden.txt: there is none, or nothing in it", "list what the language must not say there"
        )
    parts = (line.partition("|") for line in lines)
    forbidden = tuple(Forbidden(words.strip(), reason.strip() or "not said here") for words, _, reason in parts)
    lists = (folder() / "allowed.txt", place.parent / "allowed.txt", place / "allowed.txt")
    return Rules(its, forbidden, frozenset(line for path in lists if path.exists() for line in _lines(path)))


def _lines(path: Path) -> list[str]:
    return [line.strip() for line in path.read_text("utf-8").splitlines() if line.strip() and line[0] != "#"]


def check(shelf: Shelf) -> Iterator[str]:
    """Every fault of these catalogues."""
    for path in shelf.stale():
        yield f"{path.relative_to(shelf.where.parent).as_posix()}: not up to date: {COLLECTED}"
    catalogues = {code: shelf.read(code) for code in shelf.catalogues}
    for code, catalogue in catalogues.items():
        for fault in faults(catalogue, shelf.template):
            yield f"{code}: {fault}"
        for obsolete in catalogue.obsolete.values():
            yield f"{code}: obsolete: {obsolete.id!r}"
        read_by = rules(shelf.folders[code], shelf.traits(code))
        for message in catalogue:
            if message.id and all(_forms(message.string)):
                yield from (f"{code}: {fault}, in {_forms(message.id)[0]!r}" for fault in read_by.faults(message))
    for one, other in combinations((code for code in catalogues if code != traits.DEFAULT), 2):
        yield from _alike(one, catalogues[one], other, catalogues[other])


def _alike(one: str, first: Catalog, other: str, second: Catalog) -> Iterator[str]:
    """Sentences that two languages say in the same words: one of them is not translated."""
    for message in second:
        there = first.get(message.id) if message.id else None
        words = without_placeholders(_forms(message.string)[0]).split()
        if there is not None and len(words) > 3 and there.string == message.string:
            yield f"{other}: said in the words of {one}: {_forms(message.id)[0]!r}"


def _too_long(message: Message, source: int, wording: str) -> Iterator[str]:
    told = next((found for line in message.auto_comments if (found := _AT_MOST.search(line))), None)
    limit = int(told[1]) if told else 2 * source + 40
    if len(wording) > limit or len(wording.encode("utf-16-le")) > 2 * LONGEST:
        yield f"too long by {len(wording) - min(limit, LONGEST)} characters"


def _forms(value: object) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (str(value or ""),)
