"""The homes and sandboxes of the tests of processes."""

from __future__ import annotations

from tests.process.conftest import home, made, made_on_server, sandbox, zygote

__all__ = ["home", "made", "made_on_server", "sandbox", "zygote"]
