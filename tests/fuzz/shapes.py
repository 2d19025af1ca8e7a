"""Updates as the Bot API describes them: every kind and every field that python-telegram-bot's own classes know.

What a newer library knows is made without a word here.
"""

from __future__ import annotations

import datetime
import inspect
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, ForwardRef, Union, get_args, get_origin

import telegram
from telegram import TelegramObject

JSON = dict[str, Any]
LARGEST = 300
"""Objects in one update, about: after so many only what must be there is made."""
_NAMES = {"from_user": "from"}
_KNOWN = {**vars(telegram), "Sequence": Sequence, "dtm": datetime, "datetime": datetime}
_NO_FIELDS = {"self", "api_kwargs", "args", "kwargs"}


@dataclass(frozen=True)
class Field:
    name: str
    kind: Any
    """A class, or a list with one kind in it."""
    needed: bool


@cache
def fields(kind: type[TelegramObject]) -> tuple[Field, ...]:
    """What an object of this type may hold, by the name it has in JSON."""
    given = inspect.signature(kind.__init__).parameters.values()
    return tuple(
        Field(_NAMES.get(one.name, one.name), _kind(one.annotation), one.default is inspect.Parameter.empty)
        for one in given
        if one.name not in _NO_FIELDS
    )


def _kind(annotation: Any) -> Any:
    if isinstance(annotation, ForwardRef):
        annotation = annotation.__forward_arg__
    if isinstance(annotation, str):
        try:
            annotation = eval(annotation, dict(_KNOWN))
        except (NameError, TypeError, AttributeError):  # a name that only a type checker knows
            return str
    origin = get_origin(annotation)
    if origin in (UnionType, Union):
        return _kind(next(one for one in get_args(annotation) if one is not NoneType))
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return [_kind(get_args(annotation)[0])]
    return annotation if isinstance(annotation, type) else str


@cache
def _variants(kind: type[TelegramObject]) -> tuple[type[TelegramObject], ...]:
    return (kind, *(one for direct in kind.__subclasses__() for one in _variants(direct)))


KINDS = tuple(one.name for one in fields(telegram.Update) if not one.needed)
"""Every kind of update."""
CONTENTS = tuple(one.name for one in fields(telegram.Message) if not one.needed)
"""Everything that a message may hold."""


class Shapes:
    """Makes what fits. ``words`` gives every text."""

    def __init__(self, chance: random.Random, words: Callable[[], str]) -> None:
        self._chance = chance
        self._words = words
        self._left = 0

    def update(self, kind: str) -> JSON:
        """One of this kind; between nothing and everything of what may be missing."""
        return {kind: self._one(telegram.Update, kind)}

    def content(self, name: str) -> JSON:
        """One thing that a message may hold."""
        return {name: self._one(telegram.Message, name)}

    def _one(self, holder: type[TelegramObject], name: str) -> Any:
        self._left = self._chance.choice((0, 3, 10, 30)) if self._chance.random() < 0.98 else LARGEST
        return self._value(next(one.kind for one in fields(holder) if one.name == name), 0)

    def _value(self, kind: Any, depth: int) -> Any:
        chance = self._chance
        if isinstance(kind, list):
            return [self._value(kind[0], depth + 1) for _ in range(chance.choice((0, 1, 1, 2)))]
        if issubclass(kind, TelegramObject):
            return self._object(chance.choice(_variants(kind)), depth)
        if issubclass(kind, bool):
            return chance.random() < 0.5
        if issubclass(kind, float):
            return chance.uniform(-180, 180)
        if issubclass(kind, int | datetime.datetime | datetime.timedelta):
            return chance.choice((1, 5, 1_700_000_000, chance.randrange(2**31)))
        return self._words()

    def _object(self, kind: type[TelegramObject], depth: int) -> JSON:
        self._left -= 1
        share = self._chance.choice((0.0, 0.1, 0.5, 1.0)) if self._left > 0 and depth < 5 else 0.0
        return {
            one.name: self._value(one.kind, depth + 1)
            for one in fields(kind)
            if (one.needed and depth < 9) or (self._left > 0 and self._chance.random() < share)
        }
