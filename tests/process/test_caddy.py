"""The web server in front of the webhook, as deploy/ sets it up: one path goes through, and nothing is written down."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from pathlib import Path

import aiohttp
import pytest

import bot
from tests.ports import free_port

DEPLOY = Path(bot.__file__).parents[1] / "deploy"
CADDY = shutil.which("caddy")
PATH, SECRET = "/way-in-7", "quiet_words-7"

pytestmark = pytest.mark.skipif(CADDY is None, reason="there is no caddy here")


async def test_caddy_passes_on_one_path_and_writes_down_neither_it_nor_the_secret(tmp_path: Path) -> None:
    """Also where no replica answers, of which a web server likes to tell with the whole request."""
    assert CADDY is not None
    port = free_port()
    file = tmp_path / "Caddyfile"
    file.write_text((DEPLOY / "Caddyfile").read_text().replace("lb_try_duration 5s", "lb_try_duration 100ms"))
    env = {"HOME": str(tmp_path), "WEBHOOK_HOST": f"http://127.0.0.1:{port}", "WEBHOOK_PATH": PATH}
    command = [CADDY, "run", "--adapter", "caddyfile", "--config", str(file)]
    with (tmp_path / "said").open("wb") as said, subprocess.Popen(command, env=env, stdout=said, stderr=said) as caddy:
        try:
            async with aiohttp.ClientSession(headers={"X-Telegram-Bot-Api-Secret-Token": SECRET}) as session:

                async def answer(method: str, path: str, body: bytes = b"{}") -> int:
                    async with session.request(method, f"http://127.0.0.1:{port}{path}", data=body) as answered:
                        assert b"" == await answered.read()
                        return answered.status

                async with asyncio.timeout(10):
                    while True:
                        try:
                            assert 404 == await answer("GET", "/")
                            break
                        except aiohttp.ClientConnectionError:
                            await asyncio.sleep(0.05)
                assert await answer("POST", PATH) in (502, 503)
                refused = [("GET", PATH), ("POST", f"{PATH}/more"), ("POST", "/healthz"), ("GET", "/readyz")]
                assert {404} == {await answer(*one) for one in refused}
        finally:
            caddy.terminate()
    written = (tmp_path / "said").read_text()
    assert PATH not in written and SECRET not in written
    assert (DEPLOY / "Caddyfile").read_text().count("lb_try_duration 5s") == 1
