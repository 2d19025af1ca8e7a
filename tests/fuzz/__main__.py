"""The long run of ``make fuzz``: a storm of updates, then what atheris makes of the parsers, where it is installed."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import click

from bot.sandbox import Sandbox
from tests.fuzz.storm import Damage, Storm
from tests.process.conftest import environment, make
from tests.process.zygote import zygote

TRIES = {"updates": 1_000_000, "presses": 5_000, "envelopes": 100_000}
"""What each of the parsers is given."""
SAID_EVERY = 10_000
LONGEST = 50_000
"""Updates of one storm; what is more goes to a house of its own. Nobody closes a case there, and each update of the
staff looks through all of them: thousands within minutes are no house that anybody has."""


@click.command()
@click.option("--count", default=1_000_000, show_default=True, help="Updates in the storm.")
@click.option("--seed", type=int, help="Of an earlier run, to run the same again.")
def main(count: int, seed: int | None) -> None:
    """Exit code 1 where anything has come to harm."""
    seed = random.randrange(10**9) if seed is None else seed
    harm = [fault for number, left in enumerate(range(count, 0, -LONGEST)) for fault in _rage(left, seed + number)]
    harm += [name for name in TRIES if not _guided(name, seed)] if find_spec("atheris") else []
    if harm:
        sys.exit(f"harm done: {', '.join(harm)}")
    print("no harm done")


def _rage(left: int, seed: int) -> list[str]:
    """What one storm has harmed."""
    count = min(left, LONGEST)
    print(f"seed {seed}: {count:,} updates", flush=True)
    damage = asyncio.run(_storm(count, seed))
    print(
        f"{damage.updates:,} updates in {damage.seconds:,.0f} s ({damage.updates / damage.seconds:,.0f} a second), "
        f"{damage.intakes:,} intakes among them, {damage.calls:,} calls to Telegram, {damage.log:,} bytes of log"
    )
    for name, value in damage.faults.items():
        print(f"{name}: {value}", flush=True)
    return list(damage.faults)


async def _storm(count: int, seed: int) -> Damage:
    def said(sent: int, rate: float) -> None:
        if sent and sent % SAID_EVERY == 0:
            print(f"  {sent:>9,}  {rate:,.0f} a second", flush=True)

    with tempfile.TemporaryDirectory() as folder, zygote(environment()) as mother:
        home = make(Path(folder), mother)
        try:
            async with Sandbox() as sandbox:
                return await Storm(home, sandbox, count, seed, progress=said).run()
        finally:
            home.end()


def _guided(name: str, seed: int) -> bool:
    """libFuzzer writes what made it fall into a file that it names."""
    print(f"{name}: {TRIES[name]:,} tries, guided by what is executed", flush=True)
    options = (f"-runs={TRIES[name]}", f"-seed={seed % 2**31}", "-max_len=1000", "-len_control=0", "-verbosity=0")
    with tempfile.TemporaryDirectory() as folder:  # it ends so abruptly that it leaves its own behind
        done = subprocess.run(
            [sys.executable, "-m", "tests.fuzz.guided", name, *options],
            env={**os.environ, "TMPDIR": folder}, capture_output=True,
        )  # fmt: skip
    if done.returncode:
        print(done.stderr.decode(errors="replace")[-5_000:])
    return done.returncode == 0


if __name__ == "__main__":
    main()
