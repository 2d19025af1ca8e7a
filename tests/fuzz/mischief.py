"""Those who mean no good, or nothing: what each of their updates is, and a Telegram for which it is true."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox import Message, Sandbox
from bot.sandbox.world import JSON, Query
from bot.telegram.actions import HOLDER, CaseAction
from bot.telegram.table import TABLE
from tests.fuzz.oddities import CANARY, bent, odd_words
from tests.fuzz.shapes import CONTENTS, KINDS, Shapes

STRANGERS = 300
FIRST_STRANGER = 6_431_118_000_001
"""So many ids from here on are the fuzzer's; the log is searched for how they begin."""
MADE_UP = "made up"
"""The kind of the messages that stand in a chat because an update says so."""
GROUP = -100_643_111_800
HARMLESS = frozenset({"next", "rotate"})
"""What odd staff leave alone: a press that needs no case would take an honest person's."""
SCREENS = ("consent", "safe_now", "who", "custody", "where", "papers", "event", "contact", "offer", "review", "home",
           "stray", "hidden", "taken", "letter", "language", "erase", "more", "declined", "unsafe",
           "event_date")  # fmt: skip
CHOICES = ("agree", "yes", "no", "self", "police", "almaty", "none", "-done", "-skip", "-back", "-clear", "-language",
           "send", "-send", "go_on", "pass", "delete", "continue", "taken", "erase", "another", "urgent", "update",
           "more", "-month:2026-13", "-month:99999-01", "-month:", "-change:who", "-change:", "pick", "ru", "kk", "en",
           "again", "2026-03-01", "2026-03-01T14", "2026-03-01T99", "today", "-page:1", "")  # fmt: skip


@dataclass
class Mischief:
    """``update`` makes the next. ``staff``: their ids; ``victims``: whose chats it tries to reach."""

    sandbox: Sandbox
    chance: random.Random
    staff: Sequence[int]
    victims: Callable[[], Sequence[int]]
    cases: list[str] = field(default_factory=list)
    """The ids of cases, which nobody outside could know."""
    sent: deque[JSON] = field(default_factory=lambda: deque(maxlen=500))

    def __post_init__(self) -> None:
        self._shapes = Shapes(self.chance, lambda: odd_words(self.chance))
        self._kinds: dict[Callable[[], JSON], int] = {
            self._wrote: 20, self._showed: 20, self._pressed: 22, self._foreign: 14, self._elsewhere: 8,
            self._edited: 5, self._member: 2, self._staffed: 5,
        }  # fmt: skip

    def emit(self) -> JSON:
        """One more update on its way to the bot, or one that it has had."""
        if self.sent and self.chance.random() < 0.03:
            again = self.chance.choice(self.sent)
            self.sandbox.redeliver(again)
            return again
        (make,) = self.chance.choices(tuple(self._kinds), tuple(self._kinds.values()))
        update = make()
        if self.chance.random() < 0.4:
            update = bent(update, self.chance)
        if self._is_a_victims_own(update):
            return self.emit()
        update.pop("update_id", None)  # Telegram alone counts
        self._make_true(update)
        update = self.sandbox.world.emit(update, forced=True)
        self.sent.append(update)
        return update

    def _is_a_victims_own(self, update: JSON) -> bool:
        """Whether bending has made it a press of somebody honest: nobody but Telegram can say who presses."""
        query = update.get("callback_query")
        user = _number(query, "from", "id")
        if not isinstance(query, dict) or user not in self.victims():
            return False
        return not isinstance(query.get("message"), dict) or _number(query, "message", "chat", "id") == user

    # What is sent.

    def _wrote(self) -> JSON:
        return {"message": {**self._of(self._stranger()), "text": odd_words(self.chance)}}

    def _showed(self) -> JSON:
        """Anything else that a message may hold, perhaps several at once."""
        content = {}
        for name in self.chance.sample(CONTENTS, self.chance.choice((1, 1, 1, 2, 5))):
            content |= self._shapes.content(name)
        if self.chance.random() < 0.3:
            content["text"] = odd_words(self.chance)
        return {"message": {**content, **self._of(self._stranger())}}

    def _pressed(self) -> JSON:
        """A button of their own chat, of none, of staff; or in the chat of somebody else."""
        victims, stranger = self.victims(), self._stranger()
        chat = user = stranger
        if victims and self.chance.random() < 0.3:
            victim = self.chance.choice(victims)
            user, chat = (stranger, victim) if self.chance.random() < 0.5 else (victim, stranger)
        query = {**self._shapes.update("callback_query")["callback_query"], **self._press(user, chat, self._data())}
        return {"callback_query": query}

    def _foreign(self) -> JSON:
        """Of any kind, as it comes from anywhere."""
        return self._shapes.update(self.chance.choice(KINDS))

    def _elsewhere(self) -> JSON:
        """In a group, a channel, a business account or as a guest, with a person's words or a command."""
        kind = self.chance.choice([one for one in KINDS if "message" in one or "post" in one])
        made = self._shapes.update(kind)[kind]
        if not isinstance(made, dict):
            return {kind: made}
        of = self.chance.choice(("group", "supergroup", "channel"))
        said = self.chance.choice(("/start", "/erase", "/cases", "I am being taken now", odd_words(self.chance)))
        made |= {**self._of(self._stranger()), "text": said}
        if kind in ("message", "edited_message", "channel_post", "edited_channel_post"):
            made["chat"] = {"id": GROUP, "type": of, "title": CANARY}
        return {kind: made}

    def _edited(self) -> JSON:
        content = self._shapes.content(self.chance.choice(CONTENTS)) if self.chance.random() < 0.5 else {}
        return {"edited_message": {**content, **self._of(self._stranger()), "text": odd_words(self.chance)}}

    def _member(self) -> JSON:
        made = self._shapes.update("my_chat_member")["my_chat_member"]
        status = self.chance.choice(("kicked", "member", "member", "left", odd_words(self.chance)))
        of = self._of(self._stranger())
        made |= {"from": of["from"], "chat": of["chat"], "new_chat_member": {"status": status}}
        return {"my_chat_member": made}

    def _staffed(self) -> JSON:
        """One of the staff whose fingers slip."""
        user = self.chance.choice(self.staff)
        name, entry = self.chance.choice([one for one in TABLE.items() if one[0] not in HARMLESS])
        case = f"{self.chance.getrandbits(128):032x}"
        if self.cases and isinstance(entry, CaseAction) and entry.standing == HOLDER:
            case = self.chance.choice(self.cases)  # somebody else holds it
        argument = self.chance.choice(("", odd_words(self.chance), self.chance.choice(CHOICES)))
        if self.chance.random() < 0.5:
            behind = f"{case}.{argument}" if isinstance(entry, CaseAction) else argument
            return {"callback_query": self._press(user, user, f"{name}={behind}")}
        said = self.chance.choice((f"/{name} {argument}", f"/{name} ABCDEF {argument}", odd_words(self.chance)))
        return {"message": {**self._of(user), "text": said}}

    def _data(self) -> str:
        chance = self.chance
        name = chance.choice((*SCREENS, *TABLE))
        case = chance.choice(self.cases) if self.cases else "00" * 16
        choice, screen = chance.choice(CHOICES), chance.choice(SCREENS)
        behind = chance.choice((case, f"{case}.{choice}", odd_words(chance)))
        return chance.choice((f"{screen}={choice}", f"{screen}={choice}", f"{name}={behind}", odd_words(chance)))

    # Who sends it.

    def _stranger(self) -> int:
        if self.chance.random() < 0.03:  # one of them sends without end
            return FIRST_STRANGER
        return FIRST_STRANGER + self.chance.randrange(STRANGERS)

    def _of(self, user: int) -> JSON:
        date = int(self.sandbox.world.clock().timestamp())
        author = {"id": user, "is_bot": self.chance.random() < 0.02, "first_name": odd_words(self.chance)}
        code = self.chance.choice(("ru", "kk", "en", "de", odd_words(self.chance)))
        chat = {"id": user, "type": "private", "first_name": CANARY}
        number = self.sandbox.world.next_message_id()
        return {"message_id": number, "date": date, "from": {**author, "language_code": code}, "chat": chat}

    def _press(self, user: int, chat: int, data: str) -> JSON:
        where = self._of(chat)
        person = self.sandbox.world.people.get(chat)
        if person is not None and person.messages and chat == user and self.chance.random() < 0.7:
            where["message_id"] = max(person.messages)
        number = self.sandbox.world.open_query(user)
        return {"id": number, "from": self._of(user)["from"], "message": where, "chat_instance": "1", "data": data}

    # A Telegram for which it is true.

    def _make_true(self, update: JSON) -> None:
        """The chat, the message and the press that the update speaks of, where somebody speaks in their own chat."""
        world = self.sandbox.world
        query = update.get("callback_query")
        for content in (update.get("message"), update.get("edited_message"), query):
            user = _number(content, "from", "id")
            if user is None:
                continue
            self.sandbox.user(user)
            world.people[user].started = True
            message = content.get("message") if content is query else content
            number = _number(message, "message_id")
            if number is not None and _number(message, "chat", "id") == user:
                seen = Message(number, user, content is query, world.clock(), "", kind=MADE_UP)
                world.people[user].messages.setdefault(number, seen)
        user = _number(query, "from", "id")
        if isinstance(query, dict) and isinstance(query.get("id"), str) and user is not None:
            safe = query["id"].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            world.queries[safe] = Query(user, world.clock())


def _number(node: Any, *path: str) -> int | None:
    """The number that stands there, if it may be an id."""
    for key in path:
        node = node.get(key) if isinstance(node, dict) else None
    return node if type(node) is int and node > 0 else None
