"""A person's Telegram: what they do and what they see. For tests and the demo."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from bot.sandbox import entities
from bot.sandbox.attachments import KINDS
from bot.sandbox.profile import Profile
from bot.sandbox.world import JSON, Button, Message, Person, World

T = TypeVar("T")

class Late(TimeoutError):
    """What was waited for did not happen; `seen` holds the chat as it stands, kept out of the text."""

    def __init__(self, timeout: float, seen: str) -> None:
        super().__init__(f"nothing that fits within {timeout:g} s; the chat is in .seen")
        self.seen = seen


class Account:
    def __init__(self, world: World, profile: Profile, person: Person) -> None:
        self._world = world
        self._profile = profile
        self._person = person

    # --- what the person sees

    @property
    def id(self) -> int:
        return self._person.id

    @property
    def language(self) -> str | None:
        """Of this person's Telegram."""
        return self._person.language_code

    @property
    def started(self) -> bool:
        """Whether they have ever written to the bot, which must not write to them before."""
        return self._person.started

    def messages(self) -> list[Message]:
        """Everything in the chat, oldest first."""
        return self._person.visible()

    @property
    def screen(self) -> Message:
        """The last visible message of the bot; LookupError while there is none."""
        for message in reversed(self.messages()):
            if message.by_bot:
                return message
        raise LookupError("the chat holds no message of the bot")

    @property
    def shown(self) -> list[Message]:
        """Every version of every message the bot has ever put before this person, in order."""
        return self._person.shown

    @property
    def toasts(self) -> list[tuple[str, bool]]:
        """What answers to presses said: text, and whether it was an alert to dismiss."""
        return self._person.toasts

    @property
    def updates(self) -> list[JSON]:
        """What this person has caused, as the bot got it."""
        return self._person.updates

    @property
    def commands(self) -> list[tuple[str, str]]:
        """The menu of commands as it stands in this chat: name and description."""
        return self._profile.seen_by(self.id, self._person.language_code)

    def transcript(self) -> str:
        """The chat as text, for a reader of a failed test."""
        lines = []
        for message in self.messages():
            author = "bot" if message.by_bot else "person"
            lines.append(f"{author} #{message.id}: {message.text or message.kind}")
            lines += ["    " + "  ".join(f"[{label}]" for label, _ in row) for row in message.buttons]
        return "\n".join(lines)

    async def wait(self, predicate: Callable[[Account], T | None], timeout: float = 15.0) -> T:
        """The first true answer of the predicate, asked at each change. A LookupError is a no."""
        try:
            async with asyncio.timeout(timeout):
                while True:
                    change = self._world.change()
                    try:
                        answer = predicate(self)
                    except LookupError:
                        answer = None
                    if answer:
                        return answer
                    await change.wait()
        except TimeoutError:
            raise Late(timeout, self.transcript()) from None

    async def reads(self, words: str, timeout: float = 15.0) -> Message:
        """The screen, once it holds these words."""
        return await self.wait(lambda me: me.screen if words in me.screen.text else None, timeout)

    def download(self, message: Message) -> bytes:
        """Save the file that the bot has sent; LookupError where the message carries none."""
        file = self._world.files.get(message.extra.get("document", {}).get("file_id", ""))
        if file is None:
            raise LookupError("this message carries no file of the bot's")
        return file.content

    # --- what the person does

    def start(self, payload: str = "") -> JSON:
        return self.write(f"/start {payload}".strip())

    def write(self, text: str, *, at: datetime | None = None, **extra: Any) -> JSON:
        """A message of words; one too long is cut in several, as Telegram's apps do."""
        update: JSON = {}
        sent = at or self._world.clock()
        for piece in _pieces(text):
            commands: tuple[JSON, ...] = ()
            if piece.startswith("/") and len(piece) > 1:
                length = entities.units(piece.split()[0])
                commands = ({"type": "bot_command", "offset": 0, "length": length},)
            update = self._say(Message(0, self.id, False, sent, piece, piece, commands, extra=extra))
        return update

    def send(self, kind: str, caption: str = "", **fields: Any) -> JSON:
        """Something that is not words: photo, voice, document, contact, location, video, animation…"""
        extra: JSON = {**KINDS[kind], **fields}
        if kind == "contact":
            extra["contact"] = {**extra["contact"], "user_id": self.id}
        if caption:
            extra["caption"] = caption
        return self._say(Message(0, self.id, False, self._world.clock(), "", kind=kind, extra=extra))

    def forward(self, text: str, author: str = "Somebody") -> JSON:
        """A message of another person, passed on by this one."""
        date = int(self._world.clock().timestamp())
        return self.write(
            text, forward_origin={"type": "hidden_user", "sender_user_name": author, "date": date}
        )

    def press(self, label_or_data: str, on: Message | None = None) -> JSON:
        """Press a button by its label or its exact data.

        Looked for in the newest message that has it. `on` names the message, in the version given: so
        a button that an edit has meanwhile taken away, or an old message's, is pressed as it stood.
        """
        for message in [on] if on is not None else reversed(self.messages()):
            found = [one for row in message.buttons for one in row if label_or_data in (one.label, one.data)]
            if found:
                if not found[0].data:
                    raise LookupError("this button sends nothing")
                return self.forge(found[0].data, message.id)
        raise LookupError(f"no such button; there are: {', '.join(one.label for one in self.buttons())}")

    def forge(self, data: str, message_id: int | None = None) -> JSON:
        """A press whose data need not be on any button; by default on the newest message of the bot."""
        if message_id is None:
            message_id = next((one.id for one in reversed(self.messages()) if one.by_bot), 1)
        chat = self._world.chat_json(self._person)
        message = self._person.messages.get(message_id)
        where: JSON = {"message_id": message_id, "chat": chat, "date": 0}
        if message is not None:
            where = self._world.message_json(self._person, message)
        query: JSON = {
            "id": self._world.open_query(self.id),
            "from": self._world.user_json(self._person),
            "message": where,
            "chat_instance": str(self.id * 31),
            "data": data,
        }
        return self._emit({"callback_query": query})

    def buttons(self) -> list[Button]:
        """All buttons of the screen in one row."""
        try:
            return [one for row in self.screen.buttons for one in row]
        except LookupError:
            return []

    def edit(self, message_id: int, text: str) -> JSON:
        """Change one of the person's own messages."""
        message = self._person.messages[message_id]
        if message.by_bot:
            raise LookupError("this message is the bot's")
        after = self._world.edit(self._person, message, text=text, html=text)
        return self._emit({"edited_message": self._world.message_json(self._person, after)})

    def delete(self, message_id: int, *, for_bot: bool = True) -> None:
        if for_bot:
            self._world.remove(self._person, message_id)
        else:
            self._person.hidden.add(message_id)
            self._world.touch()

    def clear_history(self, *, for_bot: bool = True) -> None:
        """Delete the whole chat. The bot is told nothing; without `for_bot` its edits go on into the void."""
        for message in self.messages():
            self.delete(message.id, for_bot=for_bot)

    def block(self) -> JSON:
        self._person.blocked = True
        return self._membership("member", "kicked")

    def unblock(self) -> JSON:
        self._person.blocked = False
        return self._membership("kicked", "member")

    def deactivate(self) -> None:
        """Delete the account from Telegram."""
        self._person.deleted = True
        self._world.touch()

    def speak(self, language_code: str | None) -> None:
        """Change the language of this person's Telegram."""
        self._person.language_code = language_code

    # --- what reaches the bot from elsewhere

    def write_in_group(self, text: str, group: int = -1_001_000_000_001) -> JSON:
        chat = {"id": group, "title": "Group", "type": "supergroup"}
        return self._emit({"message": {**self._bare(text), "chat": chat}})

    def write_as_bot(self, text: str) -> JSON:
        """The same chat, but Telegram says that the author is a bot."""
        author = {**self._world.user_json(self._person), "is_bot": True}
        return self._emit({"message": {**self._bare(text), "from": author}})

    def raw(self, content: JSON) -> JSON:
        """Any update at all; its id is added where it has none."""
        update = self._world.emit(content, forced=True)
        self._person.updates.append(update)
        return update

    def _bare(self, text: str) -> JSON:
        return {
            "message_id": self._world.next_message_id(),
            "from": self._world.user_json(self._person),
            "chat": self._world.chat_json(self._person),
            "date": int(self._world.clock().timestamp()),
            "text": text,
        }

    def _say(self, message: Message) -> JSON:
        if self._person.blocked:
            self.unblock()
        self._person.started = True
        numbered = replace(message, id=self._world.next_message_id())
        self._world.add(self._person, numbered)
        return self._emit({"message": self._world.message_json(self._person, numbered)})

    def _membership(self, before: str, after: str) -> JSON:
        member: JSON = {
            "chat": self._world.chat_json(self._person),
            "from": self._world.user_json(self._person),
            "date": int(self._world.clock().timestamp()),
            "old_chat_member": {"user": self._world.bot, "status": before},
            "new_chat_member": {"user": self._world.bot, "status": after},
        }
        for side in ("old_chat_member", "new_chat_member"):
            if member[side]["status"] == "kicked":
                member[side]["until_date"] = 0
        return self._emit({"my_chat_member": member})

    def _emit(self, content: JSON) -> JSON:
        update = self._world.emit(content)
        self._person.updates.append(update)
        return update


def _pieces(text: str) -> list[str]:
    pieces, piece, size = [], "", 0
    for character in text:
        width = entities.units(character)
        if size + width > entities.MAX_TEXT:
            pieces.append(piece)
            piece, size = "", 0
        piece += character
        size += width
    return [*pieces, piece]
