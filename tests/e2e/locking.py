"""People whose chats lock, and what is done with them."""

from __future__ import annotations

from bot.sandbox import Account
from bot.sandbox.player import place
from bot.store.records import Case

from .conftest import PERSON, SHORT, TRANSIT, Answers, Town, alerts

WORD = "Қызыл алма"
FREE: Answers = {**SHORT, "custody": ("liberty",)}
OTHER = 1777


async def cases(town: Town) -> list[Case]:
    return await town.app.store.write(lambda work: work.all_cases())


async def guarded(town: Town, language: str = "en", answers: Answers = TRANSIT, number: int = PERSON) -> Account:
    """A person who has sent, and set their code word."""
    person = await town.played(answers, language, number)
    person.press("home=word")
    await person.wait(lambda me: place(me.screen) == "word")
    for at in ("word", "word_again"):
        assert at == place(person.screen)
        person.write(WORD)
        await town.settled()
    assert place(person.screen) == "word"
    person.press("word=-back")
    await person.wait(lambda me: place(me.screen) == "home")
    return person


async def held(town: Town, person: Account, action: str) -> None:
    """The holder presses a button of the card."""
    chats = await town.app.store.write(lambda work: work.load_chats([person.id]))
    (case,) = [one for one in await cases(town) if one.chat == chats[person.id].id]
    coordinator = town.staff["en"]
    for data in (f"case={case.id.hex()}", f"{action}={case.id.hex()}"):
        coordinator.press(data)
        await town.settled()


async def take(town: Town) -> Account:
    coordinator = town.staff["en"]
    coordinator.press(next(b.data for b in alerts(coordinator)[0].buttons[0]))
    await town.settled()
    return coordinator
