"""qorgan cases: read, exported, closed, erased; what was done stands in the audit log."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bot.residue import search
from bot.store.records import Chat, Slot, Staff
from bot.store.work import Work
from bot.telegram import agreement
from tests.commands.conftest import on_both
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
    machine.does("cases", "export", "K7M2QX", str(out), "--json")
    (case,) = json.loads(out.read_text())
    assert ("K7M2QX", "K7M2QX", WORDS) == (case["case"], case["head"]["code"], case["entries"][1]["words"])
    assert 0o600 == stat.S_IMODE(out.stat().st_mode)
    assert [("shell", "export")] == machine.audited()
    assert "is there already" in assert_refused(machine.type("cases", "export", "K7M2QX", str(out)))


def test_several_cases_leave_the_server_only_when_two_administrators_have_agreed_to_exactly_these(
    machine: Machine,
) -> None:
    machine.opened("K7M2QX", "R4T8WZ", "B2C3D4")
    admins = [Staff(bytes([row]) * 16, row, {"role": "admin", "name": "Aru", "language": "en"}) for row in (1, 2)]
    out = machine.folder / "out"
    words = ("cases", "export", "K7M2QX", "R4T8WZ", str(out), "--json")

    def agree(work: Work) -> None:
        (asked, *_) = agreement.standing(work)
        for one in admins:
            asked = agreement.agree(work, asked, one)

    with machine.store() as store:
        store.write_now(lambda work: work.save_staff(admins))
    done = machine.type(*words)
    assert (1, False) == (done.exit_code, out.exists()) and "0 of 2 have agreed" in done.stdout
    with machine.store() as store:
        store.write_now(agree)
    for other in (("B2C3D4", "R4T8WZ", str(out), "--json"), ("K7M2QX", "R4T8WZ", str(out))):
        assert 1 == machine.type("cases", "export", *other).exit_code, "they agreed to something else"
    machine.does(*words)
    assert 2 == len(json.loads(out.read_text()))
    out.unlink()
    assert 1 == machine.type(*words).exit_code, "once"


class Reader(HTMLParser):
    """What a browser would make of a document: its elements with their attributes, and its text."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, str | None] = {}
        self.words: list[str] = []
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= dict(attrs)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.mark.parametrize(
    ("language", "said"), [("ru", "Дело: K7M2QX"), ("kk", "Іс: K7M2QX"), ("en", "Case: K7M2QX")]
)
def test_a_document_shows_what_was_written_as_text_and_nothing_in_it_acts(
    machine: Machine, language: str, said: str
) -> None:
    evil = """</bdi></td><script>alert(1)</script><img src="//x" onerror='a()'> & \u202eend"""
    machine.opened("K7M2QX", "R4T8WZ", words=evil)
    out = machine.folder / "out.html"
    machine.does("cases", "export", "k7m2qx", "K7M2QX", "R4T8WZ", str(out), "--html", "--lang", language)
    document = Reader(out.read_text())
    assert {"img", "script", "link", "iframe", "a"}.isdisjoint(document.tags)
    assert {"src", "href", "onerror"}.isdisjoint(document.attributes)
    assert (2, 2) == (document.tags.count("article"), document.words.count(evil.replace("\u202e", " ")))
    assert said in document.words
    assert 0o600 == stat.S_IMODE(out.stat().st_mode)
    assert [("shell", "export")] * 2 == machine.audited()


def test_the_list_is_by_urgency_and_tells_the_time_left_and_the_holder(machine: Machine) -> None:
    ids = machine.opened("AAAAAA", "BBBBBB", "CCCCCC", "DDDDDD")
    hour = 3600

    def changed(work: Work) -> None:
        now = int(work.now.timestamp())
        work.save_staff([HOLDER])
        cases = [work.load_cases([case])[case] for case in ids]
        cases[0].head["deadlines"] = [{"clock": "x", "starts": None, "ends": now - hour}]
        cases[1].head["deadlines"] = [
            {"clock": "x", "starts": now - hour, "ends": None},
            {"clock": "y", "starts": now + hour, "ends": now + 75 * hour + 60},
        ]
        cases[2].head.update({"urgency": 0, "holder": HOLDER.id.hex(), "state": "taken"})
        work.save_cases(cases)

    with machine.store() as store:
        store.write_now(changed)
    machine.does("cases", "close", "DDDDDD", "--outcome", "helped")
    lines = machine.does("cases", "list").stdout.splitlines()
    assert ["CCCCCC", "BBBBBB", "AAAAAA", "DDDDDD"] == [line.split()[0] for line in lines]
    assert "Аня" in lines[0] and " 3 d 3 h " in lines[1] and " over " in lines[2]


@on_both
def test_a_note_is_sealed_beside_the_answers_and_stands_in_the_audit_log(machine: Machine) -> None:
    machine.opened("K7M2QX")
    assert "K7M2QX: noted" in machine.does("cases", "note", "k7m2qx", answers="call the lawyer\ntoday\n").stdout
    machine.does("cases", "export", "K7M2QX", machine.file("out"), "--json")
    entry = json.loads(Path(machine.file("out")).read_text())[0]["entries"][-1]
    assert ("call the lawyer\ntoday", "shell", {"note", "by", "at"}) == (entry["note"], entry["by"], {*entry})
    assert [("shell", "note"), ("shell", "export")] == machine.audited()
    assert "1001 characters" in refusal(machine.type("cases", "note", "K7M2QX", answers="é" * 1001))
    assert "no words" in refusal(machine.type("cases", "note", "K7M2QX", answers=" \n"))
    assert "there is no case" in assert_refused(machine.type("cases", "note", "NOBODY", answers="words"))


@on_both
def test_a_closed_case_is_kept_for_a_while_without_the_person_s_address(machine: Machine) -> None:
    (case,) = machine.opened("K7M2QX")
    assert "closed" in machine.does("cases", "close", "K7M2QX", "--outcome", "lost").stdout
    listed = machine.does("cases", "list").stdout
    assert " closed " in listed and " until " in listed
    with machine.store() as store:
        closed = store.write_now(lambda work: work.load_cases([case])[case])
    assert (None, "lost") == (closed.chat, closed.head["outcome"])
    again = machine.type("cases", "close", "K7M2QX", "--outcome", "helped")
    assert "closed already" in assert_refused(again)
    assert "--outcome" in refusal(machine.type("cases", "close", "K7M2QX"))


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


@pytest.mark.figures
def test_of_a_thousand_erased_canaries_no_file_of_the_data_folder_holds_anything(
    machine: Machine, figure: Callable[[int, int], int]
) -> None:
    canaries = CANARIES[: figure(200, 1000)]
    machine.opened(*canaries)
    machine.opened("STAYS2")
    with machine.running_bot():
        done = machine.does("cases", "erase", *canaries, "--yes", "--prove")
    assert done.stdout.splitlines()[-1].endswith("bytes of ciphertext: 0 bytes found")
    assert WORDS in machine.does("cases", "show", "STAYS2").stdout


def test_without_secure_delete_the_same_search_finds_what_a_hundred_canaries_left(machine: Machine) -> None:
    cases = machine.opened(*CANARIES[:100])
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


def test_it_is_said_that_a_reader_keeps_what_was_erased_on_the_disk_and_later_it_goes(
    machine: Machine, tmp_path: Path
) -> None:
    """By the running bot's next commit, or by the next command."""
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
        shutil.copytree(machine.folder, tmp_path / "twin")
        bot.write_now(lambda work: work.prune(work.now.date()))
        assert [] == search([machine.data], ciphertexts)[1]
    twin = Machine(tmp_path / "twin")
    assert search([twin.data], ciphertexts)[1]
    twin.does("keys", "status")
    assert [] == search([twin.data], ciphertexts)[1]
