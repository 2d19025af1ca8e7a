"""One whole run for each branch of the questionnaire, step by step as it came out when it was last looked at.

After a meant change: ``QORGAN_GOLDEN=write python -m pytest tests/intake/test_golden.py``, then read the difference.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.intake.questionnaire import Questionnaire
from bot.intake.state import Asked, Effect, Event, Opened, Pass, Pressed, Record, Wrote
from tests.intake.talk import Talk

GOLDEN = Path(__file__).with_name("golden")


class Run(Talk):
    """A talk that writes down each step; urgency and reasons belong to triage and are left out."""

    def feel(self, event: Event, after: float = 5) -> Run:
        super().feel(event, after)
        steps: list[dict[str, Any]] = self.__dict__.setdefault("steps", [])
        steps.append(
            {
                "event": said(event, after),
                "phase": self.state.phase.value,
                "place": self.place,
                "answers": {one.question: " ".join((*one.values, one.text)).strip() for one in self.state.answers},
                "effects": [done(effect) for effect in self.effects],
            }
        )
        return self


def said(event: Event, after: float) -> str:
    match event:
        case Pressed(place=place, choice=choice, text=words):
            return f"press {place}={choice} {words}".strip()
        case Wrote(text=words):
            return f"write {words}"
        case Asked(what=what):
            return f"/{what}"
        case Opened():
            return "opened"
    return f"{type(event).__name__.lower()} {after:g}"


def done(effect: Effect) -> str:
    match effect:
        case Record(kind=kind, answers=answers, removed=removed):
            ids = [*(answer.question for answer in answers), *(f"-{one}" for one in removed)]
            return f"record {kind}: {' '.join(ids)}".strip()
        case Pass(words=words):
            return f"pass {words}"
    return type(effect).__name__.lower()


def self_at_liberty(run: Talk) -> None:
    run.press("agree").answer(safe_now="yes", who="self", custody="liberty", where="almaty", papers="summons")
    run.answer(event="summons", event_date="tomorrow", summons_from="military", contact="signal").feel(Wrote("+7 700"))
    run.press("go_on").answer(category="deserter ukraine", russia_wants="case wanted", stay="visa_free")
    run.answer(stay_until="days_7", asylum="want", entered="longer", learned_on="days_5", lawyer="own", attorney="no")
    run.answer(family="none", health="none", needs="lawyer un", languages="en", hours="-skip", share_ok="lawyer")
    run.feel(Wrote("nothing else")).press("-send").opened()


def self_at_police(run: Talk) -> None:
    run.press("agree").answer(safe_now="yes", who="self", custody="police").feel(Wrote("Almaty, Turksib station"))
    run.answer(detained_since="today", papers="none", event="unknown", contact="bot").feel(Wrote("sister @a"))
    run.press("send")


def relative_of_someone_in_sizo_with_an_order(run: Talk) -> None:
    run.press("agree").answer(safe_now="yes", who="relative", custody="sizo").press("astana", "SIZO 1")
    run.answer(detained_since="few_days", papers="arrest order").press("pick").press("2026-03-17")
    run.answer(event="hearing").press("pick").press("-hour:2026-03-24").press("2026-03-24T10")
    run.answer(last_contact="yesterday", contact="bot", trusted="-skip", knows="unable", relationship="sibling")
    run.press("go_on").answer(category="activist").skip_to("review").press("-send")


def already_removed(run: Talk) -> None:
    run.press("agree").answer(safe_now="yes", who="friend", custody="removed", where="abroad", removed_on="yesterday")
    run.answer(contact="bot").press("go_on").answer(family="taken", health="beaten", needs="un", hours="day evening")
    run.answer(share_ok="ask").press("-send")


def at_the_border(run: Talk) -> None:
    run.press("agree").answer(safe_now="yes", who="self", custody="border", where="petropavl")
    run.answer(detained_since="yesterday", papers="entry_refused", event="sent", event_date="today", contact="bot")
    run.answer(trusted="-skip").press("send")


def taken_now(run: Talk) -> None:
    run.press("kk").press("taken").press("shymkent")
    run.press("continue").answer(safe_now="yes", who="self").skip_to("offer").press("send")


def only_briefly(run: Talk) -> None:
    run.press("agree").answer(safe_now="brief", who="self", custody="airport", where="almaty")
    run.skip_to("offer").press("go_on").press("send")


def not_safe(run: Talk) -> None:
    run.press("agree").answer(safe_now="no").wait(60).press("continue").answer(safe_now="yes", who="self")


def update_from_home(run: Talk) -> None:
    run.press("agree").answer(safe_now="yes", who="self", custody="sizo", where="oral").skip_to("offer").press("send")
    run.press("update").answer(papers="order expulsion", date_order="today", date_expulsion="few_days")
    run.answer(event="none", leave_by="tomorrow").feel(Wrote("they read it to me")).press("pass")


def another_person(run: Talk) -> None:
    run.press("agree").answer(safe_now="yes", who="self", custody="liberty").skip_to("offer").press("send")
    run.press("another").answer(safe_now="yes", who="relative", custody="no_contact").skip_to("offer").press("send")


def change_from_review(run: Talk) -> None:
    run.press("agree").answer(safe_now="yes", who="relative", custody="sizo", where="almaty", detained_since="today")
    run.answer(papers="order", date_order="yesterday").skip_to("offer").press("review")
    run.press("custody").press("liberty").press("review").press("where").press("-back").press("-send")


def language_change_midway(run: Talk) -> None:
    run.press("agree").answer(safe_now="yes", who="self").feel(Asked("language")).press("kk").answer(custody="liberty")
    run.press("where").press("astana").press("order").feel(Asked("language")).press("-back").press("-done")


def fallen_silent(run: Talk) -> None:
    run.press("agree").answer(safe_now="yes", who="self", custody="liberty").wait(180).wait(420).wait(1200)
    run.press("continue").skip_to("offer").press("send")


RUNS = (
    self_at_liberty, self_at_police, relative_of_someone_in_sizo_with_an_order, already_removed, at_the_border,
    taken_now, only_briefly, not_safe, update_from_home, another_person, change_from_review, language_change_midway,
    fallen_silent,
)  # fmt: skip


@pytest.mark.parametrize("play", RUNS, ids=lambda play: play.__name__)
def test_the_run_comes_out_as_before(kazakhstan: Questionnaire, play: Callable[[Talk], None]) -> None:
    run = Run(kazakhstan)
    play(run)
    file = GOLDEN / f"{play.__name__}.json"
    steps = json.loads(json.dumps(run.__dict__["steps"]))
    if os.environ.get("QORGAN_GOLDEN") == "write":
        lines = ",\n".join(json.dumps(step, ensure_ascii=False) for step in steps)
        file.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    assert steps == json.loads(file.read_text(encoding="utf-8"))


def test_every_run_kept_is_played() -> None:
    assert {file.stem for file in GOLDEN.glob("*.json")} == {play.__name__ for play in RUNS}
