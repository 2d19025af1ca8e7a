"""What a user installs: the wheel, alone, away from the checkout."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import bot
from tests.process.conftest import environment

CHECKOUT = Path(bot.__file__).parents[1]


def done(*words: str | Path, cwd: Path) -> str:
    """What a command says; it must end with 0."""
    env = environment() | {"HOME": str(cwd), "XDG_DATA_HOME": "", "XDG_CONFIG_HOME": ""}
    del env["PYTHONPATH"]
    ended = subprocess.run(
        words, cwd=cwd, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of a venv that holds our wheel; the dependencies are lent by this one's."""
    folder = tmp_path_factory.mktemp("wheel")
    done(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, CHECKOUT, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    venv = folder / "venv"
    done(sys.executable, "-m", "venv", "--without-pip", venv, cwd=folder)
    python = venv / "bin" / "python"
    done(
        sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python,
        "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=folder,
    )  # fmt: skip
    own = Path(done(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip())
    # Only the folder itself: what an editable install put beside it for the checkout is not followed.
    lent = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (own / "lent.pth").write_text("".join(f"{path}\n" for path in sorted(lent)), encoding="utf-8")
    return venv / "bin"


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


def test_the_installed_wheel_sets_itself_up(installed: Path, tmp_path: Path) -> None:
    """Told nothing at all, it makes everything in the user's own folders."""
    done(installed / "qorgan", "init", "--yes", cwd=tmp_path)
    made = {path.name for path in (tmp_path / ".local" / "share" / "qorgan").iterdir()}
    assert {"keyring", "qorgan.db"} <= made
    assert (tmp_path / ".config" / "qorgan" / "settings").exists()
