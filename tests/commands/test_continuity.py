"""The statement of the bots' names: what its key signed is read by other code, anything else by nobody."""

from __future__ import annotations

import asyncio
import hashlib
import stat
from pathlib import Path

from click.testing import Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bot.sandbox import Sandbox
from bot.store.records import Act
from tests.commands.machine import Machine, assert_refused, refusal

ONCE = "five quiet words of nobody\n"
TWICE = ONCE * 2


def made(far: Machine) -> str:
    """The public half of a key on the machine that is not the server."""
    done = far.does("continuity", "key", far.file("key"), answers=TWICE)
    lines = dict(line.split(maxsplit=1) for line in done.stdout.splitlines()[1:])
    assert lines["fingerprint"].replace(" ", "") == _fingerprint(bytes.fromhex(lines["public"]))
    return lines["public"]


def _fields(*values: bytes) -> bytes:
    return b"".join(len(value).to_bytes(4, "big") + value for value in values)


def _fingerprint(public: bytes) -> str:
    return hashlib.sha256(_fields(b"qorgan continuity key", public)).hexdigest()[:32]


def published(far: Machine, name: str, *more: str) -> Path:
    done = far.does("continuity", "statement", "--key", far.file("key"), "--bot", "@first_bot", *more, answers=ONCE)
    path = Path(far.file(name))
    path.write_text(done.stdout)
    return path


def test_a_statement_is_verified_by_code_written_from_the_page_alone(far: Machine) -> None:
    public = made(far)
    more = "--bot", "second_bot", "--page", "https://example.org/x", "--valid-until", "2199-01-01"
    path = published(far, "one", *more)
    assert stat.S_IMODE(Path(far.file("key")).stat().st_mode) == 0o600
    *lines, last, end = path.read_text().split("\n")
    assert (lines[0], lines[2:6], end) == (
        "qorgan statement 1",
        ["until: 2199-01-01", "bot: @first_bot", "bot: @second_bot", "page: https://example.org/x"],
        "",
    )
    signed = _fields(b"qorgan statement", b"\x01", "".join(f"{line}\n" for line in lines).encode())
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(last.split()[1]), signed)
    # As a page may give it back.
    path.write_bytes(b"\xef\xbb\xbf\r\n " + path.read_bytes().replace(b"\n", b" \r\n\r\n"))
    said = far.does("continuity", "verify", str(path), "--public", public).stdout
    assert "bot         @first_bot" in said and "standby     @second_bot" in said and "2199-01-01" in said


def test_what_another_key_signed_or_somebody_changed_is_refused(far: Machine) -> None:
    public = made(far)
    path = published(far, "one")
    whole = path.read_text()
    for changed in (
        whole.replace("first", "thief"),
        whole.replace("bot: @first_bot\n", "bot: @first_bot\nbot: @thief_bot\n"),
        whole.replace("bot: @first_bot\n", "bot: @first_bot\npage: https://example.com/\n"),
    ):
        path.write_text(changed)
        assert "not signed" in assert_refused(far.type("continuity", "verify", str(path), "--public", public))
    later = whole.replace("statement 1", "statement 2")
    for broken in (whole[:-20], whole + "bot: @thief_bot\n", "see here\n" + whole, later, ""):
        path.write_text(broken)
        assert "no statement" in assert_refused(far.type("continuity", "verify", str(path), "--public", public))
    path.write_text(whole)
    other = "00" * 31 + "01"
    assert "not signed" in assert_refused(far.type("continuity", "verify", str(path), "--public", other))
    assert "no public half" in assert_refused(far.type("continuity", "verify", str(path), "--public", "12ab"))


def test_the_key_opens_by_its_passphrase_alone_and_no_other_name_gets_into_a_statement(far: Machine) -> None:
    made(far)
    asked = ["continuity", "statement", "--key", far.file("key"), "--bot"]
    assert "passphrase" in refusal(far.type(*asked, "@first_bot", answers="another one\n"))
    assert "name" in assert_refused(far.type(*asked, "@first_bot\npage: https://a.example/"))
    assert "address" in assert_refused(far.type(*asked, "@first_bot", "--page", "http://a.example/ x"))
    assert "is over" in assert_refused(far.type(*asked, "@first_bot", "--valid-until", "2020-01-01"))
    assert "there already" in assert_refused(far.type("continuity", "key", far.file("key")))
    Path(far.file("key")).chmod(0o644)
    assert "open to other users" in refusal(far.type(*asked, "@first_bot", answers=ONCE))


async def test_at_the_shell_another_bot_takes_over_when_it_is_said_so(machine: Machine) -> None:
    with machine.store() as store:
        store.write_now(lambda work: work.save_state({**work.state(), "bot": 7_000_000_001, "username": "sandbox_bot"}))

    async def typed(*words: str, answers: str = "") -> Result:
        return await asyncio.to_thread(machine.type, *words, answers=answers)

    async with Sandbox() as sandbox:
        machine.env |= {"QORGAN_API_URL": sandbox.url, "QORGAN_BOT_TOKEN": "7000000002:SECOND"}
        assert "does not know" in assert_refused(await typed("continuity", "switch", "--yes"))
        sandbox.beside("7000000002:SECOND", "standby_bot")
        assert "another bot's" in (await typed("check")).stdout
        assert "nothing was changed" in refusal(await typed("continuity", "switch", answers="n\n"))
        assert "another bot's" in (await typed("check")).stdout
        assert "@standby_bot takes over" in (await typed("continuity", "switch", "--yes")).stdout
        assert "another bot's" not in (await typed("check")).stdout
        assert "already" in (await typed("continuity", "switch", "--yes")).stdout
    assert "can't be reached" in assert_refused(await typed("continuity", "switch", "--yes"))
    assert 1 == machine.audited().count(("shell", Act.SWITCHED))
