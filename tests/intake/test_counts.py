"""Cases counted from heads and answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.intake import counts, questionnaire
from bot.intake.counts import Table
from bot.intake.suppression import Mark, Shown
from bot.intake.text import Text

ASKED = questionnaire.load()
NOW = datetime(2026, 11, 30, 20, tzinfo=UTC)  # December in Almaty
OUTCOMES = {"helped": Text("Helped"), "lost": Text("Lost contact")}


def head(urgency: int = 0, *reasons: str, written: datetime = NOW, **changes: Any) -> dict[str, Any]:
    times = {"written": int(written.timestamp()), **changes.pop("times", {})}
    return {"urgency": urgency, "reasons": list(reasons), "outcome": None, "times": times, **changes}


def shown(table: Table) -> dict[str, Shown]:
    return {row.id: row.count for row in table.rows}


def counted(heads: list[dict[str, Any]]) -> dict[str, dict[str, Shown]]:
    return {table.id: shown(table) for table in counts.of_heads(heads, OUTCOMES, NOW, ASKED.zone)}


def test_a_case_has_one_urgency_and_may_have_several_reasons() -> None:
    found = counted([head(0, "custody", "paper")] * 6 + [head(1, "paper", "other")] * 17)
    assert (6, Mark.HIDDEN) == (found["urgency"]["0"], found["urgency"]["1"])
    assert (6, 23, Mark.SMALL) == tuple(found["reason"][row] for row in ("custody", "paper", "hearing"))


def test_no_row_tells_of_the_other_reasons_as_a_hidden_number_could_be_computed_then() -> None:
    assert "other" not in counted([head(3, "other")] * 9)["reason"]


def test_a_case_is_open_until_it_is_closed_with_an_outcome_or_none() -> None:
    closed = {"closed": 1}
    heads = [head()] * 8 + [head(outcome="helped", times=closed)] * 6 + [head(times=closed)] * 11
    assert {"open": 8, "helped": 6, "lost": Mark.SMALL, "rest": Mark.HIDDEN} == counted(heads)["outcome"]


def test_months_are_those_of_almaty_and_the_clock_of_a_head_that_runs_ahead_counts_as_now() -> None:
    old, ahead = datetime(2020, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
    month = counted([head()] * 5 + [head(written=ahead)] + [head(written=old)] * 10)["month"]
    assert ["2026-12", "2026-11", "2026-01", "rest"] == [[*month][row] for row in (0, 1, 11, 12)]
    assert (6, Mark.HIDDEN) == (month["2026-12"], month["rest"])


def test_place_is_a_city_that_was_chosen_or_the_rest() -> None:
    chosen = ["almaty"] * 9 + ["astana"] * 6 + ["", "a blue house"] * 5
    places = shown(counts.by_place(ASKED.questions["where"], chosen))
    assert (9, 6, Mark.HIDDEN) == (places["almaty"], places["astana"], places["rest"])
    assert "a blue house" not in places


def test_who_gave_no_category_stands_in_no_row() -> None:
    table = counts.by_category(ASKED.questions["category"], [("activist", "ukraine")] * 5 + [()] * 4)
    assert (9, 5, Mark.SMALL) == (table.total, shown(table)["activist"], shown(table)["other"])


def test_the_rows_of_a_table_do_not_depend_on_who_is_counted() -> None:
    everyone = counted([head(0, "custody")] * 500 + [head(4, "stay", outcome="lost", times={"closed": 1})] * 3)
    nobody = counted([])
    assert {name: [*rows] for name, rows in everyone.items()} == {name: [*rows] for name, rows in nobody.items()}
    assert {Mark.SMALL} == {count for rows in nobody.values() for count in rows.values()}
