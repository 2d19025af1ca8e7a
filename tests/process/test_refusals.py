"""`qorgan run` on a machine where something is wrong: it says so and leaves everything as it was."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from bot.store.store import Store
from bot.vault import open_vault
from tests.process.conftest import PASSPHRASE, Home

Settings = dict[str, str | None]


def no_token(home: Home) -> Settings:
    return {"QORGAN_BOT_TOKEN": None}


def wrong_passphrase(home: Home) -> Settings:
    return {"QORGAN_KEYRING_PASSPHRASE": f"{PASSPHRASE}!"}


def no_keyring(home: Home) -> Settings:
    (home.data / "keyring").unlink()
    return {}


def truncated_keyring(home: Home) -> Settings:
    keyring = home.data / "keyring"
    keyring.write_bytes(keyring.read_bytes()[:-100])
    return {}


def empty_keyring(home: Home) -> Settings:
    (home.data / "keyring").write_bytes(b"")
    return {}


def readable_keyring(home: Home) -> Settings:
    (home.data / "keyring").chmod(0o644)
    return {}


def unknown_variable(home: Home) -> Settings:
    return {"QORGAN_COORDINATOR": "1"}


def unknown_level(home: Home) -> Settings:
    return {"LOG_LEVEL": "loud"}


def no_database(home: Home) -> Settings:
    home.database.unlink()
    return {}


def newer_database(home: Home) -> Settings:
    with closing(sqlite3.connect(home.database)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    return {}


def another_bot(home: Home) -> Settings:
    vault = open_vault(home.data / "keyring", home.data / "day-keys", PASSPHRASE)
    with Store.open(f"sqlite:///{home.database}", vault) as store:
        store.write_now(lambda work: work.save_state({**work.state(), "bot": 1}))
    return {}


def other_file_as_database(home: Home) -> Settings:
    home.database.write_bytes(b"no database at all, only words " * 300)
    return {}


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (no_token, "token"),
        (wrong_passphrase, "passphrase"),
        (no_keyring, "keyring"),
        (truncated_keyring, "keyring"),
        (empty_keyring, "keyring"),
        (readable_keyring, "keyring"),
        (unknown_variable, "QORGAN_COORDINATOR "),
        (unknown_level, "LOG_LEVEL"),
        (no_database, "database"),
        (newer_database, "newer"),
        (another_bot, "another bot's"),
        (other_file_as_database, "database"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_run_that_can_not_be_says_why_in_two_lines_and_changes_nothing(
    spoil: Callable[[Home], Settings], word: str, home: Home
) -> None:
    """Exit code 2, an error, a hint, no secret in either, and not a byte or a mode of the data folder changed."""
    settings = spoil(home)
    before = home.disk()
    done = home.command("run", **settings)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    error, hint = done.stderr.splitlines()
    assert error.startswith("qorgan: error: ") and hint.startswith("qorgan: hint: ")
    assert word in error
    for secret in (home.env["QORGAN_BOT_TOKEN"], PASSPHRASE):
        assert secret not in done.stderr
    assert home.disk() == before


def test_an_emptied_database_is_never_taken_for_a_fresh_start(home: Home) -> None:
    """As a full disk or a careless restore leaves it: refused each time, and no tables are made in it."""
    home.database.write_bytes(b"")
    for _ in range(2):
        done = home.command("run")
        assert done.returncode == 2
        error, hint = done.stderr.splitlines()
        assert "empty" in error
        assert "qorgan init" in hint
    with closing(sqlite3.connect(home.database)) as database:
        assert database.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
