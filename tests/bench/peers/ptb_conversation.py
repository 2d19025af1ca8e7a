"""Stock python-telegram-bot: ConversationHandler and PicklePersistence, as in its conversation examples.

As documented it writes the file every 60 seconds; with ``flush`` after each update, and synchronised to the disk.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from telegram import InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    PicklePersistence,
    TypeHandler,
    filters,
)

from tests.bench.people import PLACES, STEPS

Context = ContextTypes.DEFAULT_TYPE


def main(url: str, folder: Path, token: str, flush: bool) -> None:
    screens = json.loads((folder / "screens.json").read_text())
    for screen in screens.values():
        screen["reply_markup"] = InlineKeyboardMarkup.de_json(screen["reply_markup"])
    file = folder / "persistence"
    persistence = PicklePersistence(filepath=file)
    application = Application.builder().token(token).base_url(f"{url}/bot").persistence(persistence).build()

    async def start(update: Update, context: Context) -> int:
        await update.message.delete()
        shown = await update.message.reply_text(**screens[PLACES[0]])
        context.user_data["message"] = shown.message_id
        return 0

    def pressed(number: int) -> Any:
        async def handle(update: Update, context: Context) -> int:
            query = update.callback_query
            context.user_data[PLACES[number]] = query.data.partition("=")[2]
            await query.answer()
            await query.edit_message_text(**screens[PLACES[number + 1]])
            return number + 1 if number + 1 < len(STEPS) else ConversationHandler.END

        return CallbackQueryHandler(handle, pattern=f"^{PLACES[number]}=")

    def wrote(number: int) -> Any:
        async def handle(update: Update, context: Context) -> int:
            context.user_data[PLACES[number]] = update.message.text
            await update.message.delete()
            await context.bot.edit_message_text(
                chat_id=update.effective_chat.id, message_id=context.user_data["message"], **screens[PLACES[number + 1]]
            )
            return number + 1

        return MessageHandler(filters.TEXT & ~filters.COMMAND, handle)

    async def keep(update: Update, context: Context) -> None:
        application.mark_data_for_update_persistence(user_ids=update.effective_user.id)
        await application.update_persistence()
        descriptor = os.open(file, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)

    conversation = ConversationHandler(
        entry_points=[CommandHandler("start", start)],
        states={
            number: [pressed(number), *([wrote(number)] if step.startswith('"') else [])]
            for number, (_, step) in enumerate(STEPS)
        },
        fallbacks=[CommandHandler("start", start)],
        name="intake",
        persistent=True,
        per_message=False,
    )
    application.add_handler(conversation)
    if flush:
        application.add_handler(TypeHandler(Update, keep), group=1)
    application.run_polling(allowed_updates=Update.ALL_TYPES)


main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4:] == ["flush"])
