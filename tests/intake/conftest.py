"""The built-in questionnaire, read once."""

from __future__ import annotations

import pytest

from bot.intake.questionnaire import Questionnaire
from tests.intake.talk import BUILT_IN, Talk


@pytest.fixture(scope="session")
def kazakhstan() -> Questionnaire:
    return BUILT_IN


@pytest.fixture
def talk(kazakhstan: Questionnaire) -> Talk:
    return Talk(kazakhstan)
