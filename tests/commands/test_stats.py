"""qorgan stats: counts in a table, a spreadsheet and a chart, and nobody in them."""

from __future__ import annotations

import csv
import stat
import sys
from pathlib import Path

import pytest

from bot.intake.answers import Answer
from bot.store.work import Work
from tests.commands.ceremony import THEIRS, carried, offline
from tests.commands.conftest import on_both
from tests.commands.machine import ENTRY_SIZE, WORDS, Machine, assert_refused

CODES = [f"K7M2Q{letter}" for letter in "ABCDEFGHJKLMNPQRS"]


def taken_in(machine: Machine, categories: dict[str, int]) -> list[str]:
    """Cases of Almaty, so many of each category; gives their codes."""
    chosen = [category for category, count in categories.items() for _ in range(count)]
    codes = CODES[: len(chosen)]
    ids = machine.opened(*codes)

    def answered(work: Work) -> None:
        at = int(work.now.timestamp())
        for case, category in zip(ids, chosen, strict=True):
            answers = [Answer("where", ("almaty",), "", at), Answer("category", (category,), "", at)]
            body = {"answers": [one.to_json() for one in answers], "removed": [], "later": False, "at": at}
            work.append_entry(case, body, ENTRY_SIZE)

    with machine.store() as store:
        store.write_now(answered)
    return codes


def sheet(path: str) -> dict[tuple[str, str], str]:
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        return {(row["table"], row["row"]): row["cases"] for row in csv.DictReader(file)}


@on_both
def test_cases_are_counted_with_category_and_place_and_the_count_is_noted(machine: Machine) -> None:
    codes = taken_in(machine, {"activist": 9, "deserter": 6, "journalist": 2})
    machine.does("cases", "erase", codes[-1], "--yes")
    done = machine.does("stats", "--lang", "en", "--csv", machine.file("counts.csv"))
    found = sheet(machine.file("counts.csv"))
    assert ("16", "9", "6", "<5") == tuple(
        found["category", row] for row in ("total", "activist", "deserter", "journalist")
    )
    assert ("16", "hidden", "<5") == tuple(found["urgency", row] for row in ("total", "1", "0"))
    assert ("hidden", "<5") == (found["place", "almaty"], found["place", "oral"])
    assert ("hidden", "16") == (found["outcome", "open"], found["month", "total"])
    assert "Cases: 16" in done.stdout and "Erased in the last 400 days, not counted here: <5" in done.stdout
    assert 0o600 == stat.S_IMODE(Path(machine.file("counts.csv")).stat().st_mode)
    assert [("shell", "erase"), ("shell", "count")] == machine.audited()
    told = done.output + Path(machine.file("counts.csv")).read_text()
    assert not [code for code in codes if code in told] and WORDS not in told
    assert "is there already" in assert_refused(machine.type("stats", "--csv", machine.file("counts.csv")))


def test_offline_the_server_counts_heads_and_the_coordinators_machine_what_may_be_behind(
    machine: Machine, far: Machine
) -> None:
    codes = taken_in(machine, {"activist": 9, "deserter": 3})
    offline(machine, far)
    with machine.running_bot():
        machine.does("stats", "--csv", machine.file("here.csv"))
    here = sheet(machine.file("here.csv"))
    assert "12" == here["urgency", "total"] and not [row for row in here if row[0] == "category"]
    far.folder.joinpath("sealed").mkdir()
    for code in (*codes, codes[0]):
        machine.does("cases", "export", code, machine.file("one"))
        Path(carried(machine, "one", far)).rename(far.folder / "sealed" / f"{len([*far.folder.glob('sealed/*')])}")
    words = ["stats", far.file("sealed"), "--keyring", far.file("keyring"), "--csv", far.file("there.csv")]
    done = far.does(*words, "--lang", "kk", answers=THEIRS)
    there = sheet(far.file("there.csv"))
    assert ("12", "9", "<5") == tuple(there["category", row] for row in ("total", "activist", "deserter"))
    assert {"month", "place", "category"} == {table for table, _ in there}
    assert WORDS not in done.output
    assert "--keyring" in machine.type("stats", machine.file("here.csv")).stderr


@pytest.mark.parametrize("language", ["ru", "kk", "en"])
def test_the_chart_has_every_letter_it_needs(machine: Machine, language: str) -> None:
    """matplotlib warns of a letter that its font lacks, and a warning is an error here."""
    taken_in(machine, {"activist": 9, "deserter": 6})
    machine.does("stats", "--lang", language, "--png", machine.file("chart.png"))
    drawn = Path(machine.file("chart.png"))
    assert drawn.read_bytes().startswith(b"\x89PNG") and b"Software" not in drawn.read_bytes()
    assert 0o600 == stat.S_IMODE(drawn.stat().st_mode)


def test_without_matplotlib_a_chart_is_one_error_and_a_hint_and_nothing_is_counted(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("matplotlib.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "bot.commands.chart", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    error = assert_refused(machine.type("stats", "--png", machine.file("chart.png")))
    assert "matplotlib" in error and not Path(machine.file("chart.png")).exists()
    assert [] == machine.audited()
    assert "0" not in machine.does("stats", "--lang", "en").stdout.splitlines()[0]
