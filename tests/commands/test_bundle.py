"""qorgan cases bundle: one archive that only the recipient opens, and only where a lawyer may be told."""

from __future__ import annotations

import re
import stat
import tarfile
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import docx
import pyrage

from bot.drafts.kinds import KINDS
from bot.intake.answers import Answer
from bot.store.work import Work
from tests.commands.ceremony import THEIRS, begun, carried, offline
from tests.commands.machine import ENTRY_SIZE, WORDS, Machine, assert_refused, refusal
from tests.commands.test_drafting import shared

FREE = "my own words of that night"
DRAFTS = {f"drafts/{kind.id}.{language}.docx" for kind in KINDS.values() for language in kind.languages}


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


def unpacked(
    machine: Machine, key: pyrage.x25519.Identity, *more: str, what: str = "K7M2QX", answers: str = ""
) -> dict[str, bytes]:
    out = machine.folder / f"bundle{len(more)}"
    wanted = ("cases", "bundle", what, "--to", str(key.to_public()), "--out", str(out), *more)
    machine.does(*wanted, answers=answers)
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
    assert DRAFTS | {"history.txt", "audit.txt", "manifest.sha256"} == set(found)
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


def test_in_offline_custody_only_the_shell_with_the_offline_keyring_drafts_and_bundles(
    machine: Machine, far: Machine
) -> None:
    """Refused elsewhere with the reason, and by the right keyring too until somebody may be told; nothing is left."""
    shared(machine, "lawyer", who="relative")
    offline(machine, far)
    begun(far, "other", "other.public")
    key = pyrage.x25519.Identity.generate()
    to = ("--to", str(key.to_public()))

    def tries(what: str, on: Machine, *more: str) -> list[str]:
        """What a draft, and what a bundle, is refused with."""
        answers = THEIRS if more else ""
        kinds = (("draft", "--as", "handover", "--for", "lawyer"), ("bundle", *to))
        return [
            refusal(on.type("cases", name, what, *words, "--out", on.file("out"), *more, answers=answers))
            for name, *words in kinds
        ]

    def sealed() -> str:
        machine.does("cases", "export", "K7M2QX", machine.file("sealed"))
        return carried(machine, "sealed", far)

    assert all("kept offline" in one for one in tries("K7M2QX", machine))
    along = ("bundle", "K7M2QX", *to, "--out", machine.file("out"), "--audit", machine.file("log"))
    assert "goes with a sealed file" in assert_refused(machine.type("cases", *along))
    here = sealed()
    assert all("is a file" in one for one in tries(here, far))
    assert all("nothing of" in one for one in tries(here, far, "--keyring", far.file("other")))
    keyring = ("--keyring", far.file("keyring"))
    assert all("no ground" in one for one in tries(here, far, *keyring))
    machine.does("cases", "note", "K7M2QX", "--ground", "lawyer", answers="he nodded through the glass\n")
    Path(here).unlink()
    here = sealed()
    assert {"export", "note", "custody"} >= {what for _, what in machine.audited() if "key" not in what}
    Path(far.file("log")).write_text(machine.does("audit", "case", "K7M2QX").stdout, encoding="utf-8")

    out = far.file("note.docx")
    wanted = ("--as", "handover", "--for", "lawyer", "--lang", "kk", "--out", out)
    far.does("cases", "draft", here, *wanted, *keyring, answers=THEIRS)
    assert (b"PK", 0o600) == (Path(out).read_bytes()[:2], stat.S_IMODE(Path(out).stat().st_mode))
    found = unpacked(far, key, *keyring, "--audit", far.file("log"), what=here, answers=THEIRS)
    assert {name for name in found if name.startswith("drafts/")} == DRAFTS
    log = found["audit.txt"].decode()
    assert ["export", "note", "export"] == re.findall(r"^\d+\t[^\t]+ UTC\tshell\t(.+)$", log, re.MULTILINE)
    assert "Who may be told" in found["history.txt"].decode() and "he nodded" not in everything(found)
