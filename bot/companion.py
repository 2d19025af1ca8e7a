"""The catalogues of an organisation's own questionnaire: ``ours.ru.po`` beside ``ours.toml``."""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog

from bot.extraction import extract_questionnaire
from bot.languages import Beside, LanguageError, known, read_catalogue, traits_of


def path(questionnaire: Path, code: str) -> Path:
    return questionnaire.with_name(f"{questionnaire.stem}.{code}.po")


def template(questionnaire: Path) -> Catalog:
    """Every text of the file; LanguageError where it can't be read."""
    found = Catalog(fuzzy=False)
    try:
        with questionnaire.open("rb") as file:
            for line, _, message, comments in extract_questionnaire(file, {}, (), {}):
                found.add(message, locations=[(questionnaire.name, line)], auto_comments=comments)
    except (OSError, ValueError):
        raise LanguageError("the questionnaire can't be read", "run: qorgan questionnaire check FILE") from None
    return found


def read(questionnaire: Path, *places: Path, whole: bool = True) -> Beside:
    """Its texts and the catalogues that are there, of the languages of these places."""
    catalogues = {
        code: read_catalogue(file, traits_of(folder))
        for code, folder in known(*places).items()
        if (file := path(questionnaire, code)).is_file()
    }
    return Beside(template(questionnaire), catalogues, whole)
