"""qorgan audit: who did what; a log that was tampered with is found out."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from bot.store.records import Act, Staff
from bot.store.work import Work
from tests.commands.machine import Machine

ANNA = Staff(b"a" * 16, 7_000_000_003, {"role": "coordinator", "name": "Аня\x1b[2J"})


@pytest.fixture
def logged(machine: Machine) -> Machine:
    (case,) = machine.opened("K7M2QX")

    def happen(work: Work) -> None:
        work.save_staff([ANNA])
        for act in (Act.TAKE, Act.READ, Act.READ, Act.READ):
            work.note(work.actor(ANNA.user), act, case)

    with machine.store() as store:
        store.write_now(happen)
    return machine


def head(machine: Machine) -> str:
    return ":".join(machine.does("audit", "show").stderr.split()[-2:])


def spoil(machine: Machine, *statements: str) -> None:
    with closing(sqlite3.connect(machine.data / "qorgan.db")) as database, database:
        for statement in statements:
            database.execute(statement)


def test_the_log_tells_who_did_what_to_which_case_newest_first(logged: Machine) -> None:
    lines = logged.does("audit", "show", "--limit", "3").stdout.splitlines()
    assert ["4", "3", "2"] == [line.split()[0] for line in lines]
    assert all("Аня [2J (" in line and line.endswith("K7M2QX") and " read " in line for line in lines)
    assert ["1"] == [line.split()[0] for line in logged.does("audit", "show", "--before", "2").stdout.splitlines()]
    assert "7000000003" not in "".join(lines)


def test_a_whole_log_is_found_whole(logged: Machine) -> None:
    assert "the log is whole" in logged.does("audit", "verify").stdout
    noted = head(logged)
    logged.does("keys", "backup", logged.file("copy"))
    assert "the log is whole" in logged.does("audit", "verify", "--head", noted).stdout


@pytest.mark.parametrize(
    "statements",
    [
        ["UPDATE audit SET sealed = (SELECT sealed FROM audit WHERE number = 2) WHERE number = 3"],
        ["DELETE FROM audit WHERE number = 2"],
        [
            "UPDATE audit SET number = 99 WHERE number = 2",
            "UPDATE audit SET number = 2 WHERE number = 3",
            "UPDATE audit SET number = 3 WHERE number = 99",
        ],
        ["DELETE FROM audit WHERE number > 2"],
        ["DELETE FROM audit"],
    ],
)
def test_an_edit_a_removal_a_reordering_and_a_cut_are_found_out(logged: Machine, statements: list[str]) -> None:
    noted = head(logged)
    spoil(logged, *statements)
    done = logged.type("audit", "verify", "--head", noted)
    assert (1, True) == (done.exit_code, "fault at entry" in done.stdout), done.output
