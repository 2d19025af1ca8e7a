"""qorgan cases draft: a private file, never over another, and the log says that it was made and not what it says."""

from __future__ import annotations

import stat

from bot.drafts.kinds import KINDS
from bot.intake.answers import Answer
from bot.store.work import Work
from tests.commands.machine import ENTRY_SIZE, WORDS, Machine, assert_refused


def shared(machine: Machine, *recipients: str, who: str = "self") -> None:
    """A case that has said whom it may go to."""
    (case,) = machine.opened("K7M2QX")
    with machine.store() as store:

        def say(work: Work) -> None:
            at = int(work.now.timestamp())
            answers = [Answer("who", (who,), "", at).to_json(), Answer("share_ok", recipients, "", at).to_json()]
            work.append_entry(case, {"answers": answers, "removed": [], "later": False, "at": at}, ENTRY_SIZE)

        store.write_now(say)


def test_a_draft_is_a_private_file_and_noted_by_its_kind(machine: Machine) -> None:
    machine.opened("K7M2QX")
    out = machine.folder / "draft"
    machine.does("cases", "draft", "k7m2qx", "--as", "hrc", "--lang", "en", "--text", "--out", str(out))
    assert 0o600 == stat.S_IMODE(out.stat().st_mode)
    assert f"«{WORDS}»" in out.read_text() and "remove this page before filing" in out.read_text()
    assert [("shell", "draft hrc")] == machine.audited()
    again = machine.type("cases", "draft", "K7M2QX", "--as", "hrc", "--out", str(out))
    assert "is there already" in assert_refused(again)


def test_every_kind_of_draft_is_a_document_that_the_log_knows_by_its_name(machine: Machine) -> None:
    shared(machine, "lawyer")
    for kind in KINDS.values():
        out = machine.folder / f"{kind.id}.docx"
        machine.does("cases", "draft", "K7M2QX", "--as", kind.id, "--lang", kind.languages[0], "--out", str(out))
        assert (b"PK", 0o600) == (out.read_bytes()[:2], stat.S_IMODE(out.stat().st_mode))
    assert [("shell", f"draft {kind}") for kind in KINDS] == machine.audited()


def test_a_draft_that_is_refused_is_neither_made_nor_noted(machine: Machine) -> None:
    shared(machine, "coordinator")
    refused = [
        (("--as", "handover", "--for", "un"), "has not agreed"),
        (("--as", "hrc", "--lang", "kk"), "do not accept Kazakh"),
        (("--as", "hrc", "--lang", "fr"), "not drafted in fr"),
    ]
    for words, reason in refused:
        done = machine.type("cases", "draft", "K7M2QX", *words, "--out", machine.file("draft"))
        assert done.exit_code == 2 and reason in done.stderr
    assert not (machine.folder / "draft").exists() and not machine.audited()


def test_a_handover_goes_to_whom_was_agreed_or_by_the_ground_that_was_recorded(machine: Machine) -> None:
    shared(machine, "lawyer", who="relative")
    wanted = ("cases", "draft", "K7M2QX", "--as", "handover", "--lang", "en")
    assert "no ground" in assert_refused(machine.type(*wanted, "--for", "lawyer"))
    machine.does("cases", "note", "K7M2QX", "--ground", "lawyer", answers="he nodded through the glass\n")
    shown = machine.does(*wanted).stdout
    assert "the ground that the holder of the case recorded" in shown
    assert WORDS not in shown and "he nodded" not in shown
    assert [("shell", "note"), ("shell", "draft handover")] == machine.audited()


def test_nothing_that_was_typed_acts_on_the_terminal(machine: Machine) -> None:
    machine.opened("K7M2QX", words="before \x1b[2J\u202e after")
    shown = machine.does("cases", "draft", "K7M2QX", "--as", "hrc").stdout
    assert "before" in shown and not {"\x1b", "\u202e"} & {*shown}
