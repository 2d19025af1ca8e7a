"""What the search for paths through a questionnaire finds can be walked, and is judged as it says."""

from __future__ import annotations

from bot.intake.coverage import cover
from bot.intake.questionnaire import Questionnaire
from bot.intake.rules import Urgency
from bot.intake.triage import assess
from bot.intake.walk import Walk, replay
from tests.intake.talk import START


def test_every_rule_of_the_built_in_questionnaire_fires_and_every_urgency_is_reached(kazakhstan: Questionnaire) -> None:
    found = cover(kazakhstan, START)
    assert ((), {*Urgency}) == (found.unfired, {*found.reached})
    for urgency, path in found.reached.items():
        walk, wrong = replay(Walk(kazakhstan, START), {one.question: one.values for one in path.said})
        assert ((), urgency) == (wrong, assess(kazakhstan, walk.answers, START).urgency)


def test_the_shortest_path_to_critical_is_being_taken(kazakhstan: Questionnaire) -> None:
    said = {one.question: one.values for one in cover(kazakhstan, START).reached[Urgency.CRITICAL].said}
    assert {"who": ("self",), "custody": ("being_taken",)} == said
