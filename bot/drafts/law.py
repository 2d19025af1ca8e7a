"""The legal statements and the questions for a lawyer to ask: data, each statement with its article and its source."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bot.drafts.paragraph import SEEN, UNVERIFIED, Paragraph, gap, sourced
from bot.intake.text import Text, text

HERE = Path(__file__).parent
VERIFIED = "verified.toml"
"""Of an organisation: a statement's id and the day on which their lawyer verified it, ``cpc_592_1 = 2026-12-31``."""


class LawFault(Exception):
    """A file of verified statements that must not be used."""

    hint = "mend it, then run: qorgan templates check"


@dataclass(frozen=True, slots=True)
class Books:
    """What a draft may say beside what was answered."""

    laws: Mapping[str, Paragraph]
    gaps: Mapping[str, Paragraph]


def load(own: Path | None = None) -> Books:
    """``own``: an organisation's folder, whose file of verified statements gives the days. Raises LawFault."""
    days = _days(own / VERIFIED) if own is not None and (own / VERIFIED).exists() else {}
    laws = {one["id"]: _law(**one, verified_on=days.pop(one["id"], None)) for one in _read(HERE / "law.toml")["law"]}
    if days:
        raise LawFault(f"{VERIFIED}: no legal statement {next(iter(days))}")
    gaps = {one["id"]: _gap(**one) for one in _read(HERE / "gaps.toml")["gap"]}
    return Books(laws, gaps)


def _days(path: Path) -> dict[str, date]:
    try:
        days = _read(path)
    except (OSError, ValueError):
        raise LawFault(f"{VERIFIED}: can't be read as TOML") from None
    for name, day in days.items():
        if type(day) is not date:
            raise LawFault(f"{VERIFIED}: {name}: a day is expected, as 2026-12-31")
    return days


def status(seen: bool, verified_on: date | None = None) -> Text:
    """Only a lawyer's day counts as verified."""
    if verified_on is not None:
        return text("verified on {day}", day=verified_on)
    return SEEN if seen else UNVERIFIED


def _law(
    id: str, text: str, article: str, source: str = "", seen: bool = False, verified_on: date | None = None
) -> Paragraph:
    return sourced(Text(text), Text(article), source, status(seen, verified_on))


def _gap(id: str, asks: str) -> Paragraph:
    return gap(Text(asks))


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))
