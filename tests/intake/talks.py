"""A talk at the places where tests begin."""

from __future__ import annotations

from bot.intake.questionnaire import Questionnaire
from tests.intake.talk import Talk


def consented(questionnaire: Questionnaire) -> Talk:
    return Talk(questionnaire).press("agree")


def stage_one(questionnaire: Questionnaire) -> Talk:
    """To the offer, by someone at liberty."""
    talk = consented(questionnaire).answer(safe_now="yes", who="self", custody="liberty", where="almaty", papers="none")
    return talk.answer(event="none", contact="bot")
