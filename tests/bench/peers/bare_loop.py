"""What no bot in Python can beat by much: aiohttp and json, which parses an update and makes the same two calls."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import aiohttp

from tests.bench.people import PLACES


async def main(root: str, folder: Path) -> None:
    screens = json.loads((folder / "screens.json").read_text())
    at: dict[int, tuple[int, int]] = {}
    running: set[asyncio.Task[None]] = set()

    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:

        async def call(method: str, **params: Any) -> Any:
            async with session.post(root + method, json=params) as answer:
                return json.loads(await answer.read())["result"]

        async def handle(update: dict[str, Any]) -> None:
            query = update.get("callback_query")
            message = query["message"] if query else update["message"]
            chat = message["chat"]["id"]
            if not query and message["text"] == "/start":
                await call("deleteMessage", chat_id=chat, message_id=message["message_id"])
                shown = await call("sendMessage", chat_id=chat, **screens[PLACES[0]])
                at[chat] = 0, shown["message_id"]
                return
            number, place = at[chat]
            at[chat] = number + 1, place
            if query:
                await call("answerCallbackQuery", callback_query_id=query["id"])
            else:
                await call("deleteMessage", chat_id=chat, message_id=message["message_id"])
            await call("editMessageText", chat_id=chat, message_id=place, **screens[PLACES[number + 1]])

        offset = 0
        while True:
            for update in await call("getUpdates", timeout=25, limit=100, offset=offset):
                offset = update["update_id"] + 1
                task = asyncio.create_task(handle(update))
                running.add(task)
                task.add_done_callback(running.discard)


asyncio.run(main(f"{sys.argv[1]}/bot{sys.argv[3]}/", Path(sys.argv[2])))
