"""What becomes of a letter, when the bot may bring it, and what the person sees of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.intake import hours, letters
from bot.intake.letters import KEPT, UNOPENED, Letter, Wait
from bot.intake.state import Pass, Pressed, Started, Wrote
from bot.intake.text import text
from tests.intake.talk import Talk, buttons

ALMATY = timezone(timedelta(hours=5))
LETTER = Letter("a1", "c1", 1000, "We are coming")


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 20, hour, minute, tzinfo=ALMATY)


def said(talk: Talk) -> str:
    return " ".join(str(dict(line.values).get("words", line.message)) for line in talk.screen.lines)


@pytest.fixture
def told(talk: Talk) -> Talk:
    """A person at home, to whom a letter has come."""
    talk.press("agree").answer(safe_now="yes", who="self", custody="liberty")
    talk.skip_to("offer").press("send")
    now = int(talk.now.timestamp())
    talk.state = replace(talk.state, letters=(replace(LETTER, at=now, told=now),))
    return talk.wait(1)


@pytest.mark.parametrize(
    ("chosen", "safe", "unsafe"),
    [
        ([], (8, 21), (22, 7)),
        (["never_call"], (8, 21), (22, 7)),
        (["evening"], (18, 21), (8, 17, 22)),
        (["night"], (22, 23, 0, 7), (8, 21)),
        (["day", "night"], (12, 17, 23, 3), (8, 11, 18, 21)),
    ],
)
def test_safe_hours_are_those_that_were_chosen(
    chosen: list[str], safe: tuple[int, ...], unsafe: tuple[int, ...]
) -> None:
    """From 8 to 22 where none were."""
    assert all(hours.within(chosen, at(hour, 59)) for hour in safe)
    assert not any(hours.within(chosen, at(hour, 59)) for hour in unsafe)


def test_the_next_safe_hours_are_full_ones_within_a_day() -> None:
    assert [at(18), at(19), at(20)] == hours.following(["evening"], at(14, 30), 3)
    assert [at(8) + timedelta(days=1)] == hours.following([], at(21, 5), 1)
    assert 4 == len(hours.following(["evening"], at(18, 30), 12))


def test_a_letter_is_told_once_nothing_is_in_the_way() -> None:
    waiting = letters.look(LETTER, Wait.HOURS, 2000)
    assert waiting == replace(LETTER, wait=Wait.HOURS)
    told = letters.look(waiting, Wait.NOT, 3000)
    assert told == replace(LETTER, told=3000)
    assert told == letters.look(told, Wait.NOT, 4000)


def test_the_line_of_one_that_was_told_stays_through_the_night() -> None:
    told = replace(LETTER, told=2000, sent=2001)
    assert told == letters.look(told, Wait.HOURS, 3000)


@pytest.mark.parametrize("wait", [Wait.LOCKED, Wait.UNSAFE, Wait.UNREACHABLE])
def test_what_comes_up_takes_it_back_and_destroys_what_was_read(wait: Wait) -> None:
    told = replace(LETTER, told=2000, sent=2001)
    assert replace(LETTER, wait=wait) == letters.look(told, wait, 3000)
    assert letters.look(replace(told, opened=2002), wait, 3000) is None


def test_it_goes_after_48_hours_read_or_not() -> None:
    for letter in (LETTER, replace(LETTER, told=1, sent=2, opened=3)):
        assert letters.look(letter, Wait.NOT, letter.at + KEPT - 1) is not None
        assert letters.look(letter, Wait.NOT, letter.at + KEPT) is None


def test_of_those_that_were_read_the_oldest_make_room() -> None:
    read = tuple(replace(LETTER, id=str(number), opened=1) for number in range(UNOPENED))
    assert ["1", "2", "a1"] == [one.id for one in letters.add(read, LETTER)]


def test_a_call_is_not_offered_to_whoever_must_never_be_called() -> None:
    assert "call" in letters.offered(0, ["day"])
    assert "call" not in letters.offered(0, ["day", "never_call"])
    assert ("channel", "channel") == (letters.offered(1, [])[0], letters.offered(2, [])[-1])


def test_length_is_counted_as_telegram_counts() -> None:
    assert not letters.too_long("ж" * 1000)
    assert letters.too_long("🕊" * 501)


def test_the_neutral_line_has_one_button_and_tells_nothing(told: Talk) -> None:
    assert "letter" == told.place
    assert ["show"] == buttons(told.screen)
    assert LETTER.words not in said(told)


def test_a_press_opens_it_and_it_closes_after_five_minutes_to_the_line(told: Talk) -> None:
    """Which opens again, until the person deletes it."""
    told.press("show")
    assert LETTER.words in said(told) and told.state.letters[0].opened
    told.wait(299)
    assert "reading" == told.place
    told.wait(1)
    assert "letter" == told.place and LETTER.words not in said(told)
    told.press("show").press("delete")
    assert "home" == told.place and told.state.letters == ()


def test_once_read_it_stands_in_the_way_of_nothing(told: Talk) -> None:
    told.press("show").press("continue")
    assert "home" == told.place
    told.wait(601)
    assert "letter" == told.place


def test_what_is_typed_under_an_open_letter_is_its_answer_even_a_number(told: Talk) -> None:
    told.press("show").feel(Wrote("1"))
    assert (Pass("1", reply=True),) == told.effects
    assert not told.screen.choices and text("Passed on.") == told.screen.notice
    told.feel(Wrote("x" * 501))
    assert told.effects == ()


def test_what_is_typed_at_the_line_is_asked_about_and_no_answer_to_a_question(talk: Talk) -> None:
    talk.press("agree").answer(safe_now="yes", who="self", custody="liberty")
    assert "where" == talk.place
    talk.state = replace(talk.state, letters=(replace(LETTER, told=1),))
    talk.wait(1).feel(Wrote("They are here"))
    assert "stray" == talk.place and "where" not in talk.state.chosen


def test_a_button_pressed_as_the_letter_came_still_counts(talk: Talk) -> None:
    talk.press("agree").answer(safe_now="yes", who="self", custody="liberty")
    talk.state = replace(talk.state, letters=(replace(LETTER, told=1),))
    talk.wait(1).feel(Pressed("where", "almaty"))
    assert ("almaty",) == talk.state.chosen["where"] and "letter" == talk.place


def test_start_and_clear_close_an_open_letter(told: Talk) -> None:
    told.press("show").feel(Started())
    assert "reading" != told.place
    told.feel(Pressed("reading", "-clear"))
    assert told.state.hidden and not told.state.reading


def test_letters_outlive_the_beginning_of_another_intake(told: Talk) -> None:
    told.press("show").press("continue").press("another")
    assert [LETTER.id] == [one.id for one in told.state.letters]


def test_times_are_shown_with_their_zone(told: Talk) -> None:
    told.press("show")
    moments = [value for line in told.screen.lines for name, value in line.values if name == "moment"]
    assert [UTC] == [moment.tzinfo for moment in moments if isinstance(moment, datetime)]
