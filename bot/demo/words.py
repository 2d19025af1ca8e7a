"""What the page itself says."""

from __future__ import annotations

from collections.abc import Mapping

from bot.intake.text import Text

WORDS: Mapping[str, Text] = {}
"""By the names that the page asks for."""
