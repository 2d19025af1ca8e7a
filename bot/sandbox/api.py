"""The methods of the Bot API that a bot in private chats uses, with Telegram's words for what it refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bot.sandbox import entities, keyboards
from bot.sandbox.files import LARGEST_DOWNLOAD
from bot.sandbox.profile import Profile, ProfileError
from bot.sandbox.webhook import BadWebhook, Postman, Webhook, check
from bot.sandbox.world import JSON, Message, Person, World

MAX_TOAST = 200
MAX_DELETED = 100


class Refused(Exception):
    """An answer with ok=false."""

    def __init__(self, status: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.retry_after = retry_after


def bad(reason: str) -> Refused:
    return Refused(400, f"Bad Request: {reason}")


class Params:
    """Parameters as Telegram reads them: a form's strings and JSON's values mean the same."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given

    def text(self, name: str) -> str:
        value = self._given.get(name)
        return "" if value is None else str(value)

    def number(self, name: str) -> int | None:
        try:
            return int(self._given[name])
        except (KeyError, TypeError, ValueError):
            return None

    def flag(self, name: str) -> bool:
        return str(self._given.get(name, "")).lower() in {"true", "1", "yes"}

    def file(self, name: str) -> tuple[str, bytes] | None:
        """Name and content of an upload."""
        given = self._given.get(name)
        return given if isinstance(given, tuple) else None

    def value(self, name: str) -> Any:
        value = self._given.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise bad(f"can't parse {name.replace('_', ' ')} JSON object") from None


class Api:
    def __init__(self, world: World) -> None:
        self.world = world
        self.profile = Profile()
        self.postman = Postman(world)
        self._methods: dict[str, Callable[[Params], Any]] = {
            "getme": self.get_me,
            "sendmessage": self.send_message,
            "senddocument": self.send_document,
            "getfile": self.get_file,
            "editmessagetext": self.edit_message_text,
            "editmessagereplymarkup": self.edit_message_reply_markup,
            "deletemessage": self.delete_message,
            "deletemessages": self.delete_messages,
            "answercallbackquery": self.answer_callback_query,
            "setwebhook": self.set_webhook,
            "deletewebhook": self.delete_webhook,
            "getwebhookinfo": self.get_webhook_info,
        }

    def knows(self, method: str) -> bool:
        return method.lower() in self._methods or self.profile.knows(method)

    def call(self, method: str, params: Params) -> Any:
        if self.profile.knows(method):
            self._check_scope(params)
            try:
                result = self.profile.call(method, params.text, params.value)
            except ProfileError as error:
                raise bad(str(error)) from None
            self.world.touch()
            return result
        return self._methods[method.lower()](params)

    def get_me(self, params: Params) -> JSON:
        return {
            "can_join_groups": False,
            **self.world.bot,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    def send_message(self, params: Params) -> JSON:
        formatted = self._text(params)
        keyboard = self._keyboard(params)
        return self._sent(params, formatted, params.text("text"), keyboard=keyboard)

    def send_document(self, params: Params) -> JSON:
        caption = self._formatted(params, "caption")
        if entities.units(caption.text) > entities.MAX_CAPTION:
            raise bad("message caption is too long")
        keyboard = self._keyboard(params)
        uploaded = params.file("document")
        if uploaded is None:
            raise bad("there is no document in the request")
        name, content = uploaded
        if not content:
            raise bad("file must be non-empty")
        self._reachable(params)
        extra: JSON = {"document": self.world.files.keep(name, content).document}
        if caption.text:
            extra |= {"caption": caption.text, "caption_entities": list(caption.entities)}
        words = replace(caption, entities=())
        return self._sent(params, words, params.text("caption"), keyboard=keyboard, kind="document", extra=extra)

    def get_file(self, params: Params) -> JSON:
        file = self.world.files.get(params.text("file_id"))
        if file is None:
            raise bad("wrong file_id or the file is temporarily unavailable")
        if len(file.content) > LARGEST_DOWNLOAD:
            raise bad("file is too big")
        return {**file.described, "file_path": file.path}

    def _sent(self, params: Params, said: entities.Formatted, source: str, **more: Any) -> JSON:
        person = self._reachable(params)
        message = Message(
            id=self.world.next_message_id(),
            chat=person.id,
            by_bot=True,
            sent=self.world.clock(),
            text=said.text,
            html=source,
            entities=said.entities,
            protected=params.flag("protect_content"),
            silent=params.flag("disable_notification"),
            **more,
        )
        return self.world.message_json(person, self.world.add(person, message))

    def edit_message_text(self, params: Params) -> JSON:
        formatted = self._text(params)
        keyboard = self._keyboard(params)
        person = self._reachable(params)
        message = self._editable(person, params)
        if message.kind != "text":
            raise bad("there is no text in the message to edit")
        wanted = (formatted.text, formatted.entities, keyboard)
        if wanted == (message.text, message.entities, message.keyboard):
            raise _not_modified()
        after = self.world.edit(
            person,
            message,
            text=formatted.text,
            html=params.text("text"),
            entities=formatted.entities,
            keyboard=keyboard,
        )
        return self.world.message_json(person, after)

    def edit_message_reply_markup(self, params: Params) -> JSON:
        keyboard = self._keyboard(params)
        person = self._reachable(params)
        message = self._editable(person, params)
        if keyboard == message.keyboard:
            raise _not_modified()
        return self.world.message_json(person, self.world.edit(person, message, keyboard=keyboard))

    def delete_message(self, params: Params) -> bool:
        person = self._person(params)
        message_id = params.number("message_id")
        if message_id is None:
            raise bad("message identifier is not specified")
        message = person.messages.get(message_id)
        if message is None:
            raise bad("message to delete not found")
        if not self.world.deletable(message):
            raise bad("message can't be deleted for everyone")
        self.world.remove(person, message_id)
        return True

    def delete_messages(self, params: Params) -> bool:
        """Those not found are passed over; one too old refuses all."""
        person = self._person(params)
        ids = params.value("message_ids")
        if not isinstance(ids, list) or not ids or not all(isinstance(one, int) for one in ids):
            raise bad("message identifiers are not specified")
        if len(ids) > MAX_DELETED:
            raise bad("too many message identifiers specified")
        found = [person.messages[one] for one in ids if one in person.messages]
        if not all(self.world.deletable(message) for message in found):
            raise bad("message can't be deleted for everyone")
        for message in found:
            self.world.remove(person, message.id)
        return True

    def answer_callback_query(self, params: Params) -> bool:
        query = self.world.live_query(params.text("callback_query_id"))
        if query is None:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        text = params.text("text")
        if entities.units(text) > MAX_TOAST:
            raise bad("MESSAGE_TOO_LONG")
        if text and query.chat in self.world.people:
            self.world.people[query.chat].toasts.append((text, params.flag("show_alert")))
        self.world.touch()
        return True

    def set_webhook(self, params: Params) -> bool:
        try:
            asked = params.number("max_connections") or Webhook.connections
            webhook = check(params.text("url"), params.text("secret_token"), asked)
        except BadWebhook as error:
            raise bad(str(error)) from None
        allowed = params.value("allowed_updates")
        if isinstance(allowed, list):
            self.world.allowed = tuple(str(kind) for kind in allowed)
        return self._hook(webhook, params)

    def delete_webhook(self, params: Params) -> bool:
        return self._hook(Webhook(), params)

    def _hook(self, webhook: Webhook, params: Params) -> bool:
        self.postman.webhook = webhook
        if params.flag("drop_pending_updates"):
            self.world.confirm(self.world.next_update)
        self.world.touch()
        return True

    def get_webhook_info(self, params: Params) -> JSON:
        info: JSON = {
            "url": self.postman.webhook.url,
            "has_custom_certificate": False,
            "pending_update_count": self.world.owed(),
        }
        if self.postman.webhook.url:
            info["max_connections"] = self.postman.webhook.connections
        if self.postman.failed is not None:
            info["last_error_date"], info["last_error_message"] = self.postman.failed
        if self.world.allowed:
            info["allowed_updates"] = list(self.world.allowed)
        return info

    def _person(self, params: Params) -> Person:
        if not params.text("chat_id"):
            raise bad("chat_id is empty")
        person = self.world.people.get(params.number("chat_id") or 0)
        if person is None:
            raise bad("chat not found")
        return person

    def _reachable(self, params: Params) -> Person:
        person = self._person(params)
        if person.deleted:
            raise Refused(403, "Forbidden: user is deactivated")
        if person.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        if not person.started:
            raise Refused(403, "Forbidden: bot can't initiate conversation with a user")
        return person

    def _editable(self, person: Person, params: Params) -> Message:
        message_id = params.number("message_id")
        if message_id is None:
            raise bad("message identifier is not specified")
        message = person.messages.get(message_id)
        if message is None:
            raise bad("message to edit not found")
        if not message.by_bot:
            raise bad("message can't be edited")
        return message

    def _text(self, params: Params) -> entities.Formatted:
        formatted = self._formatted(params, "text")
        if not formatted.text:
            raise bad("message text is empty")
        if entities.units(formatted.text) > entities.MAX_TEXT:
            raise bad("message is too long")
        return formatted

    def _formatted(self, params: Params, name: str) -> entities.Formatted:
        source = params.text(name).replace("\r", "")
        mode = params.text("parse_mode").lower()
        if mode == "html":
            try:
                return entities.parse(source)
            except entities.Unparsable as complaint:
                raise bad(f"can't parse entities: {complaint}") from None
        if mode in {"", "none"}:
            return entities.Formatted(source.strip())
        raise bad("unsupported parse_mode")

    def _keyboard(self, params: Params) -> tuple[tuple[JSON, ...], ...]:
        try:
            return keyboards.parse(params.value("reply_markup"))
        except keyboards.BadKeyboard as complaint:
            raise bad(str(complaint)) from None

    def _check_scope(self, params: Params) -> None:
        scope = params.value("scope")
        named = scope.get("chat_id") if isinstance(scope, dict) else params.text("chat_id")
        if named in (None, ""):
            return
        if not re.fullmatch(r"\d+", str(named)) or int(named) not in self.world.people:
            raise bad("chat not found")


def _not_modified() -> Refused:
    return bad(
        "message is not modified: specified new message content and reply markup are exactly the same "
        "as a current content and reply markup of the message"
    )
