"""What is measured, and the table of it."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median, quantiles

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """Two things measured in turns, one pair a round; what counts is the ratio within a round."""

    name: str
    unit: str
    ours: list[float]
    beside: list[float]
    note: str = ""

    @property
    def ratio(self) -> float:
        return median(one / other for one, other in zip(self.ours, self.beside, strict=True))


def centile(values: list[float], which: int) -> float:
    return quantiles(values, n=100, method="inclusive")[which - 1]


def show(figures: list[Figure]) -> None:
    table = Table("measured", "unit", "median", "beside it", "ratio", "ratios of the rounds", "note")
    for one in figures:
        ratios = sorted(mine / other for mine, other in zip(one.ours, one.beside, strict=True))
        spread = f"{ratios[0]:.2f} … {ratios[-1]:.2f}"
        values = (f"{median(one.ours):,.4g}", f"{median(one.beside):,.4g}", f"{one.ratio:.2f}")
        table.add_row(one.name, one.unit, *values, spread, one.note)
    Console(width=150).print(table)
