"""What all administrators are told of the staff at once, so that nothing is done to it behind their backs."""

from __future__ import annotations

from collections.abc import Iterable

from bot.intake.text import Text, text
from bot.store.records import Staff
from bot.telegram import casework
from bot.telegram.actions import ROLES, Role
from bot.telegram.desk import Desk


def invited(desk: Desk, among: Iterable[Staff], role: Role, by: Staff | None) -> None:
    _tell(desk, among, text("Invited to the staff: {role} · by: {who}", role=ROLES[role], who=author(by)))


def withdrawn(desk: Desk, among: Iterable[Staff], role: Role, by: Staff | None) -> None:
    _tell(desk, among, text("Invite withdrawn: {role} · by: {who}", role=ROLES[role], who=author(by)))


def joined(desk: Desk, among: Iterable[Staff], one: Staff, by: Staff | None) -> None:
    line = text("New on the staff: {name} · {role} · invited by: {who}", **_member(one), who=author(by))
    _tell(desk, among, line)


def removed(desk: Desk, among: Iterable[Staff], one: Staff, by: Staff | None) -> None:
    _tell(desk, among, text("Removed from the staff: {name} · {role} · by: {who}", **_member(one), who=author(by)))


def restored(desk: Desk, among: Iterable[Staff], one: Staff) -> None:
    _tell(desk, among, text("On the staff again: {name} · {role} · by: {who}", **_member(one), who=author(None)))


def given_role(desk: Desk, among: Iterable[Staff], one: Staff, by: Staff | None) -> None:
    _tell(desk, among, text("Another role on the staff: {name} · {role} · by: {who}", **_member(one), who=author(by)))


def author(by: Staff | None) -> Text | str:
    """Nobody: the shell."""
    return (by.body.get("name") or "—") if by is not None else text("the shell")


def _member(one: Staff) -> dict[str, Text | str]:
    return {"name": one.body.get("name") or "—", "role": ROLES[Role(one.body["role"])]}


def _tell(desk: Desk, among: Iterable[Staff], line: Text) -> None:
    for one in {each.id: each for each in among}.values():
        casework.tell(desk, one, line)
