"""`make bench`: figures to compare, medians of ratios measured side by side in one run. Nothing is asserted.

Words choose what is measured (rewraps, replies, audit); without any, all of it.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from tests.bench import chain, replies, rewraps
from tests.bench.figures import Figure, show
from tests.process.conftest import Home, make

CASES = 10_000
ENTRIES = 100_000
ROUNDS = 5


def measure(name: str, home: Home) -> list[Figure]:
    cores = os.sched_getaffinity(0)
    match name:
        case "rewraps":
            return rewraps.measure(home, CASES, ROUNDS, core=max(cores))
        case "replies":
            return asyncio.run(replies.measure(home, CASES, ROUNDS, here=min(cores), there=max(cores)))
        case "audit":
            return chain.measure(home, ENTRIES, ROUNDS)
    raise SystemExit(f"nothing is measured under the name {name}")


def main() -> None:
    figures: list[Figure] = []
    for name in sys.argv[1:] or ["rewraps", "replies", "audit"]:
        with tempfile.TemporaryDirectory(prefix="qorgan-bench-") as folder:
            home = make(Path(folder))
            try:
                figures += measure(name, home)
            finally:
                home.end()
    show(figures)


main()
