"""qorgan cases bundle: one archive that only the recipient opens, and only where a lawyer may be told."""

from __future__ import annotations

import stat
import tarfile
from hashlib import sha256
from io import BytesIO

import docx
import pyrage

from bot.drafts.kinds import KINDS
from bot.intake.answers import Answer
from bot.store.work import Work
from tests.commands.machine import ENTRY_SIZE, WORDS, Machine, assert_refused
from tests.commands.test_drafting import shared

FREE = "my own words of that night"


def typed(machine: Machine) -> None:
    """The case holds a free text, too."""
    with machine.store() as store:

        def say(work: Work) -> None:
            case = work.case_by_code("K7M2QX")
            assert case is not None
            answers = [Answer("free", (), FREE, int(work.now.timestamp())).to_json()]
            body = {"answers": answers, "removed": [], "later": False, "at": int(work.now.timestamp())}
            work.append_entry(case.id, body, ENTRY_SIZE)

        store.write_now(say)


def unpacked(machine: Machine, key: pyrage.x25519.Identity, *more: str) -> dict[str, bytes]:
    out = machine.folder / f"bundle{len(more)}"
    machine.does("cases", "bundle", "K7M2QX", "--to", str(key.to_public()), "--out", str(out), *more)
    assert 0o600 == stat.S_IMODE(out.stat().st_mode) and FREE.encode() not in out.read_bytes()
    with tarfile.open(fileobj=BytesIO(pyrage.decrypt(out.read_bytes(), [key]))) as archive:
        members = archive.getmembers()
        assert {(0, "", 0, "", 0)} == {(one.uid, one.uname, one.gid, one.gname, int(one.mtime)) for one in members}
        return {one.name: (archive.extractfile(one) or BytesIO()).read() for one in members}


def everything(found: dict[str, bytes]) -> str:
    drafts = [docx.Document(BytesIO(content)) for name, content in found.items() if name.endswith(".docx")]
    texts = [content.decode() for name, content in found.items() if not name.endswith(".docx")]
    return "\n".join([*texts, *(line.text for draft in drafts for line in draft.paragraphs)])


def test_a_bundle_holds_every_draft_the_history_the_log_and_their_hashes(machine: Machine) -> None:
    shared(machine, "lawyer")
    typed(machine)
    key = pyrage.x25519.Identity.generate()
    found = unpacked(machine, key)
    drafts = {f"drafts/{kind.id}.{language}.docx" for kind in KINDS.values() for language in kind.languages}
    assert drafts | {"history.txt", "audit.txt", "manifest.sha256"} == set(found)
    hashes = [line.split("  ") for line in found.pop("manifest.sha256").decode().splitlines()]
    assert {name: sha256(content).hexdigest() for name, content in found.items()} == {name: one for one, name in hashes}
    assert "shell\tbundle" in found["audit.txt"].decode() and "case written" in found["history.txt"].decode()
    assert WORDS not in everything(found) and FREE not in everything(found), "those only on asking anew"
    anew = everything(unpacked(machine, key, "--asked-anew"))
    assert WORDS in anew and FREE in anew
    assert [("shell", "bundle")] * 2 == machine.audited()


def test_a_bundle_that_nobody_agreed_to_or_for_no_key_is_neither_made_nor_noted(machine: Machine) -> None:
    shared(machine, "un")
    key = str(pyrage.x25519.Identity.generate().to_public())
    wanted = ("cases", "bundle", "K7M2QX", "--out", machine.file("bundle"))
    assert "has not agreed" in assert_refused(machine.type(*wanted, "--to", key))
    assert "no age public key" in machine.type(*wanted, "--to", "age1nonsense").stderr
    assert not (machine.folder / "bundle").exists() and not machine.audited()
