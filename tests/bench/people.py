"""Those who answer 14 questions: as fast as the bot replies, at a rate, or without waiting for it at all."""

from __future__ import annotations

import asyncio
import json
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from tests.bench.botapi import BotApi

STEPS = (
    ("consent", "agree"),
    ("safe_now", "yes"),
    ("who", "self"),
    ("custody", "liberty"),
    ("where", '"Алматы'),
    ("papers", "-skip"),
    ("event", "none"),
    ("contact", "bot"),
    ("offer", "go_on"),
    ("category", "-skip"),
    ("russia_wants", "-skip"),
    ("stay", "unknown"),
    ("asylum", "-skip"),
    ("family", "-skip"),
    ("health", "-skip"),
    ("needs", "-skip"),
)
"""Screen and step, as in the sandbox's player: 14 questions of the built-in questionnaire, consent and the offer."""
LAST = "languages"
PLACES = (*(place for place, _ in STEPS), LAST)
COORDINATOR = 5_092_771_483_326
LOST = 15.0
"""Seconds without a reply after which a measurement is no measurement."""


@dataclass
class Person:
    user: int
    at: int = 0
    """The screen before them, by its number; before the first one, they write /start."""
    message: int = 0
    begun: float | None = None


@dataclass
class People:
    """``replies``: seconds from an update to the screen that answers it; ``screens``: each as it was first shown."""

    api: BotApi = field(init=False)
    replies: list[float] = field(default_factory=list)
    alerts: list[float] = field(default_factory=list)
    screens: dict[str, dict[str, Any]] = field(default_factory=dict)
    fault: str = ""
    answered: Callable[[Person], None] = lambda person: None
    _by_id: dict[int, Person] = field(default_factory=dict)
    _next: int = 8_100_000_000_001

    def __post_init__(self) -> None:
        self.api = BotApi(self.shown)

    def new(self) -> Person:
        person = Person(self._next)
        self._next += 1
        self._by_id[person.user] = person
        return person

    def act(self, person: Person) -> None:
        person.begun = perf_counter()
        if not person.message:
            self.api.write(person.user, "/start")
            return
        place, step = STEPS[person.at]
        if step.startswith('"'):
            self.api.write(person.user, step[1:])
        else:
            self.api.press(person.user, person.message, f"{place}={step}")

    def shown(self, chat: int, message: int, text: str, buttons: str) -> None:
        if chat == COORDINATOR:
            self.alerts.append(perf_counter())
            return
        person = self._by_id.get(chat)
        if person is None or person.begun is None:
            return
        at = person.at + 1 if person.message else 0
        if f'"{PLACES[at]}=' not in buttons:
            self.fault = f"not the screen {PLACES[at]}"
            return
        self.replies.append(perf_counter() - person.begun)
        self.screens.setdefault(PLACES[at], {"text": text, "reply_markup": json.loads(buttons), "parse_mode": "HTML"})
        person.at, person.message, person.begun = at, message, None
        self.answered(person)

    # The three ways to come.

    async def at_once(self, together: int, seconds: float, apart: float = 0.0) -> float:
        """So many at a time, each acting as soon as they are answered. Gives the seconds it really took.

        Whoever is in the middle of an intake goes on with it; new ones begin so many seconds ``apart``.
        """
        going = True

        def go_on(person: Person) -> None:
            if going:
                self.act(person if PLACES[person.at] != LAST else self._another(person))

        self.answered = go_on
        before, begun = len(self.replies), perf_counter()
        waiting = list(self._by_id.values())[:together]
        for person in waiting:
            go_on(person)
        for _ in range(together - len(waiting)):
            self.act(self.new())
            await asyncio.sleep(apart)
        await asyncio.sleep(seconds - (perf_counter() - begun))
        going = False
        spent = perf_counter() - begun
        if len(self.replies) == before:
            raise AssertionError("nobody was answered")
        await self._all_answered()
        return spent

    async def at_rate(self, rate: float, seconds: float) -> list[float]:
        """So many acts a second, by whoever was answered longest ago. Gives the seconds to each reply."""
        free = deque(random.sample(list(self._by_id.values()), len(self._by_id)))
        self.answered = free.append
        before, begun = len(self.replies), perf_counter()
        for number in range(int(rate * seconds)):
            at = begun + (number + random.random()) / rate
            await asyncio.sleep(max(0.0, at - perf_counter()))
            person = free.popleft() if free else self.new()
            self.act(person if PLACES[person.at] != LAST else self._another(person))
        await self._all_answered()
        return self.replies[before:]

    async def surge(self, rate: int, seconds: float) -> None:
        """So many acts a second by new people, one of each a second, whether or not the bot keeps up."""
        people: deque[tuple[int, int]] = deque()
        begun, done = perf_counter(), 0
        while (now := perf_counter() - begun) < seconds:
            while done < now * rate:
                if len(people) < rate:
                    self._next += 1
                    self.api.write(self._next, "/start")
                    people.append((self._next, 0))
                else:
                    user, at = people.popleft()
                    place, step = STEPS[at]
                    if step.startswith('"'):
                        self.api.write(user, step[1:])
                    else:
                        self.api.press(user, 1, f"{place}={step}")
                    if at + 1 < len(STEPS):
                        people.append((user, at + 1))
                done += 1
            await asyncio.sleep(0.01)

    def _another(self, gone: Person) -> Person:
        del self._by_id[gone.user]
        return self.new()

    async def _all_answered(self) -> None:
        self.answered = lambda person: None
        late = perf_counter() + LOST
        while any(person.begun is not None for person in self._by_id.values()):
            if self.fault or perf_counter() > late:
                raise AssertionError(self.fault or "somebody was not answered")
            await asyncio.sleep(0.02)
