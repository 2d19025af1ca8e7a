"""The tables of ``qorgan stats`` as one page for a report, as wide as A4 and readable in black and white.

The only module that imports matplotlib, which is an extra: a server needs no charts.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bot.intake import counts
from bot.intake.counts import Row, Table
from bot.intake.suppression import Mark
from bot.intake.text import Text
from bot.languages import Language

BROAD = "month"
"""The table whose rows stand side by side, the oldest first."""
WIDTH, MARGIN, GAP = 8.27, 0.6, 0.35
HEAD, TITLE, UNDER_TITLE, ROW, BROAD_HIGH, NOTE = 0.95, 0.3, 0.17, 0.25, 1.45, 0.17
"""Inches, like all measures here."""
LABELS = 1.75
"""What the names of rows take of a column."""
LABEL_WIDTH, NOTE_WIDTH = 28, 118
"""Characters in a line."""
DOTS = 200
INK, FAINT, BAR = "#1a1a1a", "#6b6b6b", "#1f5673"


@dataclass(frozen=True)
class _Page:
    figure: Figure
    height: float

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """A panel without a frame, its corner measured from the page's left upper one."""
        low = self.height - top - height
        axes = self.figure.add_axes((left / WIDTH, low / self.height, width / WIDTH, height / self.height))
        axes.set_axis_off()
        return axes

    def write(self, left: float, top: float, words: str, **style: Any) -> None:
        self.figure.text(left / WIDTH, 1 - top / self.height, words, **{"va": "top", "color": INK, **style})


def draw(tables: Sequence[Table], headline: Text, notes: Sequence[Text], language: Language) -> bytes:
    """A PNG; nothing in it tells of the machine it was made on, nor when."""
    broad = [table for table in tables if table.id == BROAD]
    columns = _columns([table for table in tables if table.id != BROAD])
    written = [line for note in notes for line in textwrap.wrap(language.say(note), NOTE_WIDTH)]
    body = HEAD + (TITLE + BROAD_HIGH + 2 * GAP) * len(broad)
    foot = body + max(sum(map(_height, column)) for column in columns)
    height = foot + NOTE * len(written) + MARGIN / 2
    page = _Page(Figure(figsize=(WIDTH, height), dpi=DOTS, facecolor="white"), height)
    page.write(MARGIN, 0.4, language.say(headline), size=15, weight="bold")
    for table in broad:
        _side_by_side(page, HEAD, table, language)
    width = (WIDTH - 2 * MARGIN - GAP) / 2
    for number, column in enumerate(columns):
        top = body
        for table in column:
            _one_below_another(page, MARGIN + number * (width + GAP), top, width, table, language)
            top += _height(table)
    for number, line in enumerate(written):
        page.write(MARGIN, foot + NOTE * number, line, size=7.5, color=FAINT)
    drawn = BytesIO()
    page.figure.savefig(drawn, format="png", metadata={"Software": None})
    return drawn.getvalue()


def _columns(tables: Sequence[Table]) -> tuple[list[Table], list[Table]]:
    """Each table in the column that is the shorter one so far."""
    left: list[Table] = []
    right: list[Table] = []
    for table in tables:
        (left if sum(map(_height, left)) <= sum(map(_height, right)) else right).append(table)
    return left, right


def _height(table: Table) -> float:
    return _titled(table) + ROW * len(table.rows) + GAP


def _titled(table: Table) -> float:
    return TITLE + UNDER_TITLE * table.several


def _title(page: _Page, left: float, top: float, table: Table, language: Language) -> None:
    page.write(left, top, language.say(table.title), size=10, weight="bold")
    if table.several:
        page.write(left, top + 0.2, language.say(table.base), size=7.5, color=FAINT)


def _one_below_another(page: _Page, left: float, top: float, width: float, table: Table, language: Language) -> None:
    _title(page, left, top, table, language)
    height = ROW * len(table.rows)
    axes = page.axes(left + LABELS, top + _titled(table), width - LABELS, height)
    axes.set_xlim(0, _longest(table) * 1.25)
    axes.set_ylim(len(table.rows) - 0.5, -0.5)
    axes.axvline(0, color=INK, linewidth=0.8)
    for number, row in enumerate(table.rows):
        if isinstance(row.count, int):
            axes.barh(number, row.count, height=0.62, color=BAR)
        at = (row.count if isinstance(row.count, int) else 0, number)
        _count(axes, row, at, (4, 0), language, va="center_baseline")
        label = _lines(counts.label(row, language.say))
        style: dict[str, Any] = {"va": "center", "size": 7} if label[1:] else {"va": "center_baseline", "size": 8}
        axes.annotate(
            "\n".join(label), (0, number), (-5, 0), textcoords="offset points", ha="right", color=INK,
            linespacing=1.0, annotation_clip=False, **style,
        )  # fmt: skip


def _lines(label: str) -> list[str]:
    """As few as will do, and about equally long."""
    fewest = len(textwrap.wrap(label, LABEL_WIDTH))
    narrower = (textwrap.wrap(label, width) for width in range(LABEL_WIDTH // 2, LABEL_WIDTH + 1))
    return next(lines for lines in narrower if len(lines) == fewest)


def _side_by_side(page: _Page, top: float, table: Table, language: Language) -> None:
    _title(page, MARGIN, top, table, language)
    axes = page.axes(MARGIN, top + TITLE, WIDTH - 2 * MARGIN, BROAD_HIGH)
    axes.set_ylim(0, _longest(table) * 1.2)
    axes.set_xlim(-0.5, len(table.rows) - 0.5)
    axes.axhline(0, color=INK, linewidth=0.8)
    for number, row in enumerate(reversed(table.rows)):
        if isinstance(row.count, int):
            axes.bar(number, row.count, width=0.62, color=BAR)
        at = (number, row.count if isinstance(row.count, int) else 0)
        upright = 90 if row.count is Mark.HIDDEN else 0  # the word is broader than a column
        _count(axes, row, at, (0, 3), language, ha="center", rotation=upright)
        label = textwrap.fill(counts.label(row, language.say), 9)
        axes.annotate(
            label, (number, 0), (0, -4), textcoords="offset points", ha="center", va="top", size=7, color=INK,
            annotation_clip=False,
        )  # fmt: skip


def _count(
    axes: Axes, row: Row, at: tuple[float, float], away: tuple[float, float], language: Language, **style: Any
) -> None:
    hidden = isinstance(row.count, Mark)
    axes.annotate(
        counts.words(row.count, language.say), at, away, textcoords="offset points", color=FAINT if hidden else INK,
        style="italic" if hidden else "normal", size=7 if hidden else 8, annotation_clip=False, **style,
    )  # fmt: skip


def _longest(table: Table) -> int:
    return max((row.count for row in table.rows if isinstance(row.count, int)), default=1)
