"""Ports for those who are told theirs, and may be away from it for a while."""

from __future__ import annotations

import random
import socket

BELOW_THE_SYSTEMS = range(20_000, 32_000)
"""What the system gives to whoever does not ask for one lies above: it would give away the port of a killed process."""


def free_port() -> int:
    while True:
        port = random.SystemRandom().choice(BELOW_THE_SYSTEMS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
