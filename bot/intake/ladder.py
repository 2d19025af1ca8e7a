"""The ladder that an alert climbs until a human has taken its case, decided on the head alone.

A climb has a beginning and a moment of its last step, both among the head's times; every other moment follows from
the urgency. So it goes on after a start as if nothing had been, and a step that was missed is not made up for twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from bot.intake.questionnaire import Questionnaire
from bot.intake.rules import Reason, Urgency

ALARMED, CLIMBED = "alarmed", "climbed"
"""Among the times: when the present climb began, and when somebody was alerted last."""
UNANSWERED = "unanswered"
"""Among the times: since when something urgent has waited for an act of the holder."""
UNREACHED = "unreached"
"""Among the times: when the person was told that nobody could be reached."""
MINUTE, HOUR, DAY = 60, 3600, 24 * 3600

Head = Mapping[str, Any]


class Rung(IntEnum):
    """Whom it has reached: each rung holds those below it, too. Of a case that is taken the first is its holder."""

    SPEAKERS = 0  # coordinators on duty who speak the language
    COORDINATORS = 1
    ADMINISTRATORS = 2


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds until all coordinators, until the administrators, and then between any two alerts to all of them."""

    coordinators: int
    administrators: int
    again: int


PACES = {
    Urgency.CRITICAL: Pace(10 * MINUTE, 20 * MINUTE, 10 * MINUTE),
    Urgency.URGENT: Pace(HOUR, 2 * HOUR, 2 * HOUR),
    Urgency.SOON: Pace(24 * HOUR, 48 * HOUR, 24 * HOUR),
    Urgency.DAYS: Pace(36 * HOUR, 72 * HOUR, 36 * HOUR),
    Urgency.WEEKS: Pace(3 * DAY, 7 * DAY, 3 * DAY),
}
"""All well within the time in which the urgency wants a human to act."""
RESTS = 12 * HOUR
"""So long a step that is not urgent waits for somebody to be on duty."""
TOLD_AFTER = {Urgency.CRITICAL: 30 * MINUTE, Urgency.URGENT: 2 * HOUR}
"""When the person hears that nobody could be reached."""


def rung(head: Head, now: int) -> Rung:
    return Rung(min(_step(head, now), Rung.ADMINISTRATORS))


def due(head: Head, now: int) -> bool:
    """Whether somebody is to be alerted now who was not, or again."""
    times = head["times"]
    if ALARMED not in times or head["state"] == "closed":
        return False
    climbed: int | None = times.get(CLIMBED)
    if climbed is None or climbed > now:
        return True
    return _step(head, climbed) < _step(head, now)


def rests(head: Head, now: int) -> bool:
    """Whether it may wait until somebody is on duty."""
    if head["urgency"] <= Urgency.URGENT:
        return False
    begun: int = head["times"].get(ALARMED, now)
    return now < begun + _moment(head, _step(head, now)) + RESTS


def stand(head: Head, now: int) -> dict[str, Any]:
    """The head with its climb as it has to be: begun, begun anew, or over."""
    begun = _begun(head, now)
    if begun == head["times"].get(ALARMED):
        return dict(head)
    times = {name: at for name, at in head["times"].items() if name not in (ALARMED, CLIMBED)}
    if begun is not None:
        times[ALARMED] = begun
        if head["holder"]:  # who was told of it then
            times[CLIMBED] = begun
    return {**head, "times": times}


def begin(head: Head, now: int) -> dict[str, Any]:
    """The head with a new climb, of which nobody has been alerted."""
    again = anew(head)
    return {**again, "times": {**again["times"], ALARMED: now}}


def anew(head: Head) -> dict[str, Any]:
    """The head of a case of which all whom its climb has reached are to be alerted again."""
    return {**head, "times": {name: at for name, at in head["times"].items() if name != CLIMBED}}


def climb(head: Head, now: int) -> dict[str, Any]:
    """The head after an alert to those whom the ladder has reached."""
    return {**head, "times": {ALARMED: now, **head["times"], CLIMBED: now}}


def risen(head: Head, now: int) -> dict[str, Any] | None:
    """The head as the clock alone has made it; None where it has made nothing of it."""
    come = [rise for rise in head["rises"] if rise["at"] <= now]
    if not come:
        return None
    left = [rise for rise in head["rises"] if rise["at"] > now]
    urgency = min(rise["urgency"] for rise in come)
    if urgency >= head["urgency"]:
        return {**head, "rises": left}
    found = {rise["reason"] for rise in come if rise["urgency"] == urgency}
    reasons = [reason.value for reason in Reason if reason in found]
    return {**head, "rises": left, "urgency": urgency, "reasons": reasons}


def untold(head: Head, now: int) -> bool:
    """Whether the person has still to hear that nobody could be reached, in this climb."""
    at = telling(head, now)
    return at is not None and at <= now


def telling(head: Head, now: int) -> int | None:
    """When they are to hear it; None where they need not, or have."""
    times, after = head["times"], TOLD_AFTER.get(Urgency(head["urgency"]))
    if head["holder"] or head["state"] == "closed" or after is None or ALARMED not in times:
        return None
    begun: int = times[ALARMED]
    return None if begun <= times.get(UNREACHED, 0) <= now else begun + after


def coming(head: Head, now: int) -> int | None:
    """The first moment from now on at which its climb or the clock has something to do with a case, if none changes
    it before: never too late, at worst too early."""
    if head["state"] == "closed":
        return None
    times: Mapping[str, int] = head["times"]
    moments = [rise["at"] for rise in head["rises"]]
    moments += [now + 1 for name in (UNANSWERED, "taken") if times.get(name, now) > now]  # the clock was set back
    if stand(head, now) != head or due(head, now):
        moments.append(now)
    elif ALARMED in times:
        moments.append(times[ALARMED] + _moment(head, _step(head, now) + 1))
    return min(moments, default=None)


def in_their_hands(questionnaire: Questionnaire, head: Head) -> bool:
    """Whether others may have the phone that the case came from: who writes is held."""
    place = {question: (answer,) for question, answer in head["place"].items()}
    return bool(head["self"]) and questionnaire.held(place)


def _begun(head: Head, now: int) -> int | None:
    """When the climb that is going on began: a case that was let go begins anew, one held by who answers has none."""
    times = head["times"]
    if head["state"] == "closed":
        return None
    if head["holder"]:
        unanswered: int | None = times.get(UNANSWERED)
        return None if unanswered is None else min(unanswered, now)
    begun = times.get(ALARMED)
    if begun is None:
        return now if "taken" in times else min(int(times["written"]), now)
    return now if begun > now or begun < times.get("taken", 0) <= now else int(begun)


def _step(head: Head, at: int) -> int:
    """How many steps this climb has behind it at that moment."""
    pace, passed = PACES[Urgency(head["urgency"])], int(at - head["times"].get(ALARMED, at))
    if passed < pace.coordinators:
        return 0
    if passed < pace.administrators:
        return 1
    return 2 + (passed - pace.administrators) // pace.again


def _moment(head: Head, step: int) -> int:
    """Seconds from the beginning of a climb to a step."""
    pace = PACES[Urgency(head["urgency"])]
    return (0, pace.coordinators)[step] if step < 2 else pace.administrators + (step - 2) * pace.again
