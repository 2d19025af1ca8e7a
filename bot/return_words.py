"""The words that return codes are made of: ``locales/<code>/return_words.txt``, one a line, never to be changed."""

from __future__ import annotations

from pathlib import Path

from bot.intake.return_code import LISTED, by_normal
from bot.languages import LanguageError, known, places

_HINT = "put back the file that came with qorgan: codes were made of it"


def words_path(locales: Path, code: str) -> Path:
    return locales / code / "return_words.txt"


def load(*folders: Path) -> dict[str, tuple[str, ...]]:
    """Each language's list; LanguageError where one is short or two words of all could be taken for one another."""
    languages = known(*(folders or places()))
    lists = {code: _read(words_path(folder.parent, code), code) for code, folder in languages.items()}
    read_as = {normal for words in lists.values() for normal in by_normal(words)}
    if len(read_as) != len(lists) * LISTED:
        raise LanguageError("two words for return codes read the same", _HINT)
    return lists


def _read(path: Path, code: str) -> tuple[str, ...]:
    try:
        words = tuple(path.read_text("utf-8").split())
    except (OSError, UnicodeError):
        raise LanguageError(f"the words for return codes, {code}, cannot be read", _HINT) from None
    if len(words) != LISTED:
        raise LanguageError(f"of the words for return codes, {code}, there are not {LISTED}", _HINT)
    return words
