"""Messages for people, kept as data until the border translates them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month of a year, as people call it."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02}"

    def before(self, months: int) -> Month:
        """The one so many months earlier."""
        year, number = divmod(self.year * 12 + self.number - 1 - months, 12)
        return Month(year, number + 1)


@dataclass(frozen=True, slots=True)
class Day:
    """A day, shown with its weekday."""

    date: date


@dataclass(frozen=True, slots=True)
class Text:
    """A message by its English source, with what fills its ``{placeholders}``.

    Never markup: whoever shows it escapes it. A ``str`` among the values is shown as it is, a
    ``Text`` is translated first, an aware ``datetime`` becomes a date and time in Almaty, a ``date`` a day.
    """

    message: str
    values: tuple[tuple[str, Value], ...] = ()
    plural: str | None = None
    count: int = 0


Value = Text | str | int | datetime | date | Day | Month


def text(message: str, **values: Value) -> Text:
    """A message; the extraction keyword for translators."""
    return Text(message, tuple(values.items()))


def plural(one: str, many: str, count: int, **values: Value) -> Text:
    """A message that depends on ``count``, which its wordings may show as ``{count}``."""
    return Text(one, (("count", count), *values.items()), many, count)


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language as people choose it: ``name`` is what it calls itself, ``called`` what others call it."""

    code: str
    name: str
    called: Text
