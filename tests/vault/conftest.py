"""A vault on real files, behind a passphrase that costs next to nothing to check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from bot.vault import Kdf, Vault, create_keyring, open_vault

CHEAP = Kdf(memory=8, passes=1, lanes=1)


@dataclass(frozen=True)
class Home:
    """A data folder with a keyring."""

    keyring: Path
    day_keys: Path
    passphrase: str
    recovery: bytes
    made: date

    def open(self) -> Vault:
        return open_vault(self.keyring, self.day_keys, self.passphrase)


def _home(folder: Path) -> Home:
    folder.mkdir()
    keyring, passphrase, made = folder / "keyring", "семь тихих слов", date(2026, 3, 1)
    recovery = create_keyring(keyring, passphrase, kdf=CHEAP, today=made)
    return Home(keyring, folder / "day-keys", passphrase, recovery, made)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return _home(tmp_path / "home")


@pytest.fixture
def new_home(tmp_path: Path) -> Callable[[str], Home]:
    return lambda name: _home(tmp_path / name)


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    return _home(tmp_path_factory.mktemp("vault") / "home").open()
