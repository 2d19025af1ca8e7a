"""Every text people read reaches the translators, and nothing else does."""

from __future__ import annotations

import ast
import shutil
from io import BytesIO
from pathlib import Path

import pytest

from bot.catalogues import ROOT, WITHOUT_TEXTS, collect, of_sources
from bot.extraction import extract_questionnaire
from bot.languages import LanguageError, catalogue_path, folder
from bot.proofreading import check as proofread

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
FORBIDDEN = {
    "ru": "# Nobody can promise it.\nгарант* | не может никто\nвы *л | род\n",
    "kk": "координатор* | үйлестіруші\n",
    "en": "untraceable | nobody is\n",
}
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
    (tmp_path / "pyproject.toml").touch()
    for code in ("ru", "kk", "en"):
        (tmp_path / "locales" / code).mkdir(parents=True)
        shutil.copy(folder() / code / "language.toml", tmp_path / "locales" / code)
        (tmp_path / "locales" / code / "forbidden.txt").write_text(FORBIDDEN[code], "utf-8")
    (tmp_path / "locales/allowed.txt").write_text("# names\nTelegram\n", "utf-8")
    update(tmp_path)
    return tmp_path


def update(root: Path) -> None:
    of_sources(root).write()


def check(root: Path) -> list[str]:
    return list(proofread(of_sources(root)))


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
    assert "ru: not translated: 'City'" in check(root)
    assert "kk: not translated: '{count} hour'" in check(root)


def test_a_new_text_asks_for_new_catalogues(root: Path) -> None:
    (root / "bot/more.py").write_text('text("News")', "utf-8")

    found = check(root)
    assert "qorgan.pot: not up to date: run: qorgan locales update" in found
    assert "ru: missing: 'News'" in found


def test_a_translation_survives_an_update_and_its_source_lost_is_a_fault(root: Path) -> None:
    translate(root, "ru", "City", "Город")
    update(root)
    assert 'msgid "City"\nmsgstr "Город"' in catalogue_path(root / "locales", "ru").read_text("utf-8")

    (root / "bot/intake/small.toml").write_text(QUESTIONNAIRE.replace('"City"', '"Town"'), "utf-8")
    update(root)
    assert "ru: obsolete: 'City'" in check(root)


@pytest.mark.parametrize(
    ("code", "wording", "fault"),
    [
        ("ru", "Город City", "a word of another language, 'City'"),
        ("kk", "Kala", "a word of another language, 'Kala'"),
        ("ru", "Горoд", "mixed scripts in one word, 'Горoд'"),  # the second o is Latin
        ("ru", "Қала", "mixed scripts in one word, 'Қала'"),
        ("kk", "CИЗО", "mixed scripts in one word, 'CИЗО'"),  # the C is Latin
        ("ru", "Гарантируем", "a forbidden word, 'Гарантируем' (не может никто)"),
        ("ru", "Где вы жил?", "a forbidden word, 'вы жил' (род)"),
        ("kk", "Координаторға", "a forbidden word, 'Координаторға' (үйлестіруші)"),
        ("ru", "Город" + " и ещё" * 9, "too long by 11 characters"),
    ],
)
def test_what_a_language_does_not_say_is_a_fault(root: Path, code: str, wording: str, fault: str) -> None:
    translate(root, code, "City", wording)

    assert [one for one in check(root) if one.endswith("in 'City'")] == [f"{code}: {fault}, in 'City'"]


def test_what_looks_like_a_fault_is_none(root: Path) -> None:
    """A forbidden word's letters inside of another; СИЗО, which Kazakh writes in letters of its own."""
    translate(root, "ru", "City", "Негарантийный; увы, жил")
    translate(root, "kk", "City", "СИЗО")

    assert not [fault for fault in check(root) if fault.endswith("in 'City'")]


def test_a_text_may_say_how_long_it_is_at_most(root: Path) -> None:
    (root / "bot/more.py").write_text("# for translators: at most 8 characters\nMORE = text('News')\n", "utf-8")
    update(root)
    translate(root, "ru", "News", "Известия")
    translate(root, "kk", "News", "Жаңалықтар")

    assert [fault for fault in check(root) if "'News'" in fault] == ["kk: too long by 2 characters, in 'News'"]


def test_a_language_that_forbids_nothing_is_a_fault(root: Path) -> None:
    (root / "locales/kk/forbidden.txt").unlink()

    with pytest.raises(LanguageError, match=r"kk/forbidden\.txt"):
        check(root)


def test_names_addresses_and_commands_keep_their_letters(root: Path) -> None:
    translate(root, "ru", "City", "Telegram, https://adilet.zan.kz и /start")

    assert not [fault for fault in check(root) if "another language" in fault or "mixed" in fault]


def test_russian_in_the_kazakh_catalogue_is_a_fault(root: Path) -> None:
    for code in ("ru", "kk"):
        translate(root, code, "Ask for a lawyer.", "Попросите, чтобы пришёл адвокат.")

    assert "kk: said in the words of ru: 'Ask for a lawyer.'" in check(root)
