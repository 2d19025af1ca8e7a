"""A newer version comes to a database of the one before."""

from __future__ import annotations

import asyncio

from alembic import command

from bot.sandbox import Sandbox
from bot.store.engine import make_engine
from bot.store.schema import migrations
from tests.process.conftest import Home, on_both, stop


def put_back(home: Home, revision: str) -> None:
    engine = make_engine(home.database_url, create=False)
    with engine.begin() as connection:
        command.downgrade(migrations(connection), revision)
    engine.dispose()


@on_both
async def test_of_two_that_start_at_once_one_migrates_and_both_run(home: Home, sandbox: Sandbox) -> None:
    """What will be done is told before, without doing it; afterwards there is nothing to do."""
    put_back(home, "0002")
    for _ in range(2):
        told = home.command("upgrade", "--check")
        assert 1 == told.returncode, told.stderr
        assert "schema       0002, needed " in told.stdout
        assert "would run    0003: Who of several processes has the lead." in told.stdout
        assert "would run    0004: " in told.stdout
        assert "backup       none is known" in told.stdout

    both = [home.run(sandbox) for _ in range(2)]
    async with asyncio.timeout(20):
        while home.output.read_text().count("bot.started") < 2:
            assert [None, None] == [one.poll() for one in both], home.output.read_text()
            await asyncio.sleep(0.05)
    assert 1 == home.output.read_text().count("schema.migrated")
    assert [0, 0] == [await stop(one) for one in both]

    told = home.command("upgrade", "--check")
    assert (0, "would run    nothing") == (told.returncode, told.stdout.splitlines()[1])


def test_the_schema_is_brought_up_by_command_too(home: Home) -> None:
    put_back(home, "0003")
    assert "done         the schema is at " in home.command("upgrade").stdout
    assert 0 == home.command("upgrade", "--check").returncode
    put_back(home, "0003")
    assert 2 == home.command("upgrade", QORGAN_KEYRING_PASSPHRASE=None).returncode
    told = home.command("upgrade", "--check", QORGAN_KEYRING_PASSPHRASE=None)
    assert 1 == told.returncode and "known with the passphrase only" in told.stdout


def test_an_emptied_database_is_not_filled_anew(home: Home) -> None:
    put_back(home, "base")
    told = home.command("upgrade")
    assert 2 == told.returncode and "the database is empty" in told.stderr


def test_a_database_of_a_newer_version_is_left_alone(home: Home) -> None:
    engine = make_engine(home.database_url, create=False)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    before = home.database.read_bytes()
    for words in (["upgrade", "--check"], ["upgrade"]):
        told = home.command(*words)
        assert (2, "") == (told.returncode, told.stdout)
        assert "newer version" in told.stderr
    assert before == home.database.read_bytes()
