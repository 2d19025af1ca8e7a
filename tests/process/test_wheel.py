"""What a user installs: the wheel, alone, away from the checkout."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import pytest

import bot
from bot.sandbox import Account, Sandbox
from bot.sandbox.player import play
from tests.process.conftest import COORDINATOR, stop
from tests.process.test_crash import HELD, begin

CHECKOUT = Path(bot.__file__).parents[1]


def done(*words: str | Path, cwd: Path, **more: str) -> str:
    """What a command says, in an environment that holds next to nothing; it must end with 0."""
    ended = subprocess.run(
        words, cwd=cwd, env=nothing(cwd) | more, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def nothing(home: Path) -> dict[str, str]:
    """What the simplest machine has; with where packages come from, if that was said."""
    pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    return pip | {"HOME": str(home), "PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}


def build(checkout: Path, folder: Path) -> Path:
    done(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, checkout, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(CHECKOUT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, request: pytest.FixtureRequest) -> Path:
    """The folder of commands of a venv that holds our wheel; the dependencies are lent by this one's, or fetched."""
    venv = wheel.with_name("venv")
    done(sys.executable, "-m", "venv", "--without-pip", venv, cwd=wheel.parent)
    python = venv / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python, "install", "--quiet"]
    if request.config.getoption("--fetch"):
        begun = time.monotonic()
        done(*install, "--require-hashes", "--requirement", CHECKOUT / "requirements.lock", cwd=wheel.parent)
        print(f"\n{time.monotonic() - begun:6.1f} s  dependencies fetched by the hashes of the lock")
    else:
        own = done(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=wheel.parent).strip()
        # Only the folder itself: what an editable install put beside it for the checkout is not followed.
        lent = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
        Path(own, "lent.pth").write_text("".join(f"{path}\n" for path in sorted(lent)), encoding="utf-8")
    done(*install, "--no-deps", "--no-index", wheel, cwd=wheel.parent)
    return venv / "bin"


def test_another_checkout_of_another_day_builds_the_same_wheel_byte_for_byte(wheel: Path, tmp_path: Path) -> None:
    """Whatever the files' times and modes are, and with what stands in the folder besides."""
    other = tmp_path / "other"
    other.mkdir(mode=0o700)
    for name in ("migrations", "locales", "bot"):
        shutil.copytree(CHECKOUT / name, other / name, copy_function=shutil.copyfile)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copyfile(CHECKOUT / name, other / name)
    for number, path in enumerate(sorted(other.rglob("*"))):
        path.chmod(0o700 if path.is_dir() else 0o600)
        os.utime(path, (10**9 + number, 10**9 + number))
    folder = tmp_path / "out"
    folder.mkdir()
    again = build(other, folder)
    assert wheel.name == again.name
    hashes = [hashlib.sha256(one.read_bytes()).hexdigest() for one in (wheel, again)]
    print(f"\nsha256 {hashes[0]}  {wheel.name}")
    assert hashes[0] == hashes[1]


def test_the_installed_wheel_plays_an_intake_from_any_folder(installed: Path, tmp_path: Path) -> None:
    """Languages, questionnaire, migrations and the page travel inside it; nothing is read from the checkout."""
    where = done(installed / "python", "-c", "import bot; print(bot.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(installed.parent)
    web = Path("demo", "web")
    page = {path.name for path in (CHECKOUT / "bot" / web).iterdir()}
    assert "index.html" in page and page == {path.name for path in (Path(where.strip()).parent / web).iterdir()}
    said = done(installed / "qorgan", "demo", "--play", "ru", cwd=tmp_path)
    assert "Критично" in said
    assert list(tmp_path.iterdir()) == []


async def test_a_plain_machine_goes_from_the_wheel_to_the_first_alert_with_no_file_edited(
    installed: Path, tmp_path: Path, sandbox: Sandbox, person: Account, coordinator: Account
) -> None:
    """Token and staff are said once, to init; it makes everything in the user's own folders; check finds no fault."""
    begun = time.monotonic()
    qorgan = installed / "qorgan"

    def passed(step: str) -> None:
        print(f"{time.monotonic() - begun:6.1f} s  {step}")

    print()
    told = {"QORGAN_API_URL": sandbox.url, "QORGAN_BOT_TOKEN": sandbox.token, "QORGAN_COORDINATORS": str(COORDINATOR)}
    await asyncio.to_thread(done, qorgan, "init", "--yes", cwd=tmp_path, **told)
    made = {path.name for path in (tmp_path / ".local" / "share" / "qorgan").iterdir()}
    assert {"keyring", "qorgan.db"} <= made
    assert (tmp_path / ".config" / "qorgan" / "settings").exists()
    passed("qorgan init --yes")
    assert "answers as @" in await asyncio.to_thread(done, qorgan, "check", cwd=tmp_path)
    passed("qorgan check")
    with subprocess.Popen([qorgan, "run"], cwd=tmp_path, env=nothing(tmp_path), stderr=subprocess.DEVNULL) as bot:
        try:
            await begin(person)
            passed("qorgan run: the first screen")
            await play(person, HELD, until="detained_since")
            await coordinator.wait(lambda me: any(one.data.startswith("take=") for one in me.buttons()), 60)
            passed("the first alert")
            assert 0 == await stop(bot)
            passed("stopped")
        finally:
            bot.kill()
