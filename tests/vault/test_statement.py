"""Of two statements the later counts, and none for longer than it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.vault import Kdf, KeyringError
from bot.vault import statement as signing
from bot.vault.statement import Statement

CHEAP = Kdf(8, 1, 1)
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SAID = Statement(NOW, ("@first_bot", "@second_bot"), "https://example.org/bot", date(2026, 3, 31))


def test_what_is_signed_is_read_back(tmp_path: Path) -> None:
    key = signing.create_signing_key(tmp_path / "key", "cheap", kdf=CHEAP)
    again = signing.open_signing_key(tmp_path / "key", "cheap")
    assert SAID == signing.read(again.sign(SAID), key.public)
    assert key.public not in (tmp_path / "key").read_bytes().split(b"sealed")[-1]
    with pytest.raises(OSError):
        signing.create_signing_key(tmp_path / "key", "cheap", kdf=CHEAP)


def test_an_old_statement_is_not_taken_for_a_new_one() -> None:
    signing.refuse_stale(SAID, NOW, SAID)
    with pytest.raises(KeyringError, match="older"):
        signing.refuse_stale(SAID, NOW, replace(SAID, issued=NOW + timedelta(seconds=1)))
    with pytest.raises(KeyringError, match="is over"):
        signing.refuse_stale(SAID, NOW + timedelta(days=30))
    with pytest.raises(KeyringError, match="not come yet"):
        signing.refuse_stale(SAID, NOW - timedelta(days=2))


def test_a_key_file_that_was_changed_opens_nothing(tmp_path: Path) -> None:
    signing.create_signing_key(tmp_path / "key", "cheap", kdf=CHEAP)
    stored = (tmp_path / "key").read_bytes()
    (tmp_path / "key").write_bytes(stored[:-4])
    with pytest.raises(KeyringError, match="damaged"):
        signing.open_signing_key(tmp_path / "key", "cheap")
