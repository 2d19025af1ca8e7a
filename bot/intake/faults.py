"""What is wrong with a questionnaire file, gathered so that all of it can be told at once."""

from __future__ import annotations

from collections.abc import Collection
from types import TracebackType
from typing import Any

_TYPES: dict[type, set[str]] = {
    list: {
        "question", "rule", "clock", "help", "update", "news", "changes", "options", "when", "unless", "typed", "hours",
        "days",
    },
    dict: {"questionnaire", "groups"},
    int: {"stage", "limit", "day", "months"},
    bool: {"alone", "verified"},
}  # fmt: skip
_NAMES = {str: "a text", list: "a list", dict: "a table", int: "a whole number", bool: "true or false"}


class QuestionnaireError(ValueError):
    """The questionnaire file can't be used; each fault names the key and what is wrong with it, the first is shown."""

    def __init__(self, *faults: str) -> None:
        super().__init__(*faults)
        self.faults = faults

    def __str__(self) -> str:
        return self.faults[0]


class Faults:
    """Those found so far. As a context it takes over what is raised in it, and the reading goes on behind it."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def add(self, fault: str) -> None:
        if fault not in self.found:
            self.found.append(fault)

    def raise_any(self) -> None:
        if self.found:
            raise QuestionnaireError(*self.found)

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> bool:
        if not isinstance(error, QuestionnaireError):
            return False
        for fault in error.faults:
            self.add(fault)
        return True

    def known(self, raw: Any, keys: Collection[str], place: str) -> dict[str, Any]:
        """What of a table is a key of the file and of its type; the rest is a fault and left out."""
        if not isinstance(raw, dict):
            self.add(f"{place}: a table is expected")
            return {}
        sound = {}
        for key, value in raw.items():
            wanted = next((kind for kind, of_it in _TYPES.items() if key in of_it), str)
            if key not in keys:
                self.add(f"{place}.{key}: not a key of this file")
            elif not isinstance(value, wanted):
                self.add(f"{place}.{key}: {_NAMES[wanted]} is expected")
            else:
                sound[key] = value
        return sound
