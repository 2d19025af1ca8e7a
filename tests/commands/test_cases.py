"""qorgan cases: read, exported, closed, erased; what was done stands in the audit log."""

from __future__ import annotations

import json
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from bot.residue import search
from bot.store.records import Chat, Slot, Staff
from bot.store.work import Work
from tests.commands.machine import ENTRY_SIZE, WORDS, Machine, assert_refused, refusal

HOLDER = Staff(b"h" * 16, 7_000_000_003, {"role": "coordinator", "name": "Аня", "language": "ru", "reachable": True})


def test_the_list_tells_each_case_by_its_code_and_no_answer(machine: Machine) -> None:
    machine.opened("K7M2QX", "R4T8WZ")
    listed = machine.does("cases", "list")
    assert ["K7M2QX", "R4T8WZ"] == sorted(line.split()[0] for line in listed.stdout.splitlines())
    assert "urgent" in listed.stdout and "waiting" in listed.stdout
    assert "2 cases" in listed.stderr and WORDS not in listed.output


def test_a_case_is_shown_as_a_coordinator_reads_it_and_that_is_noted(machine: Machine) -> None:
    machine.opened("K7M2QX")
    assert f"Передано: {WORDS}" in machine.does("cases", "show", "k7m2qx").stdout
    assert f"Passed on: {WORDS}" in machine.does("cases", "show", "K7M2QX", "--language", "en").stdout
    assert [("shell", "read")] * 2 == machine.audited()
    about = machine.does("audit", "show").stdout.split()[-1]
    assert "K7M2QX" == about


def test_a_note_is_shown_with_its_time(machine: Machine) -> None:
    (case,) = machine.opened("K7M2QX")
    note = {"note": "spoke to the brother", "at": 1_772_442_000}
    with machine.store() as store:
        store.write_now(lambda work: work.append_entry(case, note, ENTRY_SIZE))
    shown = machine.does("cases", "show", "K7M2QX", "--language", "en").stdout
    assert "Note, Mar 2, 2026, 14:00: spoke to the brother" in shown


def test_nothing_a_person_wrote_acts_on_the_terminal(machine: Machine) -> None:
    machine.opened("K7M2QX", words="before \x1b[2J\x07 and \u202eafter\r\nnext")
    shown = machine.does("cases", "show", "K7M2QX", "--language", "en").stdout
    assert "Passed on: before  [2J  and  after  next\n" in shown


def test_a_readable_export_is_private_and_noted(machine: Machine) -> None:
    machine.opened("K7M2QX")
    out = machine.folder / "out"
    machine.does("cases", "export", "K7M2QX", str(out), "--plain")
    assert WORDS == json.loads(out.read_text())[1]["words"]
    assert 0o600 == stat.S_IMODE(out.stat().st_mode)
    assert [("shell", "export")] == machine.audited()
    assert "is there already" in assert_refused(machine.type("cases", "export", "K7M2QX", str(out)))


def test_a_closed_case_is_kept_for_a_while_without_the_person_s_address(machine: Machine) -> None:
    (case,) = machine.opened("K7M2QX")
    assert "closed" in machine.does("cases", "close", "K7M2QX").stdout
    listed = machine.does("cases", "list").stdout
    assert " closed " in listed and " until " in listed
    with machine.store() as store:
        assert None is store.write_now(lambda work: work.load_cases([case])[case]).chat


def test_an_erased_case_is_gone_its_messages_are_deleted_and_the_holder_is_told(machine: Machine) -> None:
    (case,) = machine.opened("K7M2QX")
    machine.opened("R4T8WZ")

    def alerted(work: Work) -> None:
        work.save_staff([HOLDER])
        body = {"chat": HOLDER.user, "message": 77, "sent": 1, "kind": "alert"}
        work.save_slots([Slot(b"s" * 16, case, body)])
        found = work.load_cases([case])[case]
        found.head["holder"] = HOLDER.id.hex()
        work.save_cases([found])

    with machine.store() as store:
        store.write_now(alerted)
    assert "nothing was erased" in refusal(machine.type("cases", "erase", "K7M2QX", answers="n\n"))
    assert "erased: K7M2QX" in machine.does("cases", "erase", "k7m2qx", answers="y\n").stdout
    assert "there is no case" in assert_refused(machine.type("cases", "show", "K7M2QX"))
    assert "R4T8WZ" in machine.does("cases", "list").stdout
    assert ("shell", "erase") == machine.audited()[-1]
    with machine.store() as store:
        rows = store.write_now(lambda work: work.due(2_000_000_000_0, 100, 8))
    assert [[77]] == [row.body["messages"] for row in rows if row.body["do"] == "delete"]
    assert ["K7M2QX"] == [row.body["text"].split(":")[0] for row in rows if row.body["do"] == "show"]


def test_the_address_of_an_erased_case_goes_with_it(machine: Machine) -> None:
    (case,) = machine.opened("K7M2QX")
    address = {"slot": None, "shown": 0, "wake": "00" * 16, "cases": [case.hex()]}
    chat = Chat(b"c" * 16, 7_000_000_009, address, None, True)

    def linked(work: Work) -> None:
        work.save_chats([chat])
        found = work.load_cases([case])[case]
        work.save_cases([type(found)(found.id, chat.id, found.head)])

    with machine.store() as store:
        store.write_now(linked)
    machine.does("cases", "erase", "K7M2QX", "--yes")
    with machine.store() as store:
        assert {} == store.write_now(lambda work: work.load_chats([chat.user]))


CANARIES = [f"C{number:05}" for number in range(1000)]


def test_of_a_thousand_erased_canaries_no_file_of_the_data_folder_holds_anything(machine: Machine) -> None:
    machine.opened(*CANARIES)
    machine.opened("STAYS2")
    with machine.running_bot():
        done = machine.does("cases", "erase", *CANARIES, "--yes", "--prove")
    assert done.stdout.splitlines()[-1].endswith("bytes of ciphertext: 0 bytes found")
    assert WORDS in machine.does("cases", "show", "STAYS2").stdout


def test_without_secure_delete_the_same_search_finds_what_a_thousand_canaries_left(machine: Machine) -> None:
    cases = machine.opened(*CANARIES)
    with machine.store() as store:
        ciphertexts = store.write_now(lambda work: [one for case in cases for one in work.ciphertexts(case)])
    with closing(sqlite3.connect(machine.data / "qorgan.db")) as database:
        database.execute("PRAGMA secure_delete=OFF")
        with database:
            for table in ("wraps", "entries", "messages", "cases"):
                database.execute(f"DELETE FROM {table}")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    left = search([machine.data], ciphertexts)[1]
    assert [machine.data / "qorgan.db"] == [one.file for one in left]


def test_a_copy_that_still_holds_an_erased_case_is_found(machine: Machine) -> None:
    machine.opened("K7M2QX")
    copy = machine.data / "old" / "copy.db"
    copy.parent.mkdir()
    copy.write_bytes(Path(machine.data / "qorgan.db").read_bytes())
    done = machine.type("cases", "erase", "K7M2QX", "--yes", "--prove")
    assert 1 == done.exit_code
    assert f"{copy}: " in done.stdout.splitlines()[-1]


@pytest.mark.parametrize("by", ["the running bot", "the shell"])
def test_it_is_said_that_a_reader_keeps_what_was_erased_on_the_disk_and_later_it_goes(
    machine: Machine, by: str
) -> None:
    (case,) = machine.opened("K7M2QX")
    with machine.store() as bot, closing(sqlite3.connect(machine.data / "qorgan.db", isolation_level=None)) as reader:
        ciphertexts = bot.write_now(lambda work: work.ciphertexts(case))
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM cases").fetchone()
        done = machine.type("cases", "erase", "K7M2QX", "--yes")
        assert (1, "erased: K7M2QX\n") == (done.exit_code, done.stdout)
        assert "its files still hold what was erased" in done.stderr
        assert search([machine.data], ciphertexts)[1]
        assert {} == bot.write_now(lambda work: work.load_cases([case]))
        reader.execute("COMMIT")
        if by == "the shell":
            machine.does("keys", "status")
        else:
            bot.write_now(lambda work: work.prune(work.now.date()))
        assert [] == search([machine.data], ciphertexts)[1]
