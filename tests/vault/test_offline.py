"""Offline custody: only the coordinators' machine opens; files carry what is sealed to and fro."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.vault import (
    CasePublic,
    Challenge,
    Custody,
    Damaged,
    Holder,
    Keyring,
    KeyringError,
    Rewrapped,
    SealedCase,
    SealedFileEntry,
    Vault,
    WrapsFile,
    create_case_keyring,
    fresh_pair,
    key_id,
    open_case,
    open_keyring,
    open_vault,
    proves,
    read_public,
    rewrap_file,
    write_public,
)
from bot.vault.hybrid import PrivateKey
from bot.vault.keys import Kind

from .conftest import CHEAP, Home

DAY = date(2026, 4, 1)
PASSPHRASE = "слова координаторов"
CASE = b"c" * 16
PUBLIC = CasePublic(b"offline1", PrivateKey(b"s" * 32).public.raw)
SEALED = SealedCase(b"i" * 16, CASE, (SealedFileEntry(b"e" * 16, 1, b"ciphertext", b"wrap"),))
WRAPS = WrapsFile(b"i" * 16, PUBLIC.id, {PUBLIC.id: 2, b"retired1": 0}, ((CASE, b"e" * 16, b"wrap"),))
REWRAPPED = Rewrapped(b"i" * 16, Holder.SERVER, PUBLIC, ((b"e" * 16, b"old", b"new"),), (b"f" * 16,))


@dataclass
class Server:
    """What a server in offline custody has: a vault without private case keys, and its entries."""

    vault: Vault
    entries: dict[bytes, tuple[bytes, bytes]]

    def write(self, content: bytes) -> bytes:
        entry = len(self.entries).to_bytes(16, "big")
        sealed = self.vault.seal_entry(CASE, entry, content, size=64)
        self.entries[entry] = (sealed.ciphertext, sealed.wrap)
        return entry

    def wraps(self) -> WrapsFile:
        listed = [(CASE, entry, wrap) for entry, (_, wrap) in self.entries.items()]
        ids = [key_id(wrap) for _, _, wrap in listed]
        active = self.vault.entry_key_id
        left = [one for one in listed if key_id(one[2]) != active]
        counts = {one: ids.count(one) for one in ids}
        return WrapsFile(self.vault.instance, active, counts, tuple(left or listed))

    def apply(self, answer: Rewrapped) -> None:
        if answer.public.id != self.vault.entry_key_id:
            self.vault.rotate(DAY, answer.public)
        for entry, old, new in answer.wraps:
            ciphertext, wrap = self.entries[entry]
            if wrap == old:
                self.entries[entry] = (ciphertext, new)

    def export(self) -> SealedCase:
        return SealedCase(
            self.vault.instance,
            CASE,
            tuple(
                SealedFileEntry(entry, number, *stored)
                for number, (entry, stored) in enumerate(self.entries.items(), 1)
            ),
        )


@dataclass(frozen=True)
class Machine:
    """The coordinators' machine."""

    path: Path

    def open(self) -> Keyring:
        return open_keyring(self.path, PASSPHRASE)

    def public(self) -> CasePublic:
        key = self.open().keys.active(Kind.CASE)
        return CasePublic(key.known.id, key.public)

    def ids(self) -> list[bytes]:
        return [key.known.id for key in self.open().keys.of(Kind.CASE)]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    create_case_keyring(tmp_path / "case-keyring", PASSPHRASE, kdf=CHEAP, today=DAY)
    return Machine(tmp_path / "case-keyring")


@pytest.fixture
def server(home: Home, machine: Machine) -> Server:
    vault = home.open()
    vault.rotate(DAY, machine.public())
    vault.retire(vault.sources)
    return Server(vault, {})


def test_the_server_seals_and_the_machine_alone_opens(server: Server, machine: Machine) -> None:
    entry = server.write(b"one")
    server.write("два".encode())
    with pytest.raises(Damaged):
        server.vault.open_entry(CASE, entry, *server.entries[entry])
    sealed = SealedCase.read(server.export().write())
    assert [b"one", "два".encode()] == open_case(machine.open(), sealed)


def test_a_damaged_entry_does_not_hide_the_others(server: Server, machine: Machine) -> None:
    for content in (b"one", b"two", b"three", b"four"):
        server.write(content)
    first, second, third, fourth = server.export().entries
    altered = replace(first, ciphertext=first.ciphertext[:-1] + b"\0")
    moved = replace(second, wrap=third.wrap)
    unknown = replace(third, wrap=third.wrap[:1] + bytes(8) + third.wrap[9:])
    sealed = replace(server.export(), entries=(altered, moved, unknown, fourth))
    assert [None, None, None, b"four"] == open_case(machine.open(), sealed)
    for other in (replace(sealed, case=bytes(16)), replace(sealed, instance=bytes(16))):
        assert [None] * 4 == open_case(machine.open(), other)


def test_a_rotation_is_prepared_there_and_applied_here(server: Server, machine: Machine) -> None:
    server.write(b"one")
    (first,) = machine.ids()
    answer = Rewrapped.read(rewrap_file(machine.open(), WrapsFile.read(server.wraps().write()), DAY).write())
    assert machine.public() == answer.public
    assert [answer.public.id, first] == machine.ids()
    server.write(b"meanwhile")
    server.apply(answer)
    server.write(b"after")
    assert [b"one", b"meanwhile", b"after"] == open_case(machine.open(), server.export())
    assert Custody.OFFLINE == server.vault.custody


def test_what_came_meanwhile_follows_and_the_old_pair_goes_with_the_next(server: Server, machine: Machine) -> None:
    server.write(b"one")
    (first,) = machine.ids()
    answer = rewrap_file(machine.open(), server.wraps(), DAY)
    server.write(b"meanwhile")
    server.apply(answer)
    left = rewrap_file(machine.open(), server.wraps(), DAY)
    assert (answer.public, 1, [answer.public.id, first]) == (left.public, len(left.wraps), machine.ids())
    server.apply(left)
    assert {answer.public.id: 2} == server.wraps().counts
    following = rewrap_file(machine.open(), server.wraps(), DAY)
    assert [following.public.id, answer.public.id] == machine.ids()
    server.apply(following)
    assert [b"one", b"meanwhile"] == open_case(machine.open(), server.export())


def test_an_answer_that_was_lost_is_prepared_again_to_the_same_key(server: Server, machine: Machine) -> None:
    server.write(b"one")
    lost = rewrap_file(machine.open(), server.wraps(), DAY)
    again = rewrap_file(machine.open(), server.wraps(), DAY)
    assert (lost.public, machine.open().keys.generation) == (again.public, 3)
    server.apply(again)
    assert [b"one"] == open_case(machine.open(), server.export())


def test_a_file_from_before_the_last_rotation_destroys_nothing(server: Server, machine: Machine) -> None:
    server.write(b"one")
    early = server.wraps()
    server.apply(rewrap_file(machine.open(), early, DAY))
    rewrap_file(machine.open(), server.wraps(), DAY)  # its answer is never applied
    before = machine.ids()
    rewrap_file(machine.open(), replace(early, counts={}, wraps=()), DAY)
    assert before == machine.ids()
    assert [b"one"] == open_case(machine.open(), server.export())


def test_a_pair_with_a_wrap_listed_under_it_stays_whatever_is_counted(server: Server, machine: Machine) -> None:
    server.write(b"one")
    answer = rewrap_file(machine.open(), server.wraps(), DAY)
    server.vault.rotate(DAY, answer.public)
    rewrap_file(machine.open(), replace(server.wraps(), counts={}), DAY)
    assert [b"one"] == open_case(machine.open(), server.export())


def test_wraps_that_do_not_open_are_left_out(server: Server, machine: Machine) -> None:
    for content in (b"one", b"two", b"three"):
        server.write(content)
    (_, entry, wrap), two, three = server.wraps().wraps
    damaged = (CASE, entry, wrap[:-1] + bytes([wrap[-1] ^ 1]))
    unknown = (CASE, two[1], two[2][:1] + b"no key 1" + two[2][9:])
    listed = replace(server.wraps(), wraps=(damaged, unknown, (CASE, b"", b""), three))
    answer = rewrap_file(machine.open(), listed, DAY)
    assert [three[1:]] == [(entry, old) for entry, old, _ in answer.wraps]


def test_a_wrap_that_opens_nowhere_stops_no_rotation(server: Server, machine: Machine) -> None:
    bad, good = server.write(b"one"), server.write(b"two")
    ciphertext, wrap = server.entries[bad]
    server.entries[bad] = (ciphertext, wrap[:-1] + bytes([wrap[-1] ^ 1]))
    made = set()
    for _ in range(3):
        listed = [(CASE, entry, wrap) for entry, (_, wrap) in server.entries.items()]
        wraps = replace(server.wraps(), wraps=tuple(listed))
        answer = rewrap_file(machine.open(), wraps, DAY)
        assert ((bad,), [good]) == (answer.unopened, [entry for entry, _, _ in answer.wraps])
        server.apply(answer)
        made.add(answer.public.id)
        left = rewrap_file(machine.open(), replace(wraps, wraps=tuple(listed[1:])), DAY)
        assert answer.public == left.public, "what opens and is not under the active key goes first"
    assert 3 == len(made)
    assert [None, b"two"] == open_case(machine.open(), server.export())


def test_a_case_keyring_serves_the_first_server_that_it_hears_of(server: Server, machine: Machine) -> None:
    server.write(b"one")
    challenge, _ = Challenge.make(server.vault.instance, machine.public())
    challenge.answer(machine.open())
    server.apply(rewrap_file(machine.open(), server.wraps(), DAY))
    before = machine.path.read_bytes()
    other = replace(server.wraps(), instance=b"o" * 16)
    for refused in (
        lambda: rewrap_file(machine.open(), other, DAY),
        lambda: Challenge.make(other.instance, machine.public())[0].answer(machine.open()),
    ):
        with pytest.raises(KeyringError, match="serves another server"):
            refused()
    assert before == machine.path.read_bytes()
    machine.open().with_passphrase(PASSPHRASE, CHEAP)
    assert server.vault.instance == machine.open().keys.serves


def test_only_who_holds_the_private_half_answers_a_challenge(
    server: Server, machine: Machine, home: Home
) -> None:
    asked, digest = Challenge.make(server.vault.instance, machine.public())
    proof = asked.answer(machine.open())
    first = machine.public()
    assert proves(digest, server.vault.instance, first, proof)
    assert asked.answer(fresh_pair(machine.open(), DAY)) == proof
    for instance, public, said in (
        (bytes(16), first, proof),
        (server.vault.instance, machine.public(), proof),
        (server.vault.instance, first, proof[:-1] + ("0" if proof[-1] != "0" else "1")),
        (server.vault.instance, first, ""),
        (server.vault.instance, first, "no proof"),
    ):
        assert not proves(digest, instance, public, said)
    for wrong in (replace(asked, id=PUBLIC.id), replace(asked, sealed=asked.sealed[:-1]), replace(asked, sealed=b"")):
        with pytest.raises(KeyringError, match="does not open the challenge"):
            wrong.answer(machine.open())
    with pytest.raises(KeyringError, match="is a server's"):
        asked.answer(open_keyring(home.keyring, home.passphrase))


def test_a_key_kept_elsewhere_that_still_stands_here_is_the_active_one_again(
    server: Server, machine: Machine, home: Home
) -> None:
    server.write(b"one")
    theirs = machine.public()
    server.vault.rotate(DAY)
    for other in (CasePublic(theirs.id, PUBLIC.public), server.vault.case_public):
        with pytest.raises(KeyringError, match="in the keyring already"):
            server.vault.rotate(DAY, other)
    server.vault.rotate(DAY, theirs)
    server.vault.retire(server.vault.sources)
    assert (Custody.OFFLINE, theirs) == (home.open().custody, home.open().case_public)
    assert [b"one"] == open_case(machine.open(), server.export())


def test_without_any_case_a_new_pair_is_made_all_the_same(server: Server, machine: Machine) -> None:
    answer = rewrap_file(machine.open(), server.wraps(), DAY)
    assert (2, ()) == (len(machine.ids()), answer.wraps)
    server.apply(answer)
    server.write(b"one")
    assert [b"one"] == open_case(machine.open(), server.export())


def test_the_way_back(server: Server, machine: Machine, home: Home) -> None:
    entry = server.write(b"one")
    server.vault.rotate(DAY)
    answer = rewrap_file(machine.open(), server.wraps(), DAY, to=server.vault.case_public)
    assert (server.vault.case_public, Holder.SERVER, 1) == (answer.public, answer.to, len(machine.ids()))
    server.apply(answer)
    assert server.vault.open_entry(CASE, entry, *server.entries[entry]) == b"one"
    assert (Custody.SERVER, b"one") == (
        home.open().custody,
        home.open().open_entry(CASE, entry, *server.entries[entry]),
    )


def test_a_pair_that_can_not_be_saved_is_not_used(server: Server, machine: Machine) -> None:
    server.write(b"one")
    keyring, before = machine.open(), machine.ids()
    machine.path.with_name("case-keyring.new").mkdir()
    with pytest.raises(KeyringError):
        rewrap_file(keyring, server.wraps(), DAY)
    assert before == machine.ids()


def test_each_keyring_has_its_own_place(server: Server, home: Home, machine: Machine) -> None:
    with pytest.raises(KeyringError) as refused:
        open_vault(machine.path, home.day_keys, PASSPHRASE)
    assert f"keyring {machine.path} holds case keys alone" == str(refused.value)
    with pytest.raises(KeyringError) as refused:
        rewrap_file(open_keyring(home.keyring, home.passphrase), server.wraps(), DAY)
    assert f"keyring {home.keyring} is a server's" == str(refused.value)


def test_the_recovery_seed_of_a_case_keyring_opens_it(tmp_path: Path) -> None:
    path = tmp_path / "case-keyring"
    seed = create_case_keyring(path, PASSPHRASE, kdf=CHEAP)
    assert [Kind.CASE] == [key.known.kind for key in open_keyring(path, recovery=seed).keys.all]
    open_keyring(path, recovery=seed).with_passphrase("другие слова", CHEAP)
    open_keyring(path, "другие слова")


def test_a_public_key_travels_as_text(tmp_path: Path) -> None:
    path = tmp_path / "public"
    write_public(path, PUBLIC)
    assert ["qorgan public case key 1", PUBLIC.id.hex()] == path.read_text().splitlines()[:2]
    assert (PUBLIC, PUBLIC.fingerprint) == (read_public(path), read_public(path).fingerprint)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert PUBLIC == read_public(path)


def test_a_public_key_replaces_no_file(tmp_path: Path) -> None:
    path = tmp_path / "public"
    path.write_bytes(b"keyring")
    with pytest.raises(KeyringError) as refused:
        write_public(path, PUBLIC)
    assert (f"{path} exists already", b"keyring") == (str(refused.value), path.read_bytes())
    with pytest.raises(KeyringError):
        write_public(tmp_path / "no" / "public", PUBLIC)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: b"",
        lambda text: b"\xff" + text,
        lambda text: text[:-10],
        lambda text: text.replace(b"key 1", b"key 2"),
        lambda text: text.replace(PUBLIC.id.hex().encode(), b"00"),
        lambda text: text + b"more\n",
        lambda text: text.replace(b"\n", b" "),
    ],
)
def test_what_is_no_public_key_is_one_line(tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "public"
    write_public(path, PUBLIC)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(KeyringError) as refused:
        read_public(path)
    assert str(refused.value) in (f"{path} is not a public case key", "this is not a public case key")
    path.unlink()
    with pytest.raises(KeyringError) as refused:
        read_public(path)
    assert f"{path} can't be read: no such file or directory" == str(refused.value)


CHALLENGE = Challenge(b"i" * 16, PUBLIC.id, b"sealed")
FILES = [(SealedCase, SEALED), (WrapsFile, WRAPS), (Rewrapped, REWRAPPED), (Challenge, CHALLENGE)]


@pytest.mark.parametrize("kind, file", FILES)
def test_a_file_arrives_as_it_was_sent(kind: type[SealedCase], file: SealedCase) -> None:
    assert file == kind.read(file.write())


@pytest.mark.parametrize("kind, file", FILES)
def test_a_file_of_another_kind_or_format_is_named(kind: type[SealedCase], file: SealedCase) -> None:
    for other, _ in FILES:
        if other is not kind:
            with pytest.raises(KeyringError, match="this is not a file of the kind"):
                other.read(file.write())
    name, rest = file.write().split(b"\n\1", 1)
    with pytest.raises(KeyringError, match="file has format 2, this program reads format 1"):
        kind.read(name + b"\n\2" + rest)


@given(st.sampled_from(FILES), st.integers(0), st.integers(0, 7), st.booleans())
def test_a_file_that_was_cut_or_altered_is_refused(
    chosen: tuple[type[SealedCase], SealedCase], byte: int, bit: int, cut: bool
) -> None:
    kind, file = chosen
    whole = bytearray(file.write())
    byte %= len(whole)
    if cut:
        del whole[byte:]
    else:
        whole[byte] ^= 1 << bit
    with pytest.raises(KeyringError) as refused:
        kind.read(bytes(whole))
    for words in (str(refused.value), refused.value.hint):
        assert words and "\n" not in words and not words.endswith(".")
