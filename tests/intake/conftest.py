"""The built-in questionnaire, read once."""

from __future__ import annotations

import pytest

from bot.intake.questionnaire import Questionnaire, load
from tests.intake.talk import Talk


@pytest.fixture(scope="session")
def kazakhstan() -> Questionnaire:
    return load()


@pytest.fixture
def talk(kazakhstan: Questionnaire) -> Talk:
    return Talk(kazakhstan)
