"""What a hundred thousand open drafts cost a bot that is at work: memory and disk."""

from __future__ import annotations

import secrets
import tempfile
from dataclasses import replace
from pathlib import Path

from bot.store.records import Chat, Outgoing, Priority
from bot.store.work import Work
from tests.bench.contestants import Ground, running
from tests.bench.people import People
from tests.process.conftest import Home
from tests.process.crowd import opened

AT_ONCE = 5_000
TOGETHER, SECONDS = 64, 5.0


async def measure(ground: Ground, drafts: int) -> dict[str, float]:
    """After some intakes of 64 people, with so many others' drafts open and their timers waiting."""
    with tempfile.TemporaryDirectory(prefix="qorgan-bench-") as folder:
        people, home = People(), replace(ground.sqlite, data=Path(folder) / "data")
        async with people.api:
            person = people.new()
            async with running("qorgan", ground, Path(folder), people):
                await people.at_once(1, 0.5)
            if drafts:
                _open(home, person.user, drafts)
            async with running("qorgan", ground, Path(folder), people) as one:
                disk = sum(file.stat().st_size for file in home.data.glob("*.db"))
                await people.at_once(TOGETHER, SECONDS)
                return {"memory MiB": one.memory, "disk kB": disk / 1000}


def _open(home: Home, like: int, count: int) -> None:
    """Copies of one person's draft under other ids, each sealed and stored by the store itself, in big transactions."""
    with opened(home) as store:
        model = store.write_now(lambda work: work.load_chats([like]))[like]
        for start in range(0, count, AT_ONCE):
            some = range(start, min(start + AT_ONCE, count))
            store.write_now(lambda work, some=some: _copies(work, model, some))


def _copies(work: Work, model: Chat, numbers: range) -> None:
    chats, timers = [], []
    for number in numbers:
        wake = secrets.token_bytes(16)
        address = {**model.address, "wake": wake.hex(), "slot": secrets.token_hex(16)}
        chats.append(replace(model, id=secrets.token_bytes(16), user=6_000_000_000_000 + number, address=address))
        body = {"do": "wake", "chat_row": chats[-1].id.hex()}
        timers.append(Outgoing(wake, Priority.WAKE, int(work.now.timestamp()) + 3600, work.next_turn(), body))
    work.save_chats(chats)
    work.put_outgoing(timers)
