"""Role × action × case × custody, on both databases: what the table does not allow is refused and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot import speaking
from bot.intake.state import Phase, State
from bot.store.audit import SHELL
from bot.store.records import Act, Case, Chat, Staff
from bot.store.store import Store
from bot.store.tables import cases, entries, staff, tombstones, wraps
from bot.store.work import Work
from bot.telegram import ingest
from bot.telegram.actions import FORBIDDEN, NOT_NOW, NOT_YOURS, Action, CaseAction
from bot.telegram.desk import House
from bot.telegram.floods import Gate, Turnstile
from bot.telegram.table import TABLE
from bot.telegram.updates import Pressed, Wrote
from bot.vault import CasePublic
from bot.vault.hybrid import PrivateKey, new_seed
from tests.blank import blank
from tests.servers import Server
from tests.store.shelf import START, Place
from tests.telegram.matrix import CASES, ROWS, WHO, merged

USERS = {"coordinator": 11, "another": 12, "admin": 13, "auditor": 14, "removed": 15, "stranger": 16, "person": 17}
MEMBERS = ("coordinator", "another", "admin", "auditor", "removed")
WHO_TRIES = [who for who in USERS if who != "another"]
LETTERS = "ABCDEFGHJKLMNPQR"
WRITTEN = int(START.timestamp()) - 3600
UPDATES = count(1)
KEPT = (cases, entries, wraps, tombstones, staff)
"""What a refused try leaves as it is, to the byte."""


@dataclass(frozen=True)
class Seen:
    """What came of tries: what was said to who tried, noted and counted, how many presses were answered."""

    said: list[str]
    noted: int
    counted: int
    answered: int
    changed: bool

    @property
    def refusals(self) -> int:
        return sum(line in (NOT_YOURS.message, NOT_NOW.message, FORBIDDEN.message) for line in self.said)


class Undone(Exception):
    """Whatever a trial has done is taken back."""


@dataclass(frozen=True)
class World:
    """A house with one of everybody and one case of every kind for each of them."""

    house: House
    store: Store
    kinds: dict[tuple[str, str], Case]  # by who acts and what the case is to them

    def case(self, who: str, kind: str) -> Case:
        return self.kinds.get((who, kind)) or self.kinds["", kind]


def member(name: str) -> Staff:
    role = {"another": "coordinator", "removed": "coordinator"}.get(name, name)
    body = {"role": role, "language": "en", "name": "Aru", "reachable": True, "started": True}
    body["seen"] = START.date().isoformat()
    return Staff(bytes([USERS[name]]) * 16, USERS[name], body | ({"removed": True} if name == "removed" else {}))


def case_of(number: int, holder: str | None, chat: bytes | None, state: str = "") -> Case:
    head: dict[str, Any] = {
        "code": f"{LETTERS[number]}22222", "urgency": 1, "reasons": ["custody"], "deadlines": [],
        "place": {"custody": "police"}, "language": "ru", "self": True, "hours": [],
        "holder": member(holder).id.hex() if holder else None, "state": state or ("taken" if holder else "waiting"),
        "times": dict.fromkeys(("written", "contact", "taken", "closed"), WRITTEN), "flags": ["early"], "outcome": None,
        "handover": None, "rises": [],
    }  # fmt: skip
    for row in ROWS.values():
        head = merged(head, row.head)
    return Case(bytes([100 + number]) * 16, chat, head)


@pytest.fixture(scope="module")
def house() -> House:
    return House(*speaking.load(), actions=TABLE, drafts=True)


@pytest.fixture(params=[(base, custody) for base in ("sqlite", "postgresql") for custody in ("server", "offline")])
def world(tmp_path: Path, request: pytest.FixtureRequest, house: House) -> Iterator[World]:
    base, custody = request.param
    if base == "sqlite":
        yield from built(Place(tmp_path, url=blank(tmp_path / "qorgan.db")), house, custody)
        return
    server: Server = request.getfixturevalue("postgres")
    with server.database() as url:
        yield from built(Place(tmp_path, url=url), house, custody)


def built(place: Place, house: House, custody: str) -> Iterator[World]:
    chat = Chat(b"c" * 16, USERS["person"], {"slot": None, "shown": 0, "wake": "00" * 16, "cases": []}, None, True)
    numbers = count()
    kinds = {
        ("", "waiting"): case_of(next(numbers), None, chat.id),
        ("", "others"): case_of(next(numbers), "another", chat.id),
        ("", "closed"): case_of(next(numbers), "coordinator", None, "closed"),
    }
    for name in MEMBERS:
        kinds[name, "mine"] = case_of(next(numbers), name, chat.id)
    erased = case_of(next(numbers), "coordinator", None)
    address = {**chat.address, "cases": [case.id.hex() for case in kinds.values()]}

    def fill(work: Work) -> None:
        work.save_staff(map(member, MEMBERS))
        work.save_chats([replace(chat, address=address)])
        for case in (*kinds.values(), erased):
            work.add_case(case)
            work.append_entry(case.id, {"answers": []}, house.questionnaire.entry_size)
        work.erase_case(erased.id)
        work.doubt_clock("jump")
        if custody == "offline":
            assert work.begin_rotation(SHELL, CasePublic(b"offline1", PrivateKey(new_seed()).public.raw))

    with place.open() as store:
        store.write_now(fill)
        yield World(house, store, kinds | {("", "mine"): erased, ("", "erased"): erased})


def away(chat: Chat) -> Chat:
    """All that came from the chat is locked away."""
    home = State("ru", Phase.HOME, recorded=True).to_json()
    layer = {"cases": chat.address["cases"], "home": home, "word": None, "relay": None}
    return replace(chat, address={**chat.address, "cases": [], "behind": [layer]})


def kept(work: Work) -> list[frozenset[tuple[Any, ...]]]:
    connection = work._transaction.connection
    return [frozenset(map(tuple, connection.execute(select(table)))) for table in KEPT]


def asked(world: World, who: str, name: str, kind: str) -> list[Wrote | Pressed]:
    """The button, and the command where there is one."""
    row, case = ROWS[name], world.case(who, kind)
    said = row.argument.format(code=case.head["code"])
    data = f"{case.id.hex()}{'.' if said else ''}{said}" if row.about_a_case else said
    made: list[Wrote | Pressed] = [Pressed(next(UPDATES), USERS[who], 1, "query", f"{name}={data}", "en", "Aru")]
    if TABLE[name].typed:
        words = f"/{TABLE[name].command} {case.head['code'] if row.about_a_case else ''} {said}"
        made.append(Wrote(next(UPDATES), USERS[who], 1, words, "en", "Aru", WRITTEN))
    return made


def seen(
    world: World, updates: Sequence[Wrote | Pressed], prepared: Sequence[Case] = (), *, locked: bool = False
) -> Seen:
    """What comes of them, in a transaction that is taken back; ``locked``: the chat of what was prepared."""
    found: list[Seen] = []

    def trial(work: Work) -> None:
        work.save_cases(prepared)
        if locked:
            work.save_chats(away(chat) for chat in work.load_chats([USERS["person"]]).values())
        before, refused = kept(work), work.state().get("refused", 0)
        rows, answers, _ = ingest.handle(world.house, work, list(updates), Turnstile(Gate(10_000)))
        said = [row.body["text"] for row in rows if row.body["do"] == "show" and row.body["chat"] == updates[0].user]
        noted = sum(one.what == Act.REFUSED for one in work.audit(limit=1000))
        counted = work.state().get("refused", 0) - refused
        found.append(Seen(said, noted, counted, len(answers), before != kept(work)))
        raise Undone

    with suppress(Undone):
        world.store.write_now(trial)
    return found[0]


def test_every_action_has_a_row_and_every_row_an_action() -> None:
    assert set(ROWS) == set(TABLE)
    assert {name for name, row in ROWS.items() if row.about_a_case} == {
        name for name, entry in TABLE.items() if isinstance(entry, CaseAction)
    }


def test_no_button_of_a_persons_counts_as_a_try_at_what_is_for_staff(house: House) -> None:
    """But for the language, which is everybody's, and what only means something together with a case."""
    persons = {*house.questionnaire.questions, *Phase, "language", "more", "help", "erase", "stray", "hidden", "clear"}
    assert {"language"} == persons & {
        name for name, entry in TABLE.items() if isinstance(entry, Action) and name not in ("erase",)
    }


def test_what_the_table_does_not_allow_is_refused_and_changes_nothing(world: World) -> None:
    """In one short line; what a role may not do, or what is another's, is noted; a stranger's try is only counted."""
    codes = [case.head["code"] for case in world.kinds.values()]
    for who in WHO_TRIES:
        tries = [
            (row, kind, update)
            for name, row in ROWS.items()
            for kind in (*CASES, "erased")
            if not row.allows(who, kind)
            for update in asked(world, who, name, kind)
        ]
        result = seen(world, [update for _, _, update in tries])
        assert not result.changed, who
        assert not [line for line in result.said if any(code in line for code in codes) and "taken by" not in line]
        if who not in MEMBERS or who == "removed":
            assert (0, 0) == (result.refusals, result.noted)
            assert sum(row is not ROWS["language"] for row, _, _ in tries) == result.counted
            continue
        late = [row.late and row.may(who) and kind in ("mine", "others") for row, kind, _ in tries]
        noted = [not row.may(who) or (kind == "others" and not row.late) for row, kind, _ in tries]
        assert len(tries) == len(result.said), who
        assert (len(tries) - sum(late), sum(noted), 0) == (result.refusals, result.noted, result.counted), who
        assert sum(isinstance(update, Pressed) for _, _, update in tries) == result.answered


def test_what_the_table_allows_is_not_refused(world: World) -> None:
    for who in ("coordinator", "admin", "auditor"):
        for name, row in ROWS.items():
            for kind in (*CASES,) if row.about_a_case else ("waiting",):
                if row.allows(who, kind):
                    case, acting = world.case(who, kind), member(who).id.hex()
                    head = {key: acting if value == WHO else value for key, value in row.head.items()}
                    prepared = [replace(case, head=merged(case.head, head))]
                    for update in asked(world, who, name, kind):
                        result = seen(world, [update], prepared, locked=row.locked)
                        assert (0, 0) == (result.refusals, result.noted), (who, kind, name)
