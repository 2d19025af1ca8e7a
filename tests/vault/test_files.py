"""A private file is replaced whole or not at all, and what it held before is overwritten."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bot.vault.files import forget_unfinished, read_private, replace_private

OLD, NEW = b"old keys" * 1000, b"new keys"


def replaced(folder: Path) -> Path:
    path = folder / "keys"
    replace_private(path, OLD, "file")
    return path


def test_the_blocks_of_a_replaced_file_are_overwritten(tmp_path: Path) -> None:
    """Who still has it open sees what the disk has: zeros."""
    path = replaced(tmp_path)
    with path.open("rb") as file:
        replace_private(path, NEW, "file")
        assert bytes(len(OLD)) == file.read()
    assert NEW == path.read_bytes()


def test_a_copy_under_another_name_is_left_alone(tmp_path: Path) -> None:
    path = replaced(tmp_path)
    os.link(path, tmp_path / "kept")
    replace_private(path, NEW, "file")
    assert (OLD, NEW) == ((tmp_path / "kept").read_bytes(), path.read_bytes())


def test_what_a_crash_left_behind_is_overwritten(tmp_path: Path) -> None:
    path = replaced(tmp_path)
    unfinished = tmp_path / "keys.new"
    for act in (lambda: replace_private(path, NEW, "file"), lambda: forget_unfinished(path)):
        unfinished.write_bytes(OLD)
        with unfinished.open("rb") as file:
            act()
            assert bytes(len(OLD)) == file.read()
        assert [path] == list(tmp_path.iterdir())


def test_a_file_is_never_read_while_it_is_overwritten(tmp_path: Path) -> None:
    path = replaced(tmp_path)
    with ThreadPoolExecutor(2) as threads:
        writing = threads.submit(lambda: [replace_private(path, OLD, "file") for _ in range(200)])
        while not writing.done():
            assert OLD == read_private(path, "file")
    writing.result()
