"""How much is measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """As it stands, about ten minutes."""

    rounds: int = 3
    seconds: float = 4.0
    """Of a round at saturation; at a steady rate it goes on for half as long again."""
    drafts: int = 100_000
    surge: float = 100.0
    """Seconds of it."""

    @property
    def warm(self) -> float:
        return min(2.0, self.seconds)

    @property
    def steady(self) -> float:
        return 1.5 * self.seconds
