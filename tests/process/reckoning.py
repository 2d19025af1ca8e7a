"""What is left after trouble: every case, answer, alert and screen that should be there, counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields

from bot import speaking
from bot.sandbox import Account, Message
from bot.telegram.alerts import alert
from tests.process.conftest import Home
from tests.process.crowd import Kept, kept
from tests.process.intakes import Intake

PREFIX = "take="


@dataclass(frozen=True)
class Reckoning:
    people: int
    unfinished: int
    """Could not come to the end."""
    cases_lost: int
    cases_doubled: int
    answers_lost: int
    """Another screen was seen after them, and the case lacks them or says otherwise."""
    alerts_lost: int
    alerts_outdated: int
    """Stand in the coordinator's chat, none of them as the case now is."""
    out_of_order: int
    """Screens that came after a newer one."""
    strange: int
    """Screens that are none of an intake's."""
    alerts_doubled: int
    unrecognisable: int
    """Of the doubled alerts, those without the number of their case."""
    screens_doubled: int

    @property
    def faults(self) -> dict[str, int]:
        """What must not be; a message sent twice may be, if it can be told."""
        harmless = ("people", "alerts_doubled", "screens_doubled")
        found = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in harmless}
        return {name: number for name, number in found.items() if number}


def reckon(home: Home, came: Iterable[Intake], coordinator: Account) -> Reckoning:
    """By the Bot API and the database alone. The coordinator reads Russian and has taken no case."""
    everyone, cases = list(came), kept(home)
    ended = [one for one in everyone if one.ended]
    theirs: dict[str, list[bytes]] = defaultdict(list)
    for case, found in cases.items():
        theirs[" ".join(found.answers.get("trusted", ()))].append(case)
    alerts: dict[bytes, list[Message]] = defaultdict(list)
    for message in coordinator.messages():
        for button in (one for row in message.buttons for one in row if one.data.startswith(PREFIX)):
            alerts[bytes.fromhex(button.data.removeprefix(PREFIX))].append(message)
    doubled = [(case, one) for case, every in alerts.items() if len(every) > 1 for one in every]
    return Reckoning(
        people=len(everyone),
        unfinished=len(everyone) - len(ended),
        cases_lost=sum(not theirs[one.words] for one in ended),
        cases_doubled=sum(len(theirs[one.words]) > 1 for one in ended),
        answers_lost=sum(_lost(one, cases[case]) for one in ended for case in theirs[one.words][:1]),
        alerts_lost=sum(not alerts[case] for case in cases),
        alerts_outdated=sum(not _current(case, found, alerts[case]) for case, found in cases.items() if alerts[case]),
        out_of_order=sum(one.out_of_order() for one in everyone),
        strange=sum(one.strange() for one in everyone),
        alerts_doubled=sum(len(every) - 1 for every in alerts.values() if every),
        unrecognisable=sum(case not in cases or cases[case].head["code"] not in one.text for case, one in doubled),
        screens_doubled=sum(max(0, len({shown.id for shown in one.account.shown}) - 1) for one in everyone),
    )


def _lost(one: Intake, case: Kept) -> int:
    return sum(case.answers.get(question) != said for question, said in one.told.items())


def _current(case: bytes, found: Kept, alerts: Iterable[Message]) -> bool:
    said, _ = alert(_ASKED, found.head, case, _RUSSIAN, found.head["times"]["written"])
    return any(one.html == said for one in alerts)


_ASKED, _SPOKEN = speaking.load()
_RUSSIAN = _SPOKEN["ru"]
