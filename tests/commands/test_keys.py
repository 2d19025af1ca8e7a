"""qorgan keys: what there is, a new case key, a copy, the clock."""

from __future__ import annotations

import stat
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.commands.rotation import PATIENCE
from bot.vault import open_vault
from tests.commands.machine import PASSPHRASE, Machine, assert_refused, refusal


def test_status_tells_each_key_its_age_the_wraps_under_it_and_what_is_due(machine: Machine) -> None:
    machine.opened("K7M2QX", "R4T8WZ")
    lines = machine.does("keys", "status").stdout.splitlines()
    assert ["custody     server", "generation  1"] == lines[:2]
    case = next(line.split() for line in lines if " case " in line)
    today = datetime.now(UTC).date()
    assert ["case", "active", "here", str(today), "0", "days", "4"] == case[1:]
    assert f"rotation    next on {today + timedelta(days=30)}, by itself while the bot runs" in lines
    assert "backup      none" in lines and "clock       sure" in lines
    machine.env["QORGAN_ROTATION_DAYS"] = "7"
    assert f"next on {today + timedelta(days=7)}" in machine.does("keys", "status").stdout
    with machine.running_bot():
        assert "has generation 1" in machine.does("keys", "status").stdout


@pytest.mark.parametrize("bot", [False, True])
def test_a_rotation_moves_everything_to_a_new_key_and_destroys_the_old(machine: Machine, bot: bool) -> None:
    machine.opened(*(f"CASE{number:02}" for number in range(10, 30)))
    before = open_vault(machine.data / "keyring", machine.data / "day-keys", PASSPHRASE).entry_key_id
    if bot:
        with machine.running_bot():
            began = time.monotonic()
            done = machine.does("keys", "rotate")
            assert time.monotonic() - began < PATIENCE, "the bot moves them, nobody waits for the shell to do it"
    else:
        done = machine.does("keys", "rotate")
    after = open_vault(machine.data / "keyring", machine.data / "day-keys", PASSPHRASE)
    assert f"case key {after.entry_key_id.hex()} (active): 40 wraps" in done.stdout
    assert f"case key {before.hex()} (retired): 0 wraps" in done.stdout
    assert "old case keys destroyed: 1" in done.stdout
    known = after.keys()
    assert before not in {key.id for key in known}
    assert "they came at night" in machine.does("cases", "show", "case10", "--language", "en").stdout
    assert [("shell", "key made"), ("shell", "key destroyed"), ("shell", "read")] == machine.audited()


def test_a_rotation_broken_off_goes_on_instead_of_beginning_another(machine: Machine) -> None:
    machine.opened("K7M2QX")
    with machine.store() as store:
        store.write_now(lambda work: work.begin_rotation("shell"))
    done = machine.does("keys", "rotate")
    assert "an earlier rotation is not finished: it goes on now" in done.stdout
    assert "(retired): 0 wraps" in done.stdout
    assert 3 == open_vault(machine.data / "keyring", machine.data / "day-keys", PASSPHRASE).generation


def test_a_bot_that_does_nothing_is_waited_for_then_the_shell_moves_the_wraps_itself(machine: Machine) -> None:
    machine.opened("K7M2QX")
    with machine.store() as store:
        store.write_now(lambda work: work.report_process(b"p" * 16, 8))
    began = time.monotonic()
    done = machine.does("keys", "rotate")
    assert time.monotonic() - began > 6, "the key was destroyed under a bot that still used it"
    assert "(retired): 0 wraps" in done.stdout and "old case keys destroyed: 1" in done.stdout


def test_a_copy_is_the_keyring_private_never_over_a_file_and_remembered(machine: Machine) -> None:
    copy = machine.folder / "copy"
    assert "generation 1" in machine.does("keys", "backup", str(copy)).stdout
    assert (machine.data / "keyring").read_bytes() == copy.read_bytes()
    assert 0o600 == stat.S_IMODE(copy.stat().st_mode)
    assert "backup      generation 1" in machine.does("keys", "status").stdout
    assert "is there already" in assert_refused(machine.type("keys", "backup", str(copy)))
    assert [("shell", "copied")] == machine.audited()


def test_a_copy_that_can_not_be_written_is_not_remembered(machine: Machine) -> None:
    assert "the machine refused" in assert_refused(machine.type("keys", "backup", machine.file("no/where")))
    assert "backup      none" in machine.does("keys", "status").stdout


def test_a_clock_in_doubt_is_confirmed_by_somebody_who_looked(machine: Machine) -> None:
    assert "not in doubt" in machine.does("keys", "confirm-clock").stdout
    with machine.store() as store:
        store.write_now(lambda work: work.doubt_clock("telegram"))
    assert "clock       in doubt" in machine.does("keys", "status").stdout
    machine.opened("K7M2QX")
    assert "is kept: the clock is in doubt" in machine.does("keys", "rotate").stdout
    assert "stays in doubt" in refusal(machine.type("keys", "confirm-clock", answers="n\n"))
    assert "counts as right" in machine.does("keys", "confirm-clock", answers="y\n").stdout
    assert "clock       sure" in machine.does("keys", "status").stdout
    assert ("shell", "clock confirmed") == machine.audited()[-1]


def test_every_command_ends_with_the_head_of_the_audit_log_on_standard_error(machine: Machine) -> None:
    assert "audit head: 0 " + "0" * 64 == machine.does("keys", "status").stderr.strip()
    machine.does("keys", "backup", machine.file("copy"))
    number, chained = machine.does("audit", "show").stderr.split()[-2:]
    assert ("1", 64) == (number, len(chained))


@pytest.mark.parametrize(
    "words",
    [
        ["keys", "rotate", "--wraps", "w"],
        ["keys", "rotate", "--keyring", "k"],
        ["keys", "backup"],
        ["keys", "rotaet"],
        ["keys", "offline"],
        ["keys", "offline", "--public", "missing"],
        ["keys", "apply", "missing"],
        ["keys", "split", "--shares", "1"],
        ["keys", "split", "--shares", "3", "--threshold", "4"],
        ["keys", "split", "--recovery-key", "missing"],
        ["cases", "show", "NOBODY"],
        ["cases", "show", "missing", "--keyring", "missing"],
        ["cases", "show", "NOBODY", "--language", "xx"],
        ["cases", "export", "NOBODY", "out"],
        ["cases", "erase", "NOBODY", "--yes"],
        ["cases", "close", "NOBODY", "--outcome", "helped"],
        ["audit", "verify", "--head", "7:abc"],
    ],
)
def test_a_slip_is_an_error_and_a_hint_and_changes_nothing(
    machine: Machine, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    machine.does("keys", "status")
    before = machine.disk()
    assert_refused(machine.type(*words))
    assert before == machine.disk()


@pytest.mark.parametrize("words", [["keys", "status"], ["cases", "list"], ["audit", "show"]])
def test_a_wrong_passphrase_opens_nothing(machine: Machine, words: list[str]) -> None:
    machine.env["QORGAN_KEYRING_PASSPHRASE"] = "something else"
    assert "does not open the keyring" in assert_refused(machine.type(*words))
    del machine.env["QORGAN_KEYRING_PASSPHRASE"]
    assert "passphrase" in assert_refused(machine.type(*words))


def test_every_command_explains_itself(machine: Machine) -> None:
    commands = {
        "keys": "status rotate split join offline-init offline online wraps apply backup confirm-clock",
        "cases": "list show note export erase close",
        "audit": "show verify",
    }
    for group, names in commands.items():
        listed = machine.does(group, "--help").stdout
        for name in names.split():
            assert f"  {name} " in listed
            assert "..." not in next(line for line in listed.splitlines() if line.startswith(f"  {name} "))
            assert len(machine.does(group, name, "--help").stdout.splitlines()) > 5
