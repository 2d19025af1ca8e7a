"""What a process of ours forbids itself and others of its user before it reads a secret."""

from __future__ import annotations

import ctypes
import os
import resource
import sys

_PR_SET_DUMPABLE = 4


class NotPrivate(Exception):
    """The system lets others look into this process."""

    hint = "let the program call prctl (PR_SET_DUMPABLE) and setrlimit; a system-call filter may forbid them"


def harden() -> None:
    """New files are their owner's alone; no core is dumped; nobody but root debugs, or reads memory and environment."""
    os.umask(0o077)
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        # A core that is piped to a collector knows no limit, but asks for this.
        if sys.platform == "linux" and ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "PR_SET_DUMPABLE")
    except OSError as error:
        raise NotPrivate("the system does not let this process keep others out of its memory") from error
