"""The recovery key in several hands: five word shares, three of which open a keyring whose passphrase is lost."""

from __future__ import annotations

import re

import pytest

from bot.vault import Kind, open_keyring
from tests.commands.machine import PASSPHRASE, Machine, assert_refused, refusal

NEW = "nine other words for a new beginning"


def shares(machine: Machine, *options: str) -> list[str]:
    """As they would be copied from the screen, numbers and all."""
    told = machine.does("keys", "split", *options).stdout
    return [" ".join(part.split("\n", 1)[1].split()) for part in re.split(r"share \d+ of \d+;", told)[1:]]


def test_three_of_five_shares_open_a_keyring_whose_passphrase_is_lost(machine: Machine) -> None:
    machine.opened("K7M2QX")
    five = shares(machine)
    assert 5 == len(five) == len(set(five))
    machine.recovery_key.unlink()
    del machine.env["QORGAN_KEYRING_PASSPHRASE"]
    done = machine.does("keys", "join", answers="\n".join([five[4], five[0], five[2], NEW, NEW]))
    assert "good; 2 more are needed" in done.stderr and "good; 1 more is needed" in done.stderr
    assert "give it to qorgan by QORGAN_KEYRING_PASSPHRASE" in done.stdout
    assert NEW not in done.output
    machine.env["QORGAN_KEYRING_PASSPHRASE"] = PASSPHRASE
    assert "does not open the keyring" in assert_refused(machine.type("keys", "status"))
    machine.env["QORGAN_KEYRING_PASSPHRASE"] = NEW
    assert "they came at night" in machine.does("cases", "show", "K7M2QX", "--language", "en").stdout
    assert ("shell", "passphrase") in machine.audited()


def test_the_words_are_shown_once_and_the_key_s_file_is_to_be_destroyed(machine: Machine) -> None:
    done = machine.does("keys", "split", "--shares", "3", "--threshold", "2")
    assert f"Then destroy {machine.recovery_key}" in done.stderr
    assert 3 == done.stdout.count(" of 3; 2 open the keyring")
    words = re.findall(r"\d+ ([a-z]+)", done.stdout.split("open the keyring\n")[1].split("share 2")[0])
    assert 33 == len(words)
    assert not [path for path, (_, content) in machine.disk().items() if words[5].encode() in content.split()]


@pytest.mark.parametrize("given", [1, 2])
def test_fewer_shares_than_the_threshold_open_nothing(machine: Machine, given: int) -> None:
    five = shares(machine)
    before = machine.disk()
    done = machine.type("keys", "join", answers="\n".join(five[:given]) + "\n")
    assert "stopped before the end" in refusal(done)
    assert before == machine.disk()


def test_a_share_that_can_not_be_used_is_named_and_asked_for_again(machine: Machine) -> None:
    five, other = shares(machine), shares(machine)
    slip = re.sub(r"\b5 \w+", "5 qorgan", five[0], count=1)  # by its place: the same word may stand elsewhere too
    answers = [five[0], five[0], slip, "some words", other[1], five[1], five[3], "short", NEW, "another", NEW, NEW]
    done = machine.does("keys", "join", answers="\n".join(answers))
    for words in ("was given already", "word 5 is not", "belongs to another set", "12 characters", "the two differ"):
        assert words in done.stderr
    assert five[1].split()[21] not in done.stderr


def test_shares_of_another_keyring_s_key_are_refused(machine: Machine) -> None:
    seed = "ab" * 32
    other = machine.folder / "other"
    other.write_text(f"# another\n{seed}\n")
    assert "does not open" in assert_refused(machine.type("keys", "split", "--recovery-key", str(other)))
    there = shares(machine, "--recovery-key", str(other), "--keyring", machine.file("not here"))
    assert "does not open" in refusal(machine.type("keys", "join", answers="\n".join([*there[:3], NEW, NEW])))


@pytest.mark.parametrize("content", [b"", b"# words only\n", b"\xff\xfe", b"abcd\n"])
def test_what_is_no_recovery_key_is_refused(machine: Machine, content: bytes) -> None:
    machine.recovery_key.write_bytes(content)
    assert "is no recovery key" in assert_refused(machine.type("keys", "split"))


def test_no_passphrase_is_set_while_the_bot_runs(machine: Machine) -> None:
    five = shares(machine)
    with machine.running_bot():
        done = machine.type("keys", "join", answers="\n".join([*five[:3], NEW, NEW]))
        assert "the bot is running" in refusal(done)
    assert open_keyring(machine.data / "keyring", PASSPHRASE).keys.generation == 1


def test_it_is_said_where_the_new_passphrase_is_to_be_written(machine: Machine) -> None:
    five = shares(machine)
    kept = machine.folder / "secret"
    del machine.env["QORGAN_KEYRING_PASSPHRASE"]
    machine.env["QORGAN_KEYRING_PASSPHRASE_FILE"] = str(kept)  # lost with the disk it was on
    done = machine.does("keys", "join", answers="\n".join([*five[:3], NEW, NEW]))
    assert f"write it into {kept}" in done.stdout
    kept.write_text(NEW)
    machine.does("keys", "status")


def test_the_coordinators_case_keyring_is_split_and_joined_too(machine: Machine) -> None:
    keyring, public = machine.file("cases.keyring"), machine.file("cases.public")
    machine.does(
        "keys", "offline-init", "--keyring", keyring, "--public", public, answers=f"{PASSPHRASE}\n{PASSPHRASE}\n"
    )
    five = shares(machine, "--keyring", keyring, "--recovery-key", f"{keyring}.recovery-key")
    machine.does("keys", "join", "--keyring", keyring, answers="\n".join([*five[1:4], NEW, NEW]))
    assert open_keyring(machine.folder / "cases.keyring", NEW).keys.active(Kind.CASE).secret


def test_the_bot_s_own_keyring_is_not_joined_as_a_case_keyring(machine: Machine) -> None:
    """It would get a new passphrase under a running bot, and nobody would write it into the audit log."""
    five, before = shares(machine), machine.disk()
    words = ["keys", "join", "--keyring", str(machine.data / "keyring")]
    assert "is a server's keyring" in refusal(machine.type(*words, answers="\n".join([*five[:3], NEW, NEW])))
    assert before == machine.disk()
