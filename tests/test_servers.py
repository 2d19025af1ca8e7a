"""The bot set up over a PostgreSQL server; and the tests' own server, which outlives nobody."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import setup
from tests.commands.machine import CHEAP, Machine, assert_refused
from tests.servers import GIVEN, Server

SECRET = "hunter2"


@pytest.fixture
def url(postgres: Server) -> Iterator[str]:
    """An empty database, behind a password that the server does not ask for."""
    with postgres.database(migrated=False) as url:
        yield url.replace("+psycopg", "").replace("postgres@", f"postgres:{SECRET}@")


@pytest.fixture
def machine(tmp_path: Path, url: str) -> Machine:
    machine = Machine(tmp_path)
    machine.env["QORGAN_DATABASE_URL"] = url
    machine.env["QORGAN_API_URL"] = "http://127.0.0.1:9"
    return machine


@pytest.fixture
def ready(machine: Machine) -> Machine:
    setup.make(machine.env, None, {}, kdf=CHEAP)
    return machine


def test_init_makes_the_tables_and_init_again_keeps_them(machine: Machine) -> None:
    first, again = machine.does("init", "--yes"), machine.does("init", "--yes")
    assert "made database" in first.stdout
    assert "nothing changed" in again.stdout
    assert not (machine.data / "qorgan.db").exists()
    assert SECRET not in first.output + again.output


def test_check_is_content_with_the_server_and_says_when_it_is_away(ready: Machine) -> None:
    found = ready.type("check").stdout
    assert "database" in found and "opens with the keyring" in found and "the newest" in found
    ready.env["QORGAN_DATABASE_URL"] = f"postgresql://bot:{SECRET}@127.0.0.1:1/qorgan"
    found = ready.type("check")
    assert "the database server can't be reached" in found.stdout
    assert SECRET not in found.output
    error = assert_refused(ready.type("cases", "list"))
    assert "can't be reached" in error and SECRET not in error


def test_a_set_up_that_fails_takes_its_tables_away_again(machine: Machine) -> None:
    machine.settings.symlink_to(machine.folder / "nowhere")
    assert_refused(machine.type("init", "--yes"))
    machine.settings.unlink()
    assert "made database" in machine.does("init", "--yes").stdout


def test_a_database_of_another_keyring_is_left_as_it_is(ready: Machine, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Machine(tmp_path / "other")
    other.env["QORGAN_DATABASE_URL"] = ready.env["QORGAN_DATABASE_URL"]
    for words in (["init", "--yes"], ["init", "--yes", "--beside"]):
        assert_refused(other.type(*words))
        assert {} == other.disk()
    (ready.data / "keyring").rename(tmp_path / "keyring")
    assert "the keyring" in assert_refused(ready.type("init", "--yes", "--beside"))
    (tmp_path / "keyring").rename(ready.data / "keyring")
    ready.opened("K7M2QX")
    assert "K7M2QX" in ready.does("cases", "list").stdout


def test_erasing_is_not_called_proved_where_files_are_out_of_sight(ready: Machine) -> None:
    ready.opened("K7M2QX")
    assert "are not searched" in assert_refused(ready.type("cases", "erase", "K7M2QX", "--yes", "--prove"))
    assert "erased" in ready.does("cases", "erase", "K7M2QX", "--yes").stdout


@pytest.mark.skipif(GIVEN in os.environ, reason="the server is not ours")
def test_no_server_outlives_a_killed_test_run() -> None:
    code = "from tests.servers import server\nwith server() as s: print(s.door.url.query['host'], flush=True); input()"
    run = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert run.stdin is not None and run.stdout is not None
    folder = Path(run.stdout.readline().strip())
    postmaster = int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])
    run.send_signal(signal.SIGKILL)
    run.communicate()
    for _ in range(500):
        if not folder.exists():
            break
        time.sleep(0.02)
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(postmaster, 0)
