"""The languages the bot speaks: catalogues compiled in memory at start, never half a language.

A language is a folder of ``locales/``, its catalogue ``LC_MESSAGES/qorgan.po``; English is one like the others.
Whatever is missing, fuzzy or has other placeholders than its source stops the start with one clear error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
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

from bot import traits
from bot.intake.text import Day, Month, Text, Tongue, Value, text
from bot.traits import Traits
from bot.written import Written
from bot.written import read as read_words

TIME_ZONE = ZoneInfo("Asia/Almaty")

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


class LanguageError(Exception):
    """A catalogue that must not be used; ``hint`` says how to mend it."""

    def __init__(self, message: str, hint: str = "translate what is missing, then run make check") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True)
class Language:
    """One language, able to say any text of ours."""

    traits: Traits
    translations: GNUTranslations = field(repr=False)
    written: Written = field(repr=False)

    @property
    def code(self) -> str:
        return self.traits.code

    @property
    def name(self) -> str:
        """What it calls itself."""
        return self.traits.name

    @property
    def tongue(self) -> Tongue:
        return Tongue(self.code, self.name, text(self.traits.english))

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
        return get_timezone_location(zone, locale=self.traits.formats, return_city=True)

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
                day = format_date(there.date(), "medium", locale=self.traits.formats)
                return _wide(f"{day}, {format_time(there.time(), 'HH:mm', locale=self.traits.formats)}")
            case date():
                return _wide(format_date(value, "long", locale=self.traits.formats))
            case Day():
                return _wide(format_date(value.date, "full", locale=self.traits.formats))
            case int() if 0 <= value < 1000:  # in no language of ours is there anything to group
                return str(value)
            case Month():
                return _wide(format_skeleton("yMMM", date(value.year, value.number, 1), locale=self.traits.formats))
            case int():
                return format_decimal(value, locale=self.traits.formats)


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


def places(further: Path | None = None) -> list[Path]:
    """Where languages are: those that came with the bot, then an organisation's own."""
    return [folder(), *([further] if further is not None else [])]


def known(*places: Path) -> dict[str, Path]:
    """The folder of each language, by its code in the order of the buttons; a later place has the last word."""
    folders = {file.parent.name: file.parent for place in places for file in sorted(place.glob(f"*/{traits.FILE}"))}
    found = sorted((traits_of(one).order, code) for code, one in folders.items())
    return {code: folders[code] for _, code in found}


@dataclass(frozen=True)
class Beside:
    """The texts of an organisation's own questionnaire, and the catalogues that stand beside its file."""

    template: Catalog
    catalogues: Mapping[str, Catalog]
    whole: bool = True
    """Whether a language without one of these texts is refused."""


def load(
    locales: Path | None = None, further: Path | None = None, beside: Beside | None = None
) -> Mapping[str, Language]:
    """Every language, whole; raises LanguageError for the first that is not. Our own are compiled once.

    ``further``: a folder of languages beside those that came with the bot, or in place of them.
    """
    if locales is None and further is None and beside is None:
        return _own()
    return _compiled([locales, *places(further)[1:]] if locales is not None else places(further), beside)


_MEND_OWN = "run: qorgan locales update --questionnaire FILE, then translate what it leaves open"


@cache
def _own() -> Mapping[str, Language]:
    return _compiled(places(), None)


def _compiled(places: list[Path], beside: Beside | None) -> dict[str, Language]:
    template = read_catalogue(places[0] / "qorgan.pot", None)
    languages = {}
    for code, place in known(*places).items():
        its = traits_of(place)
        catalogue = read_catalogue(catalogue_path(place.parent, code), its)
        _whole(code, faults(catalogue, template))
        if beside is not None:
            found = _lay_over(catalogue, beside, its)
            _whole(f"of the questionnaire, {code}", found if beside.whole else [], _MEND_OWN)
        compiled = BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        languages[code] = Language(its, GNUTranslations(compiled), _written(place, its))
    if traits.DEFAULT not in languages:
        raise LanguageError("there is no English among the languages", "reinstall, or put the folder back")
    return languages


def _whole(named: str, faults: Iterable[str], *hint: str) -> None:
    found = list(faults)
    if found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise LanguageError(f"catalogue {named}: {found[0]}{more}", *hint)


def _lay_over(catalogue: Catalog, beside: Beside, its: Traits) -> list[str]:
    """Puts the questionnaire's own texts into the catalogue; what is wrong with them."""
    own = beside.catalogues.get(its.code, Catalog())
    wrong: list[str] = []
    for source in beside.template:
        key, message = _key(source), own.get(_key(source))
        if not key:
            continue
        found = [] if message is None else list(_message_faults(message, catalogue.num_plurals))
        wrong += found
        if message is not None and not found:
            catalogue.delete(key)
            catalogue.add(key, message.string)
        elif its.code == traits.DEFAULT:
            catalogue.delete(key)
            catalogue.add(key, key)
        elif message is None and catalogue.get(key) is None:
            wrong.append(f"missing: {key!r}")
    return wrong


def traits_of(place: Path) -> Traits:
    """Of a language's folder; LanguageError where they can't be read."""
    try:
        return traits.read(place)
    except (OSError, ValueError) as error:
        words = "it can't be read" if isinstance(error, OSError | UnicodeError) else str(error)
        raise LanguageError(f"{place.name}/{traits.FILE}: {words}", "mend that file, or reinstall") from None


def _written(place: Path, its: Traits) -> Written:
    try:
        return read_words(place / "words.toml", its.formats)
    except (OSError, ValueError, KeyError):
        raise LanguageError(f"the words of {its.code} cannot be read", "mend words.toml, or reinstall") from None


def read_catalogue(path: Path, its: Traits | None) -> Catalog:
    """A language's catalogue or, without one, a template."""
    shown = path.name if its is None else f"{its.code}/{path.name}"
    try:
        with path.open("rb") as file:
            return read_po(file, locale=None if its is None else its.formats, abort_invalid=True)
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


def guess(languages: Mapping[str, Language], told: str | None, written: str = "") -> str:
    """The language to begin in, from what Telegram says of the person and what they wrote."""
    return traits.guess((one.traits for one in languages.values()), told, written)
