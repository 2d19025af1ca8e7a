"""Every text people read reaches the translators, and nothing else does."""

from __future__ import annotations

import ast
from io import BytesIO
from pathlib import Path

import pytest

from bot.catalogues import ROOT, WITHOUT_TEXTS, check, collect, update
from bot.extraction import extract_questionnaire
from bot.languages import catalogue_path

QUESTIONNAIRE = """
[questionnaire]
name = "small"

[[question]]
id = "city"
kind = "choice"
title = "City"
self = "Where are you?"
another = "Where is the person?"
options = [{ id = "almaty", label = "Almaty" }, { id = "self", label = "Elsewhere" }]

[help.waiting]
text = ["Ask for a lawyer.", "Drink water."]
risk = "It takes {count} hours."
source = "a law"
"""
CODE = '''
from bot.intake.text import plural, text

LINES = (
    text("Your case: {code}", code="A" "B"),
    text(
        "One line "
        "of two"
    ),
    plural("{count} hour", "{count} hours", 3),
    "not a text",
)
'''


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small checkout."""
    for name in ("intake", "store"):
        (tmp_path / "bot" / name).mkdir(parents=True)
    (tmp_path / "bot/intake/small.toml").write_text(QUESTIONNAIRE, "utf-8")
    (tmp_path / "bot/lines.py").write_text(CODE, "utf-8")
    (tmp_path / "bot/store/rows.py").write_text('text("SELECT 1")', "utf-8")
    (tmp_path / "locales").mkdir()
    (tmp_path / "locales/allowed.txt").write_text("# names\nTelegram\n", "utf-8")
    update(tmp_path)
    return tmp_path


def translate(root: Path, code: str, message: str, wording: str) -> None:
    path = catalogue_path(root / "locales", code)
    before = path.read_text("utf-8")
    empty = f'msgid "{message}"\nmsgstr ""'
    assert empty in before
    path.write_text(before.replace(empty, f'{empty[:-1]}{wording}"'), "utf-8")


def test_only_what_people_read_is_taken_from_a_questionnaire() -> None:
    found = list(extract_questionnaire(BytesIO(QUESTIONNAIRE.encode()), {}, (), {}))

    assert found == [
        (1, "", "City", ["question › city › title"]),
        (2, "", "Where are you?", ["question › city › self"]),
        (3, "", "Where is the person?", ["question › city › another"]),
        (4, "", "Almaty", ["question › city › options › almaty › label"]),
        (5, "", "Elsewhere", ["question › city › options › self › label"]),
        (6, "", "Ask for a lawyer.", ["help › waiting › text"]),
        (7, "", "Drink water.", ["help › waiting › text"]),
        (8, "", "It takes {count} hours.", ["help › waiting › risk"]),
    ]


def test_texts_of_the_code_are_taken_and_those_of_sql_are_not(root: Path) -> None:
    messages = {message.id for message in collect(root) if message.locations[:1] == [("bot/lines.py", 5)]}
    everything = [message.id for message in collect(root)]

    assert {"Your case: {code}"} == messages
    assert "One line of two" in everything
    assert ("{count} hour", "{count} hours") in everything
    assert "SELECT 1" not in everything


def test_every_text_of_the_program_reaches_the_translators_however_it_is_written() -> None:
    """Also one inside of an f-string, which Python 3.11 shows to nobody who reads tokens."""
    known = {message.id[0] if message.pluralizable else message.id for message in collect(ROOT)}
    missed = []
    for file in (ROOT / "bot").rglob("*.py"):
        if str(file.relative_to(ROOT)).startswith(WITHOUT_TEXTS):
            continue
        calls = (node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call))
        for call in calls:
            if isinstance(call.func, ast.Name) and call.func.id in ("text", "plural") and call.args:
                said = call.args[0]
                if isinstance(said, ast.Constant) and isinstance(said.value, str) and said.value not in known:
                    missed.append((file.name, said.value))
    assert [] == missed


def test_placeholders_are_marked_as_such(root: Path) -> None:
    assert {"python-brace-format"} == collect(root).get("It takes {count} hours.").flags


def test_updating_twice_changes_nothing(root: Path) -> None:
    first = {path: path.read_bytes() for path in (root / "locales").rglob("*.po*")}
    update(root)

    assert first == {path: path.read_bytes() for path in (root / "locales").rglob("*.po*")}
    assert len(first) == 4


def test_english_says_its_sources(root: Path) -> None:
    assert [fault for fault in check(root) if fault.startswith("en")] == []


def test_an_untranslated_text_is_a_fault(root: Path) -> None:
    assert "ru: not translated: 'City'" in list(check(root))
    assert "kk: not translated: '{count} hour'" in list(check(root))


def test_a_new_text_asks_for_new_catalogues(root: Path) -> None:
    (root / "bot/more.py").write_text('text("News")', "utf-8")

    found = list(check(root))
    assert "locales/qorgan.pot is not up to date with the sources: run make locales" in found
    assert "ru: missing: 'News'" in found


def test_a_translation_survives_an_update_and_its_source_lost_is_a_fault(root: Path) -> None:
    translate(root, "ru", "City", "Город")
    update(root)
    assert 'msgid "City"\nmsgstr "Город"' in catalogue_path(root / "locales", "ru").read_text("utf-8")

    (root / "bot/intake/small.toml").write_text(QUESTIONNAIRE.replace('"City"', '"Town"'), "utf-8")
    update(root)
    assert "ru: obsolete: 'City'" in list(check(root))


@pytest.mark.parametrize(
    ("code", "wording", "word"),
    [
        ("ru", "Город City", "City"),
        ("ru", "Горoд", "Горoд"),  # the second o is Latin
        ("ru", "Қала", "Қала"),
        ("kk", "Kala", "Kala"),
    ],
)
def test_a_word_of_another_language_is_a_fault(root: Path, code: str, wording: str, word: str) -> None:
    translate(root, code, "City", wording)

    assert f"{code}: a word of another language, {word!r}, in 'City'" in list(check(root))


def test_names_addresses_and_commands_keep_their_letters(root: Path) -> None:
    translate(root, "ru", "City", "Telegram, https://adilet.zan.kz и /start")

    assert not [fault for fault in check(root) if "another language" in fault]


def test_russian_in_the_kazakh_catalogue_is_a_fault(root: Path) -> None:
    for code in ("ru", "kk"):
        translate(root, code, "Ask for a lawyer.", "Попросите, чтобы пришёл адвокат.")

    assert "kk: the Kazakh is the Russian: 'Ask for a lawyer.'" in list(check(root))
