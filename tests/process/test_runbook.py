"""What deploy/README.md tells an operator to type when something happens is typed here, word by word."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from bot.sandbox import Account, Sandbox
from bot.vault import open_keyring
from tests.pages import Section, sections
from tests.process.conftest import Home, elsewhere, holds, kill
from tests.process.crowd import told
from tests.process.intakes import Intakes
from tests.process.operating import Operator, at_work

RUNBOOK = "When something happens"
DAILY, MONTHLY, NEW_KEYS = "Every day", "Once a month: does a backup open?", "The case keys are to be new"
LEAVER, LOST_PHONE = "A member of staff leaves", "A member of staff has lost a phone"
LOST, SEIZED, REMOVED = "This machine is lost", "Somebody has seized the server", "Telegram has removed the bot"
NO_PASSPHRASE, NO_KEYS = "The passphrase is lost", "Passphrase and recovery key are lost"
NEW = "девять новых слов для начала"
SECOND = "7000000002:SANDBOX-0000000000-0000000000-00000"
RESTORED = "Бот восстановлен из резервной копии"


def entries() -> dict[str, Section]:
    """In their order."""
    return {one.title: one for one in sections("deploy/README.md") if one.part == RUNBOOK and one.lines}


async def follows(operator: Operator, title: str, typed: str = "", **filled_in: object) -> list[str]:
    """What each command of the entry said."""
    return await operator.follows(entries()[title], typed, **filled_in)


def active(status: str) -> str:
    """The id of the case key in use."""
    return next(line.split()[0] for line in status.splitlines() if {"case", "active"} <= {*line.split()})


@pytest.fixture
def recovery_key(made: Home) -> Path:
    return made.data.with_name("data.settings.recovery-key")


@pytest.fixture
async def operator(home: Home, sandbox: Sandbox, coordinator: Account) -> Operator:
    return await at_work(home, sandbox, coordinator)


async def test_every_entry_of_the_page_is_typed_here() -> None:
    known = [DAILY, MONTHLY, NEW_KEYS, LEAVER, LOST_PHONE, LOST, SEIZED, REMOVED, NO_PASSPHRASE, NO_KEYS]
    assert known == list(entries())


async def test_what_is_done_every_day_brings_a_lost_machine_back(
    operator: Operator, coordinator: Account, recovery_key: Path, tmp_path: Path
) -> None:
    """And one that was seized, with a new token, a new passphrase and a new key: the old token opens nothing."""
    home, sandbox = operator.home, operator.sandbox
    (backups := tmp_path / "backups").mkdir()
    await follows(operator, DAILY, BACKUPS=backups)
    first = {path.name for path in backups.iterdir()}
    await asyncio.sleep(1)  # a backup is named by its second
    keys = home.command("keys", "status").stdout
    _, renewed, _ = await follows(operator, NEW_KEYS, BACKUPS=backups)
    assert active(keys) != active(renewed)
    (backup,) = [path for path in backups.iterdir() if path.name not in first]
    (counted,) = await follows(operator, MONTHLY, BACKUP=backup, KEY=recovery_key)
    assert "1" in counted
    before, words = told(home), f"{NEW}\n{NEW}\n"
    assert operator.process is not None
    kill(operator.process)

    there = Operator(elsewhere(home, tmp_path / "there", QORGAN_KEYRING_PASSPHRASE=NEW), sandbox)
    await follows(there, LOST, typed=words, BACKUP=backup, KEY=recovery_key)
    await coordinator.wait(holds(RESTORED), 15)
    assert before == told(there.home)
    await there.stops()

    sandbox.token = f"{sandbox.token[:-5]}11111"  # @BotFather: /revoke
    new = {"QORGAN_KEYRING_PASSPHRASE": NEW, "QORGAN_BOT_TOKEN": sandbox.token}
    third = Operator(elsewhere(home, tmp_path / "third", **new), sandbox)
    said = await follows(third, SEIZED, typed=words, BACKUP=backup, KEY=recovery_key, BACKUPS=backups)
    assert any("whole" in one for one in said)
    assert before == told(third.home)
    await third.stops()
    there.home.end()
    third.home.end()


@pytest.mark.parametrize("title", [LEAVER, LOST_PHONE])
async def test_who_leaves_or_has_lost_a_phone_reads_nothing_more(
    operator: Operator, coordinator: Account, title: str
) -> None:
    listed = operator.home.command("staff", "list").stdout
    pseudonym = next(line.split()[0] for line in listed.splitlines() if "coordinator" in line)
    *_, last = await follows(operator, title, PSEUDONYM=pseudonym)
    assert ("staff" if title == LEAVER else "?start=") in last
    await coordinator.wait(lambda me: not me.messages(), 15)
    await operator.stops()


async def test_the_standby_takes_over(operator: Operator, coordinator: Account, home: Home) -> None:
    sandbox = operator.sandbox
    second = sandbox.beside(SECOND, "standby_bot")
    dana = second.user(coordinator.id, "Dana", "ru")
    dana.start()
    sandbox.revoke()
    home.env["QORGAN_BOT_TOKEN"] = SECOND
    await follows(operator, REMOVED)
    await dana.wait(lambda me: any("take=" in b.data for m in me.messages() for row in m.buttons for b in row), 15)
    await operator.stops()


async def test_a_lost_passphrase_is_set_anew_by_three_shares(
    operator: Operator, coordinator: Account, home: Home, recovery_key: Path
) -> None:
    split = home.command("keys", "split", "--recovery-key", str(recovery_key)).stdout
    shares = [" ".join(part.split("\n", 1)[1].split()) for part in re.split(r"share \d+ of \d+;", split)[1:]]
    before = told(home)
    await follows(operator, NO_PASSPHRASE, typed="\n".join([*shares[1:4], NEW, NEW, ""]))
    await operator.stops()
    home.env["QORGAN_KEYRING_PASSPHRASE"] = NEW
    open_keyring(home.keyring, NEW)
    assert before == told(home)
    await operator.starts()
    seen = len(coordinator.shown)
    coordinator.write("/cases")
    await coordinator.wait(lambda me: len(me.shown) > seen, 15)
    await operator.stops()


async def test_where_all_is_lost_people_are_taken_in_anew(operator: Operator, coordinator: Account, home: Home) -> None:
    """What was there is set aside, none of it deleted."""
    old = home.keyring.read_bytes()
    await operator.stops()
    home.env["QORGAN_KEYRING_PASSPHRASE"] = NEW
    await follows(operator, NO_KEYS)
    assert [old] == [path.read_bytes() for path in home.data.glob("aside-*/keyring")]
    coordinator.start()
    await Intakes(operator.sandbox).one()
    await operator.stops()
