"""What is left of erased ciphertext: found wherever it lies, and counted."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.residue import SHORTEST, search


@pytest.mark.parametrize("start", [0, 1, 62, 63, 64, 1000, 4095])
@pytest.mark.parametrize("cut", [0, 1, 5, 7, 150])
def test_eighty_bytes_in_one_piece_are_found_wherever_they_lie(tmp_path: Path, start: int, cut: int) -> None:
    ciphertext = os.urandom(400)
    piece = ciphertext[cut : cut + SHORTEST]
    file = tmp_path / "deep" / "file"
    file.parent.mkdir()
    file.write_bytes(bytes(start) + piece + os.urandom(500))
    searched, found = search([tmp_path], [os.urandom(50), ciphertext])
    assert (1, [file]) == (searched, [one.file for one in found])
    assert SHORTEST - 12 <= found[0].found <= SHORTEST


def test_every_piece_of_a_file_is_counted(tmp_path: Path) -> None:
    one, other = os.urandom(300), os.urandom(5000)
    (tmp_path / "file").write_bytes(one + bytes(77) + other + one[100:250] + os.urandom(9))
    ((_, found),) = ((each.file, each.found) for each in search([tmp_path], [one, other])[1])
    assert 300 + 5000 + 150 - 3 * 12 <= found <= 300 + 5000 + 150


def test_in_files_that_hold_nothing_of_it_nothing_is_found(tmp_path: Path) -> None:
    for name, content in (("empty", b""), ("short", b"short"), ("other", os.urandom(100_000)), ("zeros", bytes(9999))):
        (tmp_path / name).write_bytes(content)
    (tmp_path / "link").symlink_to(tmp_path / "other")
    assert (4, []) == search([tmp_path], [os.urandom(5000), b"", b"x"])


@pytest.mark.parametrize(("secure_delete", "left"), [("ON", False), ("OFF", True)])
def test_of_a_thousand_rows_deleted_from_a_database_nothing_is_left_only_with_secure_delete(
    tmp_path: Path, secure_delete: str, left: bool
) -> None:
    rows = [os.urandom(1200) for _ in range(1000)]
    with closing(sqlite3.connect(tmp_path / "base.db")) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute(f"PRAGMA secure_delete={secure_delete}")
        with database:
            database.execute("CREATE TABLE rows (row BLOB)")
            database.executemany("INSERT INTO rows VALUES (?)", [(row,) for row in rows])
        assert search([tmp_path], rows)[1]
        with database:
            database.execute("DELETE FROM rows")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert left is bool(search([tmp_path], rows)[1])
