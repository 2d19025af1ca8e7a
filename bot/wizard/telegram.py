"""What set-up asks Telegram: who has sent a code to the bot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.telegram.ingest import ALLOWED
from bot.telegram.transport import Transport


@dataclass(frozen=True)
class Sender:
    """Who has sent the code, as their Telegram names them."""

    user: int
    name: str


async def sender(api_url: str, token: str, code: str) -> Sender | None:
    """Who has sent this code in a private chat. Nothing is confirmed: the bot gets every message later."""
    async with Transport(api_url, token) as transport:
        updates = await transport.call("getUpdates", timeout=0, limit=100, allowed_updates=ALLOWED)
    for update in reversed(updates):
        found = _sent(update.get("message"), code)
        if found is not None:
            return found
    return None


def _sent(message: Any, code: str) -> Sender | None:
    if not isinstance(message, dict) or message.get("chat", {}).get("type") != "private":
        return None
    if code not in str(message.get("text", "")).split():
        return None
    author = message.get("from", {})
    names = (author.get("first_name"), author.get("last_name"), author.get("username") and f"@{author['username']}")
    return Sender(int(author["id"]), " ".join(str(name) for name in names if name))
