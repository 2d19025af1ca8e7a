"""What a bot shows of itself: its commands, name, descriptions and menu button, per language."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

JSON = dict[str, Any]
_COMMAND = re.compile(r"/?[a-z0-9_]{1,32}")
_METHOD = re.compile(r"(get|set|delete)(?:my(commands|name|description|shortdescription)|chatmenubutton)")
_TEXTS = {"name": 64, "description": 512, "short_description": 120}
_DEFAULT_SCOPE = ("default", 0)


class ProfileError(Exception):
    """What Telegram says about a profile it refuses."""


class Profile:
    def __init__(self) -> None:
        self.commands: dict[tuple[tuple[str, int], str], tuple[JSON, ...]] = {}
        self.texts: dict[tuple[str, str], str] = {}
        self.menu_buttons: dict[int, JSON] = {}

    def knows(self, method: str) -> bool:
        return self._which(method) is not None

    def call(self, method: str, text: Callable[[str], str], value: Callable[[str], Any]) -> Any:
        """`text` and `value` read a parameter as words or as JSON."""
        what, name = self._which(method) or ("", "")
        language = text("language_code")
        if name == "commands":
            return self._commands(what, _scope(value("scope")), language, value)
        if name == "button":
            chat = int(text("chat_id") or 0)
            if what == "get":
                return self.menu_buttons.get(chat, self.menu_buttons.get(0, {"type": "commands"}))
            self.menu_buttons[chat] = value("menu_button") or {"type": "default"}
            return True
        if what == "get":
            return {name: self.texts.get((name, language), self.texts.get((name, ""), ""))}
        if len(text(name)) > _TEXTS[name]:
            raise ProfileError(f"{name.upper()}_TOO_LONG")
        self.texts[name, language] = text(name)
        return True

    def seen_by(self, chat: int, language: str | None) -> list[tuple[str, str]]:
        """The menu one person sees, by Telegram's order: the narrowest scope, their language first."""
        for scope in (("chat", chat), ("all_private_chats", 0), _DEFAULT_SCOPE):
            for code in (language or "", ""):
                if (scope, code) in self.commands:
                    return [(one["command"], one["description"]) for one in self.commands[scope, code]]
        return []

    def _commands(self, what: str, scope: tuple[str, int], language: str, value: Callable[[str], Any]) -> Any:
        if what == "get":
            return list(self.commands.get((scope, language), ()))
        if what == "set":
            given = value("commands")
            commands = tuple(_command(one) for one in given) if isinstance(given, list) else ()
            if len(commands) > 100:
                raise ProfileError("BOT_COMMANDS_TOO_MUCH")
            if commands:
                self.commands[scope, language] = commands
                return True
        self.commands.pop((scope, language), None)
        return True

    def _which(self, method: str) -> tuple[str, str] | None:
        match = _METHOD.fullmatch(method.lower())
        if match is None or (match[1] == "delete" and match[2] != "commands"):
            return None
        names = {None: "button", "shortdescription": "short_description"}
        return match[1], names.get(match[2], match[2])


def _scope(scope: object) -> tuple[str, int]:
    if not isinstance(scope, dict):
        return _DEFAULT_SCOPE
    return str(scope.get("type", "default")), int(scope.get("chat_id") or 0)


def _command(given: object) -> JSON:
    command = str(given.get("command", "")) if isinstance(given, dict) else ""
    description = str(given.get("description", "")) if isinstance(given, dict) else ""
    if not _COMMAND.fullmatch(command):
        raise ProfileError("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= 256:
        raise ProfileError("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": command.removeprefix("/"), "description": description}
