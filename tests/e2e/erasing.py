"""Erasing, done and looked for."""

from __future__ import annotations

from typing import Any

from bot.sandbox import Account, Message
from bot.sandbox.player import place, play
from bot.store.records import Case
from bot.store.work import Work

from .conftest import PERSON, SHORT, Town, alerts

FREE = {**SHORT, "custody": ("liberty",)}


async def cases(town: Town) -> list[Case]:
    return await town.app.store.write(lambda work: work.all_cases())


async def acts(town: Town) -> list[str]:
    return [one.what for one in await town.app.store.write(lambda work: work.audit(limit=100))]


async def tidy(town: Town) -> None:
    """What happens once an hour."""
    await town.settled()
    await town.app.keeper.tidy()
    await town.settled()


async def a_day_later(town: Town) -> None:
    """So that the clock doesn't jump."""
    for _ in range(2):
        town.clock.forward(hours=12, minutes=1)
        await tidy(town)


async def take(town: Town, code: str) -> Account:
    coordinator = town.staff[code]
    coordinator.press(alerts(coordinator)[0].buttons[0][0].data)
    await town.settled()
    return coordinator


async def erase(town: Town, person: Account) -> Message:
    """Presses both buttons; gives the screen on which the second stood."""
    person.press("home=erase")
    await person.wait(lambda me: place(me.screen) == "erase")
    asked = person.screen
    person.press("erase=yes")
    await town.settled()
    return asked


def button(account: Account, action: str) -> Message | None:
    """The newest message with a button of this action."""
    fitting = (one for one in reversed(account.messages()) for row in one.buttons for each in row
               if each.data.startswith(f"{action}="))  # fmt: skip
    return next(fitting, None)


def data(message: Message | None, action: str) -> str:
    assert message is not None
    return next(each.data for row in message.buttons for each in row if each.data.startswith(f"{action}="))


def traces(work: Work, user: int) -> dict[str, Any]:
    """Everything in the store that belongs to this person or to any case."""
    waiting = [*work.due(2**40, 10_000, 8), *work.due_wakes(2**40, 10_000)]
    return {
        "cases": work.all_cases(),
        "chats": work.load_chats([user]),
        "outbox": [row.body for row in waiting if row.body.get("case") or row.body.get("chat") == user],
        "wakes": [row.body for row in waiting if row.body["do"] == "wake"],
    }


async def clean(town: Town, case: bytes) -> bool:
    """No row and no ciphertext of it is left, nor anything of its person."""
    left = await town.app.store.write(lambda work: {**traces(work, PERSON), "sealed": work.ciphertexts(case)})
    return not any(left.values())


async def erased_by(town: Town, admin: Account, case: Case) -> None:
    """An administrator erases the case, and is sure."""
    await town.said(admin, f"/erase {case.head['code']}")
    admin.press(data(button(admin, "card.erase"), "card.erase"))
    await town.settled()


async def about_a_friend(town: Town, person: Account, until: str = "home") -> None:
    """Another intake in the same chat."""
    person.press("home=another")
    await person.wait(lambda me: place(me.screen) != "home")
    await play(person, {**FREE, "who": ("friend",)}, until=until)
    await town.settled()
