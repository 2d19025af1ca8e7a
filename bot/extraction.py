"""A Babel extractor for questionnaire files: which of their strings people read."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping
from itertools import count
from typing import IO, Any

READ_BY_PEOPLE = frozenset(
    {
        "self",
        "another",
        "label",
        "text",
        "title",
        "hint",
        "name_self",
        "name_another",
        "risk",
        "asks",
        "article",
        "purpose_line",
    }
)

Found = tuple[int, str, str, list[str]]


def extract_questionnaire(
    file: IO[bytes], keywords: Mapping[str, Any], comment_tags: Collection[str], options: Mapping[str, Any]
) -> Iterator[Found]:
    """Each text in the order of the file, with the path of its keys as the translators' comment.

    TOML gives no line numbers; the running number in their place keeps that order.
    """
    numbers = count(1)
    for path, message in _texts(tomllib.loads(file.read().decode("utf-8")), ()):
        yield next(numbers), "", message, [" › ".join(path)]


def _texts(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    for key, value in table.items():
        here = (*path, key)
        values = value if isinstance(value, list) else [value]
        for part in values:
            if isinstance(part, dict):
                name = part.get("id")
                yield from _texts(part, (*here, name) if isinstance(name, str) else here)
            elif isinstance(part, str) and part and key in READ_BY_PEOPLE:
                yield here, part
