"""A chat that its person has cleared stays as it is, whatever the house and the staff do, in whatever order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import speaking
from bot.intake.letters import Letter
from bot.intake.state import Phase, State
from bot.store.records import Case, Chat, Slot
from bot.store.store import Store
from bot.store.work import Work
from bot.telegram import address, ingest, person
from bot.telegram.desk import Desk, House, new_id
from bot.telegram.floods import Gate, Turnstile
from bot.telegram.table import TABLE
from bot.telegram.updates import Pressed, Wrote
from tests.blank import blank
from tests.store.shelf import START, Place

from .test_matrix import USERS, Undone, case_of, member

PERSON = USERS["person"]
UPDATES = count(1)


@pytest.fixture(scope="module")
def house() -> House:
    return House(*speaking.load(), actions=TABLE)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Place(tmp_path, url=blank(tmp_path / "qorgan.db")).open() as opened:
        yield opened


def begun(work: Work, *, word: bool) -> Case:
    """Somebody who has sent, with their home on the screen."""
    known_case = case_of(1, "coordinator", b"c" * 16)
    hours = ["morning", "day", "evening", "night"]
    case = replace(known_case, head={**known_case.head, "flags": [], "hours": hours})
    home = State("ru", Phase.HOME, recorded=True, code=case.head["code"], word=word, touched=int(START.timestamp()))
    slot = new_id()
    known: dict[str, Any] = {
        "slot": slot.hex(), "shown": int(START.timestamp()), "wake": new_id().hex(), "cases": [case.id.hex()],
        "home": home.to_json(), "language": "ru",
        **({"word": work.word_verifier("words", b"c" * 16).hex()} if word else {}),
    }  # fmt: skip
    chat = Chat(b"c" * 16, PERSON, known, None, True)
    work.save_staff([member("coordinator"), member("another")])
    work.save_chats([chat])
    work.add_case(case)
    work.save_slots([Slot(slot, None, {"chat": PERSON, "message": 1, "sent": int(START.timestamp())})])
    return case


def letter(desk: Desk, case: Case, chat: Chat) -> None:
    if address.is_of(chat, case):
        person.tell(desk, chat, Letter(new_id().hex(), case.id.hex(), desk.unix, "Are you there?"))


def unlocked(desk: Desk, case: Case, chat: Chat) -> None:
    if address.is_locked(chat, case):
        person.unlock(desk, chat, case)


def unreached(desk: Desk, case: Case, chat: Chat) -> None:
    if case.id.hex() in chat.address["cases"]:
        person.unreached(desk, chat, case)


HOUSE: dict[str, Callable[[Desk, Case, Chat], object]] = {
    "letter": letter,
    "unlocked": unlocked,
    "unreached": unreached,
    "opened": lambda desk, case, chat: person.opened(desk, chat, case.head["code"]),
    "locked": lambda desk, case, chat: person.lock(desk, chat),
    "timer": lambda desk, case, chat: person.wake(desk, chat),
    "looked again": lambda desk, case, chat: person.look_again(desk, chat),
}
LATER = {"three minutes": timedelta(minutes=3), "a day": timedelta(days=1)}
STEPS = st.lists(st.sampled_from([*HOUSE, *LATER]), max_size=9)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=STEPS, after=STEPS, word=st.booleans(), way=st.sampled_from(["home=-clear", "/exit"]))
def test_whatever_comes_after_the_person_has_cleared_their_chat_nothing_is_sent_into_it(
    store: Store, house: House, before: list[str], after: list[str], word: bool, way: str
) -> None:
    """Edits of what stands are no sending: Telegram refuses them where it is gone."""
    def trial(work: Work) -> None:
        case = begun(work, word=word)

        def step(name: str) -> list[dict[str, Any]]:
            desk = Desk(house, work, work.staff(), work.load_chats([PERSON]))
            known = desk.chats.get(PERSON)
            if name in HOUSE and known is not None:
                HOUSE[name](desk, work.load_cases([case.id])[case.id], known)
            elif name in LATER:
                work._transaction.now += LATER[name]
            desk.save()
            return [row.body for row in desk.rows]

        for name in before:
            step(name)
        cleared: Pressed | Wrote = (
            Wrote(next(UPDATES), PERSON, 5, way, "ru", "Name", int(START.timestamp()))
            if way.startswith("/")
            else Pressed(next(UPDATES), PERSON, 1, "query", way, "ru", "Name")
        )
        rows, _, _ = ingest.handle(house, work, [cleared], Turnstile(Gate(10_000)))
        bodies = [row.body for row in rows]
        for name in after:
            bodies += step(name)
        sent = [
            one for one in bodies
            if one["do"] in ("show", "file") and one.get("chat") == PERSON and (one.get("own_act") or one.get("fresh"))
        ]  # fmt: skip
        assert not sent
        raise Undone

    with pytest.raises(Undone):
        store.write_now(trial)


