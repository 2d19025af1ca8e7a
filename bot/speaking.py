"""The languages that the bot speaks and the questionnaire that it asks, each knowing of the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bot import companion, languages
from bot.intake import lexicon
from bot.intake import questionnaire as questionnaires
from bot.intake.questionnaire import BUILT_IN, Questionnaire
from bot.languages import Language

Languages = Mapping[str, Language]


def load(file: Path | None = None, further: Path | None = None) -> tuple[Questionnaire, Languages]:
    """Both, whole; raises QuestionnaireError, or LanguageError where a text is not said in a language.

    ``file``: an organisation's own questionnaire; ``further``: a folder of languages of its own.
    """
    asked = questionnaires.load(file or BUILT_IN)
    spoken = say(file, further)
    return asked_in(asked, spoken), spoken


def say(file: Path | None = None, further: Path | None = None, *, whole: bool = True) -> Languages:
    """The languages, with the texts of this questionnaire; those it lacks are refused, or said as they stand."""
    if file is None:
        return languages.load(further=further)
    return languages.load(further=further, beside=companion.read(file, *languages.places(further), whole=whole))


def asked_in(asked: Questionnaire, spoken: Languages) -> Questionnaire:
    """The questionnaire, offering these languages and understanding the days that are written in them."""
    words = lexicon.read(one.written.days for one in spoken.values())
    return replace(asked, lexicon=words, languages=tuple(one.tongue for one in spoken.values()))
