"""Offline custody when people err: old files, other servers, half a way back, a damaged wrap. No case is lost."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from bot import setup
from bot.store.work import Work
from bot.vault import Custody
from tests.commands.ceremony import (
    THEIRS,
    begun,
    carried,
    custody,
    given,
    offline,
    proof,
    read_there,
    rewrapped,
    round_,
    said,
)
from tests.commands.machine import CHEAP, WORDS, Machine, assert_refused, refusal

ONLINE = ["keys", "online", "--public-out"]
SHOW = ["cases", "show", "K7M2QX", "--language", "en"]


def way_back(machine: Machine, far: Machine, name: str = "server") -> str:
    """The server's new public key, carried to the coordinators' machine."""
    machine.does(*ONLINE, machine.file(name))
    return carried(machine, name, far)


def test_a_key_that_is_gone_here_is_never_taken_again(machine: Machine, far: Machine) -> None:
    machine.opened("K7M2QX")
    offline(machine, far)
    round_(machine, far, "one")
    round_(machine, far, "two")  # the pair of the first public file is destroyed there with this
    round_(machine, far, "back", "--to", way_back(machine, far))
    there = ["keys", "offline", "--public", machine.file("public"), "--challenge", machine.file("challenge")]
    assert "was in use here before and is gone" in assert_refused(machine.type(*there, answers="y\n"))

    words = ["keys", "public", "--keyring", far.file("keyring")]
    far.does(*words, far.file("current"), answers=THEIRS)
    there[3] = carried(far, "current", machine)
    assert "was in use here before and is gone" in assert_refused(machine.type(*there, answers="y\n"))
    assert WORDS in machine.does(*SHOW).stdout
    far.does(*words, "--new", far.file("newest"), answers=THEIRS)
    carried(far, "newest", machine)
    given(machine, far, "newest")
    assert WORDS in read_there(machine, far, "K7M2QX").stdout


def test_nothing_is_given_to_a_key_whose_private_half_nobody_has_shown(
    machine: Machine, far: Machine
) -> None:
    machine.opened("K7M2QX")
    fingerprint = begun(far)
    begun(far, "other", "others")
    for name in ("public", "others"):
        carried(far, name, machine)
    there = ["keys", "offline", "--public", machine.file("public"), "--fingerprint", fingerprint]
    assert "not shown yet" in assert_refused(machine.type(*there))
    code = proof(machine, far)
    theirs = proof(machine, far, "others", "other")
    for wrong in ("", "0000", "no code", code, theirs, theirs[:-1]):
        assert "does not prove" in assert_refused(machine.type(*there, "--proof", wrong))
    machine.does(*there, "--challenge", machine.file("challenge"))
    asked = carried(machine, "challenge", far)
    words = ["keys", "prove", "--keyring"]
    assert "does not open the challenge" in refusal(far.type(*words, far.file("other"), asked, answers=THEIRS))
    code = said(far.does(*words, far.file("keyring"), asked, answers=THEIRS), "proof")
    age(machine, 25)
    assert "does not prove" in assert_refused(machine.type(*there, "--proof", code))
    assert (Custody.SERVER, {True}) == custody(machine)
    assert WORDS in machine.does(*SHOW).stdout
    age(machine, 0)
    machine.does(*there, "--proof", code.replace(" ", "").upper())
    assert WORDS in read_there(machine, far, "K7M2QX").stdout
    with machine.store() as store:
        assert "proof" not in store.write_now(lambda work: work.state())


def age(machine: Machine, hours: int) -> None:
    """The challenge was made so many hours ago."""
    with machine.store() as store:

        def made(work: Work) -> None:
            asked = work.state()["proof"] | {"at": int(work.now.timestamp()) - hours * 3600}
            work.save_state(work.state() | {"proof": asked})

        store.write_now(made)


def test_a_file_of_a_way_back_that_was_called_off_brings_no_key_into_use(machine: Machine, far: Machine) -> None:
    machine.opened("K7M2QX")
    offline(machine, far)
    file, done = rewrapped(machine, far, "back", "--to", way_back(machine, far))
    given(machine, far)
    before = machine.disk()["data/keyring"]
    applied = machine.type("keys", "apply", file, "--fingerprint", said(done, "fingerprint"))
    assert "is for a key of this server that is not in use" in assert_refused(applied)
    assert (Custody.OFFLINE, before) == (custody(machine)[0], machine.disk()["data/keyring"])
    machine.opened("AFTER1")
    for code in ("K7M2QX", "AFTER1"):
        assert WORDS in read_there(machine, far, code).stdout


def test_a_file_of_an_earlier_rotation_brings_no_key_into_use(machine: Machine, far: Machine) -> None:
    machine.opened("K7M2QX")
    offline(machine, far)
    first, done = rewrapped(machine, far, "one")
    kept = shutil.copy(first, machine.file("kept"))
    machine.does("keys", "apply", first, "--fingerprint", said(done, "fingerprint"))
    round_(machine, far, "two")
    assert "was in use here before" in assert_refused(machine.type("keys", "apply", kept, answers="y\n"))
    back = way_back(machine, far)
    assert "the case keys are here" in assert_refused(machine.type("keys", "apply", kept, answers="y\n"))
    round_(machine, far, "back", "--to", back)
    assert WORDS in machine.does(*SHOW).stdout


def test_a_case_keyring_serves_one_server(machine: Machine, far: Machine, tmp_path: Path) -> None:
    (tmp_path / "beside").mkdir()
    beside = Machine(tmp_path / "beside")
    setup.make(beside.env, None, {}, kdf=CHEAP)
    for one in (machine, beside):
        one.opened("K7M2QX")
    begun(far)
    shutil.copy(far.file("public"), beside.file("public"))
    carried(far, "public", machine)
    given(machine, far)
    there = ["keys", "offline", "--public", beside.file("public"), "--challenge", beside.file("challenge")]
    beside.does(*there, answers="y\n")
    words = ["keys", "prove", "--keyring", far.file("keyring"), carried(beside, "challenge", far)]
    assert "serves another server" in refusal(far.type(*words, answers=THEIRS))
    beside.does("keys", "wraps", beside.file("wraps"))
    words = ["keys", "rotate", "--keyring", far.file("keyring"), "--wraps", carried(beside, "wraps", far)]
    assert "serves another server" in refusal(far.type(*words, "--out", far.file("out"), answers=THEIRS))
    assert WORDS in beside.does(*SHOW).stdout


def test_the_way_back_begins_only_where_its_key_can_be_written_and_writes_it_again(
    machine: Machine, far: Machine
) -> None:
    machine.opened("K7M2QX")
    offline(machine, far)
    assert "no such file" in assert_refused(machine.type(*ONLINE, machine.file("no/server"))).lower()
    assert Custody.OFFLINE == custody(machine)[0]
    rewrapped(machine, far, "lost", "--to", way_back(machine, far, "first"))
    machine.does("keys", "rotate")  # in time, while the answer was on its way
    round_(machine, far, "back", "--to", way_back(machine, far, "second"))
    assert WORDS in machine.does(*SHOW).stdout
    assert "are here already" in assert_refused(machine.type(*ONLINE, machine.file("third")))


def test_a_way_back_is_called_off_with_the_same_public_key(machine: Machine, far: Machine) -> None:
    machine.opened("K7M2QX")
    offline(machine, far)
    way_back(machine, far)
    machine.opened("NEWONE")
    assert "custody offline: this server opens no answer" in given(machine, far).stdout
    assert (Custody.OFFLINE, {False}) == custody(machine)
    for code in ("K7M2QX", "NEWONE"):
        assert WORDS in read_there(machine, far, code).stdout
    round_(machine, far, "next")


def test_a_damaged_wrap_stops_no_rotation_and_is_named(machine: Machine, far: Machine) -> None:
    first, _ = machine.opened("K7M2QX", "R4T8WZ")
    offline(machine, far)
    entry = damage(machine)
    prints = set()
    for name in ("one", "two", "three"):
        there, here = round_(machine, far, name)
        prints.add(said(there, "fingerprint"))
        assert "re-wrapped 3 of 4" in there.stdout
        assert f"does not open: entry {entry} of case {first.hex()}" in there.stdout
        assert "put in place: 3 wraps" in here.stdout and "left over" not in here.stdout
        assert f"does not open: entry {entry} of case K7M2QX" in here.stdout
        assert "everything that opens stands under the active key" in here.stdout
    assert 3 == len(prints)
    machine.opened("BETWEEN")
    there, here = round_(machine, far, "back", "--to", way_back(machine, far))
    assert f"entry {entry} of case K7M2QX" in here.stdout and "left over" not in here.stdout
    for code in ("R4T8WZ", "BETWEEN"):
        assert WORDS in machine.does("cases", "show", code, "--language", "en").stdout


def test_a_damaged_wrap_is_named_where_the_server_rotates(machine: Machine) -> None:
    machine.opened("K7M2QX", "R4T8WZ")
    entry = damage(machine)
    done = machine.does("keys", "rotate")
    assert f"does not open: entry {entry} of case K7M2QX" in done.stdout
    assert 1 == done.stdout.count("does not open")


def damage(machine: Machine) -> str:
    """One bit of the first wrap; gives the entry's id."""
    database = sqlite3.connect(machine.data / "qorgan.db")
    number, entry, wrap = database.execute("SELECT number, entry, wrap FROM wraps ORDER BY number").fetchone()
    spoilt = wrap[:40] + bytes([wrap[40] ^ 1]) + wrap[41:]
    database.execute("UPDATE wraps SET wrap = ? WHERE number = ?", (spoilt, number))
    database.commit()
    database.close()
    return bytes(entry).hex()


@pytest.mark.parametrize("words", [("cases", "show", "NOPE22"), ("cases", "erase", "K7M2QX")])
def test_the_head_is_told_with_a_refusal_too(machine: Machine, words: tuple[str, ...]) -> None:
    machine.opened("K7M2QX")
    done = machine.type(*words, answers="n\n")
    refusal(done)
    assert "audit head: " in done.stderr
