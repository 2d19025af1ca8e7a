"""Somebody at a terminal: reads what a program shows, and types."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

WITHIN = 60
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass
class Typist:
    """``shown``: everything since the beginning, without colours."""

    process: subprocess.Popen[bytes]
    terminal: int
    shown: str = ""
    seen: int = 0

    async def reads(self, pattern: str) -> re.Match[str]:
        """What is shown next that fits; what stands before it is read, too."""
        return await asyncio.to_thread(self._reads, re.compile(pattern))

    def types(self, line: str = "") -> None:
        os.write(self.terminal, f"{line}\n".encode())

    async def ends(self) -> int:
        while await asyncio.to_thread(self._more):
            pass
        return await asyncio.to_thread(self.process.wait, WITHIN)

    def _reads(self, pattern: re.Pattern[str]) -> re.Match[str]:
        until = time.monotonic() + WITHIN
        while (found := pattern.search(self.shown, self.seen)) is None:
            if time.monotonic() > until or not self._more():
                raise AssertionError(f"not shown: {pattern.pattern}; but: {self.shown[self.seen:]}")
        self.seen = found.end()
        return found

    def _more(self) -> bool:
        if not select.select([self.terminal], [], [], WITHIN)[0]:
            return False
        try:
            read = os.read(self.terminal, 65536)
        except OSError:  # Linux says so when the program has gone
            return False
        self.shown += _COLOURS.sub("", read.decode()).replace("\r", "")
        return bool(read)


@contextmanager
def typist(*words: str, env: Mapping[str, str], cwd: Path) -> Iterator[Typist]:
    """Before ``qorgan words…`` in a terminal of its own."""
    ours, its = pty.openpty()
    command = [sys.executable, "-m", "bot.cli", *words]
    process = subprocess.Popen(
        command, stdin=its, stdout=its, stderr=its, env={**env, "TERM": "xterm", "COLUMNS": "200"}, cwd=cwd,
        start_new_session=True,
    )  # fmt: skip
    os.close(its)
    try:
        yield Typist(process, ours)
    finally:
        process.kill()
        process.wait(10)
        os.close(ours)
