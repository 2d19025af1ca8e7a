"""Which process has the lead, seen from a process."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bot.telegram.lead import gone, identity

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a dead process's lead is waited for")
ASKED = "from bot.telegram.lead import identity; print(identity().hex(), flush=True); input()"


def test_a_process_is_gone_when_it_runs_no_more_and_not_before() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ASKED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        holder = bytes.fromhex(other.stdout.readline())
        assert len(holder) == 16 and not gone(holder)
        other.kill()
        other.wait()
    assert gone(holder)
    assert not gone(identity())


def test_another_machines_process_and_one_that_took_a_dead_ones_number_are_told_apart() -> None:
    own = identity()
    assert not gone(b"elsewher" + own[8:])
    assert gone(own[:12] + bytes(4))
