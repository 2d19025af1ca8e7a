"""Who plays on the page: their accounts, what they do, and all of it as one state."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bot.demo import view
from bot.demo.house import House
from bot.demo.view import JSON
from bot.demo.waits import Waits, look
from bot.sandbox import Account, Sandbox
from bot.store.records import Staff
from bot.store.work import Work

NAMES = {
    "person": ("Ivan", "Marina", "Timur", "Olga", "Ruslan", "Vera"),
    "coordinator": ("Dana", "Aru", "Samal", "Erlan"),
    "admin": ("Aigul",),
}
"""As many of each role as there can be."""
FIRST = {"person": 1001, "coordinator": 2001, "admin": 3001}
SENT = ("photo", "voice", "contact", "location", "document")
FARTHEST = 90 * 24 * 3600
LONGEST = 10_000
LOOKED_EVERY = 0.2


class Nonsense(Exception):
    """What was asked can't be done now, or never."""


@dataclass(frozen=True)
class Player:
    role: str
    name: str
    account: Account


class Stage:
    def __init__(self, sandbox: Sandbox, house: House, language: str) -> None:
        self._sandbox = sandbox
        self._house = house
        self._language = language
        self._players: dict[int, Player] = {}
        self._down: int | None = None  # the port at which Telegram will be again
        self._alone = asyncio.Lock()
        self._waits = Waits()
        self._looked = float("-inf")
        self._taken: dict[int, int] = {}
        """How much each had done when the outbox was looked into, of those for whom the bot had taken all in."""
        for role in FIRST:
            self._enter(role)

    def change(self) -> asyncio.Event:
        """Set at the next change: to be taken before the state is read."""
        return self._sandbox.world.change()

    def account(self, number: int) -> Account:
        if number not in self._players:
            raise Nonsense("there is no such account")
        return self._players[number].account

    async def state(self) -> JSON:
        await self._look()
        house = self._house
        return {
            "now": view.time(house.clock()),
            "moved": int(house.clock.ahead),
            "bot": house.bot,
            "telegram": self._down is None,
            "kills": house.kills,
            "waiting": self._waits.count,
            "accounts": [self._seen(player) for player in self._players.values()],
        }

    async def do(self, asked: Mapping[str, Any]) -> None:
        """Nonsense where it makes no sense."""
        match asked:
            case {"what": "write", "account": int(who), "text": str(words)} if 0 < len(words) <= LONGEST:
                self.account(who).write(words)
            case {"what": "press", "account": int(who), "message": int(where), "data": str(data)}:
                self._press(self.account(who), where, data)
            case {"what": "send", "account": int(who), "kind": str(kind)} if kind in SENT:
                self.account(who).send(kind)
            case {"what": "delete", "account": int(who), "message": int(where)}:
                self.account(who).delete(where)
            case {"what": "clear", "account": int(who)}:
                self.account(who).clear_history()
            case {"what": "speak", "account": int(who), "language": str(code)} if 2 <= len(code) <= 8:
                self.account(who).speak(code)
                self._sandbox.world.touch()
            case {"what": "add", "role": ("person" | "coordinator") as role}:
                await self._add(role)
            case {"what": "clock", "seconds": int(seconds)} if 0 < seconds <= FARTHEST:
                self._house.forward(seconds)
            case {"what": "telegram", "up": bool(up)}:
                await self._switch(up)
            case {"what": "kill"}:
                self._kill()
            case _:
                raise Nonsense("this can't be asked")

    async def _look(self) -> None:
        """Into the outbox; now and then, because the bot waits for whoever reads its database."""
        if time.monotonic() - self._looked >= LOOKED_EVERY:
            self._looked = time.monotonic()
            asking = {_author(update) for update in self._sandbox.world.pending()}
            taken = {number: len(one.account.updates) for number, one in self._players.items() if number not in asking}
            self._waits = await self._house.store.write(look, beside=True)
            self._taken = taken

    def _seen(self, player: Player) -> JSON:
        account = player.account
        return {
            "id": account.id,
            "role": player.role,
            "name": player.name,
            "language": account.language,
            "started": account.started,
            "busy": account.id in self._waits.owed or self._taken.get(account.id) != len(account.updates),
            **view.chat(account, self._waits),
        }

    def _enter(self, role: str) -> Player:
        number = sum(one.role == role for one in self._players.values())
        if number == len(NAMES[role]):
            raise Nonsense("there is room for no more of them")
        name = NAMES[role][number]
        account = self._sandbox.user(FIRST[role] + number, name, self._language)
        player = self._players[account.id] = Player(role, name, account)
        if role != "person":
            account.start()
        self._sandbox.world.touch()
        return player

    async def _add(self, role: str) -> None:
        """A new coordinator is one in the bot's eyes before they press Start."""
        async with self._alone:
            number = FIRST[role] + sum(one.role == role for one in self._players.values())
            if role == "coordinator" and number < FIRST[role] + len(NAMES[role]):
                await self._house.store.write(lambda work: _enlist(work, number))
            self._enter(role)

    def _press(self, account: Account, where: int, data: str) -> None:
        """What stood there when the finger came down is pressed; a message that has gone meanwhile is not reached."""
        had = [
            one for one in account.shown if one.id == where and data in [b.data for row in one.buttons for b in row]
        ]
        if not data or not had:
            raise Nonsense("there is no such button")
        if any(one.id == where for one in account.messages()):
            account.press(data, on=had[-1])

    async def _switch(self, up: bool) -> None:
        async with self._alone:
            if up and self._down is not None:
                try:
                    await self._sandbox.start(self._down)
                except OSError:
                    raise Nonsense("another program has taken Telegram's place on this machine") from None
                self._down = None
            elif not up and self._down is None:
                self._down = urlsplit(self._sandbox.url).port
                await self._sandbox.stop()
            self._sandbox.world.touch()

    def _kill(self) -> None:
        try:
            self._house.kill()
        except ProcessLookupError:
            raise Nonsense("it is dead already") from None


def staff() -> dict[str, str]:
    """The settings that name who is on the staff from the first start on."""
    return {"QORGAN_COORDINATORS": str(FIRST["coordinator"]), "QORGAN_ADMINS": str(FIRST["admin"])}


def _enlist(work: Work, number: int) -> None:
    if all(one.user != number for one in work.staff()):
        body = {"role": "coordinator", "language": "", "name": "", "reachable": True}
        work.save_staff([Staff(secrets.token_bytes(16), number, body)])


def _author(update: JSON) -> int | None:
    told: JSON = next((value for key, value in update.items() if key != "update_id"), {})
    number: int | None = told.get("from", {}).get("id")
    return number
