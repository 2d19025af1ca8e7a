"""What members of staff may do: by which role, with which cases, and what carries it out.

Each module that has something to do exports ``ACTIONS``; ``table`` gathers them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.intake.text import Text, text
from bot.store.records import Case, Staff

if TYPE_CHECKING:  # the desk knows the table
    from bot.telegram.desk import Desk

CLOSED = "closed"
NOT_YOURS = text("No such case, or it is not yours.")
NOT_NOW = text("This can't be done with the case as it stands now.")
FORBIDDEN = text("This is not for you to do.")
EXPECTED_FOR = 5 * 60
"""Seconds within which words count as the answer to what was asked of a member."""


class Role(StrEnum):
    COORDINATOR = "coordinator"
    ADMIN = "admin"
    AUDITOR = "auditor"  # the audit log and counts, never a case or an alert


ROLES = {
    Role.COORDINATOR: text("coordinator"),
    Role.ADMIN: text("administrator"),
    Role.AUDITOR: text("auditor"),
}


class Relation(StrEnum):
    """What a case is to a member of staff."""

    WAITING = "waiting"
    MINE = "mine"
    OTHERS = "others"
    CLOSED = "closed"


Standing = Mapping[Role, frozenset[Relation]]
"""With which cases each role may do something; a role that is absent may not do it at all."""


def standing(*relations: Relation) -> Standing:
    """The same for coordinators and administrators."""
    return {role: frozenset(relations) for role in (Role.COORDINATOR, Role.ADMIN)}


EVERYONE = frozenset(Role)
ADMINS = frozenset({Role.ADMIN})
DESK = frozenset({Role.COORDINATOR, Role.ADMIN})
HOLDER = standing(Relation.MINE)


@dataclass(frozen=True)
class Action:
    """Something about no case. ``argument`` is what stands behind its name: ``/name argument``, ``name=argument``.

    ``word``: it is typed as this, where a person's button is called so.
    """

    name: str
    roles: frozenset[Role]
    act: Callable[[Desk, Staff, str], None]
    typed: bool = False  # as /name, too
    word: str = ""

    @property
    def command(self) -> str:
        return self.word or self.name


@dataclass(frozen=True)
class CaseAction:
    """Something with one case: ``/name CODE argument``, ``name=id.argument``.

    ``label``: it is a button of the case's card, wherever it is allowed. ``when``: what else must hold, ``otherwise``:
    what the holder is told where it does not.
    ``answers``: done by the holder, it shows that they have seen what is new.
    ``late``: what is said instead of a refusal where somebody holds the case by now; it is no forbidden try then.
    """

    name: str
    standing: Standing
    act: Callable[[Desk, Staff, Case, str], None]
    typed: bool = False
    label: Text | None = None
    when: Callable[[Desk, Staff, Case], bool] = lambda desk, one, case: True
    otherwise: Text = NOT_NOW
    late: Callable[[Desk, Staff, Case], None] | None = None
    answers: bool = True

    @property
    def command(self) -> str:
        return self.name

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(self.standing)


def role_of(one: Staff) -> Role:
    return Role(one.body["role"])


def relation(one: Staff, case: Case) -> Relation:
    if case.head["state"] == CLOSED:
        return Relation.CLOSED
    if not case.head["holder"]:
        return Relation.WAITING
    return Relation.MINE if case.head["holder"] == one.id.hex() else Relation.OTHERS


def allowed(desk: Desk, one: Staff, action: CaseAction, case: Case) -> bool:
    """Whether this member may do this with the case as it is now."""
    fitting = action.standing.get(role_of(one), frozenset())
    return relation(one, case) in fitting and action.when(desk, one, case)


def expect(desk: Desk, one: Staff, name: str, case: Case | None = None, *, within: int = EXPECTED_FOR) -> Staff:
    """The next words of this member are the argument of the action ``name``, unless they do something else first."""
    expected = {"name": name, "case": case.id.hex() if case else None, "until": desk.unix + within}
    return desk.change(one, {"expected": expected})
