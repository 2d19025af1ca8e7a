"""Runs the command line and kills its own process at a named point of the program.

    python -m tests.process.killpoint bot.store.seen:remember@return bot.store.store:Store._transact@return -- run

kills it when, after `remember` has returned, `_transact` does for the first time. With --armed in front nothing
counts before SIGUSR1 has come. No part of the program knows of this; a point that is not there ends it with a word.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from importlib import import_module
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
from operator import attrgetter
from types import CodeType, FrameType
from typing import Any

from bot import app, cli

LINGERS = 0.25
"""Seconds that all other threads go on before the end: what must wait for this point has the time not to."""
ARMED = b"killpoint.armed\n"
Point = tuple[CodeType, str]


def point(named: str) -> Point:
    """``module:qualname@call`` or ``…@return``, of a plain function: a coroutine is left and entered at each wait."""
    where, _, when = named.partition("@")
    module, _, name = where.partition(":")
    code: CodeType = attrgetter(name)(import_module(module)).__code__
    assert when in ("call", "return"), named
    assert not code.co_flags & (CO_COROUTINE | CO_GENERATOR | CO_ASYNC_GENERATOR), named
    return code, when


def watch(points: list[Point], counts: threading.Event) -> Callable[[FrameType, str, Any], None]:
    """A profile function that goes along them, and dies at the last."""
    left = list(reversed(points))

    def look(frame: FrameType, event: str, _: Any) -> None:
        if left and (frame.f_code, event) == left[-1] and counts.is_set():
            left.pop()
            if not left:
                time.sleep(LINGERS)
                os.kill(os.getpid(), signal.SIGKILL)

    return look


def arm(counts: threading.Event) -> None:
    counts.set()
    os.write(sys.stdout.fileno(), ARMED)


def main(words: list[str]) -> None:
    counts = threading.Event()
    if words[0] == "--armed":
        words = words[1:]
        signal.signal(signal.SIGUSR1, lambda *_: arm(counts))
    else:
        counts.set()
    end = words.index("--")
    look = watch([point(named) for named in words[:end]], counts)
    sys.argv[1:] = words[end + 1 :]
    assert app  # all that is slow to import has been imported
    threading.setprofile(look)
    sys.setprofile(look)
    cli.main()


if __name__ == "__main__":
    main(sys.argv[1:])
