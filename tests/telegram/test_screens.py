"""What a typed text means on a screen: a label, a number, a word that people write instead, several of them."""

from __future__ import annotations

import pytest

from bot import languages
from bot.intake import conversation
from bot.intake.questionnaire import load
from bot.intake.state import Choice, Phase, Pressed, Screen, State
from bot.intake.text import text
from bot.telegram import screens
from tests.intake.talk import START

LANGUAGES = languages.load()
ASKED = load()


def choice(screen: Screen, words: str) -> str | None:
    named = screens.typed(screen, words, LANGUAGES)
    return named.choice if named else None


def page(mark: str) -> Screen:
    """A calendar page of a coming hearing."""
    state = State("ru", Phase.QUESTIONS, changing="event_date", partial=(mark,))
    return conversation.view(ASKED, state, START)


def test_a_number_on_a_calendar_is_the_day_or_hour_that_it_names_and_no_other() -> None:
    """On 20 March the fifth day that can be chosen is the 24th: "5" must not be it."""
    month, hours = page("month:2026-03"), page("hour:2026-03-25")
    assert choice(month, "25") == "-hour:2026-03-25"
    assert choice(month, "5") is None
    assert choice(hours, "14") == choice(hours, "14:00") == "2026-03-25T14"
    assert choice(hours, "9") == "2026-03-25T09"
    assert choice(hours, "24") is None


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("1 3", "a c"), ("1,3", "a c"), ("1.3", "a c"), ("3, 2 1", "c b a"), ("да, нет", "a b"), ("2", "b"),
        ("1 и 3", "a c"), ("1, 2 және 3", "a b c"), ("Да и нет", "a b"), ("1 and 3", "a c"),
        ("1 и", None), ("1и3", None),
        ("1 4", None), ("1 кот", None), ("готово", "-done"), ("пропуск", "-skip"), ("обратно", "-back"),
    ],
)  # fmt: skip
def test_several_are_typed_where_several_may_be_chosen(words: str, wanted: str | None) -> None:
    many = Screen(
        "q",
        (text("Health"),),
        (Choice("a", text("Yes")), Choice("b", text("No")), Choice("c", text("Skip"))),
        ((Choice("-done", text("Done")), Choice("-skip", text("Skip")), Choice("-back", text("Back"))),),
    )
    one = Screen("q", many.lines, many.choices)
    assert choice(many, words) == (wanted if wanted != "-skip" else "c")
    assert choice(one, "1 3") is None


@pytest.mark.parametrize(
    ("label", "written"),
    [
        ("Yes", "да иә ия yes ага yeah ДА! Иа"), ("No", "нет жоқ жок no неа"), ("I agree", "согласна келисемин agree"),
        ("Skip", "пропустить дальше skip өткізу"), ("Back", "назад артқа артка back обратно"),
        ("Clear chat", "очистить тазалау clear"), ("Done", "готово дайын done"),
        ("No, another day", "нет жоқ no другой басқа"), ("I don't know", "неизвестно білмеймін белгисиз dunno"),
    ],
)  # fmt: skip
def test_a_button_is_pressed_by_what_people_write_instead(label: str, written: str) -> None:
    screen = Screen("q", (text("Health"),), (), ((Choice("it", text(label)),),))
    assert {words: screens.typed(screen, words, LANGUAGES) for words in written.split()} == dict.fromkeys(
        written.split(), Pressed("q", "it")
    )


def test_no_two_choices_of_a_question_look_alike_however_they_are_typed() -> None:
    for question in ASKED.questions.values():
        for language in LANGUAGES.values():
            for only in ("self", "another"):
                labels = [
                    language.say(text(one.another if only == "another" and one.another else one.label))
                    for one in question.options
                    if one.only in (None, only)
                ]
                assert len({screens.fold(label) for label in labels}) == len(labels), question.id
