"""A hundred thousand times (see `figures`): what was altered or moved does not open, and the refusal tells nothing."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.vault import Damaged, Place, Purpose, Vault

from .conftest import Home

DAY = date(2026, 4, 1)
ROWS, ENTRIES, WRAPS = 80, 14, 6
CANARY = "Айгуль, улица Абая".encode()
NAMES = ("cases", "chats", "outbox", "head", "address", "draft", "body")


@dataclass(frozen=True)
class Row:
    place: Place
    envelope: bytes


@dataclass(frozen=True)
class Entry:
    case: bytes
    entry: bytes
    ciphertext: bytes
    wrap: bytes


@dataclass(frozen=True)
class Shelf:
    """Rows and entries of one vault under all its keys, retired and destroyed ones too."""

    vault: Vault
    rows: list[Row]
    entries: list[Entry]
    foreign: list[Row]
    keys: list[bytes]

    def open_row(self, row: Row) -> bytes:
        return self.vault.open(row.place, row.envelope)

    def open_entry(self, one: Entry) -> bytes:
        return self.vault.open_entry(one.case, one.entry, one.ciphertext, one.wrap)

    def rewrap(self, one: Entry) -> bytes:
        return self.vault.rewrap(one.case, one.entry, one.wrap)


def rows_of(vault: Vault, chance: Random) -> list[Row]:
    def row(number: int) -> Row:
        case, purpose = chance.choice([b"", chance.randbytes(16)]), chance.choice(["", "state", "note"])
        place = Place(chance.choice(NAMES[:3]), chance.choice(NAMES[3:]), chance.randbytes(16), case, purpose)
        kind = list(Purpose)[number % 3]
        return Row(place, vault.seal(kind, place, CANARY + bytes([number]), step=64, day=DAY))

    return [row(number) for number in range(60)]


def entries_of(vault: Vault, chance: Random) -> list[Entry]:
    def entry(case: bytes) -> Entry:
        entry, content = chance.randbytes(16), CANARY + chance.randbytes(4)
        sealed = vault.seal_entry(case, entry, content, size=128)
        return Entry(case, entry, sealed.ciphertext, sealed.wrap)

    return [entry(case) for case in (chance.randbytes(16) for _ in range(8)) for _ in range(3)]


@pytest.fixture
def shelf(home: Home, new_home: Callable[[str], Home]) -> Shelf:
    chance = Random(1)
    vault = home.open()
    gone = vault.entry_key_id
    vault.rotate(DAY)
    vault.retire({gone})
    rows, entries = rows_of(vault, chance), entries_of(vault, chance)
    vault.rotate(DAY)
    entries += entries_of(vault, chance)
    known = vault.keys()
    keys = [gone, *(key.id for key in known), *(row.envelope[1:9] for row in rows[:3])]
    return Shelf(vault, rows, entries, rows_of(new_home("other").open(), chance), keys)


def altered(envelope: bytes, others: list[bytes], keys: list[bytes], chance: Random) -> bytes:
    """Never the same as before."""
    while True:
        changed = bytearray(envelope)
        at, other = chance.randrange(len(changed)), chance.choice(others)
        match chance.randrange(9):
            case 0 | 1 | 2:
                changed[at] ^= 1 << chance.randrange(8)
            case 3:
                del changed[at:]
            case 4:
                del changed[at : at + chance.randint(1, 40)]
            case 5:
                changed[at:at] = chance.randbytes(chance.randint(1, 40))
            case 6:
                changed[at:] = other[at:]
            case 7:
                changed[0] = chance.randrange(256)
            case _:
                changed[1:9] = chance.choice([*keys, chance.randbytes(8)])
        if bytes(changed) != envelope:
            return bytes(changed)


def moved(place: Place, other: Place, chance: Random) -> Place:
    """Another row's place, or one part of it; never the same."""
    part = chance.choice(["table", "column", "row", "case", "purpose"])
    for wanted in (chance.choice([other, replace(place, **{part: getattr(other, part)})]), other):
        if wanted != place:
            return wanted
    return replace(place, row=bytes(16))


def bad_rows(shelf: Shelf, chance: Random) -> Iterator[Row]:
    envelopes = [row.envelope for row in shelf.rows]
    while True:
        row, other = chance.choices(shelf.rows, k=2)
        match chance.randrange(4):
            case 0 | 1:
                yield Row(row.place, altered(row.envelope, envelopes, shelf.keys, chance))
            case 2:
                yield Row(moved(row.place, other.place, chance), row.envelope)
            case _:
                yield Row(row.place, chance.choice([*shelf.foreign, *(r for r in shelf.rows if r != row)]).envelope)


def bad_entries(shelf: Shelf, chance: Random) -> Iterator[Entry]:
    wraps, ciphertexts = [one.wrap for one in shelf.entries], [one.ciphertext for one in shelf.entries]
    while True:
        one, other = chance.sample(shelf.entries, 2)
        match chance.randrange(6):
            case 0:
                yield replace(one, ciphertext=altered(one.ciphertext, ciphertexts, shelf.keys, chance))
            case 1:
                yield replace(one, wrap=altered(one.wrap, wraps, shelf.keys, chance))
            case 2:
                yield replace(one, ciphertext=chance.choice([other.ciphertext, chance.choice(shelf.rows).envelope]))
            case 3:
                yield replace(one, wrap=other.wrap)
            case 4:
                yield replace(one, entry=other.entry)
            case _:
                yield replace(one, case=chance.choice([one.entry, chance.randbytes(16)]))


def bad_wraps(shelf: Shelf, chance: Random) -> Iterator[Entry]:
    wraps = [one.wrap for one in shelf.entries]
    while True:
        one, other = chance.sample(shelf.entries, 2)
        wrap = altered(one.wrap, wraps, shelf.keys, chance)
        yield chance.choice([replace(one, wrap=wrap), replace(one, wrap=other.wrap), replace(one, entry=other.entry)])


def assert_refused(act: Callable[[], bytes]) -> Damaged:
    try:
        act()
    except Damaged as refused:
        assert (Damaged().args, None) == (refused.args, refused.__cause__)
        return refused
    pytest.fail("it opened")


@pytest.mark.figures
def test_what_was_altered_or_moved_is_refused_and_the_rest_opens(
    shelf: Shelf, figure: Callable[[int, int], int]
) -> None:
    chance, times = Random(2), figure(20_000, 100_000) // (ROWS + ENTRIES + WRAPS)
    before = [shelf.open_row(row) for row in shelf.rows] + [shelf.open_entry(one) for one in shelf.entries]
    for row, _ in zip(bad_rows(shelf, chance), range(times * ROWS), strict=False):
        assert_refused(lambda row=row: shelf.open_row(row))
    for entry, _ in zip(bad_entries(shelf, chance), range(times * ENTRIES), strict=False):
        assert_refused(lambda entry=entry: shelf.open_entry(entry))
    for entry, _ in zip(bad_wraps(shelf, chance), range(times * WRAPS), strict=False):
        assert_refused(lambda entry=entry: shelf.rewrap(entry))
    assert before == [shelf.open_row(row) for row in shelf.rows] + [shelf.open_entry(one) for one in shelf.entries]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False))
def test_nothing_of_the_content_is_in_the_error_or_where_it_comes_from(shelf: Shelf, chance: Random) -> None:
    row, entry = next(bad_rows(shelf, chance)), next(bad_entries(shelf, chance))
    for act in (lambda: shelf.open_row(row), lambda: shelf.open_entry(entry)):
        refused = assert_refused(act)
        shown = "".join(traceback.format_exception(refused)) + repr(refused.__context__)
        assert "Айгуль" not in shown and repr(CANARY)[2:-1] not in shown and CANARY.hex() not in shown
