"""What two who write to each other do, and what is stored of it."""

from __future__ import annotations

import json
from typing import Any

from bot.sandbox import Account, Message
from bot.sandbox.player import place
from bot.store.records import Case
from bot.store.work import Work
from bot.telegram import person as persons
from bot.telegram.desk import Desk
from bot.telegram.ingest import Outcome

from .conftest import PERSON, STAFF, Town, texts
from .erasing import button, data

WAITS = "waits until the person writes"


async def written(town: Town, coordinator: Account, words: str) -> None:
    """*Write* pressed, the words typed; their preview stands."""
    coordinator.press(data(button(coordinator, "write"), "write"))
    await town.settled()
    coordinator.write(words)
    await town.settled()


async def sent(town: Town, coordinator: Account, words: str) -> Message:
    """Typed and sent; gives the preview on which *Send* stood."""
    await written(town, coordinator, words)
    preview = button(coordinator, "send")
    assert preview is not None
    coordinator.press(data(preview, "send"))
    await town.settled()
    return preview


async def chosen(town: Town, coordinator: Account, phrase: str) -> Message | None:
    coordinator.press(data(button(coordinator, "write"), "write"))
    await town.settled()
    prompt = button(coordinator, "say")
    assert prompt is not None
    coordinator.press(next(b.data for row in prompt.buttons for b in row if b.data.endswith(f".{phrase}")))
    await town.settled()
    return button(coordinator, "send")


async def learns(coordinator: Account, words: str) -> str:
    await coordinator.wait(lambda me: words in texts(me.messages()))
    return texts(coordinator.messages())


async def opened(town: Town, person: Account) -> str:
    await person.wait(lambda me: place(me.screen) == "letter")
    person.press("letter=show")
    await person.wait(lambda me: place(me.screen) == "reading")
    await town.settled()
    return person.screen.text


async def changed(town: Town, case: Case, **head: Any) -> None:
    """The case's head as another part of the desk would leave it."""

    def change(work: Work) -> Outcome:
        desk = Desk(town.app.house, work, work.staff(), {})
        now = desk.work.load_cases([case.id])[case.id]
        desk.head(now, {**now.head, **head})
        chat = desk.chat(now.chat) if now.chat is not None else None
        assert chat is not None
        persons.look_again(desk, chat)
        desk.save()
        return desk.rows, desk.answers, desk.erased

    town.app.ingest.release(await town.app.store.write(change))
    await town.settled()


async def stored(town: Town) -> str:
    """All that the server can read: addresses, drafts, what waits to be sent, timers, staff."""
    chats = await town.app.store.write(lambda work: work.load_chats([PERSON, *STAFF.values()]))
    rows = await town.app.store.write(lambda work: [*work.due(2**40, 999, 8), *work.due_wakes(2**40, 999)])
    staff = await town.app.store.write(lambda work: work.staff())
    known = [[[one.address, one.draft] for one in chats.values()], [row.body for row in rows]]
    return json.dumps([*known, [one.body for one in staff]], ensure_ascii=False)


async def climbed(town: Town, minutes: int) -> None:
    """Time passes, and the ladder is looked at."""
    town.clock.forward(minutes=minutes)
    await town.app.keeper.climb()
    await town.settled()
