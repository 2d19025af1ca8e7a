"""A language is spoken whole or not at all."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.intake.text import plural, text
from bot.languages import Language, LanguageError, catalogue_path, folder, guess, load

RUSSIAN_PLURALS = (
    "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);"
)
PLURALS = {"ru": RUSSIAN_PLURALS, "kk": "nplurals=2; plural=(n != 1);", "en": "nplurals=2; plural=(n != 1);"}

TEMPLATE = """
msgid "City: {city}"
msgstr ""

msgid "{count} day"
msgid_plural "{count} days"
msgstr[0] ""
msgstr[1] ""
"""
WORDS = {
    "ru": 'msgid "City: {city}"\nmsgstr "Город: {city}"\n\nmsgid "{count} day"\nmsgid_plural "{count} days"\n'
    'msgstr[0] "{count} день"\nmsgstr[1] "{count} дня"\nmsgstr[2] "{count} дней"\n',
    "kk": 'msgid "City: {city}"\nmsgstr "Қала: {city}"\n\nmsgid "{count} day"\nmsgid_plural "{count} days"\n'
    'msgstr[0] "{count} күн"\nmsgstr[1] "{count} күн"\n',
    "en": 'msgid "City: {city}"\nmsgstr "City: {city}"\n\nmsgid "{count} day"\nmsgid_plural "{count} days"\n'
    'msgstr[0] "{count} day"\nmsgstr[1] "{count} days"\n',
}


@pytest.fixture
def locales(tmp_path: Path) -> Path:
    """A small set of catalogues, whole."""
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    (tmp_path / "qorgan.pot").write_text(head + TEMPLATE, "utf-8")
    for code, words in WORDS.items():
        path = catalogue_path(tmp_path, code)
        path.parent.mkdir(parents=True)
        plurals = f'"Plural-Forms: {PLURALS[code]}\\n"\n'
        path.write_text(f"{head}{plurals}\n{words}", "utf-8")
        (tmp_path / code / "words.toml").write_text("[several]\nand = []\n[choices]\n", "utf-8")
        shutil.copy(folder() / code / "language.toml", tmp_path / code)
    return tmp_path


def test_a_language_without_its_words_is_refused(locales: Path) -> None:
    for broken in ("choices = ", "[day]\n"):
        (locales / "kk" / "words.toml").write_text(broken, "utf-8")
        with pytest.raises(LanguageError, match="words of kk"):
            load(locales)


@pytest.fixture
def languages(locales: Path) -> dict[str, Language]:
    return load(locales)


def edit(locales: Path, code: str, old: str, new: str) -> None:
    path = catalogue_path(locales, code)
    before = path.read_text("utf-8")
    assert old in before
    path.write_text(before.replace(old, new), "utf-8")


def test_each_language_is_named_in_itself(languages: dict[str, Language]) -> None:
    assert [found.name for found in languages.values()] == ["Русский", "Қазақша", "English"]


def test_values_that_look_like_placeholders_are_shown_as_they_are(languages: dict[str, Language]) -> None:
    assert languages["ru"].say(text("City: {city}", city="{count} <b> %s")) == "Город: {count} <b> %s"


def test_a_text_among_the_values_is_translated(languages: dict[str, Language]) -> None:
    said = languages["kk"].say(text("City: {city}", city=plural("{count} day", "{count} days", 2)))

    assert said == "Қала: 2 күн"


@pytest.mark.parametrize(
    ("count", "said"), [(1, "1 день"), (2, "2 дня"), (5, "5 дней"), (11, "11 дней"), (21, "21 день")]
)
def test_russian_counts_in_its_three_forms(languages: dict[str, Language], count: int, said: str) -> None:
    assert languages["ru"].say(plural("{count} day", "{count} days", count)) == said


@pytest.mark.parametrize(
    ("code", "said"),
    [("ru", "6 мар. 2026\xa0г., 01:30"), ("kk", "2026\xa0ж. 06 нау., 01:30"), ("en", "Mar 6, 2026, 01:30")],
)
def test_a_time_is_shown_in_almaty(languages: dict[str, Language], code: str, said: str) -> None:
    evening = datetime(2026, 3, 5, 20, 30, tzinfo=UTC)

    assert languages[code].say(text("City: {city}", city=evening)).partition(": ")[2] == said


@pytest.mark.parametrize(
    ("code", "said"), [("ru", "5 марта 2026\xa0г."), ("kk", "2026\xa0ж. 5 наурыз"), ("en", "March 5, 2026")]
)
def test_a_day_is_shown_in_words(languages: dict[str, Language], code: str, said: str) -> None:
    assert languages[code].say(text("City: {city}", city=date(2026, 3, 5))).partition(": ")[2] == said


def test_a_time_without_its_zone_is_refused(languages: dict[str, Language]) -> None:
    with pytest.raises(ValueError, match="time zone"):
        languages["en"].say(text("City: {city}", city=datetime(2026, 3, 5)))


@pytest.mark.parametrize(
    ("code", "old", "new", "complaint"),
    [
        ("ru", 'msgstr "Город: {city}"', 'msgstr ""', "ru: not translated: 'City: {city}'"),
        ("ru", 'msgstr[2] "{count} дней"', 'msgstr[2] ""', "ru: not translated: '{count} day'"),
        ("kk", 'msgid "City: {city}"', '#, fuzzy\nmsgid "City: {city}"', "kk: fuzzy: 'City: {city}'"),
        ("kk", 'msgid "City: {city}"\nmsgstr "Қала: {city}"', "", "kk: missing: 'City: {city}'"),
        ("kk", "Қала: {city}", "Қала: {qala}", "kk: other placeholders than the source: 'City: {city}'"),
        ("ru", 'Город: {city}', 'Город: {city}Город: {city}', "ru: said twice: 'City: {city}'"),
        ("ru", "Город: {city}", "Город: {city", "ru: other placeholders than the source: 'City: {city}'"),
        ("ru", "{count} день", "один день", "ru: other placeholders than the source: '{count} day'"),
        ("kk", "(n != 1)", "(n > 1)", "kk: Plural-Forms are not those of the language"),
    ],
)
def test_half_a_language_is_refused(locales: Path, code: str, old: str, new: str, complaint: str) -> None:
    edit(locales, code, old, new)

    with pytest.raises(LanguageError) as refusal:
        load(locales)
    assert str(refusal.value).startswith(f"catalogue {complaint}")


def test_a_file_that_is_no_catalogue_is_refused(locales: Path) -> None:
    catalogue_path(locales, "kk").write_bytes(b'msgid "\xff\nmsgstr nothing')

    with pytest.raises(LanguageError, match=r"catalogue kk/qorgan\.po is no gettext catalogue"):
        load(locales)


def test_an_absent_catalogue_is_refused(locales: Path) -> None:
    catalogue_path(locales, "en").unlink()

    with pytest.raises(LanguageError, match=r"catalogue en/qorgan\.po cannot be read"):
        load(locales)


def test_the_languages_of_the_house_are_whole() -> None:
    """The committed catalogues load, so the bot starts."""
    assert list(load(folder())) == ["ru", "kk", "en"]


@pytest.mark.parametrize(
    ("code", "written", "guessed"),
    [
        ("kk", "", "kk"),
        ("kk-KZ", "помогите", "kk"),
        ("ru", "Маған көмек керек", "kk"),
        ("ru", "", "ru"),
        ("uk", "", "ru"),
        ("uk", "мені забирають, є паспорт", "ru"),
        ("tt", "ярдәм итегез, җибәрәләр", "ru"),
        ("en", "помогите", "ru"),
        ("en", "help", "en"),
        ("de", "", "en"),
        (None, "", "en"),
        ("", "Қайда барам", "kk"),
    ],
)
def test_the_language_is_guessed_from_phone_and_script(code: str | None, written: str, guessed: str) -> None:
    assert guess(load(), code, written) == guessed
