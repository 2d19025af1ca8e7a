"""The bot against the sandbox: what it is told, and its run in this process. For the demo and the drill."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bot import app
from bot import settings as reading
from bot.sandbox import Sandbox
from bot.settings import PASSPHRASE, TOKEN, Settings
from bot.vault import Kdf, create_keyring

FILE = "settings"


def furnish(folder: Path, sandbox: Sandbox, **more: str) -> Settings:
    """A settings file in ``folder``, a data folder beside it and a keyring in that."""
    data = folder / "data"
    data.mkdir(mode=0o700)
    values = {
        TOKEN: sandbox.token,
        PASSPHRASE: secrets.token_urlsafe(16),
        "QORGAN_DATA_DIR": str(data),
        "QORGAN_API_URL": sandbox.url,
        "QORGAN_SEND_RATE": "1000",
        "QORGAN_CHAT_RATE": "1000",
        "QORGAN_PERSON_RATE": "1000",
        **more,
    }
    file = folder / FILE
    file.touch(mode=0o600)
    file.write_text("".join(f"{name}={value}\n" for name, value in values.items()), encoding="utf-8")
    settings = reading.load({}, file)
    assert settings.passphrase is not None
    # The data lives as long as the command that made it: a cheap lock is enough for it.
    create_keyring(settings.keyring, settings.passphrase, kdf=Kdf(8, 1, 1))
    return settings


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[app.App]:
    async with AsyncExitStack() as stack:
        bot = await app.build(settings, stack, migrate=True)
        stop = asyncio.Event()
        serving = asyncio.create_task(bot.serve(stop))
        try:
            yield bot
        finally:
            stop.set()
            await serving
