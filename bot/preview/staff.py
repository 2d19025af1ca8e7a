"""The screens of staff: every action of the table tried by every role on sample cases, each try taken back."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.intake.answers import Answer
from bot.intake.rules import Reason, Urgency
from bot.languages import Language
from bot.preview import unasked
from bot.preview.shown import Said
from bot.store.records import Case, Chat, Staff
from bot.store.store import Store
from bot.store.work import Work
from bot.telegram import alerts, ingest
from bot.telegram.actions import Action, CaseAction, Role
from bot.telegram.desk import Desk, House
from bot.telegram.floods import Gate, Turnstile
from bot.telegram.table import TABLE
from bot.telegram.updates import Pressed, Wrote
from bot.vault import Kdf, create_keyring, open_vault

USERS = {Role.COORDINATOR: 11, Role.ADMIN: 12, Role.AUDITOR: 13}
COLLEAGUE, PERSON = 14, 15
ARGUMENTS: Mapping[str, Sequence[str]] = {
    "cases": ("", "mine", "unclaimed", "all", "closed"),
    "urgency": ("", "0", "0.hearing"),
    "close": ("", "helped"),
    "card.erase": ("", "yes"),
    "invite": ("", "coordinator"),
    "me.zone": ("", "Europe/Berlin", "Nowhere"),
    "me.hours": ("", "31.9.18", "x"),
    "me.off": ("", "none", "x"),
    "me.speak": ("kk",),
    "confirm": ("123456",),
    "write": ("", "Good day"),
    "words": ("Good day",),
    "say": ("sign", "call"),
    "erase": ("BBBBBB",),
}
"""What is said behind an action's name, where more than nothing can be."""
Tried = tuple[str, str, tuple[Said, ...]]
"""Who, what, and the messages that came of it."""


@dataclass(frozen=True)
class _World:
    house: House
    store: Store
    now: datetime
    cases: tuple[Case, ...]


class _Undone(Exception):
    """Whatever a try has done is taken back."""


def screens(house: House, language: Language, now: datetime) -> Iterator[Tried]:
    """Every try by every role, in this language."""
    with _world(house, now) as world:
        for role in USERS:
            for name, entry in TABLE.items():
                if role in entry.roles:
                    yield from _tries(world, role, name, entry, language)
        yield from _unasked(world, language)
    yield from _messages(house, language, now)


def _tries(
    world: _World, role: Role, name: str, entry: Action | CaseAction, language: Language
) -> Iterator[Tried]:
    kinds: Sequence[Case | None] = world.cases if isinstance(entry, CaseAction) else (None,)
    for case in kinds:
        for argument in ARGUMENTS.get(name, ("",)):
            data = argument if case is None else f"{case.id.hex()}{'.' if argument else ''}{argument}"
            about = "" if case is None else f", {_kind(case, role)}"
            said = _seen(world, role, Pressed(1, USERS[role], 1, "query", f"{name}={data}", None, "Aru"), language)
            if said:
                yield role.value, f"{name} {argument}".strip() + about, said
    if isinstance(entry, Action) and entry.typed:
        at = int(world.now.timestamp())
        said = _seen(world, role, Wrote(2, USERS[role], 2, f"/{name}", None, "Aru", at), language)
        if said:
            yield role.value, f"/{name}", said


def _unasked(world: _World, language: Language) -> Iterator[Tried]:
    found: list[unasked.Told] = []

    def draw(work: Work) -> None:
        found.extend(unasked.messages(Desk(world.house, work, work.staff(), {}), language, world.cases[1]))
        raise _Undone

    with suppress(_Undone):
        world.store.write_now(draw)
    yield from ((role, title, (said,)) for role, title, said in found)


def _kind(case: Case, role: Role) -> str:
    holder = case.head["holder"]
    return case.head["state"] if holder is None else "one's own" if holder == _row(role).hex() else "a colleague's"


def _seen(world: _World, role: Role, update: Pressed | Wrote, language: Language) -> tuple[Said, ...]:
    found: list[Said] = []

    def attempt(work: Work) -> None:
        work.save_staff([*(_member(one, language.code) for one in USERS), _colleague(language.code)])
        rows, _, _ = ingest.handle(world.house, work, [update], Turnstile(Gate(10_000)))
        found.extend(
            (row.body["text"], row.body.get("buttons") or [])
            for row in rows
            if row.body["do"] in ("show", "file") and row.body["chat"] in (*USERS.values(), COLLEAGUE)
        )
        raise _Undone

    with suppress(_Undone):
        world.store.write_now(attempt)
    return tuple(found)


def _messages(house: House, language: Language, now: datetime) -> Iterator[Tried]:
    """What comes to a coordinator by itself."""
    at, asked = int(now.timestamp()), house.questionnaire
    case = _case(0, None, at)
    clocks = [{"clock": one.id, "starts": at, "ends": at + 86400} for one in asked.clocks]
    for urgency in Urgency:
        for reason in Reason:
            head = {**case.head, "urgency": int(urgency), "reasons": [reason.value]}
            if reason is Reason.OTHER or urgency is Urgency.CRITICAL:
                yield "coordinator", f"Alert: {urgency.name.lower()}, {reason.value}", (
                    alerts.alert(asked, head, case.id, language, at),
                )
    flags = ["unfinished", "coerced", "unreachable", "early", "unsafe"]
    times = {**case.head["times"], "erase": at}
    full = {**case.head, "deadlines": clocks, "flags": flags, "self": False, "times": times}
    entries = [{"answers": [_said(one.id, asked) for one in asked.questions.values()], "removed": [], "at": at}]
    summary = alerts.summary(asked, replace(case, head=full), entries, language, 1, ["B7M2QX"])
    drawn: dict[str, Sequence[Said]] = {
        "Alert with everything": [alerts.alert(asked, full, case.id, language, at)],
        "Alert, discreet": [alerts.discreet(language)],
        "Taken by a colleague": [alerts.taken(full, "Dana", language)],
        "Card of one's own": [alerts.card(asked, full, case.id, language, at, ["B7M2QX"])],
        "News": [alerts.news(full, case.id, language)],
        "A colleague offers a case": [alerts.offer(case, "Dana", language)],
        "The writer asks to erase": [alerts.erasing(full, case.id, language)],
        "A case without contact": [alerts.silent(full, case.id, at, language)],
        "Summary": [(page, []) for page in summary],
    }
    for title, said in drawn.items():
        yield "coordinator", title, tuple(said)


def _said(question: str, asked: Any) -> dict[str, Any]:
    options = asked.questions[question].options
    return Answer(question, tuple(one.id for one in options) or ("text",), "…", 0).to_json()


@contextmanager
def _world(house: House, now: datetime) -> Iterator[_World]:
    with tempfile.TemporaryDirectory(prefix="qorgan-preview-") as folder:
        place = Path(folder)
        create_keyring(place / "keyring", "preview", kdf=Kdf(8, 1, 1), today=now.date())
        vault = open_vault(place / "keyring", place / "day-keys", "preview")
        with Store.open(f"sqlite:///{place / 'db'}", vault, migrate=True, clock=lambda: now) as store:
            cases = tuple(_case(number, holder, int(now.timestamp())) for number, holder in enumerate(_holders()))
            store.write_now(lambda work: _fill(work, house, cases, int(now.timestamp())))
            yield _World(house, store, now, cases)


def _holders() -> list[str | None]:
    return [None, _row(Role.COORDINATOR).hex(), _row(Role.ADMIN).hex(), bytes([COLLEAGUE] * 16).hex(), ""]


def _fill(work: Work, house: House, cases: Sequence[Case], at: int) -> None:
    work.save_staff([*(_member(one, "en") for one in USERS), _colleague("en")])
    address = {"slot": None, "shown": 0, "wake": "00" * 16, "cases": [case.id.hex() for case in cases]}
    work.save_chats([Chat(b"c" * 16, PERSON, address, None, True)])
    for case in cases:
        work.add_case(case)
        answers = [_said(one, house.questionnaire) for one in list(house.questionnaire.questions)[:6]]
        work.append_entry(case.id, {"answers": answers, "removed": [], "at": at}, house.questionnaire.entry_size)
    work.doubt_clock("jump")


def _row(role: Role) -> bytes:
    return bytes([USERS[role]] * 16)


def _member(role: Role, language: str) -> Staff:
    body = {"role": role.value, "language": language, "name": "Aru", "reachable": True, "started": True}
    return Staff(_row(role), USERS[role], body)


def _colleague(language: str) -> Staff:
    body = {"role": "coordinator", "language": language, "name": "Dana", "reachable": True, "started": True}
    return Staff(bytes([COLLEAGUE] * 16), COLLEAGUE, body)


def _case(number: int, holder: str | None, at: int) -> Case:
    """``holder``: nobody yet, somebody, or nobody any more."""
    state = "waiting" if holder is None else "taken" if holder else "closed"
    head = {
        "code": "ABCDE"[number] * 6, "urgency": number % 3, "reasons": ["custody"], "deadlines": [],
        "place": {"custody": "police"}, "language": "ru", "self": True, "hours": [], "holder": holder or None,
        "state": state, "flags": ["early"],
        "times": dict.fromkeys(("written", "contact", "taken", "closed"), at - 3600),
        "outcome": None, "handover": None, "rises": [], "links": [],
    }  # fmt: skip
    return Case(bytes([100 + number] * 16), b"c" * 16, head)


