"""The state of the little world: people, their chats with the bot, and updates waiting to be confirmed."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from bot.sandbox.files import Files

JSON = dict[str, Any]
Clock = Callable[[], datetime]
DELETABLE = timedelta(hours=48)
PRESS_LIVES = timedelta(seconds=150)
UPDATES_KEPT = timedelta(hours=24)


class Button(NamedTuple):
    """`data` is empty for a button that sends nothing (it copies a text or opens a link)."""

    label: str
    data: str


@dataclass(frozen=True)
class Message:
    """One version of a message; an edit makes the next."""

    id: int
    chat: int
    by_bot: bool
    sent: datetime
    text: str
    html: str = ""
    entities: tuple[JSON, ...] = ()
    keyboard: tuple[tuple[JSON, ...], ...] = ()
    protected: bool = False
    silent: bool = False
    edits: int = 0
    edited: datetime | None = None
    kind: str = "text"
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def buttons(self) -> list[list[Button]]:
        return [[Button(one["text"], one.get("callback_data", "")) for one in row] for row in self.keyboard]

    @property
    def copies(self) -> dict[str, str]:
        """What each copying button puts on the clipboard, by label."""
        flat = [one for row in self.keyboard for one in row]
        return {one["text"]: one["copy_text"]["text"] for one in flat if "copy_text" in one}


@dataclass
class Person:
    id: int
    first_name: str
    language_code: str | None
    username: str | None = None
    started: bool = False
    blocked: bool = False
    deleted: bool = False
    messages: dict[int, Message] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    shown: list[Message] = field(default_factory=list)
    toasts: list[tuple[str, bool]] = field(default_factory=list)
    updates: list[JSON] = field(default_factory=list)

    def visible(self) -> list[Message]:
        return [message for key, message in sorted(self.messages.items()) if key not in self.hidden]


@dataclass(frozen=True)
class Query:
    chat: int
    at: datetime


class World:
    """Pure state. Every change wakes those who wait on `change()`."""

    def __init__(self, bot: JSON, clock: Clock | None = None) -> None:
        self.bot = bot
        self.clock: Clock = clock or (lambda: datetime.now(UTC))
        self.people: dict[int, Person] = {}
        self.queries: dict[str, Query] = {}
        self.allowed: tuple[str, ...] = ()
        self.next_update = 700_000_001
        self.files = Files()
        self._message_ids = itertools.count(101)
        self._query_ids = itertools.count(4_000_000_000_001)
        self._waiting: list[tuple[datetime, JSON]] = []
        self._again: list[JSON] = []
        self._changed = asyncio.Event()

    # --- waking those who wait

    def touch(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def change(self) -> asyncio.Event:
        """Set at the next change: take it before looking, wait on it after."""
        return self._changed

    # --- messages

    def add(self, person: Person, message: Message) -> Message:
        person.messages[message.id] = message
        if message.by_bot:
            person.shown.append(message)
        self.touch()
        return message

    def edit(self, person: Person, message: Message, **changes: Any) -> Message:
        after = replace(message, edits=message.edits + 1, edited=self.clock(), **changes)
        person.messages[message.id] = after
        if after.by_bot and after.id not in person.hidden:
            person.shown.append(after)
        self.touch()
        return after

    def remove(self, person: Person, message_id: int) -> None:
        person.messages.pop(message_id, None)
        person.hidden.discard(message_id)
        self.touch()

    def deletable(self, message: Message) -> bool:
        return self.clock() - message.sent <= DELETABLE

    def next_message_id(self) -> int:
        return next(self._message_ids)

    # --- button presses

    def open_query(self, chat: int) -> str:
        number = str(next(self._query_ids))
        self.queries[number] = Query(chat, self.clock())
        return number

    def live_query(self, number: str) -> Query | None:
        query = self.queries.get(number)
        return query if query and self.clock() - query.at <= PRESS_LIVES else None

    # --- updates

    def emit(self, content: JSON, *, forced: bool = False) -> JSON:
        """Queue an update (its id is given here); kinds the bot has not asked for are never made."""
        update = {"update_id": self.next_update, **content}
        kind = next((key for key in content if key != "update_id"), "")
        self.next_update = max(self.next_update, int(update["update_id"])) + 1
        if forced or not self.allowed or kind in self.allowed:
            self._waiting.append((self.clock(), update))
            if update["update_id"] + 1 < self.next_update:
                self._waiting.sort(key=lambda waiting: int(waiting[1]["update_id"]))
        self.touch()
        return update

    def again(self, update: JSON) -> None:
        """Deliver a confirmed update once more, whatever the offset says."""
        self._again.append(update)
        self.touch()

    def confirm(self, offset: int) -> None:
        """Forget what is below the offset; a negative one keeps only that many of the last."""
        before = len(self._waiting)
        if offset < 0:
            self._waiting = self._waiting[offset:]
        elif offset > 0:
            self._waiting = [one for one in self._waiting if one[1]["update_id"] >= offset]
        if len(self._waiting) != before:
            self.touch()

    def take(self, limit: int) -> list[JSON]:
        batch = self._again[:limit]
        del self._again[:limit]
        return batch + self.unconfirmed()[: limit - len(batch)]

    def confirm_one(self, update: JSON) -> None:
        """Forget this one, wherever it stands among the others."""
        if any(one is update for one in self._again):
            self._again = [one for one in self._again if one is not update]
        else:
            self._waiting = [one for one in self._waiting if one[1] is not update]
        self.touch()

    def pending(self) -> list[JSON]:
        """What is still to be brought to the bot, oldest first."""
        return [*self._again, *self.unconfirmed()]

    def unconfirmed(self) -> list[JSON]:
        oldest = self.clock() - UPDATES_KEPT
        self._waiting = [one for one in self._waiting if one[0] >= oldest]
        return [update for _, update in self._waiting]

    def owed(self) -> int:
        """How many updates the bot has still to confirm."""
        return len(self.unconfirmed()) + len(self._again)

    # --- as the Bot API writes them

    def user_json(self, person: Person) -> JSON:
        user: JSON = {"id": person.id, "is_bot": False, "first_name": person.first_name}
        if person.username:
            user["username"] = person.username
        if person.language_code:
            user["language_code"] = person.language_code
        return user

    def chat_json(self, person: Person) -> JSON:
        chat: JSON = {"id": person.id, "first_name": person.first_name, "type": "private"}
        if person.username:
            chat["username"] = person.username
        return chat

    def message_json(self, person: Person, message: Message) -> JSON:
        body: JSON = {
            "message_id": message.id,
            "from": self.bot if message.by_bot else self.user_json(person),
            "chat": self.chat_json(person),
            "date": int(message.sent.timestamp()),
            **message.extra,
        }
        if message.edited is not None:
            body["edit_date"] = int(message.edited.timestamp())
        if message.kind == "text":
            body["text"] = message.text
        if message.entities:
            body["entities"] = list(message.entities)
        if message.keyboard:
            body["reply_markup"] = {"inline_keyboard": [list(row) for row in message.keyboard]}
        if message.protected:
            body["has_protected_content"] = True
        return body
