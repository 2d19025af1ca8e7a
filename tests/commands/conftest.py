"""Commands are typed on real files: a keyring of cheap costs, a settings file, a database."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import setup
from tests.commands.machine import CHEAP, Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Set up, behind a passphrase that costs next to nothing to check."""
    (tmp_path / "server").mkdir()
    machine = Machine(tmp_path / "server")
    setup.make(machine.env, None, {}, kdf=CHEAP)
    return machine


@pytest.fixture
def far(tmp_path: Path) -> Machine:
    """The coordinators' machine: no settings, no data folder, no passphrase of the bot."""
    (tmp_path / "far").mkdir()
    machine = Machine(tmp_path / "far")
    machine.env = {"HOME": str(tmp_path / "far")}
    return machine
