"""A machine is lost: what a backup of the running bot brings back elsewhere, with the recovery key and nothing else."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from bot.sandbox import Account, Message, Sandbox
from bot.sandbox.player import place
from bot.sandbox.world import Button
from bot.vault.erasures import erasures_file
from tests.process.conftest import PASSPHRASE, Home, holds, kill, on_both
from tests.process.crowd import told
from tests.process.intakes import Intakes

RESTORED = "Бот восстановлен из резервной копии"

WORD = "Қызыл алма"


def shows(where: str, account: Account) -> bool:
    return place(account.screen) == where


def offered(shown: list[Message]) -> Iterator[Button]:
    return (button for message in shown for row in message.buttons for button in row)


@on_both
async def test_people_alerts_and_staff_come_back_on_an_empty_machine_and_no_person_is_written_to(
    home: Home, there: Home, sandbox: Sandbox, coordinator: Account, tmp_path: Path
) -> None:
    """People come all the while; of who was through before the backup every word is there, but what was erased since.

    To whoever writes in such a chat the bot is a stranger's, until the code word or the holder opens it.
    """
    first = home.run(sandbox)
    await coordinator.wait(lambda me: me.screen, 15)
    intakes, enough = Intakes(sandbox), asyncio.Event()
    for _ in range(3):
        await intakes.one()
    guarded, bare, gone = (one.account for one in intakes.came)
    code = re.search(r"\b[A-Z0-9]{6}\b", gone.screen.text)
    assert code is not None
    for person in guarded, gone:
        person.press("home=word")
        for at in "word", "word_again":
            await person.wait(partial(shows, at), 15)
            person.write(WORD)
        await person.wait(partial(shows, "word"), 15)
    before, coming = intakes.words, asyncio.create_task(intakes.until(enough))
    (backups := tmp_path / "backups").mkdir()
    done = await asyncio.to_thread(home.command, "backup", str(backups))
    assert done.returncode == 0, done.stderr
    assert home.command("cases", "erase", code[0], "--yes").returncode == 0
    enough.set()
    await coming
    await sandbox.settled()
    kill(first)

    (backup,) = backups.iterdir()
    typed = f"{PASSPHRASE}\n{PASSPHRASE}\n"
    words = "restore", str(backup), "--erasures", str(erasures_file(home.keyring))
    done = there.command(*words, typed=typed, QORGAN_KEYRING_PASSPHRASE=None)
    assert done.returncode == 0, done.stderr
    erased = intakes.came[2].words
    assert {*before} - {words for case in told(there).values() for words in case} == {erased}

    shown = [len(one.account.shown) for one in intakes.came]
    seen = len(coordinator.shown)
    there.run(sandbox)
    await coordinator.wait(holds(RESTORED), 15)
    await coordinator.wait(lambda me: any("take=" in button.data for button in offered(me.shown[seen:])), 15)
    await sandbox.settled()
    assert shown == [len(one.account.shown) for one in intakes.came]

    for person in guarded, bare, gone:
        person.write("/start")
        await person.wait(partial(shows, "consent"), 15)
    for person in gone, guarded:
        person.write(WORD)
    await guarded.wait(partial(shows, "home"), 15)
    await sandbox.settled()
    assert shows("consent", gone)
    case = next(case for case, words in told(there).items() if intakes.came[1].words in words)
    for action in "take", "case", "unlock", "lock":
        data = f"{action}={case.hex()}"
        await coordinator.wait(lambda me, data=data: data in [each.data for each in offered(me.messages())], 15)
        if action != "lock":
            coordinator.press(data)
    bare.write("/start")
    await bare.wait(partial(shows, "home"), 15)
