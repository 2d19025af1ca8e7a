"""Days and hours in a person's own words, as the conversation takes them; test_dates.py says what they mean."""

from __future__ import annotations

import pytest

from bot.intake import conversation
from bot.intake.questionnaire import Questionnaire
from bot.intake.state import (
    Pressed,
    Wrote,
)
from bot.intake.text import text
from tests.intake.talk import LANGUAGES, Talk, buttons
from tests.intake.talks import consented


def held(questionnaire: Questionnaire) -> Talk:
    """Asked since when."""
    return consented(questionnaire).answer(safe_now="yes", who="self", custody="sizo", where="almaty")


def heard(questionnaire: Questionnaire) -> Talk:
    """Asked when the hearing will be."""
    talk = consented(questionnaire).answer(safe_now="yes", who="self", custody="liberty", where="almaty", papers="none")
    return talk.answer(event="hearing")


def said(talk: Talk) -> str:
    return " / ".join(LANGUAGES["en"].say(line) for line in talk.screen.lines)


@pytest.mark.parametrize(("words", "value"), [("15.03.2026", "2026-03-15"), ("2026-03-15 14:00", "2026-03-15")])
def test_a_full_date_in_figures_counts_at_once(kazakhstan: Questionnaire, words: str, value: str) -> None:
    assert held(kazakhstan).feel(Wrote(words)).recorded["detained_since"].values == (value,)


def test_a_day_in_ones_own_words_counts_only_when_it_is_confirmed(kazakhstan: Questionnaire) -> None:
    talk = heard(kazakhstan).feel(Wrote("ертең сағат 10-да"))
    assert "Saturday, March 21, 2026, 10:00: is that right?" in said(talk)
    assert "event_date" not in talk.recorded
    assert "event_date" not in talk.state.chosen
    assert talk.press("2026-03-21T10").state.chosen["event_date"] == ("2026-03-21T10",)


def test_a_day_that_was_read_wrong_is_written_again_or_taken_back(kazakhstan: Questionnaire) -> None:
    talk = heard(kazakhstan).feel(Wrote("25.03")).feel(Wrote("26.03"))
    assert "Thursday, March 26, 2026: is that right?" in said(talk)
    again = heard(kazakhstan).feel(Wrote("25.03"))
    for way in ("-other", "-back"):
        shown = conversation.advance(kazakhstan, again.state, Pressed("event_date", way), again.now)
        assert shown[0].partial == ()
        assert "event_date" not in shown[0].chosen
        assert "pick" in buttons(shown[1])


def test_a_day_not_yet_confirmed_is_gone_behind_the_neutral_line(kazakhstan: Questionnaire) -> None:
    talk = heard(kazakhstan).feel(Wrote("25.03")).wait(601)
    assert talk.state.hidden
    assert "25" not in said(talk)
    talk.press("continue")
    assert talk.place == "event_date"
    assert "25" not in said(talk)
    assert "event_date" not in talk.state.chosen


def test_two_days_as_likely_are_both_offered(kazakhstan: Questionnaire) -> None:
    talk = held(kazakhstan).feel(Wrote("в прошлый понедельник"))
    assert buttons(talk.screen)[:3] == ["2026-03-09", "2026-03-16", "-other"]
    assert talk.press("2026-03-09").recorded["detained_since"].values == ("2026-03-09",)


def test_a_span_that_a_button_has_is_that_button(kazakhstan: Questionnaire) -> None:
    talk = held(kazakhstan).feel(Wrote("2 или 3 дня назад"))
    assert "2–3 days ago: is that right?" in said(talk)
    assert talk.press("few_days").recorded["detained_since"].values == ("few_days",)


@pytest.mark.parametrize("words", ["31.02", "31.02.2026", "1.13", "31.12.9999", "25.03 24:00", "скоро", "5", "мая"])
def test_a_day_that_is_none_is_asked_again_with_examples(kazakhstan: Questionnaire, words: str) -> None:
    talk = heard(kazakhstan).feel(Wrote(words))
    assert talk.place == "event_date"
    assert "event_date" not in talk.state.chosen
    assert talk.screen.notice is not None
    assert "on Monday" in LANGUAGES["en"].say(talk.screen.notice)


def test_words_that_are_more_than_a_day_are_never_taken_for_one(kazakhstan: Questionnaire) -> None:
    """They are offered to be passed on; how a day can be written stands beside."""
    talk = heard(kazakhstan).feel(Wrote("завтра увозят"))
    assert talk.place == "stray"
    assert talk.state.stray == "завтра увозят"
    assert "You can also write the day" in said(talk)


@pytest.mark.parametrize("words", ["25.03.2026", "завтра", "in 2 days"])
def test_a_day_on_the_wrong_side_of_today_is_told_so(kazakhstan: Questionnaire, words: str) -> None:
    talk = held(kazakhstan).feel(Wrote(words))
    assert talk.place == "detained_since"
    assert talk.screen.notice == text("That day has not come yet. Please choose again.")


def test_an_hour_behind_a_days_label_belongs_to_it(kazakhstan: Questionnaire) -> None:
    talk = heard(kazakhstan).press("tomorrow", "в 10 утра")
    assert "Saturday, March 21, 2026, 10:00" in said(talk)
    other = heard(kazakhstan).press("tomorrow", "его увозят")
    assert (other.state.chosen["event_date"], other.state.stray) == (("tomorrow",), "его увозят")


def test_an_hour_written_on_the_page_of_hours_is_of_that_day(kazakhstan: Questionnaire) -> None:
    talk = heard(kazakhstan).press("pick").press("-hour:2026-03-25").feel(Wrote("9:30"))
    assert talk.state.chosen["event_date"] == ("2026-03-25T09",)
