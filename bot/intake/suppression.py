"""What of a table of counts may be seen by anybody: small numbers are hidden, and can't be computed from the rest.

A count under five, none among them, is shown as *small*. Where each case stands in exactly one row, the hidden
rows together are the total less what is shown, so anybody can work out that sum. It must be no small number itself,
and must leave each small row anything from 0 to 4. Where it does not, the last row that is not small is hidden, too,
then the one before it, until the hidden rows together are at least five for each of these and five more; where no
row is left, none is shown.

Why this holds against somebody who knows this rule and the total:

* Which further row is hidden depends on the order of the rows alone, which is fixed, and not on the counts: to hide
  the smallest one would tell that it is at most as large as every row that is shown.
* With ``m`` small rows alone hidden, their sum S is in 5 ≤ S ≤ 4(m - 1): one of them may be any v from 0 to 4, as
  the others can make up S - v.
* With ``q`` further rows hidden S ≥ 5q + 5: let one small row be v, the others 0, the first q - 1 further rows 5,
  and the last of them the rest, at least 6. Up to the row before the last such a table is short of the bound, too,
  so it would be shown in the same way.
* Where none is shown, the total is all that is told. Whether that is so does not depend on the order of the counts,
  so every row may have what another one has; and where all have four, tables that are not even are shown so, too.

Where a case may stand in several rows or in none, rows and total bind one another by nothing but that no row is more
than the total: only the small ones are hidden. Such a table must have no row for the rest, or each case would stand in
at least one.

What it can't prevent: two tables, of different days or of some cases and of all, are subtracted from one another;
somebody knows most of the cases from elsewhere; one table narrows another by what the questionnaire
itself says (whoever is being taken is critical).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

LEAST = 5
"""The smallest number that is shown."""


class Mark(Enum):
    """What stands in the place of a number."""

    SMALL = "small"
    """Fewer than five, perhaps none."""
    HIDDEN = "hidden"
    """Hidden only so that nobody computes a small one."""


Shown = int | Mark


def single(count: int) -> Shown:
    """A number that stands alone."""
    return count if count >= LEAST else Mark.SMALL


def overlapping(counts: Sequence[int]) -> tuple[Shown, ...]:
    """Rows in which a case may stand several times or not at all."""
    return tuple(map(single, counts))


def partition(counts: Sequence[int]) -> tuple[Shown, ...]:
    """Rows in one of which each case stands; their sum is told, too, like any number that stands alone."""
    shown = [single(count) for count in counts]
    if sum(counts) < LEAST:
        return tuple(shown)
    small = shown.count(Mark.SMALL)
    together = sum(count for count in counts if count < LEAST)
    if small == 0 or LEAST <= together <= (LEAST - 1) * (small - 1):
        return tuple(shown)
    further = 0
    for row in reversed(range(len(counts))):
        if counts[row] < LEAST:
            continue
        shown[row] = Mark.HIDDEN
        together += counts[row]
        further += 1
        if together >= LEAST * (further + 1):
            return tuple(shown)
    return (Mark.HIDDEN,) * len(counts)
