"""Alerts climb and rise by the clock: the real store and the real round, with a clock that is put forward."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import speaking
from bot.intake import questionnaire, summary, triage
from bot.intake.answers import Answer
from bot.intake.ladder import DAY, HOUR, MINUTE, UNANSWERED
from bot.intake.rules import Urgency
from bot.store.audit import SHELL
from bot.store.records import Case, Outgoing, Slot, Staff
from bot.store.store import Store
from bot.store.work import Work
from bot.telegram import casework, climbing, queue, table
from bot.telegram.casework import announce
from bot.telegram.climbing import Watch
from bot.telegram.desk import Desk, House
from bot.telegram.table import TABLE
from bot.telegram.updates import Pressed
from bot.vault import CasePublic
from bot.vault.hybrid import PrivateKey, new_seed
from tests.blank import blank
from tests.intake import rising
from tests.store.shelf import START, Clock, Place

ASKED = questionnaire.load()
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ"
FREE = {"custody": "liberty"}


def member(number: int, role: str = "coordinator", language: str = "ru", **body: Any) -> Staff:
    known = {"role": role, "language": language, "name": f"N{number}", "started": True, "reachable": True}
    return Staff(bytes([number]) * 16, number, known | body)


class House200:
    """A house and its store. What is to be sent is taken off the outbox at once, as if Telegram took everything."""

    def __init__(self, place: Place, store: Store, staff: list[Staff], **changes: Any) -> None:
        self.clock: Clock = place.clock
        self._store = store
        self.house = House(*speaking.load(), actions=TABLE, **changes)
        self.rang: dict[int, list[tuple[str, str]]] = {}  # by chat: case and text of what was sent anew
        self._turns = 0
        self.watch = Watch()
        store.write_now(lambda work: work.save_staff(staff))

    def do(self, act: Any) -> Any:
        """One transaction at a desk; then everything it has put out is carried out."""

        def acted(work: Work) -> Any:
            desk = Desk(self.house, work, work.staff(), {})
            result = act(desk)
            desk.save()
            self._carry(work, desk.rows)
            return result

        return self._store.write_now(acted)

    def _carry(self, work: Work, rows: list[Outgoing]) -> None:
        gone, kept = [], []
        for row in {row.id: row for row in rows}.values():
            if row.not_before > int(work.now.timestamp()):
                continue
            slot = bytes.fromhex(row.body["slot"]) if "slot" in row.body else b""
            if row.body["do"] == "remove":
                gone.append(slot)
            elif row.body["do"] == "show":
                known = work.load_slots([slot]).get(slot)
                if known is None or not known.body.get("message") or row.body.get("anew"):
                    self.rang.setdefault(row.body["chat"], []).append((row.body["case"] or "", row.body["text"]))
                case = bytes.fromhex(row.body["case"]) if row.body["case"] else None
                body = {**(known.body if known else {"chat": row.body["chat"]}), "message": 1, "sent": 1}
                kept.append(Slot(slot, known.case if known else case, body))
        work.save_slots(kept)
        work.drop_slots(gone)
        work.remove_outgoing([row.id for row in rows])

    def round(self) -> dict[bytes, dict[str, Any]]:
        """What the house does by itself every few seconds; the heads after it."""

        def acts(desk: Desk) -> list[Case]:
            self.watch.look(desk)
            queue.tell(desk)
            return desk.work.all_cases()

        return {case.id: case.head for case in self.do(acts)}

    def comes(self, number: int, **answers: str) -> bytes:
        """A new case with these answers, as a person's sending makes it."""
        at = int(self.clock().timestamp())
        given = tuple(Answer(name, tuple(value.split()), "", at) for name, value in answers.items())
        found = triage.assess(ASKED, given, self.clock())
        code = "".join(ALPHABET[number // 24**place % 24] for place in range(6))
        head = summary.head(None, given, found, code=code, language="ru", kind="sent", now=self.clock())
        case = Case(number.to_bytes(16, "big"), None, head)

        def begins(desk: Desk) -> None:
            desk.work.add_case(case)
            announce(desk, case, None)

        self.do(begins)
        return case.id

    def head(self, case: bytes) -> dict[str, Any]:
        found: Case = self.do(lambda desk: desk.work.load_cases([case])[case])
        return found.head

    def presses(self, number: int, data: str) -> None:
        self._turns += 1
        update = Pressed(self._turns, number, 1, "query", data, "en", "N")
        self.do(lambda desk: table.dispatch(desk, next(one for one in desk.staff if one.user == number), update))

    def takes(self, number: int, case: bytes) -> None:
        self.presses(number, f"take={case.hex()}")

    def heard(self, case: bytes) -> set[int]:
        """Whom anything on this case has reached anew since it was asked last."""
        found = {chat for chat, rang in self.rang.items() if any(about == case.hex() for about, _ in rang)}
        self.rang.clear()
        return found


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, url=blank(tmp_path / "qorgan.db"))


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    with place.open() as opened:
        yield opened


TRIO = [member(1), member(2, language="kk"), member(3, "admin", "en")]


# By the clock alone ------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", rising.DATED)
def test_urgency_raised_by_the_clock_alone_brings_a_new_alert_that_climbs_anew(
    rule: str, place: Place, store: Store
) -> None:
    """Nobody has answered since long, or somebody holds the case: either way phones ring when it rises, not before.

    A rule of which the search knows no example never raises by the clock: tests/intake/test_rising.py."""
    rise = rising.example(rule)
    if rise is None:
        return
    answers = {answer.question: " ".join(answer.values) for answer in rise.answers}
    after = rise.after.urgency
    house = House200(place, store, TRIO)
    case, held = house.comes(1, **answers), house.comes(2, **answers)
    house.takes(2, held)
    moment = next(one["at"] for one in house.head(case)["rises"] if one["urgency"] == after)
    assert moment == int(rise.at.timestamp())
    house.clock.now = rise.at - timedelta(seconds=60)
    house.round()
    assert house.head(case)["urgency"] > after
    house.rang.clear()
    house.clock.now = rise.at
    house.round()
    head = house.head(case)
    assert (after, moment) == (head["urgency"], head["times"]["alarmed"])
    assert all(rise["at"] > moment for rise in head["rises"])
    rang = dict(house.rang)
    assert {1} == {chat for chat in rang if any(about == case.hex() for about, _ in rang[chat])}
    assert {2} == house.heard(held)
    assert (after <= Urgency.URGENT) is (UNANSWERED in house.head(held)["times"])
    if after is Urgency.CRITICAL:
        house.clock.now += timedelta(minutes=10)
        house.round()
        assert {1, 2} <= house.heard(case)
        house.clock.now += timedelta(minutes=10)
        house.round()
        assert {1, 2, 3} == house.heard(case)


# Cases that somebody holds -----------------------------------------------------------------------------


@pytest.mark.parametrize("custody", ["server", "offline"])
def test_a_holder_who_does_not_answer_is_called_and_then_all_others_until_they_act(
    custody: str, place: Place, store: Store
) -> None:
    house = House200(place, store, TRIO)
    if custody == "offline":
        public = CasePublic(b"offline1", PrivateKey(new_seed()).public.raw)
        assert store.write_now(lambda work: work.begin_rotation(SHELL, public))
    case = house.comes(1, custody="police")
    house.takes(1, case)
    house.rang.clear()
    house.do(lambda desk: casework.inform(desk, desk.work.load_cases([case])[case]))
    assert {1} == house.heard(case)
    calls = {}
    for minute in range(1, 41):
        house.clock.now += timedelta(minutes=1)
        house.round()
        heard = house.heard(case)
        if heard:
            calls[minute] = heard
    assert {10: {1, 2}, 20: {1, 2, 3}, 30: {1, 2, 3}, 40: {1, 2, 3}} == calls
    slots = house.do(lambda desk: [one.body["kind"] for one in desk.work.slots_of_case(case)])
    assert 2 == slots.count(climbing.KIND)
    house.presses(1, f"open={case.hex()}")
    house.clock.now += timedelta(minutes=30)
    house.round()
    house.rang.clear()
    house.clock.now += timedelta(hours=5)
    house.round()
    assert not house.heard(case)
    slots = house.do(lambda desk: [one.body["kind"] for one in desk.work.slots_of_case(case)])
    assert climbing.KIND not in slots


def test_of_a_held_case_others_read_no_more_than_an_alert_may_say(place: Place, store: Store) -> None:
    house = House200(place, store, TRIO)
    case = house.comes(1, custody="police")
    house.takes(1, case)
    house.do(lambda desk: casework.inform(desk, desk.work.load_cases([case])[case]))
    house.clock.now += timedelta(minutes=20)
    house.rang.clear()
    house.round()
    (said,) = [said for _, said in house.rang[3]]
    code = house.head(case)["code"]
    lines = said.splitlines()
    assert ["<b>Critical: custody</b>", f"{code}: taken by N1, Mar 2, 2026, 17:00"] == lines[:2]
    assert lines[2].startswith("Unanswered since: Mar 2, 2026, 17:00") and 3 == len(lines)


# Two hundred of them -----------------------------------------------------------------------------------

OFFICE = {"days": [0, 1, 2, 3, 4, 5, 6], "from": 9, "to": 21}
SIX = [
    member(1, speaks=["ru", "kk"]),
    member(2, shifts=[OFFICE]),
    member(3, language="kk", shifts=[{**OFFICE, "from": 21, "to": 9}]),
    member(4, language="en", zone="Europe/Berlin", shifts=[OFFICE]),
    member(5, off=["2026-03-02", "2026-03-03"]),
    member(6, language="kk", speaks=["kk", "en"]),
]
KINDS: list[tuple[Urgency, dict[str, str]]] = [
    (Urgency.CRITICAL, {"custody": "police"}),
    (Urgency.URGENT, {**FREE, "family": "taken"}),
    (Urgency.SOON, {**FREE, "russia_wants": "wanted"}),
    (Urgency.DAYS, {**FREE, "papers": "none", "event": "none"}),
]
LAST_RUNG = {Urgency.CRITICAL: 20 * MINUTE, Urgency.URGENT: 2 * HOUR, Urgency.SOON: 60 * HOUR, Urgency.DAYS: 84 * HOUR}


@pytest.mark.figures
def test_of_two_hundred_cases_none_is_without_an_owner_longer_than_its_urgency_allows(
    place: Place, store: Store, figure: Callable[[int, int], int]
) -> None:
    """Six coordinators who answer at random or not at all: every case is claimed, or the administrators have been
    called to it, within its time and a round; and then all of them again and again, also where the bot starts anew."""
    chance, cases = random.Random(20260302), figure(80, 200)
    house = House200(place, store, [*SIX, member(9, "admin", "en")])
    answering = {1: 0.02, 2: 0.01, 3: 0.05, 4: 0.0, 5: 0.05, 6: 0.0}
    came: dict[bytes, tuple[int, Urgency]] = {}
    last: set[bytes] = set()
    arrivals = sorted(chance.randrange(0, 4 * HOUR) for _ in range(cases))
    at = 0
    while at < 4 * DAY:
        step = 5 * MINUTE if at < 5 * HOUR else 20 * MINUTE if at < 8 * HOUR else 4 * HOUR
        at += step
        house.clock.now = START + timedelta(seconds=at)
        while len(came) < cases and arrivals[len(came)] <= at:
            urgency, answers = chance.choice(KINDS)
            came[house.comes(len(came) + 1, **answers)] = at, urgency
        if chance.random() < 0.2:
            house.watch = Watch()
        heads = house.round()
        for_all = any("Waiting:" in said for _, said in house.rang.get(9, []))
        called = {about for about, _ in house.rang.get(9, [])}
        for case, head in heads.items():
            if not head["holder"]:
                since, urgency = came[case]
                last |= {case} if for_all or case.hex() in called else set()
                assert case in last or at - since <= LAST_RUNG[urgency] + step, (urgency, at - since)
        for chat, rang in list(house.rang.items()):
            for case in sorted({bytes.fromhex(about) for about, _ in rang if about}):
                if not heads[case]["holder"] and chance.random() < answering.get(chat, 0.0):
                    house.takes(chat, case)
            if any("Waiting:" in said for _, said in rang) and chance.random() < answering.get(chat, 0.0):
                house.presses(chat, "next=-")
        house.rang.clear()
    heads = house.round()
    taken = [head for head in heads.values() if head["holder"]]
    assert cases == len(heads) and 0.15 * cases < len(taken) < 0.85 * cases
    assert {1, 2, 3, 5} == {bytes.fromhex(head["holder"])[0] for head in taken}
    now = int(house.clock().timestamp())
    assert all(now - head["times"]["climbed"] <= 40 * HOUR for head in heads.values() if not head["holder"])
