"""Each command that the pages show is typed here, or it is said what proves it; none has an option that is not."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import click
import pytest

from bot.cli import qorgan
from bot.sandbox import Account, Sandbox
from bot.vault import open_keyring
from tests.pages import CHECKOUT, PAGES, Section, sections
from tests.process.conftest import PASSPHRASE, Home
from tests.process.operating import Operator, at_work

MAKE, TYPED, MACHINE, CONTAINERS, NO_COMMAND = "make", "typed", "machine", "containers", "no command"
RUNBOOK = "process/test_runbook.py"
PROVEN = {
    "README.md": {"Try it": MAKE, "Run it": TYPED, "By webhook": NO_COMMAND},
    "deploy/README.md": {
        "As a service of systemd": MACHINE,
        "As containers": CONTAINERS,
        "A new version": MACHINE,
        "When something happens": RUNBOOK,
    },
    "CONTRIBUTING.md": {"Begin": MAKE, "Questionnaire tools": TYPED, "Another questionnaire, as an example": TYPED},
    "SECURITY.md": {"Formats": NO_COMMAND},
}
"""By headings, of the block or of the part it belongs to, what proves the commands of a block."""
ELSEWHERE = {
    "qorgan init": "process/test_wizard.py",
    "qorgan cases bundle CODE --to AGE-KEY --out BUNDLE": "commands/test_bundle.py",
    "qorgan continuity drill": "e2e/test_continuity.py",
    "qorgan locales preview LANG": "test_preview.py",
}
"""Lines of a typed block that ask much, or take long."""
STANDS_FOR_QORGAN = re.compile(r"(?:runuser .* |docker compose run --rm |QORGAN_\S+ |^)(?=qorgan )")
FORMATS = ("qorgan sealed case", "qorgan wraps", "qorgan rewrapped", "qorgan challenge")
"""First lines of files, not commands."""
TENANTS = "tests/tenants/tenants.toml"


def shown(*ways: str) -> list[Section]:
    """The sections whose code is proven in one of these ways."""
    every = [one for page in PAGES for one in sections(page) if one.lines]
    return [one for one in every if PROVEN[one.page].get(one.title, PROVEN[one.page].get(one.part)) in ways]


def ours(line: str) -> str | None:
    """The command line of qorgan in it."""
    found = STANDS_FOR_QORGAN.search(line)
    return line[found.end() :] if found else None


def test_every_block_of_code_has_what_proves_it() -> None:
    for page in PAGES:
        for one in sections(page):
            assert not one.lines or {one.title, one.part} & PROVEN[page].keys(), (page, one.title)
            assert "```" not in one.body, (page, one.title)
    assert all(line.startswith("make ") for one in shown(MAKE) for line in one.commands)
    for proof in (RUNBOOK, *ELSEWHERE.values()):
        assert (CHECKOUT / "tests" / proof).exists()


@pytest.mark.parametrize("page", PAGES)
def test_no_page_names_a_command_or_an_option_that_is_not_there(page: str) -> None:
    """In a block or in the text; of `make` likewise."""
    makefile = (CHECKOUT / "Makefile").read_text("utf-8")
    for one in sections(page):
        blocks = [] if one in shown(NO_COMMAND) else one.commands
        for line in [*blocks, *one.named]:
            if line.startswith("make "):
                target, *variables = line.split(" ", 2)[1:]
                assert re.search(rf"^{target}:.* ## ", makefile, re.MULTILINE), line
                assert all(f"$({name})" in makefile for name in re.findall(r"^[A-Z]+(?==)", "\n".join(variables))), line
            elif (command := ours(line)) and command not in FORMATS:
                with suppress(click.BadOptionUsage):  # an option may be named without what stands after it
                    parse(command.split()[1:], line)


def parse(words: list[str], line: str) -> None:
    """To the end of the words; what has to stand after them may be missing."""
    command: click.Command = qorgan
    while True:
        context = click.Context(command)
        _, rest, _ = command.make_parser(context).parse_args([*words])
        if not isinstance(command, click.Group) or not rest:
            break
        under = command.get_command(context, rest[0])
        assert under is not None, line
        command, words = under, rest[1:]
    assert not rest, line


def test_what_is_typed_as_root_has_the_options_it_is_typed_with() -> None:
    """As far as a program can be asked for them; the unit has the names that stand here."""
    for line in dict.fromkeys(line for one in shown(MACHINE) for line in one.commands if not ours(line)):
        for command in line.split(" | "):
            ask(*command.split())


def ask(program: str, *words: str) -> None:
    if program == "docker":
        assert words[0] == "compose" and {"qorgan", "build", "--detach"} & {*words}
        return
    if program == "systemctl":
        assert words[-1] == "qorgan" and (CHECKOUT / "deploy/qorgan.service").exists()
    if program == "systemd-creds":
        unit = (CHECKOUT / "deploy/qorgan.service").read_text("utf-8")
        loaded = f"LoadCredentialEncrypted={words[3]}"
        assert words[1] == f"--name={words[3]}" and here() == "/etc/credstore.encrypted"
        assert {f"{loaded}:{here()}/{words[3]}", loaded} & {*unit.splitlines()}
    name = Path(program).name
    if (found := shutil.which(name)) is None or name == "cd":
        return
    several = {"pip": ["install"], "python3": ["-m", "venv"]}.get(name, [])
    told = subprocess.run([found, *several, "--help"], capture_output=True, text=True, timeout=60).stdout
    for option in (word.partition("=")[0] for word in words if word.startswith("--")):
        assert re.search(rf"{option}\b", told), option
    if name in ("systemctl", "systemd-creds"):
        assert re.search(rf"^ +{words[0]}\b", told, re.MULTILINE)


def here() -> str:
    """Where the page goes before it seals."""
    (found,) = (line for one in shown(MACHINE) for line in one.commands if line.startswith("cd "))
    return found.split()[1]


def test_what_is_typed_before_the_containers_start_makes_all_that_they_ask_for(tmp_path: Path) -> None:
    """Docker itself and the owners of files are another machine's: what is asked of them is taken down."""
    (programs := tmp_path / "programs").mkdir()
    for name, answer in (("docker", "sha256:0123"), ("chown", "")):
        (programs / name).write_text(f'#!/bin/sh\necho "{name} $*" >>"{tmp_path}/asked"\necho {answer}\n')
        (programs / name).chmod(0o755)
    (section,) = shown(CONTAINERS)
    (deploy := tmp_path / "deploy").mkdir()
    script = "\n".join(section.lines)
    env = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run(["sh", "-euc", script], cwd=deploy, env=env, input="one line\n", text=True, check=True)
    compose = (CHECKOUT / "deploy/compose.yaml").read_text("utf-8")
    asked = (tmp_path / "asked").read_text()
    wanted = set(re.findall(r"\{file: \./(secrets/[a-z-]+)\}", compose))
    assert wanted == {str(path.relative_to(deploy)) for path in deploy.glob("secrets/*")}
    assert wanted == set(re.findall(r"secrets/[a-z-]+", "\n".join(re.findall(r"^chown.*", asked, re.MULTILINE))))
    assert all(path.stat().st_mode & 0o77 == 0 for path in deploy.glob("secrets/*"))
    said = dict(line.split("=", 1) for line in (deploy / ".env").read_text().splitlines())
    assert set(re.findall(r"\$\{([A-Z_]+)", compose)) == said.keys() and all(said.values())
    images = set(re.findall(r"inspect (\S+)", asked))
    assert all(image in compose for image in images) and len(images) == 3


async def test_each_command_of_the_readme_does_what_it_says(
    home: Home, there: Home, sandbox: Sandbox, coordinator: Account, tmp_path: Path
) -> None:
    """In a house that has taken somebody in; what is restored is restored on a machine of its own."""
    operator = await at_work(home, sandbox, coordinator)
    shutil.copy(there.data.with_name("data.settings.recovery-key"), tmp_path)
    other = Operator(there, sandbox)
    (folder := tmp_path / "backups").mkdir()
    code = home.command("cases", "list").stdout.split()[0]
    filled_in: dict[str, object] = {"CODE": code, "CHALLENGE": tmp_path / "challenge", "FOLDER": folder}
    public, asked = tmp_path / "public", f"{PASSPHRASE}\n{PASSPHRASE}\n"
    far = ["keys", "offline-init", "--keyring", str(tmp_path / "case-keyring"), "--public", str(public)]
    assert home.command(*far, typed=asked, QORGAN_KEYRING_PASSPHRASE=None).returncode == 0
    (section,) = (one for one in shown(TYPED) if one.page == "README.md")
    for line in section.commands:
        if line in ELSEWHERE:
            continue
        filled_in["FILE"] = public if "offline" in line else CHECKOUT / TENANTS
        if "BACKUP" in line:
            (filled_in["BACKUP"],) = folder.iterdir()
        if line == "qorgan run":
            await operator.stops()
        await (other if "restore" in line else operator).does(line, "y\n" if "offline" in line else asked, **filled_in)
    assert (tmp_path / "challenge").exists()
    open_keyring(there.keyring, PASSPHRASE)
    seen = len(coordinator.shown)
    coordinator.write("/cases")
    await coordinator.wait(lambda me: len(me.shown) > seen, 15)
    await operator.stops()


async def test_each_command_for_who_writes_questions_does_what_it_says(
    home: Home, sandbox: Sandbox, person: Account, tmp_path: Path
) -> None:
    """In a copy of the files they name, one of which a bot then speaks by."""
    for name in ("tests/tenants", "bot/intake"):
        shutil.copytree(CHECKOUT / name, tmp_path / name, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    operator = Operator(home, sandbox)
    written = tmp_path / TENANTS
    for section in (one for one in shown(TYPED) if one.page == "CONTRIBUTING.md"):
        for line in section.commands:
            if line.startswith("QORGAN_"):
                setting, _, line = line.partition(" ")
                name, _, value = setting.partition("=")
                home.env[name] = value.replace("…", str(written.parent))
            await operator.does(line, "2\n2\n2\n", FILE=written, OLD="bot/intake/kazakhstan.toml", NEW=written)
    assert written.with_suffix(".kk.po").exists() and (tmp_path / "kk.html").exists()
    person.start()
    await person.wait(lambda me: me.screen, 15)
    await operator.stops()
    assert '"error"' not in home.output.read_text()
