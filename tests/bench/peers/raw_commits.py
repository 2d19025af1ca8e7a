"""What SQLite alone does on this disk: an answer of 300 bytes and a commit, WAL, synchronous=FULL."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from time import perf_counter, process_time

database = sqlite3.connect(sys.argv[1], isolation_level=None)
for pragma in ("journal_mode=WAL", "synchronous=FULL"):
    database.execute(f"PRAGMA {pragma}")
database.execute("CREATE TABLE answers (number INTEGER PRIMARY KEY, body BLOB)")
seconds, commits, cpu, begun = float(sys.argv[2]), 0, process_time(), perf_counter()
while perf_counter() - begun < seconds:
    database.execute("BEGIN IMMEDIATE")
    database.execute("INSERT INTO answers (body) VALUES (?)", (os.urandom(300),))
    database.execute("COMMIT")
    commits += 1
spent = perf_counter() - begun
print(json.dumps({"per_second": commits / spent, "cpu_ms": 1000 * (process_time() - cpu) / commits}))
