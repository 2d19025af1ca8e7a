"""People who come to the bot one after another and go through to the end, whatever happens to it meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import count

from bot.sandbox import Sandbox
from bot.sandbox.player import place, play

PATIENCE = 60.0
"""Seconds for one answer: as long as a person would wait before giving up on a bot that starts anew."""
HELD = {
    "consent": ("agree",),
    "safe_now": ("yes",),
    "who": ("self",),
    "custody": ("police",),
    "where": ("almaty",),
    "detained_since": ("today",),
    "event": ("unknown",),
    "contact": ("bot",),
    "offer": ("send",),
}


@dataclass
class Intakes:
    """``words``: what each of those who came to the end has said, and nobody else."""

    sandbox: Sandbox
    words: list[str] = field(default_factory=list)
    _ids: count[int] = field(default_factory=lambda: count(8_100_000_000_001))

    async def one(self) -> None:
        number = next(self._ids)
        person = self.sandbox.user(number, "Ivan", "ru")
        words = f"Сестра {number}, зелёная дверь"
        person.start()
        await person.wait(lambda me: place(me.screen) == "consent", PATIENCE)
        await play(person, HELD | {"trusted": (f'"{words}',)}, timeout=PATIENCE)
        self.words.append(words)

    async def until(self, enough: asyncio.Event) -> None:
        """One after another; who has begun when it is enough still comes to the end."""
        while not enough.is_set():
            await self.one()
