"""A real bot under fuzzed updates, with honest people among them, and what became of all."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, fields
from functools import partial

from bot.sandbox import Account, Late, Sandbox
from bot.sandbox.player import place
from tests.fuzz.mischief import FIRST_STRANGER, MADE_UP, STRANGERS, Mischief
from tests.fuzz.oddities import CANARY
from tests.process.conftest import COORDINATOR, Home, stop
from tests.process.intakes import CODE, Intakes
from tests.process.test_secrecy import found, number_shapes, read_all, shapes

ODD_COORDINATOR, ODD_ADMIN = 6_431_118_900_001, 6_431_118_900_002
"""Staff whose fingers slip. Their ids, too, begin as the fuzzer's."""
IDS = str(FIRST_STRANGER)[:7]
AT_ONCE = 200
"""Updates that are sent without waiting for what comes of them."""
ANSWERED_WITHIN = 60.0
LOG_A_THOUSAND = 4_096
"""Bytes of log for a thousand updates, at most; and what a start and a stop may say."""
LOG_AT_ALL = 64 * 1024
KEPT_QUERIES = 20_000
STANDS = 3
"""Messages of the bot's in a stranger's chat, at most: its one, and lines that go again within a minute."""
HIDDEN = [("hidden", "")]
Progress = Callable[[int, float], None]
_TAKE = re.compile(r"take=([0-9a-f]{32})")
_OF_CASE = re.compile(r"=([0-9a-f]{32})\b")
_FAILED = re.compile(r"(?:[\w.]+\.failed|send\.dropped|Traceback)[^\n]*")
_STALE = re.compile(r'"reason": "stale"')
"""A message brought up to date that has meanwhile gone."""
_UNCHANGED = "message is not modified"
"""How Telegram answers an edit to what stands there already, as after an old button: so it was meant to look."""


@dataclass(frozen=True)
class Damage:
    updates: int
    seconds: float
    intakes: int
    calls: int
    log: int
    """Bytes."""
    unfinished: int
    """Honest people who did not come to the end."""
    unheard: int
    """Whose words no coordinator has read after taking the alert."""
    astray: int
    """Screens of honest people that were none of theirs, or came after a newer one."""
    disturbed: int
    """Of those who were done before it began: whose chat is not as it was."""
    refused: Counter[str]
    """What Telegram refused us, by its words."""
    outside: int
    """Calls to groups, channels and whoever else is no person."""
    failed: Counter[str]
    """Updates that the bot could not carry through, and other errors in its log."""
    crowded: int
    """Strangers' chats with more in them than may stand there."""
    leaked: list[str]
    garrulous: int
    """Bytes of log more than may be."""
    silent: int
    """Whether it has stopped answering."""
    dead: int
    """Whether the process ended by itself, or badly."""

    @property
    def faults(self) -> dict[str, object]:
        """What must not be."""
        harmless = ("updates", "seconds", "intakes", "calls", "log")
        every = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in harmless}
        return {name: value for name, value in every.items() if value}


@dataclass
class Storm:
    """``run`` it: it tells the damage."""

    home: Home
    sandbox: Sandbox
    count: int
    seed: int
    people: int = 4
    progress: Progress = lambda sent, rate: None
    intakes: Intakes = field(init=False)
    _refused: Counter[str] = field(default_factory=Counter)
    _outside: int = 0
    _calls: int = 0

    def __post_init__(self) -> None:
        self.intakes = Intakes(self.sandbox)

    async def run(self) -> Damage:
        self.home.env["QORGAN_COORDINATORS"] = f"{COORDINATOR},{ODD_COORDINATOR}"
        self.home.env["QORGAN_ADMINS"] = str(ODD_ADMIN)
        process = self.home.run(self.sandbox)
        coordinator, *odd = (self.sandbox.user(one, "Dana", "ru") for one in (COORDINATOR, ODD_COORDINATOR, ODD_ADMIN))
        for one in (coordinator, *odd):
            one.start()
            await one.wait(lambda me: me.screen, 15)
        staff = asyncio.create_task(self._take_cases(coordinator, odd[0]))
        await asyncio.gather(*(self.intakes.one() for _ in range(3)))
        await self._heard(coordinator)
        await self.sandbox.settled()
        done = {one.account: _chat(one.account) for one in self.intakes.came}
        enough, begun = asyncio.Event(), time.monotonic()
        coming = [asyncio.create_task(self.intakes.until(enough)) for _ in range(self.people)]
        silent = 0
        try:
            await self._rage(coordinator)
        except Late:
            silent = 1
        enough.set()
        took = time.monotonic() - begun
        results = await asyncio.gather(*coming, return_exceptions=True)
        broken = [type(one).__name__ for one in results if isinstance(one, BaseException)]
        if process.poll() is None:
            with suppress(TimeoutError):
                await self._heard(coordinator)
            with suppress(TimeoutError):
                await self.sandbox.settled(quiet=0.5, timeout=60)
        staff.cancel()
        await asyncio.gather(staff, return_exceptions=True)
        self._reckon_calls()
        living = read_all(self.home)
        code = process.returncode if process.poll() is not None else await stop(process)
        log = self.home.output.read_bytes()
        stopped = {f"{name}, stopped": content for name, content in read_all(self.home).items()} | {"log": log}
        came, strangers = self.intakes.came, self._strangers()
        canaries = {"words": list(shapes(CANARY)), "id": [IDS.encode()]}
        canaries["answers"] = [shape for words in self.intakes.words[:3] for shape in shapes(words)]
        numbers = {"number": [shape for one in strangers[:3] for shape in number_shapes(one.id)]}
        return Damage(
            updates=self.count,
            seconds=took,
            intakes=len(came),
            calls=self._calls,
            log=len(log),
            unfinished=sum(not one.ended for one in came) + len(broken),
            unheard=len(self._unheard(coordinator)),
            astray=sum(one.out_of_order() + one.strange() for one in came),
            disturbed=sum(_chat(account) not in (before, HIDDEN) for account, before in done.items()),
            refused=self._refused,
            outside=self._outside,
            failed=Counter(one for one in _FAILED.findall(log.decode()) if not _STALE.search(one)),
            crowded=sum(_standing(one) > STANDS for one in strangers),
            leaked=found(canaries, living | stopped) + found(numbers, living | stopped),
            garrulous=max(0, len(log) - LOG_AT_ALL - self.count * LOG_A_THOUSAND // 1000),
            silent=silent,
            dead=code,
        )

    async def _rage(self, coordinator: Account) -> None:
        """Everything that is to be sent, never far ahead of the bot."""
        chance, begun = random.Random(self.seed), time.monotonic()
        mischief = Mischief(
            self.sandbox, chance, (ODD_COORDINATOR, ODD_ADMIN), self._victims
        )
        for number in range(self.count):
            mischief.emit()
            if number % AT_ONCE:
                continue
            await self._keep_pace()
            mischief.cases = self._cases(coordinator)
            self._reckon_calls()
            self._forget()
            self.progress(number, number / (time.monotonic() - begun))

    async def _keep_pace(self) -> None:
        """Until the bot has read what was sent and carried out what came of it: its last act is seen in these chats."""
        for user in (ODD_COORDINATOR, ODD_ADMIN, FIRST_STRANGER + STRANGERS):
            account = self.sandbox.user(user)
            number = account.write("?")["message"]["message_id"]
            await account.wait(partial(_gone, number), ANSWERED_WITHIN)

    async def _take_cases(self, coordinator: Account, odd: Account) -> None:
        """What a coordinator does all day: takes what comes, and reads what those have said who came to the end.

        Whom an alert calls is the administrator's to say, and this one's fingers slip: what it calls the ``odd``
        coordinator for is taken, too.
        """
        taken: dict[str, str] = {}
        read: set[str] = set()
        while True:
            for message in (*coordinator.messages(), *odd.messages()):
                for button in (one for row in message.buttons for one in row if _TAKE.fullmatch(one.data)):
                    code = CODE.search(button.label) or CODE.search(message.text)  # or of many in one message
                    if button.data not in taken.values() and code:
                        taken[code[0]] = button.data
                        coordinator.forge(button.data)
            for one in self.intakes.came:
                if one.ended and one.words not in read and (number := one.number) in taken:
                    read.add(one.words)
                    coordinator.forge(taken[number].replace("take", "open"))
            await asyncio.sleep(0.2)

    async def _heard(self, coordinator: Account) -> None:
        async with asyncio.timeout(20):
            while self._unheard(coordinator):
                await asyncio.sleep(0.2)

    def _unheard(self, coordinator: Account) -> list[str]:
        read = "\n".join(one.text for one in coordinator.shown)
        return [words for words in self.intakes.words if words not in read]

    def _victims(self) -> list[int]:
        """Who is under way, and who was done before it began."""
        return [one.account.id for one in (*self.intakes.came[:3], *self.intakes.came[-10:])]

    def _cases(self, coordinator: Account) -> list[str]:
        """Of the latest alerts and cards."""
        buttons = (one.data for message in coordinator.messages()[-50:] for row in message.buttons for one in row)
        return [found[1] for found in map(_OF_CASE.search, buttons) if found]

    def _strangers(self) -> list[Account]:
        known = self.sandbox.world.people
        return [self.sandbox.user(one) for one in range(FIRST_STRANGER, FIRST_STRANGER + STRANGERS) if one in known]

    def _reckon_calls(self) -> None:
        calls, self.sandbox.calls[:] = list(self.sandbox.calls), []
        self._calls += len(calls)
        refused = (f"{one.method}: {one.error}" for one in calls if not one.ok)
        self._refused.update(one for one in refused if _UNCHANGED not in one)
        self._outside += sum(one.chat is not None and one.chat <= 0 for one in calls)

    def _forget(self) -> None:
        """What a Telegram of this size can't keep for so many."""
        world = self.sandbox.world
        for old in list(world.queries)[:-KEPT_QUERIES]:
            del world.queries[old]
        honest = {COORDINATOR, *(one.account.id for one in self.intakes.came)}
        for person in world.people.values():
            if person.id not in honest:
                person.shown.clear()


def _gone(message: int, account: Account) -> bool:
    return all(one.id != message for one in account.messages())


def _standing(account: Account) -> int:
    return sum(one.by_bot and one.kind != MADE_UP for one in account.messages())


def _chat(account: Account) -> list[tuple[str, str]]:
    """Its messages; after minutes without a word from the person it is behind the neutral line."""
    return [(place(one), "" if place(one) == HIDDEN[0][0] else one.text) for one in account.messages()]
