"""People who come to the bot one after another and go through to the end, whatever happens to it meanwhile.

They write in three languages, each what nobody else says, and remember in which order they saw the screens.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from itertools import count, pairwise

from bot.sandbox import Account, Message, Sandbox
from bot.sandbox.player import place
from bot.sandbox.world import JSON

PATIENCE = 60.0
"""Seconds for one answer: as long as a person would wait before giving up on a bot that starts anew."""
HASTE = 0.01
"""Seconds between two ticks of somebody who does not wait for the first to be shown."""
SISTER = {
    "ru": "Сестра {}, зелёная дверь",
    "kk": "Апам {}, жасыл есік",
    "en": "My sister {}, the green door",
}
TICKED = ("custody_40", "arrest", "entry_refused")
HELD = {
    "consent": ("agree",),
    "safe_now": ("yes",),
    "who": ("self",),
    "custody": ("airport",),  # held, and yet a chat that does not lock when its person falls silent
    "where": ("almaty",),
    "detained_since": ("today",),
    "papers": (*TICKED, "-done"),
    "event": ("unknown",),
    "contact": ("bot",),
    "offer": ("send",),
    "stray": ("delete",),
    "hidden": ("continue",),
}
CODE = re.compile(r"\b[2-9A-Z]{6}\b")
"""The number of a case."""
INBETWEEN = ("stray", "hidden")
"""Screens that come and go anywhere."""
KEPT = ("who", "custody", "where", "detained_since", "event", "contact")
"""Questions whose one answer stands in the case as it was pressed."""


def ticks(message: Message) -> int:
    return sum("✓" in button.label for row in message.buttons for button in row)


@dataclass
class Intake:
    """One person's. ``route``: the screens they acted on, in order."""

    account: Account
    words: str
    patience: float = PATIENCE
    route: list[str] = field(default_factory=list)
    ended: bool = False

    @property
    def told(self) -> dict[str, list[str]]:
        """What must stand in the case of somebody who came to the end."""
        return {name: list(HELD[name]) for name in KEPT} | {"papers": list(TICKED), "trusted": [self.words]}

    @property
    def number(self) -> str | None:
        """Of their case, as they last saw it."""
        return next((found[0] for one in reversed(self.account.shown) if (found := CODE.search(one.text))), None)

    async def go(self, until: str = "home") -> None:
        """On from wherever they are, to this screen."""
        if not self.account.messages():
            self.account.start()
        await self.account.wait(lambda me: place(me.screen), self.patience)
        while (here := place(self.account.screen)) != until:
            await self.act(here)
        self.ended = until == "home"

    async def act(self, here: str) -> None:
        """Answer what this screen asks, and see another."""
        self.route.append(here)
        *hasty, last = (f'"{self.words}',) if here == "trusted" else HELD.get(here, ("-skip",))
        chosen = {button.data for button in self.account.buttons() if "✓" in button.label}
        for option in hasty:
            if f"{here}={option}" not in chosen:
                self.account.press(f"{here}={option}")
                await asyncio.sleep(HASTE)
        if hasty:
            await self.account.wait(lambda me: ticks(me.screen) == len(hasty), self.patience)
        before = self.account.screen
        if last.startswith('"'):
            self.account.write(last[1:])
        else:
            self.account.press(f"{here}={last}")
        await self.account.wait(lambda me: (me.screen.id, me.screen.edits) != (before.id, before.edits), self.patience)

    def out_of_order(self) -> int:
        """How many screens were put before the person after a newer one."""
        screens = [name for name in dict.fromkeys([*self.route, "home"]) if name not in INBETWEEN]
        seen = [(screens.index(place(one)), ticks(one)) for one in self.account.shown if place(one) in screens]
        return sum(later < earlier for earlier, later in pairwise(seen))

    def strange(self) -> int:
        """How many screens were none of the intake's: an apology, say."""
        return sum(place(one) not in (*self.route, "home", *INBETWEEN) for one in self.account.shown)


@dataclass
class Intakes:
    sandbox: Sandbox
    patience: float = PATIENCE
    came: list[Intake] = field(default_factory=list)
    _ids: count[int] = field(default_factory=lambda: count(8_100_000_000_001))

    @property
    def words(self) -> list[str]:
        """What each of those who came to the end has said."""
        return [one.words for one in self.came if one.ended]

    def another(self) -> Intake:
        """Somebody who has not yet written."""
        number = next(self._ids)
        language = tuple(SISTER)[number % len(SISTER)]
        account = self.sandbox.user(number, "Ivan", language)
        self.came.append(Intake(account, SISTER[language].format(number), self.patience))
        return self.came[-1]

    def brought(self) -> list[JSON]:
        """Every update that the bot has confirmed."""
        waiting = {update["update_id"] for update in self.sandbox.world.pending()}
        every = [update for one in self.came for update in one.account.updates]
        return [update for update in every if update["update_id"] not in waiting]

    async def one(self) -> None:
        await self.another().go()

    async def until(self, enough: asyncio.Event) -> None:
        """One after another; who has begun when it is enough still comes to the end."""
        while not enough.is_set():
            await self.one()
