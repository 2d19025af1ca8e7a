"""The conversation: from any state, by any way, a person gets home and loses nothing but by their own act."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.intake import conversation
from bot.intake.questionnaire import Questionnaire, read
from bot.intake.state import (
    Asked,
    Clear,
    Event,
    Opened,
    Pass,
    Phase,
    Pressed,
    Record,
    Silence,
    Started,
    State,
    Unreadable,
    Wrote,
)
from tests.intake.talk import BUILT_IN, START, Talk, buttons, through_json
from tests.intake.talks import consented, stage_one

_MENUS = ("hidden", "stray", "language", "erase", "more", "help")
_PLACES = (*BUILT_IN.questions, *(phase.value for phase in Phase), *_MENUS)
_CHOICES = (
    "-back", "-skip", "-done", "-clear", "-language", "-send", "taken", "agree", "no", "yes", "send", "go_on", "review",
    "update", "another", "urgent", "erase", "pass", "delete", "-title", "-other",
    "2026-03-25", "2026-03-25T14", "9999-12-31", "activist journalist",
    "0001-01-01", "20260325", "2026-03-25T99", "-month:2026-02", "-month:0001-01", "-month:0000-01", "-month:9999-12",
    "-hour:2026-03-25", "-hour:2026-03-25T05", "-hour:", "", "kk", *BUILT_IN.questions,
    *sorted({option.id for question in BUILT_IN.questions.values() for option in question.options}),
)  # fmt: skip
_WORDS = st.sampled_from(
    [
        "moving me!", "25.03", "вчера в 10", "екі күн бұрын", "next Friday", "ночью", "2-3 дня назад", "25.03.2026",
        "31.02", "31.12.9999", "1.1.1", "25.03 14:00", " ", "\u202e", "x" * 600,
    ]
) | st.text(max_size=20)
_FORGED = st.builds(Pressed, st.sampled_from(_PLACES), st.sampled_from(_CHOICES), st.sampled_from(["", "and more"]))
_OTHERS = st.sampled_from(
    [Started(), Asked("language"), Asked("clear"), Asked("?"), Unreadable("photo"), Opened(1_774_000_000)]
)
_SILENCE = st.tuples(st.just(Silence()), st.sampled_from([0, 59, 61, 181, 601, 1801, 90_000]))
_SHOWN = st.integers(0, 60)
"""A button of the screen shown, by number."""
_ACTS = st.lists(
    st.one_of(_SHOWN, _SHOWN, _SHOWN, _SHOWN, st.builds(Wrote, _WORDS), _FORGED, _OTHERS, _SILENCE), max_size=60
)


def act(talk: Talk, what: object) -> Pressed | None:
    """Carries one drawn act out; the press it was, where it was one."""
    if isinstance(what, tuple):
        talk.wait(what[1])
        return None
    if isinstance(what, int):
        shown = buttons(talk.screen)
        what = Pressed(talk.screen.place, shown[what % len(shown)])
    assert isinstance(what, Event)
    talk.feel(what)
    return what if isinstance(what, Pressed) else None


def finish(talk: Talk) -> None:
    """What a person who wants to be done presses, on what the screens offer."""
    ways = {
        "hidden": "continue", "stray": "delete", "consent": "agree", "declined": "again", "unsafe": "-clear",
        "taken": "almaty", "offer": "send", "review": "-send", "language": "ru", "more": "-back", "help": "-back",
        "erase": "-back",
    }  # fmt: skip
    for _ in range(120):
        if talk.place == "home":
            return
        shown = buttons(talk.screen)
        way = ways.get(talk.place)
        if way is None:
            way = "-skip" if "-skip" in shown else shown[0]
        assert way in shown, (talk.place, way, shown)
        talk.press(way)
    raise AssertionError(f"stranded at {talk.place}")


def check(talk: Talk) -> None:
    """What holds for every state."""
    screen = talk.screen
    assert screen.place == talk.place
    for choice in buttons(screen):
        assert len(f"{screen.place}={choice}".encode()) <= 64
    ids = [answer.question for answer in talk.state.answers]
    assert len(ids) == len(set(ids))
    if talk.state.hidden:
        assert buttons(screen) == ["continue"]
        assert len(screen.lines) == 1
    answering = talk.state.phase in (Phase.QUESTIONS, Phase.OFFER, Phase.REVIEW) and not talk.state.menu
    if talk.state.interrupted and answering:
        assert not {"-back", "review"} & set(buttons(screen))
        assert not any(choice.id in BUILT_IN.questions for choice in screen.choices if screen.place == "review")
    if talk.state.recorded and not talk.state.update and talk.state.phase is not Phase.HOME:
        assert {answer.question: answer for answer in talk.state.answers} == talk.recorded


@given(_ACTS)
@settings(max_examples=150)
def test_whatever_happens_a_person_can_get_home(acts: list[object]) -> None:
    talk = Talk(BUILT_IN)
    for what in acts:
        act(talk, what)
        check(talk)
    finish(talk)
    check(talk)


@given(_ACTS)
@settings(max_examples=150)
def test_an_accepted_answer_is_lost_only_by_the_persons_own_press(acts: list[object]) -> None:
    talk = Talk(BUILT_IN).press("agree")
    for what in acts:
        before = talk.state
        press = act(talk, what)
        after = {answer.question: answer for answer in talk.state.answers}
        lost = [answer for answer in before.answers if after.get(answer.question) != answer]
        if not lost:
            continue
        choice = press.choice if press is not None else ""
        if talk.state.phase is Phase.HOME and choice != "-back":  # it went into the case
            assert all(answer.question in talk.recorded for answer in lost)
            continue
        asked_again = {one.question for one in lost} == {"safe_now"} and before.phase is Phase.UNSAFE
        taken = choice == "taken" and {one.question for one in lost} == {"custody"}
        city = before.phase is Phase.TAKEN and {one.question for one in lost} == {"where"}
        assert before.changing or choice == "-back" or asked_again or taken or city, (what, lost)


@given(_ACTS)
@settings(max_examples=60)
def test_every_button_of_every_screen_shown_is_accepted(acts: list[object]) -> None:
    talk = Talk(BUILT_IN)
    for what in acts:
        act(talk, what)
    for choice in buttons(talk.screen):
        press = Pressed(talk.screen.place, choice)
        conversation.advance(BUILT_IN, talk.state, press, talk.now)


def test_a_repeated_press_answers_once(talk: Talk) -> None:
    talk.press("agree").press("yes")
    state = talk.state
    talk.feel(Pressed("safe_now", "no"))
    assert talk.state.answers == state.answers
    assert talk.place == "who"


def test_being_taken_records_at_the_first_press_and_clears_on_the_city(talk: Talk) -> None:
    talk.press("taken")
    assert [type(effect) for effect in talk.effects] == [Record]
    talk.press("oral")
    assert Clear() in talk.effects
    assert talk.place == "hidden"
    assert talk.recorded["where"].values == ("oral",)


def test_being_taken_a_typed_place_is_the_city(talk: Talk) -> None:
    talk.press("taken").feel(Wrote("Kokshetau, station 2"))
    assert talk.place == "hidden"
    assert talk.recorded["where"].text == "Kokshetau, station 2"


def test_being_taken_the_chat_is_cleared_after_a_minute(talk: Talk) -> None:
    talk.press("taken").wait(59)
    assert talk.place == "taken"
    talk.wait(1)
    assert talk.effects == (Clear(),)
    assert talk.place == "hidden"


def test_being_taken_after_everything_was_answered_strands_nobody(talk: Talk) -> None:
    talk.press("agree").answer(safe_now="yes", who="self", custody="police")
    talk.skip_to("offer").press("review").press("safe_now").press("no")
    assert talk.place == "unsafe"
    talk.press("taken").press("almaty").press("continue")
    assert [answer.question for answer in talk.state.answers].count("where") == 1
    finish(talk)


def test_not_safe_ends_in_a_cleared_chat_and_asks_again(talk: Talk) -> None:
    talk.press("agree").press("no")
    assert talk.place == "unsafe"
    talk.wait(61)
    assert talk.effects == (Clear(),)
    assert talk.press("continue").place == "safe_now"


def test_only_briefly_means_stage_one_only(kazakhstan: Questionnaire) -> None:
    talk = consented(kazakhstan).answer(
        safe_now="brief", who="self", custody="liberty", where="almaty", papers="none", event="none", contact="bot"
    )
    assert talk.place == "offer"
    assert "go_on" not in buttons(talk.screen)
    assert talk.press("go_on").place == "offer"
    assert talk.press("send").place == "home"


def test_silence_hides_after_ten_minutes_and_after_three_where_held(kazakhstan: Questionnaire) -> None:
    free = consented(kazakhstan).answer(safe_now="yes", who="self", custody="liberty")
    assert free.wait(599).place != "hidden"
    assert free.wait(1).place == "hidden"
    held = consented(kazakhstan).answer(safe_now="yes", who="self", custody="police")
    assert held.wait(180).place == "hidden"


def test_silence_of_half_an_hour_makes_an_unfinished_case_once_custody_is_known(kazakhstan: Questionnaire) -> None:
    talk = consented(kazakhstan).answer(safe_now="yes", who="self", custody="liberty").wait(1800)
    assert talk.state.recorded
    assert [effect.kind for effect in talk.effects if isinstance(effect, Record)] == ["unfinished"]
    assert not consented(kazakhstan).answer(safe_now="yes", who="self").wait(1800).state.recorded


def test_after_an_interruption_nothing_half_chosen_or_being_changed_is_shown(kazakhstan: Questionnaire) -> None:
    talk = consented(kazakhstan).answer(safe_now="yes", who="self", custody="liberty", where="almaty")
    talk.press("protocol").wait(600).press("continue")
    assert not any(choice.ticked for choice in talk.screen.choices)
    changed = stage_one(kazakhstan).press("review").press("papers").wait(600).press("continue")
    assert changed.place == "review"
    assert buttons(changed.screen) == ["-send", "-clear"]


def test_silence_before_the_first_question_interrupts_nothing(talk: Talk) -> None:
    talk.wait(700).press("continue").press("agree").press("yes")
    assert "-back" in buttons(talk.screen)


def test_a_change_drops_what_no_longer_applies_also_from_the_case(kazakhstan: Questionnaire) -> None:
    talk = consented(kazakhstan).answer(
        safe_now="yes", who="relative", custody="sizo", where="almaty", detained_since="today", papers="order"
    )
    talk.answer(date_order="few_days").skip_to("offer")
    assert "date_order" in talk.recorded
    talk.press("review").press("papers").press("order").press("none").press("-done")
    assert talk.place == "review"
    assert "date_order" not in talk.recorded
    assert talk.recorded["papers"].values == ("none",)


def test_who_turns_out_to_write_for_themselves_is_asked_anew_what_only_another_can_choose(
    kazakhstan: Questionnaire,
) -> None:
    talk = consented(kazakhstan).answer(safe_now="yes", who="relative", custody="removed")
    talk.skip_to("offer").press("review").press("who").press("self")
    assert talk.place == "custody"


def test_a_text_that_answers_nothing_is_passed_on_and_makes_a_case(kazakhstan: Questionnaire) -> None:
    talk = consented(kazakhstan).answer(safe_now="yes", who="self")
    talk.feel(Wrote("they are moving him!")).feel(Wrote("to the airport"))
    assert talk.place == "stray"
    talk.press("pass")
    assert talk.words == ("they are moving him!\nto the airport",)
    assert set(talk.recorded) == {"safe_now", "who"}
    assert talk.place == "custody"


def test_a_text_that_answers_nothing_can_be_deleted(kazakhstan: Questionnaire) -> None:
    talk = consented(kazakhstan).feel(Wrote("hello")).press("delete")
    assert talk.state.stray == ""
    assert not talk.effects


def test_words_behind_a_label_that_takes_none_are_offered_to_be_passed_on(kazakhstan: Questionnaire) -> None:
    talk = consented(kazakhstan).answer(safe_now="yes", who="self").press("liberty", "but they are at the door")
    assert talk.state.chosen["custody"] == ("liberty",)
    assert talk.place == "stray"
    assert talk.state.stray == "but they are at the door"


def test_words_behind_a_label_that_takes_them_are_kept_whole_or_refused(kazakhstan: Questionnaire) -> None:
    talk = consented(kazakhstan).answer(safe_now="yes", who="self", custody="sizo")
    assert talk.press("almaty", "x" * 201).place == "where"
    assert talk.screen.notice is not None
    assert talk.press("almaty", "LA-155/18").recorded["where"].text == "LA-155/18"


def test_a_text_of_a_question_has_its_limit(kazakhstan: Questionnaire) -> None:
    talk = consented(kazakhstan).answer(safe_now="yes", who="self", custody="sizo").skip_to("trusted")
    assert talk.feel(Wrote("x" * 201)).place == "trusted"
    assert talk.screen.notice is not None
    assert talk.feel(Wrote("x" * 200)).place != "trusted"


@pytest.mark.parametrize("kind", ["signal", "other"])
def test_a_contact_waits_for_its_text(kazakhstan: Questionnaire, kind: str) -> None:
    talk = consented(kazakhstan).answer(safe_now="yes", who="self", custody="liberty").skip_to("contact").press(kind)
    assert talk.place == "contact"
    assert talk.screen.choices == ()
    answer = talk.feel(Wrote("@somebody")).state.answers[-1]
    assert (answer.values, answer.text) == ((kind,), "@somebody")


def test_invisible_characters_never_reach_an_answer(kazakhstan: Questionnaire) -> None:
    talk = consented(kazakhstan).answer(safe_now="yes", who="self", custody="sizo")
    talk.feel(Wrote("a\u202eb\x00c\ud800"))
    assert talk.recorded["where"].text == "abc"


def test_an_answer_that_excludes_the_others_does(kazakhstan: Questionnaire) -> None:
    talk = consented(kazakhstan).answer(safe_now="yes", who="self", custody="liberty", where="almaty")
    assert talk.press("order").press("summons").press("none").state.partial == ("none",)
    assert talk.press("summons").state.partial == ("summons",)
    assert talk.press("summons").press("-done").place == "papers"


def test_start_in_a_foreign_hand_meets_the_neutral_line(kazakhstan: Questionnaire) -> None:
    talk = stage_one(kazakhstan).wait(600).press("continue").feel(Started())
    assert talk.place == "hidden"


def test_start_begins_again_where_consent_was_declined_or_it_was_not_safe(talk: Talk) -> None:
    assert talk.press("no").feel(Started()).place == "consent"
    assert talk.press("agree").press("no").feel(Started()).place == "safe_now"


def test_urgent_at_home_is_passed_on(kazakhstan: Questionnaire) -> None:
    talk = stage_one(kazakhstan).press("send").press("urgent")
    assert [type(effect).__name__ for effect in talk.effects] == ["Urgent"]
    assert talk.feel(Wrote("news")).press("pass").effects == (Pass("news", reply=True),)


def test_opened_is_shown_at_home(kazakhstan: Questionnaire) -> None:
    talk = stage_one(kazakhstan).press("send").opened()
    assert any("Opened" in line.message for line in talk.screen.lines)


def test_erase_leaves_nothing(kazakhstan: Questionnaire) -> None:
    talk = stage_one(kazakhstan).press("send").press("erase").press("yes")
    assert talk.entries == []
    assert talk.state == State("ru", touched=talk.state.touched)


def test_a_new_version_of_the_questionnaire_strands_nobody(kazakhstan: Questionnaire) -> None:
    one = {"id": "who", "kind": "choice", "title": "t", "self": "s", "options": [{"id": "self", "label": "l"}]}
    rule = {"id": "R1", "kind": "fallback", "urgency": "days", "reason": "other", "protects": "any path"}
    head = {"name": "small", "time_zone": "Asia/Almaty"}
    smaller = read({"questionnaire": head, "question": [one], "rule": [rule]})
    states = [
        stage_one(kazakhstan).press("review").press("papers").state,
        stage_one(kazakhstan).press("review").state,
        consented(kazakhstan).answer(safe_now="yes", who="self", custody="liberty").state,
        stage_one(kazakhstan).press("go_on").press("activist").state,
    ]
    for state in states:
        finish(Talk(smaller, through_json(state), START))


def test_several_choices_typed_at_once_are_ticked(kazakhstan: Questionnaire) -> None:
    talk = consented(kazakhstan).answer(safe_now="yes", who="self", custody="liberty", where="almaty")
    talk.press("order").press("protocol order summons")
    assert set(talk.state.partial) == {"protocol", "order", "summons"}
    assert talk.press("none protocol").state.partial == ("protocol",)


def test_a_wake_comes_at_each_moment_that_silence_means_something(kazakhstan: Questionnaire) -> None:
    talk = consented(kazakhstan).answer(safe_now="yes", who="self", custody="liberty")
    waits = []
    while (due := conversation.next_wake(kazakhstan, talk.state, talk.now)) is not None:
        waits.append(int(due.timestamp()) - talk.state.touched)
        talk.wait((due - talk.now).total_seconds())
    assert waits == [180, 600, 1800]
