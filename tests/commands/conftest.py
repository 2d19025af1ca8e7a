"""Commands are typed on real files: a keyring of cheap costs, a settings file, a database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bot import setup
from tests.commands.machine import CHEAP, Machine
from tests.servers import Server

on_both = pytest.mark.parametrize("machine", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def machine(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Machine]:
    """Set up, behind a passphrase that costs next to nothing to check; over SQLite, but for tests that are on both."""
    (tmp_path / "server").mkdir()
    machine = Machine(tmp_path / "server")
    with ExitStack() as stack:
        if getattr(request, "param", "sqlite") == "postgresql":
            server: Server = request.getfixturevalue("postgres")
            machine.env["QORGAN_DATABASE_URL"] = stack.enter_context(server.database(migrated=False))
        setup.make(machine.env, None, {}, kdf=CHEAP)
        yield machine


@pytest.fixture
def far(tmp_path: Path) -> Machine:
    """The coordinators' machine: no settings, no data folder, no passphrase of the bot."""
    (tmp_path / "far").mkdir()
    machine = Machine(tmp_path / "far")
    machine.env = {"HOME": str(tmp_path / "far")}
    return machine
