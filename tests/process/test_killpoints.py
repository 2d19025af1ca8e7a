"""`kill -9` exactly where it would hurt, and whoever comes after it finds everything."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from pathlib import Path

from alembic import command
from sqlalchemy import create_engine, func, select

from bot.sandbox import Sandbox
from bot.sandbox.player import place
from bot.store import schema, tables
from tests.process.conftest import COORDINATOR, PASSPHRASE, Home, on_both, stop
from tests.process.crowd import asked, case_keys, fill, told, wraps
from tests.process.intakes import PATIENCE, Intake, Intakes
from tests.process.killpoint import ARMED
from tests.process.reckoning import reckon
from tests.process.zygote import Process

BEFORE_COMMIT = ("bot.store.seen:remember@return",)
AFTER_COMMIT = (*BEFORE_COMMIT, "bot.store.store:Store._transact@return")
AFTER_SEND = ("bot.telegram.delivery:_holds@call",)
AFTER_EDIT = (*BEFORE_COMMIT, "bot.telegram.settling:Settling.finish@call")
ACTS = {
    "consent": BEFORE_COMMIT,
    "who": AFTER_COMMIT,
    "custody": AFTER_SEND,  # the alert: the person's own screen is edited
    "detained_since": AFTER_EDIT,
}
"""Where somebody acts, and where that kills the process."""
KEYRING_WRITTEN = "bot.vault.keyring:Keyring.write@return"
WRAPS_REPLACED = "bot.store.rotation:replace@return"
KEY_DESTROYED = "bot.vault.vault:Vault.retire@return"
TABLE_DROPPED = "alembic.ddl.impl:DefaultImpl.drop_table@return"
STAGED = "bot.commands.unpacking:put_back@return"
IN_PLACE = "bot.commands.placing:_rename@return"
WITHIN = 20


def begin(home: Home, points: tuple[str, ...], *words: str, **more: str) -> Process:
    return home.begin(*points, "--", *words, program="tests.process.killpoint", **more)


def armed(home: Home, sandbox: Sandbox, points: tuple[str, ...]) -> Process:
    return begin(home, ("--armed", *points), "run", QORGAN_API_URL=sandbox.url)


async def arm(home: Home, process: Process) -> None:
    """From now on the points count."""
    before = home.output.read_bytes().count(ARMED)
    process.send_signal(signal.SIGUSR1)
    async with asyncio.timeout(WITHIN):
        while home.output.read_bytes().count(ARMED) == before:
            await asyncio.sleep(0.005)


async def dies(home: Home, process: Process) -> None:
    """At its point; one that is not there, or is not come to, is a fault of the test."""
    try:
        code = await asyncio.to_thread(process.wait, WITHIN)
    except subprocess.TimeoutExpired:
        raise AssertionError("the point was never reached") from None
    assert code == -signal.SIGKILL, home.output.read_text()


async def seen_another(person: Intake, screen: str) -> None:
    """Without doing anything more, once they have acted on this one."""
    if screen:
        await person.account.wait(lambda me: place(me.screen) != screen, PATIENCE)


@on_both
async def test_kill_9_before_and_after_each_commit_and_each_call_loses_nothing(home: Home, sandbox: Sandbox) -> None:
    """The person sees the next screen though they do nothing more, and the alert that came twice tells its case."""
    coordinator, intakes = sandbox.user(COORDINATOR, "Dana", "ru"), Intakes(sandbox)
    coordinator.start()
    person, acted = intakes.another(), ""
    for where, points in ACTS.items():
        process = armed(home, sandbox, points)
        await seen_another(person, acted)
        await person.go(where)
        await sandbox.settled(quiet=0.4, timeout=20)
        await arm(home, process)
        acting, acted = asyncio.create_task(person.act(where)), where
        await dies(home, process)
        acting.cancel()
        if points == BEFORE_COMMIT:
            assert sandbox.world.owed() and place(person.account.screen) == where
    last = home.run(sandbox)
    await seen_another(person, acted)
    await person.go()
    await sandbox.settled(timeout=20)
    assert await stop(last) == 0
    found = reckon(home, intakes.came, coordinator)
    assert found.faults == {}
    assert (found.alerts_doubled, found.screens_doubled) == (1, 0)


@on_both
async def test_kill_9_in_a_migration_leaves_the_older_schema_with_all_that_is_in_it(
    home: Home, sandbox: Sandbox
) -> None:
    coordinator, intakes = sandbox.user(COORDINATOR, "Dana", "ru"), Intakes(sandbox)
    coordinator.start()
    person, process = intakes.another(), home.run(sandbox)
    await person.go("papers")
    await sandbox.settled(timeout=20)
    assert await stop(process) == 0
    engine = create_engine(home.database_url)
    with engine.begin() as connection:
        command.downgrade(schema.migrations(connection), "0001")
    engine.dispose()
    before = size(home)

    await dies(home, begin(home, (TABLE_DROPPED, TABLE_DROPPED), "run", QORGAN_API_URL=sandbox.url))
    assert size(home) == before
    process = home.run(sandbox)
    await person.go()
    await sandbox.settled(timeout=20)
    assert await stop(process) == 0
    assert reckon(home, intakes.came, coordinator).faults == {}


def size(home: Home) -> dict[str, int]:
    """How much stands in the tables of the first schema."""
    every = (tables.chats, tables.cases, tables.entries, tables.wraps, tables.messages, tables.staff, tables.seen)
    return {table.name: asked(home, select(func.count()).select_from(table))[0][0] for table in every}


async def test_kill_9_wherever_a_key_is_exchanged_and_the_next_rotation_ends_it(home: Home) -> None:
    """The keyring has a key that the database knows nothing of; half of the wraps are done; the old key is gone
    from the file and the database does not know it."""
    seeded = fill(home, 300)
    (old,) = wraps(home)
    for points in ((KEYRING_WRITTEN,), (WRAPS_REPLACED,) * 3, (KEY_DESTROYED,)):
        await dies(home, begin(home, points, "keys", "rotate"))
        assert told(home) == seeded
    done = home.command("keys", "rotate")
    assert done.returncode == 0, done.stderr
    assert old not in wraps(home)
    assert case_keys(home) == set(wraps(home))
    assert told(home) == seeded


@on_both
async def test_kill_9_in_a_restore_leaves_nothing_that_counts_and_the_same_command_begins_anew(
    home: Home, there: Home, tmp_path: Path
) -> None:
    """Once the keyring is in its place, which comes last, everything is; nothing is ever restored over that."""
    seeded = fill(home, 3)
    (backups := tmp_path / "backups").mkdir()
    assert home.command("backup", str(backups)).returncode == 0
    (backup,) = backups.iterdir()

    def restored(*points: str) -> subprocess.CompletedProcess[str]:
        program, before = ("tests.process.killpoint", (*points, "--")) if points else ("bot.cli", ())
        words, typed = (*before, "restore", str(backup)), f"{PASSPHRASE}\n{PASSPHRASE}\n"
        return there.command(*words, typed=typed, program=program, QORGAN_KEYRING_PASSPHRASE=None)

    for points in (STAGED,), (IN_PLACE,) * 3 if home.database_url.startswith("sqlite") else (IN_PLACE,) * 2:
        assert restored(*points).returncode == -signal.SIGKILL
        assert not there.keyring.exists()
    assert asked(there, select(func.count()).select_from(tables.cases)) == [(3,)]
    done = restored()
    assert done.returncode == 0 and "was cut short" in done.stdout, done.stderr
    assert told(there) == seeded
    assert "is there already" in restored().stderr
    assert told(there) == seeded
