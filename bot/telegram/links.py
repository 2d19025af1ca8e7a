"""Cases that a coordinator holds to be about the same person. Nothing is merged, and no person hears of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.store.records import Act, Case
from bot.telegram.desk import Desk

LINKS = "links"


def join(desk: Desk, one: Case, other: Case, actor: str) -> bool:
    """Whether they are linked now and were not before."""
    if one.id == other.id or other.id.hex() in one.head.get(LINKS, ()):
        return False
    for case, to in ((one, other), (other, one)):
        _save(desk, case, {*case.head.get(LINKS, ()), to.id.hex()})
        desk.work.note(actor, Act.LINK, case.id)
    return True


def part(desk: Desk, one: Case, other: Case, actor: str) -> bool:
    """Whether they were linked and are no more."""
    if other.id.hex() not in one.head.get(LINKS, ()):
        return False
    for case, to in ((one, other), (other, one)):
        _save(desk, case, {*case.head.get(LINKS, ())} - {to.id.hex()})
        desk.work.note(actor, Act.UNLINK, case.id)
    return True


def of(desk: Desk, head: Mapping[str, Any]) -> list[Case]:
    """The cases linked to one, in the order of their codes; what is gone or damaged is none."""
    rows = [bytes.fromhex(row) for row in head.get(LINKS, ())]
    found = desk.work.load_cases(rows) if rows else {}
    return sorted(found.values(), key=lambda case: str(case.head["code"]))


def codes(desk: Desk, head: Mapping[str, Any]) -> list[str]:
    return [str(case.head["code"]) for case in of(desk, head)]


def forget(desk: Desk, erased: bytes, head: Mapping[str, Any] | None) -> list[Case]:
    """A case is erased: no other remembers it, also where its own head told nothing. Gives those that did."""
    others = of(desk, head) if head is not None else desk.work.all_cases()
    linked = [case for case in others if erased.hex() in case.head.get(LINKS, ())]
    return [_save(desk, case, {*case.head[LINKS]} - {erased.hex()}) for case in linked]


def _save(desk: Desk, case: Case, linked: set[str]) -> Case:
    return desk.head(case, {**case.head, LINKS: sorted(linked)})
