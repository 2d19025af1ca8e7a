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


@dataclass(frozen=True, slots=True)
class Books:
    """What a draft may say beside what was answered."""

    laws: Mapping[str, Paragraph]
    gaps: Mapping[str, Paragraph]


def load(folder: Path = HERE) -> Books:
    laws = {one["id"]: _law(**one) for one in _read(folder / "law.toml")["law"]}
    gaps = {one["id"]: _gap(**one) for one in _read(folder / "gaps.toml")["gap"]}
    return Books(laws, gaps)


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
