"""What is on the disk at this moment, as whoever carries it away finds it: files, rows, and words looked for."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

SHOWN, DIGITS = 5, 48


def listed(folder: Path) -> dict[str, Any]:
    files = [{"name": str(path.relative_to(folder)), "bytes": len(content)} for path, content in _files(folder)]
    return {"files": files, "tables": [table for path in sorted(folder.glob("*.db")) for table in _tables(path)]}


def search(folder: Path, words: str) -> dict[str, int]:
    """How often the words stand in all files together, whatever the case of their letters."""
    files, size, found = 0, 0, 0
    for _, content in _files(folder):
        files += 1
        size += len(content)
        found += _count(content, words.casefold())
    return {"files": files, "bytes": size, "found": found}


def _count(content: bytes, words: str) -> int:
    # A word of two-byte letters may begin at an odd byte, too.
    read = [content.decode("utf-8", "replace")]
    read += [content[start:].decode(code, "replace") for code in ("utf-16-le", "utf-16-be") for start in (0, 1)]
    return sum(one.casefold().count(words) for one in read)


def _files(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            try:
                yield path, path.read_bytes()
            except FileNotFoundError:  # gone meanwhile, as a log of SQLite's may be
                continue


def _tables(path: Path) -> Iterator[dict[str, Any]]:
    # Not mode=ro: whoever reads first after a kill puts the log's index in order.
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True)) as connection:
        connection.execute("pragma query_only = on")
        named = "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name"
        for (name,) in connection.execute(named).fetchall():
            (rows,) = connection.execute(f'select count(*) from "{name}"').fetchone()
            newest = connection.execute(f'select * from "{name}" order by rowid desc limit {SHOWN}')
            columns = [column[0] for column in newest.description]
            shown = [[_shown(value) for value in row] for row in newest]
            yield {"name": name, "rows": rows, "columns": columns, "shown": shown}


def _shown(value: object) -> object:
    if not isinstance(value, bytes):
        return value
    digits = value.hex()
    return digits if len(digits) <= DIGITS else f"{digits[:DIGITS]}…"
