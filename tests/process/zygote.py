"""Processes that begin at once: each is forked from one that has imported the bot, and has done nothing else.

To start an interpreter and to read every module takes it a second of a core, and these tests start hundreds. What is
forked leads its own life to its own exit code, and is killed like any other.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from bot import languages

MODULES = "bot.app", "bot.health", "bot.setup", "bot.commands.keys", "bot.commands.cases", "bot.commands.audit"
LOOKED = 0.005


@dataclass
class Process:
    """As ``subprocess.Popen`` has it. Whoever buries it tells first its number, then its exit code."""

    pid: int
    _told: int
    returncode: int | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def poll(self) -> int | None:
        with self._lock:
            if self.returncode is None and select.select([self._told], [], [], 0)[0]:
                self.returncode = int(os.read(self._told, 64))
                os.close(self._told)
        return self.returncode

    def wait(self, timeout: float) -> int:
        until = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
            time.sleep(LOOKED)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@dataclass
class Zygote:
    _door: socket.socket

    def begin(
        self, program: str, words: tuple[str, ...], folder: Path, env: Mapping[str, str], streams: tuple[int, int, int]
    ) -> Process:
        """``python -m program words…`` with these as its standard streams."""
        told, tell = os.pipe()
        order = json.dumps({"program": program, "words": words, "folder": str(folder), "env": dict(env)})
        socket.send_fds(self._door, [f"{order}\n".encode()], [*streams, tell])
        os.close(tell)
        number = b""
        while not number.endswith(b"\n"):  # one at a time: the exit code may follow at once
            number += os.read(told, 1)
        return Process(int(number), told)


@contextmanager
def zygote(env: Mapping[str, str]) -> Iterator[Zygote]:
    ours, its = socket.socketpair()
    words = [sys.executable, "-m", "tests.process.zygote", str(its.fileno())]
    process = subprocess.Popen(words, env=env, cwd=env["PYTHONPATH"], pass_fds=[its.fileno()], start_new_session=True)
    with its:
        pass
    with ours:
        yield Zygote(ours)
    process.wait(10)


def serve(door: socket.socket) -> dict[str, Any] | None:
    """Returns in each newborn with what it is to do, and in the zygote at the end of all tests."""
    while True:
        order, fds, _, _ = socket.recv_fds(door, 65536, 4)
        with suppress(ChildProcessError):  # those who have buried theirs
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not order:
            return None
        while not order.endswith(b"\n"):
            order += door.recv(65536)
        if os.fork() == 0 and _born(*fds):
            door.close()
            found: dict[str, Any] = json.loads(order)
            return found
        for one in fds:
            os.close(one)


def _born(stdin: int, stdout: int, stderr: int, tell: int) -> bool:
    """In the newborn; whoever begot it lives only to bury it, and to tell."""
    if pid := os.fork():
        os.write(tell, f"{pid}\n".encode())
        _, status = os.waitpid(pid, 0)
        os.write(tell, b"%d" % os.waitstatus_to_exitcode(status))
        os._exit(0)
    for number, stream in enumerate((stdin, stdout, stderr)):
        os.dup2(stream, number)
    for stream in (stdin, stdout, stderr, tell):
        os.close(stream)
    return True


def main() -> None:
    for module in MODULES:
        import_module(module)
    languages.load()
    gc.freeze()
    order = serve(socket.socket(fileno=int(sys.argv[1])))
    if order is not None:
        os.chdir(order["folder"])
        os.environ.clear()
        os.environ.update(order["env"])
        sys.argv[1:] = order["words"]
        runpy.run_module(order["program"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
