"""What a screen shows: calendars, a true count, wordings, and nothing of the case behind the neutral line."""

from __future__ import annotations

import pytest

from bot.intake.questionnaire import Questionnaire
from bot.intake.state import Pressed, Screen, Wrote
from bot.intake.text import Text
from bot.intake.views import ERASED_AT_ONCE, ERASED_WITHIN_A_DAY
from tests.intake.talk import Talk, buttons


def count(screen: Screen) -> int | None:
    return next((line.count for line in screen.lines if line.plural), None)


def labels(screen: Screen) -> list[Text]:
    return [choice.label for choice in screen.choices]


def held(questionnaire: Questionnaire) -> Talk:
    talk = Talk(questionnaire).press("agree").answer(safe_now="yes", who="self", custody="sizo")
    return talk.answer(where="almaty")


def hearing(questionnaire: Questionnaire) -> Talk:
    talk = Talk(questionnaire).press("agree").answer(safe_now="yes", who="self", custody="liberty")
    return talk.answer(where="almaty", papers="none", event="hearing")


def test_consent_offers_the_languages_and_being_taken(talk: Talk) -> None:
    shown = buttons(talk.screen)
    assert {"agree", "taken", "more", "no", *(code for code in ("ru", "kk", "en"))} <= set(shown)


def test_every_screen_can_clear_the_chat(talk: Talk) -> None:
    for choice in ("more", "-back", "agree", "yes", "self", "liberty", "-skip", "-skip", "-skip", "-skip", "-language"):
        assert "-clear" in buttons(talk.screen)
        talk.press(choice)


@pytest.mark.parametrize("custody", ["liberty", "police", "border", "unknown"])
def test_the_count_of_questions_left_is_true(kazakhstan: Questionnaire, custody: str) -> None:
    talk = Talk(kazakhstan).press("agree").answer(safe_now="yes", who="self", custody=custody)
    left = count(talk.screen)
    presses = 0
    while talk.place != "offer":
        assert left is not None
        assert count(talk.screen) == left - presses
        talk.press("-skip")
        presses += 1
    assert presses == left
    talk.press("go_on")
    left, presses = count(talk.screen), 0
    while talk.place != "review":
        talk.press("-skip")
        presses += 1
    assert presses == left


def test_stage_one_for_someone_at_a_police_station_has_at_most_nine_questions(kazakhstan: Questionnaire) -> None:
    talk = Talk(kazakhstan).press("agree")
    answers = {"safe_now": "yes", "who": "self", "custody": "police", "papers": "none", "event": "none"}
    asked = 0
    while talk.place != "offer":
        talk.answer(**{talk.place: answers.get(talk.place, "-skip")})
        asked += 1
    assert asked <= 9


def test_a_past_calendar_offers_no_day_to_come(kazakhstan: Questionnaire) -> None:
    talk = held(kazakhstan).press("pick")
    assert [choice.id for choice in talk.screen.choices] == [f"2026-03-{day:02}" for day in range(1, 21)]
    assert "-month:2026-02" in buttons(talk.screen)
    assert "-month:2026-04" not in buttons(talk.screen)
    talk.press("-month:2026-02")
    assert len(talk.screen.choices) == 28
    assert "-month:2026-03" in buttons(talk.screen)
    assert talk.press("2026-02-28").recorded["detained_since"].values == ("2026-02-28",)


def test_a_coming_calendar_offers_no_day_that_is_over_and_then_the_hour(kazakhstan: Questionnaire) -> None:
    talk = hearing(kazakhstan).press("pick")
    assert [choice.id for choice in talk.screen.choices] == [f"-hour:2026-03-{day}" for day in range(20, 32)]
    assert "-month:2026-02" not in buttons(talk.screen)
    talk.press("-month:2026-04").press("-hour:2026-04-02")
    assert len(talk.screen.choices) == 24
    assert "2026-04-02" in buttons(talk.screen)
    assert talk.press("2026-04-02T09").state.chosen["event_date"] == ("2026-04-02T09",)


def test_the_calendars_today_is_the_day_in_almaty(kazakhstan: Questionnaire) -> None:
    talk = held(kazakhstan)
    talk.wait(13 * 3600).press("continue").press("pick")  # 20:00 UTC is 01:00 of the next day there
    assert talk.screen.choices[-1].id == "2026-03-21"


@pytest.mark.parametrize(
    "choice", ["-month:0001-01", "-month:0000-12", "-month:2026-13", "-month:9999-12", "-hour:2026-03-01", "20260301"]
)
def test_a_forged_page_of_the_calendar_changes_nothing(kazakhstan: Questionnaire, choice: str) -> None:
    talk = held(kazakhstan).press("pick")
    before = talk.screen
    assert talk.press(choice).screen == before


def test_a_calendar_closes_with_back(kazakhstan: Questionnaire) -> None:
    talk = held(kazakhstan)
    before = talk.screen
    assert talk.press("pick").press("-back").screen == before


def test_behind_the_neutral_line_stands_neither_question_nor_answer(kazakhstan: Questionnaire) -> None:
    every = [held(kazakhstan), hearing(kazakhstan), held(kazakhstan).press("pick"), Talk(kazakhstan).press("taken")]
    stray = held(kazakhstan)
    stray.state = stray.state.__class__.from_json({**stray.state.to_json(), "stray": "secret words"})
    neutral = {tuple(line.message for line in one.wait(900).screen.lines) for one in [*every, stray]}
    assert len(neutral) == 1


def test_the_review_shows_titles_and_no_answer(kazakhstan: Questionnaire) -> None:
    talk = held(kazakhstan).skip_to("offer").press("review")
    titles = {question.title for question in kazakhstan.questions.values()}
    assert {label.message for label in labels(talk.screen)} <= titles
    assert not any(choice.ticked for choice in talk.screen.choices)


def test_who_writes_for_another_is_asked_about_the_person(kazakhstan: Questionnaire) -> None:
    own = Talk(kazakhstan).press("agree").answer(safe_now="yes", who="self")
    other = Talk(kazakhstan).press("agree").answer(safe_now="yes", who="friend")
    assert own.screen.lines[0].message == "What is your situation now?"
    assert other.screen.lines[0].message == "What is the person's situation now?"
    assert {"no_contact", "removed"} <= set(buttons(other.screen))
    assert not {"no_contact", "removed"} & set(buttons(own.screen))
    assert own.press("removed").place == "custody"


@pytest.mark.parametrize(("who", "whose"), [("self", "you"), ("relative", "the person"), ("lawyer", "the person")])
def test_what_is_asked_after_sending_is_about_whom_it_was_sent_for(
    kazakhstan: Questionnaire, who: str, whose: str
) -> None:
    """Also a second time, and until another person is asked about."""
    talk = Talk(kazakhstan).press("agree").answer(safe_now="yes", who=who, custody="liberty")
    talk.skip_to("offer").press("send")
    for _ in range(2):
        asked = talk.press("update").screen.lines[0].message
        assert f"{whose} been given" in asked.replace("have ", "").replace("has ", "")
        talk.skip_to("home")
    assert "Who needs help?" == talk.press("another").answer(safe_now="yes").screen.lines[0].message


def test_language_is_chosen_on_any_screen_and_leads_back(kazakhstan: Questionnaire) -> None:
    talk = hearing(kazakhstan).press("pick")
    before = talk.state.answers
    talk.press("-language").press("kk")
    assert talk.state.language == "kk"
    assert (talk.place, talk.state.answers) == ("event_date", before)


def test_a_press_of_another_screen_shows_the_present_one_again(kazakhstan: Questionnaire) -> None:
    talk = hearing(kazakhstan)
    before = talk.screen
    assert talk.feel(Pressed("custody", "police")).screen == before


def erasing(talk: Talk) -> tuple[bool, bool]:
    """What the screen says before the press: at once, within a day."""
    lines = talk.press("erase").screen.lines
    return ERASED_AT_ONCE in lines, ERASED_WITHIN_A_DAY in lines


def test_erasing_what_was_sent_before_any_alert_says_at_once(kazakhstan: Questionnaire) -> None:
    talk = Talk(kazakhstan).press("agree").answer(safe_now="yes", who="self", custody="liberty")
    talk.skip_to("offer").press("send")
    assert (True, False) == erasing(talk)


def test_erasing_what_an_early_alert_told_of_says_within_a_day(kazakhstan: Questionnaire) -> None:
    """The same for being taken, for an intake that fell silent and for words passed on before sending."""
    unfinished = Talk(kazakhstan).press("agree").answer(safe_now="yes", who="self", custody="liberty").wait(1900)
    taken = Talk(kazakhstan).press("taken").press("almaty")
    stray = Talk(kazakhstan).press("agree").answer(safe_now="yes", who="self", custody="liberty")
    stray.feel(Wrote("they came")).press("pass")
    taken.press("continue").answer(safe_now="yes", who="self")
    for talk in (held(kazakhstan), unfinished.press("continue"), taken, stray):
        talk.skip_to("offer").press("send")
        assert (False, True) == erasing(talk)


def test_one_early_alert_speaks_for_every_case_of_the_chat(kazakhstan: Questionnaire) -> None:
    talk = held(kazakhstan).skip_to("offer").press("send").press("another")
    talk.answer(safe_now="yes", who="friend", custody="liberty").skip_to("offer").press("send")
    assert (False, True) == erasing(talk)
