"""The languages the bot speaks: catalogues compiled in memory at start, never half a language.

A catalogue is ``locales/<code>/LC_MESSAGES/qorgan.po``; English is one like the others. Whatever is
missing, fuzzy or has other placeholders than its source stops the start with one clear error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton, format_time, get_timezone_location
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.numbers import format_decimal

from bot.intake.text import Day, Month, Text, Value
from bot.written import Written
from bot.written import read as read_words

NAMES = {"ru": "Русский", "kk": "Қазақша", "en": "English"}
TIME_ZONE = ZoneInfo("Asia/Almaty")

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_KAZAKH = re.compile("[әғқңөұүһ]", re.IGNORECASE)  # not і, which Ukrainians and Belarusians write too
_NOT_KAZAKH = re.compile("[ґєїўҗҙҡҫ]", re.IGNORECASE)
# Where Telegram speaks one of these, Russian is likelier to be understood than English.
_NEAR_RUSSIAN = frozenset(
    ["ru", "be", "uk", "ky", "uz", "tg", "tk", "az", "hy", "ka", "ab", "os", "tt", "ba", "cv", "ce", "kv"]
)


class LanguageError(Exception):
    """A catalogue that must not be used; ``hint`` says how to mend it."""

    def __init__(self, message: str, hint: str = "translate what is missing, then run make check") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True)
class Language:
    """One language, able to say any text of ours."""

    code: str
    name: str
    translations: GNUTranslations = field(repr=False)
    written: Written = field(repr=False)

    def say(self, text: Text) -> str:
        """The text in this language, its values shown as people here write them."""
        if text.plural is None:
            wording = self.translations.gettext(text.message)
        else:
            wording = self.translations.ngettext(text.message, text.plural, text.count)
        if "{" not in wording:
            return wording
        values = dict(text.values)
        return _PLACEHOLDER.sub(lambda found: self._show(values[found[1]]), wording)

    def city(self, zone: str) -> str:
        """The city that a time zone is named after."""
        return get_timezone_location(zone, locale=self.code, return_city=True)

    def _show(self, value: Value) -> str:
        match value:
            case Text():
                return self.say(value)
            case str():
                return value
            case datetime():
                if value.tzinfo is None:
                    raise ValueError("a time without its time zone cannot be shown")
                there = value.astimezone(TIME_ZONE)
                day = format_date(there.date(), "medium", locale=self.code)
                return _wide(f"{day}, {format_time(there.time(), 'HH:mm', locale=self.code)}")
            case date():
                return _wide(format_date(value, "long", locale=self.code))
            case Day():
                return _wide(format_date(value.date, "full", locale=self.code))
            case int() if 0 <= value < 1000:  # in no language of ours is there anything to group
                return str(value)
            case Month():
                return _wide(format_skeleton("yMMM", date(value.year, value.number, 1), locale=self.code))
            case int():
                return format_decimal(value, locale=self.code)


def _wide(shown: str) -> str:
    """Without the narrow no-break space, which fonts of old phones lack."""
    return shown.replace("\u202f", "\u00a0")


def folder() -> Path:
    """Where the catalogues are: inside the installed package, else at the top of the checkout."""
    package = Path(__file__).parent
    inside = package / "locales"
    return inside if inside.is_dir() else package.parent / "locales"


def catalogue_path(locales: Path, code: str) -> Path:
    return locales / code / "LC_MESSAGES" / "qorgan.po"


def load(locales: Path | None = None) -> Mapping[str, Language]:
    """Every language, whole; raises LanguageError for the first that is not. Our own are compiled once."""
    return _own() if locales is None else _compiled(locales)


@cache
def _own() -> Mapping[str, Language]:
    return _compiled(folder())


def _compiled(locales: Path) -> dict[str, Language]:
    template = read_catalogue(locales / "qorgan.pot", None)
    languages = {}
    for code, name in NAMES.items():
        catalogue = read_catalogue(catalogue_path(locales, code), code)
        found = list(faults(catalogue, template))
        if found:
            more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
            raise LanguageError(f"catalogue {code}: {found[0]}{more}")
        compiled = BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        languages[code] = Language(code, name, GNUTranslations(compiled), _written(locales, code))
    return languages


def _written(locales: Path, code: str) -> Written:
    try:
        return read_words(locales / code / "words.toml", code)
    except (OSError, ValueError, KeyError):
        raise LanguageError(f"the words of {code} cannot be read", "mend words.toml, or reinstall") from None


def read_catalogue(path: Path, code: str | None) -> Catalog:
    """A catalogue or, without a code, the template."""
    shown = path.name if code is None else f"{code}/{path.name}"
    try:
        with path.open("rb") as file:
            return read_po(file, locale=code, abort_invalid=True)
    except OSError:
        raise LanguageError(f"catalogue {shown} cannot be read", "run make locales, or reinstall") from None
    except (PoFileError, UnicodeError, ValueError):
        message = f"catalogue {shown} is no gettext catalogue"
        raise LanguageError(message, "mend it, then run make check") from None


SHORT = 8
"""Characters of what may well be repeated."""


def faults(catalogue: Catalog, template: Catalog) -> Iterator[str]:
    """What keeps a catalogue from being used, each with the source text concerned."""
    if catalogue.fuzzy:
        yield "the header is marked fuzzy"
    if catalogue.plural_forms != Catalog(catalogue.locale).plural_forms:
        yield "Plural-Forms are not those of the language"
    for source in template:
        if source.id and (message := catalogue.get(_key(source))) is None:
            yield f"missing: {_key(source)!r}"
        elif source.id and message is not None and _forms(message.id) != _forms(source.id):
            yield f"plural differs from the source: {_key(source)!r}"
    for message in catalogue:
        if message.id:
            yield from _message_faults(message, catalogue.num_plurals)


def _message_faults(message: Message, plurals: int) -> Iterator[str]:
    key, sources, wordings = _key(message), _forms(message.id), _forms(message.string)
    if message.fuzzy:
        yield f"fuzzy: {key!r}"
    if not all(wordings) or len(wordings) != (plurals if len(sources) > 1 else 1):
        yield f"not translated: {key!r}"
        return
    for number, wording in enumerate(wordings):
        allowed = [placeholders(sources[-1])]
        if number == 0 and plurals == 2:  # where the first form means exactly one, it need not show the count
            allowed.append(placeholders(sources[0]))
        if placeholders(wording) not in allowed or re.search(r"[{}]", _PLACEHOLDER.sub("", wording)):
            yield f"other placeholders than the source: {key!r}"
            return
        half = wording[: len(wording) // 2]
        if len(half) > SHORT and wording == half + half:  # as a careless merge leaves it
            yield f"said twice: {key!r}"
            return


def placeholders(wording: str) -> frozenset[str]:
    return frozenset(_PLACEHOLDER.findall(wording))


def without_placeholders(wording: str) -> str:
    return _PLACEHOLDER.sub(" ", wording)


def _forms(value: object) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (str(value or ""),)


def _key(message: Message) -> str:
    return _forms(message.id)[0]


def guess(language_code: str | None, written: str = "") -> str:
    """The language to begin in, from what Telegram says of the person and what they wrote."""
    code = re.split("[-_]", language_code or "")[0].lower()
    if code == "kk" or (_KAZAKH.search(written) and not _NOT_KAZAKH.search(written)):
        return "kk"
    if code in _NEAR_RUSSIAN or _CYRILLIC.search(written):
        return "ru"
    return "en"
