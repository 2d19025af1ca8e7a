"""Small numbers are hidden, and nobody computes them from what is shown beside them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake.suppression import Mark, Shown, overlapping, partition, single

SMALL, HIDDEN = Mark.SMALL, Mark.HIDDEN


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ([12, 30, 5], (12, 30, 5)),
        ([50, 20, 3, 2, 1], (50, 20, SMALL, SMALL, SMALL)),
        ([50, 20, 3], (50, HIDDEN, SMALL)),
        ([50, 0, 20, 6, 1], (50, SMALL, HIDDEN, HIDDEN, SMALL)),
        ([50, 0], (HIDDEN, SMALL)),
        ([5, 0, 5, 3], (HIDDEN,) * 4),
        ([4, 4, 4], (HIDDEN,) * 3),
        ([1, 2, 1], (SMALL, SMALL, SMALL)),
        ([0, 0], (SMALL, SMALL)),
    ],
)
def test_what_is_shown_of_a_table(counts: list[int], shown: tuple[Shown, ...]) -> None:
    """Small rows alone, where they hide one another; with the last of the others, where they do not."""
    assert shown == partition(counts)


@given(st.lists(st.integers(0, 12), min_size=2, max_size=4))
def test_no_hidden_number_can_be_computed_by_who_knows_the_rule(counts: list[int]) -> None:
    """All tables of the same total that would be shown in just this way: each hidden row has several numbers in them,
    a small one every number that is small, unless nothing but the total is shown."""
    seen = partition(counts)
    told = single(sum(counts))
    totals = [sum(counts)] if told != SMALL else range(5)
    alike = [other for total in totals for other in _tables(len(counts), total) if partition(other) == seen]
    assert tuple(counts) in alike
    for row, shown in enumerate(seen):
        possible = {other[row] for other in alike}
        if isinstance(shown, int):
            assert possible == {shown}
        else:
            assert len(possible) > 1
        if shown is SMALL:
            assert set(range(5)) == possible


@given(st.lists(st.integers(0, 400), min_size=2, max_size=14))
def test_every_small_row_may_be_any_small_number_however_long_the_table(counts: list[int]) -> None:
    """One case after the other is thought to stand in another hidden row: the table would look the same."""
    seen = partition(counts)
    assert all(count == shown >= 5 for count, shown in zip(counts, seen, strict=True) if isinstance(shown, int))
    if sum(counts) < 5:
        return
    small = [row for row, shown in enumerate(seen) if shown is SMALL]
    further = [row for row, shown in enumerate(seen) if shown is HIDDEN]
    least = {**dict(enumerate(counts)), **dict.fromkeys(small, 0), **dict.fromkeys(further, 5)}
    for row, number in product(small, range(5)):
        other = [*({**least, row: number}).values()]
        _spread(other, sum(counts) - sum(other), further[:1] or [one for one in small if one != row])
        assert (sum(counts), seen) == (sum(other), partition(other))


@given(st.lists(st.integers(0, 9), min_size=2, max_size=5))
def test_rows_that_overlap_hide_the_small_ones_alone(counts: list[int]) -> None:
    assert overlapping(counts) == tuple(count if count > 4 else SMALL for count in counts)


def _tables(rows: int, total: int) -> Iterator[tuple[int, ...]]:
    for first in product(range(total + 1), repeat=rows - 1):
        if sum(first) <= total:
            yield (*first, total - sum(first))


def _spread(counts: list[int], rest: int, rows: list[int]) -> None:
    """What is left over goes to these rows: all of it to a further one, at most four to each small one."""
    for row in rows:
        put = rest if counts[row] >= 5 else min(rest, 4 - counts[row])
        counts[row] += put
        rest -= put
    assert rest == 0
