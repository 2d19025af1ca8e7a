"""What a coordinator reads, and that an entry holds whatever can be typed."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from bot.intake.answers import Answer
from bot.intake.questionnaire import LONGEST_NOTE, LONGEST_WORDS, Questionnaire
from bot.intake.state import Wrote
from bot.intake.summary import head, latest, summarise
from bot.intake.text import text
from bot.intake.triage import assess
from tests.intake.talk import START, Talk

AT = int(START.timestamp())


def entry(*answers: Answer, removed: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"answers": [answer.to_json() for answer in answers], "removed": list(removed)}


def test_the_newest_answer_stands_and_what_was_removed_does_not() -> None:
    first = entry(Answer("who", ("self",), "", AT), Answer("where", ("oral",), "", AT))
    second = entry(Answer("where", (), "near the station", AT), removed=("who",))
    answers, words = latest([first, {"words": "one"}, second, {"words": "two"}])
    assert answers == (Answer("where", (), "near the station", AT),)
    assert words == ("one", "two")


def test_a_removed_answer_that_is_given_again_stands() -> None:
    again = Answer("who", ("friend",), "", AT)
    assert latest([entry(Answer("who", ("self",))), entry(removed=("who",)), entry(again)])[0] == (again,)


def test_answers_come_in_the_questionnaires_order_with_their_words(kazakhstan: Questionnaire) -> None:
    place, who = Answer("where", ("almaty",), "LA-155/18", AT), Answer("who", ("relative",), "", AT)
    given = entry(place, who, Answer("contact", (), "", AT))
    lines = summarise(kazakhstan, [given, {"words": "they move him"}])
    assert [line.title.message for line in lines] == ["Who writes", "Place", "Passed on", "Skipped"]
    assert lines[1].words == "LA-155/18"
    assert lines[2].words == "they move him"
    assert [value.message for value in lines[3].values] == ["How to reach"]


def test_a_coarse_date_says_when_it_was_answered_and_a_written_one_its_day(kazakhstan: Questionnaire) -> None:
    coarse, written, hour = (
        summarise(kazakhstan, [entry(Answer(question, (value,), "", AT))])[0].values
        for question, value in [
            ("detained_since", "few_days"), ("detained_since", "2026-03-18"), ("event_date", "2026-03-25T14"),
        ]
    )  # fmt: skip
    assert [value.message for value in coarse] == ["2–3 days ago", "answered: {moment}"]
    assert written == (text("{day}", day=date(2026, 3, 18)),)
    assert hour == (text("{moment}", moment=datetime(2026, 3, 25, 14, tzinfo=kazakhstan.zone)),)


@pytest.mark.parametrize("filling", ["\N{PISTOL}", '"', "\\", "\n", "қ"])
def test_an_entry_holds_every_answer_at_its_longest(kazakhstan: Questionnaire, filling: str) -> None:
    answers = [
        Answer(question.id, tuple(option.id for option in question.options), filling * question.limit, AT)
        for question in kazakhstan.questions.values()
    ]
    body = {**entry(*answers), "at": AT}
    words = {"words": filling * LONGEST_WORDS, "at": AT}
    note = {"note": filling * LONGEST_NOTE, "at": AT}
    for one in (body, words, note):
        plain = json.dumps(one, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        assert len(plain) <= kazakhstan.entry_size - 4


def test_words_passed_on_are_read_by_the_coordinator(talk: Talk) -> None:
    talk.press("agree").answer(safe_now="yes", who="self").feel(Wrote("they came")).press("pass")
    lines = summarise(talk.questionnaire, talk.entries)
    assert [line.words for line in lines if line.words] == ["they came"]


def test_what_comes_after_sending_stands_beside_what_was_sent(kazakhstan: Questionnaire) -> None:
    """A new paper does not undo an old one, and one taken back again is gone."""
    sent = {"answers": [Answer("papers", ("order",)).to_json()], "removed": []}
    new = {"answers": [Answer("papers", ("summons",)).to_json()], "removed": [], "later": True}
    lines = summarise(kazakhstan, [sent, new])
    assert [(text("Prosecutor's order to extradite"),), (text("Summons"),)] == [line.values for line in lines]
    taken_back = {"answers": [], "removed": ["papers"], "later": True}
    lines = summarise(kazakhstan, [sent, new, taken_back])
    assert [(text("Prosecutor's order to extradite"),)] == [line.values for line in lines]


def test_a_case_that_began_before_it_was_sent_says_so_for_good(kazakhstan: Questionnaire) -> None:
    judged = assess(kazakhstan, (), START)

    def through(*kinds: str) -> list[str]:
        made: dict[str, Any] | None = None
        for kind in kinds:
            made = head(made, (), judged, code="ABCDEF", language="ru", kind=kind, now=START)
        assert made is not None
        flags: list[str] = made["flags"]
        return flags

    for begun in ("early", "unfinished"):
        assert "early" in through(begun, "early", "sent", "update")
    assert "early" not in through("sent", "update")


def test_each_act_of_the_person_on_the_case_is_contact(kazakhstan: Questionnaire) -> None:
    judged = assess(kazakhstan, (), START)
    first = head(None, (), judged, code="ABCDEF", language="ru", kind="sent", now=START)
    later = head(first, (), judged, code="ABCDEF", language="ru", kind="update", now=START + timedelta(days=9))
    assert 9 * 24 * 3600 == later["times"]["contact"] - first["times"]["contact"]


def test_what_the_coordinator_told_stands_beside_the_person_s_word_and_each_takes_back_their_own(
    kazakhstan: Questionnaire,
) -> None:
    """In the order in which it was told; a note with its time."""
    papers = [Answer("papers", (one,), "", AT + n) for n, one in enumerate(("order", "summons"))]
    theirs, ours = ({"answers": [one.to_json()], "removed": [], "later": True} for one in papers)
    taken_back = {"answers": [], "removed": ["papers"], "later": True}
    note = {"note": "spoke to the brother", "at": AT}
    lines = summarise(kazakhstan, [{**ours, "by": "coordinator"}, theirs, note])
    said = ["New: {title}", "From the coordinator: {title}", "Note, {moment}"]
    assert said == [line.title.message for line in lines]
    assert "spoke to the brother" == lines[2].words and ("moment", START) in lines[2].title.values
    lines = summarise(kazakhstan, [{**ours, "by": "coordinator"}, theirs, taken_back])
    assert said[1:2] == [line.title.message for line in lines]


def told(kazakhstan: Questionnaire, old: dict[str, Any] | None, kind: str, **answers: str) -> dict[str, Any]:
    given = [Answer(question, (value,), "", AT) for question, value in answers.items()]
    judged = assess(kazakhstan, given, START)
    return head(old, given, judged, code="ABCDEF", language="ru", kind=kind, now=START)


def days(made: dict[str, Any]) -> dict[str, int]:
    return {one["clock"]: one["starts"] or one["ends"] for one in made["deadlines"]}


def test_a_day_that_moves_takes_its_rises_with_it_and_no_others(kazakhstan: Questionnaire) -> None:
    """Urgency stays as it was; a day that is not known takes the place of none."""
    first = told(kazakhstan, None, "sent", custody="liberty", event="hearing", event_date="2026-03-25T14")
    ruled = told(kazakhstan, first, "update", papers="expulsion", leave_by="2026-04-05")
    leave = [one for one in ruled["rises"] if one["clock"] == "leave-by"]
    moved = told(kazakhstan, ruled, "change", event="hearing", event_date="2026-05-04T10")
    day = int(datetime(2026, 5, 4, 10, tzinfo=kazakhstan.zone).timestamp())
    assert (day, days(ruled)["leave-by"]) == (days(moved)["hearing"], days(moved)["leave-by"])
    hearing = [one["at"] for one in moved["rises"] if one["clock"] == "hearing"]
    assert leave and leave == [one for one in moved["rises"] if one["clock"] == "leave-by"]
    assert [day - left * 3600 for left in (240, 72, 24)] == hearing
    assert ruled["urgency"] == moved["urgency"]
    unknown = told(kazakhstan, moved, "change", event="hearing", event_date="unknown")
    assert days(moved) == days(unknown) and moved["rises"] == unknown["rises"] and 0 == unknown["urgency"]


def test_only_a_coordinator_s_word_ends_what_runs_before_its_day(kazakhstan: Questionnaire) -> None:
    """Whoever holds the person's phone can't make the bot forget a hearing."""
    first = told(kazakhstan, None, "sent", custody="sizo", detained_since="today", event="hearing",
                 event_date="2026-03-25T14")  # fmt: skip
    assert {"X3", "hearing"} == set(days(first))
    assert {"X3", "hearing"} == set(days(told(kazakhstan, first, "update", event="none")))
    off = told(kazakhstan, first, "change", event="none")
    assert ({"X3"}, first["urgency"]) == (set(days(off)), off["urgency"])
    assert {"X3", "hearing"} == set(days(told(kazakhstan, first, "change", event="trip")))
    assert {"hearing"} == set(days(told(kazakhstan, first, "change", custody="liberty")))
