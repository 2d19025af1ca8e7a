"""The graph of a questionnaire as an SVG: questions in a column, rules and clocks beside it; no script, no font.

A box names below its words the answers that lead to it, and each arrow ends at the answer that it stands for.
"""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from bot.intake.graph import Arrow, Box, Graph, Kind

COLUMNS = {Kind.QUESTION: 260, Kind.RULE: 960, Kind.CLOCK: 1660}
"""Where each begins, from the left."""
WIDTH, LINE, LETTERS = 400, 16, 56
PAD, BETWEEN, TITLE = 10, 14, 34
LOOK = """
text{font:12px sans-serif;fill:#1b2430} .title{font:bold 15px sans-serif} text.why{fill:#5a3d00} text.not{fill:#8a1c1c}
rect{fill:#fff;stroke:#5b6b7b} .rule{stroke:#a04a00} .clock{stroke:#4a3a8a}
path{fill:none;stroke:#8b9aa8;stroke-width:1} path.not{stroke:#b04a4a;stroke-dasharray:4 3}
path:hover{stroke:#0a5a5a;stroke-width:3}
"""


@dataclass(frozen=True, slots=True)
class Placed:
    """A box with its lines. ``why``: the answers that lead to it, in the order of their lines."""

    box: Box
    x: int
    y: int
    words: Sequence[str]
    why: Sequence[Arrow]

    @property
    def height(self) -> int:
        return 2 * PAD + LINE * (len(self.words) + len(self.why))

    def line(self, number: int) -> int:
        """How far down the text of a line stands."""
        return self.y + PAD + LINE * number + 12


def svg(graph: Graph) -> str:
    """One file that any browser shows."""
    titles, placed = _placed(graph)
    high = max((one.y + one.height for one in placed), default=0) + 40
    wide = max(COLUMNS.values()) + WIDTH + 40
    by_id = {one.box.id: one for one in placed}
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}">',
        f"<style>{LOOK}</style>",
        f'<rect x="0" y="0" width="{wide}" height="{high}" stroke="none"/>',
        *(path for one in placed for path in _paths(one, by_id)),
        *(f'<text class="title" x="{x}" y="{y}">{escape(words)}</text>' for x, y, words in titles),
        *(part for one in placed for part in _shown(one)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _placed(graph: Graph) -> tuple[list[tuple[int, int, str]], list[Placed]]:
    """The groups' titles and the boxes, each column from above to below."""
    why: dict[str, list[Arrow]] = defaultdict(list)
    for arrow in graph.arrows:
        why[arrow.end].append(arrow)
    down = dict.fromkeys(Kind, 40)
    titles, placed = [], []
    for group in graph.groups:
        kind = group.boxes[0].kind
        titles.append((COLUMNS[kind], down[kind] + 16, group.title))
        down[kind] += TITLE
        for box in group.boxes:
            one = Placed(box, COLUMNS[kind], down[kind], textwrap.wrap(box.words, LETTERS), why[box.id])
            placed.append(one)
            down[kind] += one.height + BETWEEN
    return titles, placed


def _paths(to: Placed, by_id: dict[str, Placed]) -> Iterator[str]:
    for number, arrow in enumerate(to.why):
        start, end = by_id[arrow.start], to.line(len(to.words) + number) - 4
        begin = start.y + start.height // 2
        if to.box.kind is Kind.QUESTION:  # round the left side of the same column
            far = to.x - min(40 + abs(end - begin) // 6, 230)
            course = f"M{start.x},{begin} C{far},{begin} {far},{end} {to.x},{end}"
        else:
            right = start.x + WIDTH
            course = f"M{right},{begin} C{right + 150},{begin} {to.x - 150},{end} {to.x},{end}"
        told = escape(f"{arrow.start[2:]} {arrow.words} → {to.box.words}")
        yield f'<path class={quoteattr("not" if arrow.holds else "so")} d="{course}"><title>{told}</title></path>'


def _shown(one: Placed) -> Iterator[str]:
    round_ = {Kind.QUESTION: 2, Kind.RULE: 14, Kind.CLOCK: 6}[one.box.kind]
    place = f'x="{one.x}" y="{one.y}" width="{WIDTH}" height="{one.height}" rx="{round_}"'
    yield f'<rect class="{one.box.kind}" {place}/>'
    for number, words in enumerate(one.words):
        yield f'<text x="{one.x + PAD}" y="{one.line(number)}">{escape(words)}</text>'
    for number, arrow in enumerate(one.why, len(one.words)):
        told = textwrap.shorten(f"{'not if' if arrow.holds else 'if'} {arrow.start[2:]} {arrow.words}", LETTERS)
        kind = "not" if arrow.holds else "why"
        yield f'<text class="{kind}" x="{one.x + PAD}" y="{one.line(number)}">{escape(told)}</text>'
