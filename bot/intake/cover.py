"""Whether somebody is there now who speaks the person's language: a fact that comes from outside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Cover:
    """``since``: where nobody is there now, from when on somebody will be; None where that is not known."""

    now: bool
    since: datetime | None = None
