"""aiogram 3 with its finite state machine, each answer in SQLite: by its documentation, a storage of one table."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiosqlite
from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import CommandStart
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.base import BaseStorage, StateType, StorageKey
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message

from tests.bench.people import PLACES, STEPS

TABLE = "CREATE TABLE IF NOT EXISTS fsm (chat INTEGER, user INTEGER, state TEXT, data TEXT, PRIMARY KEY (chat, user))"


class SQLiteStorage(BaseStorage):
    """aiogram brings storages for memory, Redis and MongoDB; this is theirs over aiosqlite."""

    def __init__(self, database: aiosqlite.Connection) -> None:
        self._database = database

    async def set_state(self, key: StorageKey, state: StateType = None) -> None:
        await self._put(key, "state", state.state if isinstance(state, State) else state)

    async def get_state(self, key: StorageKey) -> str | None:
        return await self._get(key, "state")

    async def set_data(self, key: StorageKey, data: Mapping[str, Any]) -> None:
        await self._put(key, "data", json.dumps(dict(data)))

    async def get_data(self, key: StorageKey) -> dict[str, Any]:
        return dict(json.loads(await self._get(key, "data") or "{}"))

    async def close(self) -> None:
        await self._database.close()

    async def _put(self, key: StorageKey, column: str, value: str | None) -> None:
        await self._database.execute(
            f"INSERT INTO fsm (chat, user, {column}) VALUES (?, ?, ?) "
            f"ON CONFLICT (chat, user) DO UPDATE SET {column} = excluded.{column}",
            (key.chat_id, key.user_id, value),
        )
        await self._database.commit()

    async def _get(self, key: StorageKey, column: str) -> str | None:
        found = await self._database.execute_fetchall(
            f"SELECT {column} FROM fsm WHERE chat = ? AND user = ?", (key.chat_id, key.user_id)
        )
        return next((row[0] for row in found), None)


Intake = type("Intake", (StatesGroup,), {place: State() for place in PLACES})


async def main(url: str, folder: Path) -> None:
    screens = json.loads((folder / "screens.json").read_text())
    for screen in screens.values():
        screen["reply_markup"] = InlineKeyboardMarkup.model_validate(screen["reply_markup"])
    database = await aiosqlite.connect(folder / "fsm.db")
    await database.execute("PRAGMA journal_mode=WAL")
    await database.execute("PRAGMA synchronous=FULL")
    await database.execute(TABLE)
    await database.commit()
    bot = Bot(sys.argv[3], session=AiohttpSession(api=TelegramAPIServer.from_base(url)))
    dispatcher = Dispatcher(storage=SQLiteStorage(database))

    @dispatcher.message(CommandStart())
    async def start(message: Message, state: FSMContext) -> None:
        await state.set_state(getattr(Intake, PLACES[0]))
        await message.delete()
        shown = await message.answer(**screens[PLACES[0]])
        await state.update_data(message=shown.message_id)

    def question(place: str, following: str, typed: bool) -> None:
        now, then = getattr(Intake, place), getattr(Intake, following)

        async def pressed(query: CallbackQuery, state: FSMContext) -> None:
            await state.update_data({place: query.data.partition("=")[2]})
            await state.set_state(then)
            await query.answer()
            await query.message.edit_text(**screens[following])

        async def wrote(message: Message, state: FSMContext) -> None:
            data = await state.update_data({place: message.text})
            await state.set_state(then)
            await message.delete()
            await bot.edit_message_text(chat_id=message.chat.id, message_id=data["message"], **screens[following])

        dispatcher.callback_query(now, F.data.startswith(f"{place}="))(pressed)
        if typed:
            dispatcher.message(now, F.text)(wrote)

    for (place, step), following in zip(STEPS, PLACES[1:], strict=True):
        question(place, following, step.startswith('"'))
    await dispatcher.start_polling(bot, handle_signals=True)


asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
