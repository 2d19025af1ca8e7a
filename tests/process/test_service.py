"""Under a service manager: what it is told, what it hands over, and what nobody else gets out of the process."""

from __future__ import annotations

import asyncio
import re
import secrets
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

import bot
from bot.sandbox import Account, Sandbox
from tests.ports import free_port
from tests.process.conftest import PASSPHRASE, Home, stop

UNIT = Path(bot.__file__).parents[1] / "deploy" / "qorgan.service"
ALLOWED = 2.0
SECRET = "quiet_words-7"
PLAIN = """
import ctypes, os, sys
prctl = ctypes.CDLL(None).prctl
for capability in range(64):
    prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP: who runs the tests may be root, who sees everything
prctl(65, 1, 0, 0, 0)  # PR_SET_MDWE: as MemoryDenyWriteExecute
os.execv(sys.argv[1], sys.argv[1:])
"""
LOOK = """
import sys
from contextlib import suppress
for name in ("environ", "maps", "mem"):
    with suppress(PermissionError), open(f"/proc/{sys.argv[1]}/{name}", "rb"):
        print(name)
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")


class Ear:
    """A service manager's socket. ``name``: as NOTIFY_SOCKET has it."""

    def __init__(self, door: socket.socket, name: str) -> None:
        self._door = door
        self.name = name

    async def hears(self, within: float) -> str:
        """The next word; TimeoutError if there is none."""
        self._door.settimeout(within)
        return (await asyncio.to_thread(self._door.recv, 4096)).decode()

    async def comes(self, word: str, within: float) -> None:
        until = time.monotonic() + within
        while await self.hears(until - time.monotonic()) != word:
            pass

    def forgets(self) -> None:
        """What has been said up to now."""
        self._door.setblocking(False)
        while True:
            try:
                self._door.recv(4096)
            except BlockingIOError:
                return


@contextmanager
def ear(name: str) -> Iterator[Ear]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
        door.bind("\0" + name[1:] if name.startswith("@") else name)
        yield Ear(door, name)


@pytest.fixture
def handed_over(home: Home, tmp_path: Path) -> Path:
    """A credentials directory, as systemd makes one, with all that the unit names; they are nowhere else."""
    folder = tmp_path / "credentials"
    folder.mkdir()
    home.env["QORGAN_WEBHOOK_SECRET"] = SECRET
    for name in re.findall(r"^LoadCredentialEncrypted=(\w+)", UNIT.read_text("utf-8"), re.MULTILINE):
        (folder / name).write_text(home.env.pop(name))
    return folder


async def test_it_says_ready_alive_only_while_its_database_answers_and_stopping(
    home: Home, sandbox: Sandbox, handed_over: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By an abstract socket and by one in a folder; secrets are credentials; one that stands by is ready, too."""
    monkeypatch.chdir(tmp_path)
    told = {"QORGAN_API_URL": sandbox.url, "CREDENTIALS_DIRECTORY": str(handed_over), "WATCHDOG_USEC": "900000"}
    told |= {"QORGAN_WEBHOOK_URL": "https://example.org/", "QORGAN_WEBHOOK_LISTEN": f"127.0.0.1:{free_port()}"}
    with ear(f"@qorgan-{secrets.token_hex(8)}") as first, ear("./notify") as second:
        leads = home.begin("run", NOTIFY_SOCKET=first.name, **told)
        assert "READY=1" == await first.hears(20)
        assert ["WATCHDOG=1"] * 3 == [await first.hears(5) for _ in range(3)]
        told |= {"WATCHDOG_PID": "1"}  # meant for another process
        told |= {"QORGAN_WEBHOOK_LISTEN": f"127.0.0.1:{free_port()}"}
        waits = home.begin("run", NOTIFY_SOCKET=second.name, **told)
        assert "READY=1" == await second.hears(20)

        with closing(sqlite3.connect(home.database, isolation_level=None)) as thief:
            thief.execute("BEGIN IMMEDIATE")
            await asyncio.sleep(0.5)
            first.forgets()
            with pytest.raises(TimeoutError):
                await first.hears(1.5)
            thief.execute("ROLLBACK")
        await first.comes("WATCHDOG=1", 15)

        assert (0, 0) == (await stop(waits), await stop(leads))
        assert "STOPPING=1" == await second.hears(1)
        await first.comes("STOPPING=1", 1)
        with pytest.raises(TimeoutError):
            await first.hears(0.1)
    said = home.output.read_text()
    assert "watchdog.withheld" in said
    assert not [one for one in (PASSPHRASE, SECRET, sandbox.token) if one in said]


async def test_a_manager_that_has_gone_stops_nothing(home: Home, sandbox: Sandbox, coordinator: Account) -> None:
    process = home.begin("run", QORGAN_API_URL=sandbox.url, NOTIFY_SOCKET="@nobody-is-here")
    await coordinator.wait(lambda me: me.messages()[-1].by_bot)
    assert 0 == await stop(process)


def plain(*words: str) -> list[str]:
    """The command as any user's, and as ``MemoryDenyWriteExecute`` lets it run."""
    return [sys.executable, "-ISc", PLAIN, *words]


def seen(process: int) -> set[str]:
    """What another process of the same user may open of it."""
    ended = subprocess.run(
        plain(sys.executable, "-ISc", LOOK, str(process)), stdout=subprocess.PIPE, check=True, text=True
    )
    return set(ended.stdout.split())


@linux
async def test_no_other_process_of_its_user_looks_into_it(home: Home, sandbox: Sandbox, coordinator: Account) -> None:
    """Neither into the bot nor into a command that asks for a passphrase: no memory, no environment, no core dump."""
    told = home.env | {"QORGAN_API_URL": sandbox.url}
    asks = told | {"QORGAN_KEYRING_PASSPHRASE": ""}
    command = [sys.executable, "-m", "bot.cli"]
    with (
        subprocess.Popen(plain(*command, "run"), env=told, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as bot,
        subprocess.Popen(plain(*command, "init"), env=asks, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as shell,
        subprocess.Popen(plain(sys.executable, "-c", "input('open?')"), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        as open_one,
    ):  # fmt: skip
        try:
            for one in (shell, open_one):
                assert one.stdout is not None and await asyncio.to_thread(one.stdout.read, 1)
            await coordinator.wait(lambda me: me.messages()[-1].by_bot, 20)
            assert "environ" in seen(open_one.pid)
            for one in (bot, shell):
                assert set() == seen(one.pid)
                limits = Path(f"/proc/{one.pid}/limits").read_text()
                assert re.search(r"^Max core file size +0 +0 ", limits, re.MULTILINE)
                assert re.search(r"^Umask:\t0077$", Path(f"/proc/{one.pid}/status").read_text(), re.MULTILINE)
        finally:
            for one in (bot, shell, open_one):
                one.kill()


LEADS = """
from bot.hardening import harden
from bot.telegram.lead import identity
harden()
print(identity().hex(), flush=True)
input()
"""
ASKS = "import sys; from bot.telegram.lead import gone; print(gone(bytes.fromhex(sys.argv[1])))"


@linux
def test_one_who_leads_and_is_hidden_is_not_taken_for_dead(home: Home) -> None:
    """With ProtectProc=invisible nobody sees another's process that lets nobody look in, not even of the same user."""
    here = [sys.executable, "-c"]
    mounted = 'mount -t proc -o hidepid=invisible,gid=65533 proc /proc && exec "$@"'
    hidden = ["unshare", "--mount", "sh", "-c", mounted, "sh"]
    if shutil.which("unshare") is None or subprocess.run([*hidden, "true"], capture_output=True).returncode != 0:
        pytest.skip("no /proc can be mounted here")

    def gone(holder: str) -> str:
        asked = subprocess.run([*hidden, *plain(*here, ASKS, holder)], env=home.env, capture_output=True, text=True)
        return asked.stdout.strip()

    with subprocess.Popen(
        plain(*here, LEADS), env=home.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as leads:
        assert leads.stdout is not None
        holder = leads.stdout.readline().strip()
        assert "False" == gone(holder)
        leads.kill()
    assert "True" == gone(holder)


@systemd
def test_the_unit_is_hardened() -> None:
    """`systemd-analyze security` rates its exposure under 2.0 of 10; it has no word that systemd does not know."""
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager"]
    rated = subprocess.run([*command, f"--threshold={ALLOWED * 10:.0f}", UNIT], capture_output=True, text=True)
    found = re.search(r"Overall exposure level for qorgan.service: ([0-9.]+)", rated.stdout)
    assert found is not None, rated.stderr
    assert rated.returncode == 0 and float(found[1]) < ALLOWED
    verified = subprocess.run(["systemd-analyze", "verify", "--man=no", UNIT], capture_output=True, text=True)
    about_us = [line for line in verified.stderr.splitlines() if "qorgan" in line]
    assert all("is not executable" in line for line in about_us), about_us
