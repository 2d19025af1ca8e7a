"""`make bench`: figures to compare, medians of ratios measured side by side in one run. Nothing is asserted.

Without a word: Qorgan beside other bots (`--json FILE` says where the figures go; a quick look:
`--rounds 1 --seconds 2 --drafts 5000 --surge 20`). Words choose what else is measured: rewraps, replies, audit.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from dataclasses import asdict, fields
from pathlib import Path

from tests.bench import aims, chain, comparison, replies, rewraps
from tests.bench.figures import Figure, show
from tests.bench.plan import Plan
from tests.process.conftest import Home, make

CASES = 10_000
ENTRIES = 100_000
ROUNDS = 5
NAMES = ("rewraps", "replies", "audit")


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


def compare(plan: Plan, file: Path) -> None:
    found = comparison.measure(plan, lambda what: print(what, file=sys.stderr, flush=True))
    found["aims"] = [asdict(one) | {"met": one.met} for one in aims.aims(found)]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(found, indent=1) + "\n")
    aims.show(found)


def main() -> None:
    options = argparse.ArgumentParser(prog="make bench", description=__doc__)
    options.add_argument("names", nargs="*", choices=[*NAMES, []], metavar="|".join(NAMES))
    options.add_argument("--json", type=Path, default=Path("build/bench.json"), metavar="FILE")
    for one in fields(Plan):
        usual = one.default
        options.add_argument(f"--{one.name}", type=type(usual), default=usual, metavar=f"{usual:g}")
    chosen = options.parse_args()
    if not chosen.names:
        compare(Plan(**{one.name: getattr(chosen, one.name) for one in fields(Plan)}), chosen.json)
        return
    figures: list[Figure] = []
    for name in chosen.names:
        with tempfile.TemporaryDirectory(prefix="qorgan-bench-") as folder:
            home = make(Path(folder))
            try:
                figures += measure(name, home)
            finally:
                home.end()
    show(figures)


main()
