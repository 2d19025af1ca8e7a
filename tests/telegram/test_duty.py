"""Who is on duty when, and whom a case calls: pure, for any hours, zones and days off."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake import ladder
from bot.intake.ladder import ALARMED, CLIMBED, DAY, HOUR, MINUTE, PACES, Rung
from bot.intake.rules import Urgency
from bot.store.records import Staff
from bot.telegram import duty
from bot.telegram.calling import called

START = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday, 14:00 in Almaty
AT = int(START.timestamp())
OFFICE = {"days": [0, 1, 2, 3, 4], "from": 9, "to": 18}
NIGHT = {"days": [0], "from": 22, "to": 6}


def member(number: int, role: str = "coordinator", language: str = "ru", **body: Any) -> Staff:
    known = {"role": role, "language": language, "name": str(number), "started": True, "reachable": True}
    return Staff(bytes([number]) * 16, number, known | body)


def head(urgency: Urgency = Urgency.CRITICAL, **changes: Any) -> dict[str, Any]:
    times = {"written": AT, ALARMED: AT, **changes.pop("times", {})}
    return {
        "urgency": int(urgency), "language": "ru", "state": "waiting", "holder": None, "rises": [], "reasons": [],
        "self": True, "place": {}, "times": times, **changes,
    }  # fmt: skip


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def on_duty(one: Staff, hours: float) -> bool:
    return duty.present(one, at(hours)) is not None


def test_who_has_set_nothing_is_always_there_and_speaks_the_language_of_their_screens() -> None:
    one = member(1, language="kk")
    assert all(on_duty(one, hours) for hours in range(0, 200, 7))
    assert ("kk",) == duty.speaks(one) and duty.begun(one, START) is None
    assert () == duty.speaks(member(1, language=""))


def test_hours_are_those_of_the_members_own_wall() -> None:
    """14:00 in Almaty is 10:00 in Berlin; the night's hours reach into the day after."""
    assert on_duty(member(1, shifts=[OFFICE]), 3.9) and not on_duty(member(1, shifts=[OFFICE]), 4)
    berlin = member(1, shifts=[OFFICE], zone="Europe/Berlin")
    assert on_duty(berlin, 7.9) and not on_duty(berlin, 8)
    night = member(1, shifts=[NIGHT])
    assert [False, True, True, False] == [on_duty(night, hours) for hours in (7.9, 8, 15.9, 16)]
    assert not on_duty(night, 32)  # Tuesday's evening
    assert on_duty(member(1, shifts=[OFFICE], zone="Mars/Olympus"), 3.9)


def test_a_day_off_takes_the_duties_that_begin_on_it() -> None:
    assert not on_duty(member(1, shifts=[NIGHT], off=["2026-03-02"]), 12)
    assert on_duty(member(1, shifts=[NIGHT], off=["2026-03-03"]), 15)
    assert not on_duty(member(1, off=["2026-03-02"]), 0) and on_duty(member(1, off=["2026-03-02"]), 10)


def test_a_duty_begins_where_the_one_before_does_not_end() -> None:
    one = member(1, shifts=[OFFICE, {"days": [0], "from": 18, "to": 22}])
    assert at(-5) == duty.begun(one, at(7))
    assert duty.begun(one, at(8)) is None
    assert duty.begun(member(1, shifts=[{"days": list(range(7)), "from": 0, "to": 0}]), START) is None
    assert at(-14) == duty.begun(member(1, shifts=[{"days": [0, 1, 2], "from": 0, "to": 24}]), at(50))


def test_cover_says_from_when_on_somebody_speaks_the_language() -> None:
    staff = [member(1, shifts=[OFFICE]), member(2, language="kk", shifts=[NIGHT]), member(3, "admin", "en")]
    assert duty.cover(staff, "ru", START).now
    assert (False, at(8)) == (duty.cover(staff, "kk", START).now, duty.cover(staff, "kk", START).since)
    assert (False, None) == (duty.cover(staff, "en", START).now, duty.cover(staff, "en", START).since)
    assert [(START, at(8)), (at(16), at(24))] == duty.gaps(staff, "kk", START, at(24))
    assert [(at(4), at(19))] == duty.gaps(staff, "ru", START, at(24))
    assert duty.cover([member(3, "admin", "en")], "en", START).now  # who are all there is


def test_who_did_not_answer_at_the_beginning_counts_as_away_until_they_do() -> None:
    roll = {"duty": int(at(-5).timestamp()), "at": AT, "answered": False}
    one = member(1, shifts=[OFFICE], roll=roll)
    assert duty.answers(one, START + timedelta(seconds=599)) and not duty.answers(one, START + timedelta(seconds=600))
    assert not duty.cover([one], "ru", at(1)).now and not duty.missing(one, at(19))  # on the day after
    assert duty.answers(member(1, shifts=[OFFICE], roll={**roll, "answered": True}), at(1))


STAFF = [
    member(1),
    member(2, language="kk", speaks=["kk", "ru"]),
    member(3, language="en"),
    member(4, shifts=[NIGHT]),
    member(5, "admin", "en"),
    member(6, "auditor"),
    member(7, removed=True),
    member(8, reachable=False),
]


def numbers(case: dict[str, Any], hours: float, staff: list[Staff] = STAFF) -> list[int]:
    return [one.user for one in called(staff, case, at(hours))]


def test_an_alert_climbs_from_who_speaks_the_language_to_all_and_to_the_administrators() -> None:
    minutes = [numbers(head(), minute / 60) for minute in (0, 9.9, 10, 19.9, 20, 600)]
    assert [[1, 2], [1, 2], [1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 3, 4, 5], [1, 2, 3, 4, 5]] == minutes
    hours = [numbers(head(Urgency.URGENT), hour) for hour in (0, 0.9, 1, 1.9, 2)]
    assert [[1, 2], [1, 2], [1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 3, 4, 5]] == hours


def test_an_empty_rung_is_passed_over_at_once() -> None:
    assert [1, 2, 3, 4] == numbers(head(language="ce"), 0)
    assert [5] == numbers(head(), 0, STAFF[4:])


def test_what_is_not_urgent_lets_who_is_off_duty_rest_but_not_for_ever() -> None:
    asleep = [member(4, shifts=[NIGHT]), member(5, "admin", shifts=[NIGHT])]
    soon = head(Urgency.SOON)
    assert [4] == numbers(head(), 0, asleep)
    assert [[], [4]] == [numbers(soon, hour, asleep) for hour in (0, 9)]
    assert [4] == numbers(soon, 12, asleep[:1]) == numbers(soon, 24 + 12, asleep[:1])
    assert [] == numbers(soon, 24 + 11, asleep[:1])


def test_a_step_is_taken_once_and_one_that_was_missed_is_not_made_up_for() -> None:
    case = ladder.climb(head(), AT)
    assert not ladder.due(case, AT + 10 * MINUTE - 1) and ladder.due(case, AT + 10 * MINUTE)
    late = ladder.climb(case, AT + 47 * MINUTE)
    assert not ladder.due(late, AT + 50 * MINUTE - 1) and ladder.due(late, AT + 50 * MINUTE)
    assert Rung.ADMINISTRATORS is ladder.rung(late, AT + 47 * MINUTE)
    assert ladder.due(ladder.anew(late), AT + 48 * MINUTE)


def test_a_case_let_go_climbs_anew_and_one_whose_holder_answers_does_not() -> None:
    case = ladder.climb(head(), AT)
    taken = {**case, "holder": "aa", "times": {**case["times"], "taken": AT + 60}}
    assert ALARMED not in ladder.stand(taken, AT + HOUR)["times"]
    again = ladder.stand({**taken, "holder": None}, AT + HOUR)
    assert (AT + HOUR, True) == (again["times"][ALARMED], ladder.due(again, AT + HOUR))
    assert again == ladder.stand(again, AT + 2 * HOUR)
    silent = {**taken, "times": {**taken["times"], ladder.UNANSWERED: AT + 2 * HOUR}}
    silent = ladder.stand(silent, AT + 2 * HOUR + 5)
    assert not ladder.due(silent, AT + 2 * HOUR + 5) and ladder.due(silent, AT + 2 * HOUR + 10 * MINUTE)


def test_a_clock_set_back_rings_once_and_then_as_ever() -> None:
    case = ladder.climb({**head(), "times": {"written": AT, ALARMED: AT, "taken": AT}}, AT)
    back = ladder.stand(case, AT - DAY)
    assert ladder.due(back, AT - DAY)
    back = ladder.climb(back, AT - DAY)
    assert back == ladder.stand(back, AT - DAY + MINUTE) and not ladder.due(back, AT - DAY + MINUTE)


def test_the_person_is_told_once_in_a_climb() -> None:
    told = {"times": {ladder.UNREACHED: AT + 30 * MINUTE}}
    assert [False, True] == [ladder.untold(head(), AT + 30 * MINUTE - late) for late in (1, 0)]
    assert not ladder.untold(head(**told), AT + HOUR)
    assert ladder.untold(head(times={ladder.UNREACHED: AT - 1}), AT + HOUR)
    assert [False, True] == [ladder.untold(head(Urgency.URGENT), AT + 2 * HOUR - late) for late in (1, 0)]
    assert not ladder.untold(head(Urgency.SOON), AT + 90 * DAY)
    assert not ladder.untold(head(holder="aa"), AT + HOUR) and not ladder.untold(head(state="closed"), AT + HOUR)


MOMENTS = (st.integers(-2 * HOUR, 90 * MINUTE) | st.integers(-20 * DAY, 2 * DAY)).map(lambda late: AT + late)
TIMES = st.sampled_from(["taken", ladder.UNANSWERED, ladder.UNREACHED, ALARMED, CLIMBED])
RISES = st.builds(lambda at, to: {"at": at, "urgency": to, "reason": "other"}, MOMENTS, st.sampled_from(Urgency))
HEADS = st.builds(
    lambda urgency, state, holder, times, rises: head(urgency, state=state, holder=holder, times=times, rises=rises),
    st.sampled_from(Urgency), st.sampled_from(["waiting", "taken", "closed"]), st.sampled_from([None, "aa"]),
    st.dictionaries(TIMES, MOMENTS), st.lists(RISES, max_size=2),
)  # fmt: skip


@given(HEADS, st.integers(0, 3 * HOUR) | st.integers(0, 20 * DAY))
def test_before_the_moment_that_is_foretold_there_is_nothing_to_do(case: dict[str, Any], later: int) -> None:
    """Whatever the head says, and wherever the clock was put: neither a step nor a rise nor a word to the person."""
    moments = [one for one in (ladder.coming(case, AT), ladder.telling(case, AT)) if one is not None]
    first = min(moments, default=AT + later + 1)
    for moment in {AT, AT + later, first - 1}:
        if AT <= moment < first and case["state"] != "closed":
            assert ladder.risen(case, moment) is None and ladder.stand(case, moment) == case
            assert not ladder.due(case, moment) and not ladder.untold(case, moment)


def test_the_next_step_of_a_case_is_the_next_moment_and_one_in_good_hands_has_none() -> None:
    case = ladder.climb(head(), AT)
    assert AT + 10 * MINUTE == ladder.coming(case, AT) and AT + 30 * MINUTE == ladder.telling(case, AT)
    assert ladder.coming(head(state="closed"), AT) is None
    held = {**case, "holder": "aa", "times": {"written": AT, "taken": AT}}
    assert ladder.coming(held, AT) is None is ladder.telling(held, AT)


HOURS = st.integers(0, 23)
SHIFTS = st.builds(
    lambda days, first, last: {"days": sorted(days), "from": first, "to": last},
    st.sets(st.integers(0, 6), min_size=1), HOURS, st.integers(1, 24),
)  # fmt: skip
MEMBERS = st.builds(
    lambda number, role, speaks, shifts, zone, off, reachable, started: member(
        number, role, "ru", speaks=speaks, shifts=shifts, zone=zone, off=off, reachable=reachable, started=started
    ),
    st.integers(1, 250), st.sampled_from(["coordinator", "coordinator", "admin", "auditor"]),
    st.lists(st.sampled_from(["ru", "kk", "en"]), unique=True), st.lists(SHIFTS, max_size=3),
    st.sampled_from(["Asia/Almaty", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"]),
    st.lists(st.dates(START.date(), START.date() + timedelta(days=9)).map(str), max_size=4),
    st.booleans(), st.booleans(),
)  # fmt: skip


@given(st.lists(MEMBERS, max_size=6), st.sampled_from(Urgency), st.integers(0, 40 * DAY), st.integers(0, 6 * DAY))
def test_whoever_does_duty_an_alert_reaches_all_who_can_be_reached_in_the_time_its_urgency_allows(
    staff: list[Staff], urgency: Urgency, past: int, more: int
) -> None:
    """Rungs only grow, nobody is called who is not to be, and it is never nobody for longer than the rest lasts."""
    case, pace = head(urgency, language="kk"), PACES[urgency]
    may = [one for one in staff if one.body["reachable"] and one.body["role"] != "auditor"]
    earlier = called(staff, case, START + timedelta(seconds=past))
    assert all(one in may for one in earlier)
    assert earlier or not may or ladder.rests(case, AT + past)
    later = ladder.rung(case, AT + past + more)
    assert ladder.rung(case, AT + past) <= later <= Rung.ADMINISTRATORS
    limit = {Urgency.CRITICAL: 20 * MINUTE, Urgency.URGENT: 2 * HOUR, Urgency.SOON: 72 * HOUR}.get(urgency, 10 * DAY)
    assert pace.administrators + (ladder.RESTS if urgency > Urgency.URGENT else 0) <= limit
    last = START + timedelta(seconds=limit)
    reached = called(staff, {**case, "times": {**case["times"], CLIMBED: AT}}, last)
    assert may == reached or ladder.rests(case, int(last.timestamp()))


@given(MEMBERS, st.integers(0, 7 * 24 * 4))
def test_gaps_and_duties_never_contradict_each_other(one: Staff, quarters: int) -> None:
    one = replace(one, body={**one.body, "reachable": True, "started": True, "role": "coordinator", "speaks": ["kk"]})
    moment = START + timedelta(minutes=15 * quarters)
    open_now = any(start <= moment < end for start, end in duty.gaps([one], "kk", START, moment + timedelta(days=2)))
    cover = duty.cover([one], "kk", moment)
    assert open_now is not cover.now and cover.now is (duty.present(one, moment) is not None)
    if cover.since is not None:
        assert duty.present(one, cover.since) is not None
        assert duty.present(one, cover.since - timedelta(minutes=1)) is None


@pytest.mark.parametrize("urgency", list(Urgency))
def test_after_the_last_rung_it_goes_on_again_and_again(urgency: Urgency) -> None:
    pace, case = PACES[urgency], head(urgency)
    rings, now = [], AT
    case = ladder.climb(case, now)
    while len(rings) < 5:
        now += MINUTE
        if ladder.due(case, now):
            case = ladder.climb(case, now)
            rings.append(now - AT)
    last = pace.administrators
    assert [pace.coordinators, last, last + pace.again, last + 2 * pace.again, last + 3 * pace.again] == rings
