"""The one message that stands for many waiting cases: how many of each urgency, and a button that takes the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from time import monotonic
from typing import Any

from bot.intake import ladder
from bot.intake.summary import URGENCIES
from bot.intake.text import text
from bot.languages import Language
from bot.store.records import Case, Priority, Staff
from bot.telegram import alerts, floods, notices
from bot.telegram.calling import called
from bot.telegram.casework import waits
from bot.telegram.desk import Desk
from bot.telegram.floods import ANEW_EVERY, QUEUE
from bot.telegram.screens import Button, escape

LISTED, IN_A_ROW = 10, 5
RESTS = 10
"""Ten times as long as it took to read all cases: nothing else is committed meanwhile."""
_LATER = 10**10


def waiting(cases: Iterable[Case]) -> list[Case]:
    """Those that nobody holds: the most urgent first, of these the oldest."""
    return sorted((case for case in cases if waits(case)), key=order)


def order(case: Case) -> tuple[int, int]:
    return case.head["urgency"], case.head["times"]["written"]


def tell(desk: Desk) -> None:
    """Brings the message up to date where something has changed: edited, and sent anew for a new critical case."""
    state = desk.work.state()
    queue = state.get(QUEUE, {})
    due = queue.get("due", _LATER)
    stood = [notices.standing(desk, one).get(QUEUE) for one in _present(desk)]
    if due > desk.unix and not any(notices.old(desk, notice) for notice in stood if notice is not None):
        return
    begun = monotonic()
    cases = waiting(desk.work.all_cases())
    to_call = _called(desk, (case for case in cases if floods.is_grouped(case)))
    later = _LATER
    for one in _present(desk):
        notice = notices.standing(desk, one).get(QUEUE)
        if notice is None and one.id not in to_call:
            continue
        rings = queue.get("anew") and notice is not None and not 0 <= desk.unix - notice["at"] < ANEW_EVERY
        if notice is None or rings or not cases or notices.old(desk, notice):
            stand(desk, one, cases)
        else:
            _edit(desk, one, notice["slot"], cases)
            later = min(later, notice["at"] + ANEW_EVERY)
    again = queue.get("anew") and cases and later < _LATER
    rest = {"due": later, "anew": True} if again else {}
    took = monotonic() - begun
    told = {"told": desk.unix, "rest": int(RESTS * took)}
    desk.work.save_state({**desk.work.state(), QUEUE: {**told, **rest}})


def _present(desk: Desk) -> list[Staff]:
    return [one for one in desk.staff if one.body.get("started") and not one.body.get("removed")]


def _called(desk: Desk, cases: Iterable[Case]) -> set[bytes]:
    """Whom the ladders of these cases have reached; alike ones are looked at once."""
    alike: dict[tuple[Any, ...], Case] = {}
    for case in cases:
        head = case.head
        kind = head["language"], head["urgency"], ladder.rung(head, desk.unix), ladder.rests(head, desk.unix)
        alike.setdefault(kind, case)
    return {one.id for case in alike.values() for one in called(desk.staff, case.head, desk.now)}


def stand(desk: Desk, one: Staff, cases: list[Case]) -> None:
    """Sent anew, or gone where nothing waits."""
    if cases:
        notices.post(desk, one, QUEUE, _message(desk, one, cases), priority=_priority(cases))
    else:
        notices.lift(desk, one, QUEUE)


def _edit(desk: Desk, one: Staff, slot: str, cases: list[Case]) -> None:
    if not desk.house.discreet:
        said = _message(desk, one, cases)
        desk.show(bytes.fromhex(slot), one.user, said, _priority(cases), fresh=True, protect=True)


def _priority(cases: list[Case]) -> Priority:
    return Priority.CRITICAL if cases[0].head["urgency"] == 0 else Priority.ALERT


def _message(desk: Desk, one: Staff, cases: list[Case]) -> alerts.Message:
    language = desk.house.language(one.body["language"])
    return alerts.discreet(language) if desk.house.discreet else _listed(cases, language)


def _listed(cases: list[Case], language: Language) -> alerts.Message:
    """The oldest of the critical ones, each by its number; of all others how many there are."""
    counts = Counter(case.head["urgency"] for case in cases)
    lines = [language.say(text("Waiting: {count}", count=len(cases)))]
    lines += [
        language.say(text("{urgency}: {count}", urgency=URGENCIES[urgency], count=counts[urgency]))
        for urgency in sorted(counts)
    ]
    critical = [case for case in cases if case.head["urgency"] == 0][:LISTED]
    buttons: list[Button] = [{"text": case.head["code"], "callback_data": f"take={case.id.hex()}"} for case in critical]
    rows = [buttons[start : start + IN_A_ROW] for start in range(0, len(buttons), IN_A_ROW)]
    rows.append([{"text": language.say(text("Take the most urgent")), "callback_data": "next=-"}])
    return f"<b>{escape(lines[0])}</b>\n" + "\n".join(escape(line) for line in lines[1:]), rows
