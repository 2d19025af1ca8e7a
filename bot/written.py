"""What people write in a language: for days and hours, and instead of a button's label.

The names of months and weekdays are those of Unicode's CLDR; all else is ``locales/<code>/words.toml``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from babel import Locale

Table = dict[str, Sequence[str]]


@dataclass(frozen=True)
class Written:
    """``days``: by kind and which; ``choices``: by the label, in English; ``joins``: what stands between two."""

    days: Mapping[str, Table]
    choices: Table
    joins: Sequence[str]


def read(path: Path, code: str) -> Written:
    """A language's words; raises OSError or ValueError where they can't be read."""
    with path.open("rb") as file:
        tables: dict[str, Table] = tomllib.load(file)
    choices, several = tables.pop("choices"), tables.pop("several")
    for kind, named in (("month", Locale(code).months), ("weekday", Locale(code).days)):
        table = tables.setdefault(kind, {})
        for widths in named.values():
            for number, word in (*widths["wide"].items(), *widths["abbreviated"].items()):
                table[str(number)] = (*table.get(str(number), ()), word)
    return Written(tables, choices, several["and"])
