"""Code that shares nothing with ours opens what ours seals, and refuses what was touched."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from bot.vault import (
    CasePublic,
    Kdf,
    Kind,
    Place,
    Purpose,
    SealedCase,
    SealedFileEntry,
    create_case_keyring,
    create_keyring,
    open_keyring,
    open_vault,
)
from tests.independent import decryptor
from tests.independent.decryptor import Opened, Refused

PASSPHRASE = "семь тихих слов"


@dataclass(frozen=True)
class Fresh:
    """An instance made a moment ago by our own code, as bytes."""

    keyring: bytes
    day_keys: bytes
    recovery: bytes
    case: bytes
    entry: bytes
    ciphertext: bytes
    wrap: bytes
    head: bytes
    draft: bytes

    def open(self) -> Opened:
        return decryptor.open_day_keys(self.day_keys, decryptor.open_keyring(self.keyring, PASSPHRASE))


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    folder = tmp_path_factory.mktemp("fresh")
    recovery = create_keyring(folder / "keyring", PASSPHRASE, kdf=Kdf(8, 1, 1))
    vault = open_vault(folder / "keyring", folder / "day-keys", PASSPHRASE)
    case, entry = os.urandom(16), os.urandom(16)
    sealed = vault.seal_entry(case, entry, b"an answer", size=256)
    head_place, draft_place = Place("cases", "head", case, case, "head"), Place("chats", "draft", entry, b"", "draft")
    day = date(2026, 3, 2)
    head = vault.seal(Purpose.SERVER, head_place, b"a head", step=256, day=day)
    draft = vault.seal(Purpose.DRAFT, draft_place, b"a draft", step=256, day=day)
    keyring, day_keys = (folder / "keyring").read_bytes(), (folder / "day-keys").read_bytes()
    return Fresh(keyring, day_keys, recovery, case, entry, sealed.ciphertext, sealed.wrap, head, draft)


def test_it_is_built_of_primitives_alone() -> None:
    """Nothing of ours, and not the library's HPKE."""
    tree = ast.parse(Path(decryptor.__file__).read_text(encoding="utf-8"))
    modules = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    ours = {module for module in modules if module.split(".")[0] in ("bot", "tests") or "hpke" in module}
    assert ours == set()


def test_a_case_made_a_moment_ago_opens(fresh: Fresh) -> None:
    by_recovery = decryptor.open_keyring(fresh.keyring, recovery=fresh.recovery)
    for keys in (fresh.open(), decryptor.open_day_keys(fresh.day_keys, by_recovery)):
        opened = decryptor.open_entry(keys, fresh.case, fresh.entry, fresh.ciphertext, fresh.wrap)
        assert opened == b"an answer"
        head = decryptor.open_row(keys, fresh.head, "cases", "head", fresh.case, case=fresh.case, purpose="head")
        assert head == b"a head"
        draft = decryptor.open_row(keys, fresh.draft, "chats", "draft", fresh.entry, purpose="draft")
        assert draft == b"a draft"


def test_a_case_that_travels_opens_and_no_damaged_byte_of_its_file_passes(tmp_path: Path) -> None:
    create_case_keyring(tmp_path / "case-keyring", PASSPHRASE, kdf=Kdf(8, 1, 1))
    stored = (tmp_path / "case-keyring").read_bytes()
    key = open_keyring(tmp_path / "case-keyring", PASSPHRASE).keys.active(Kind.CASE)
    create_keyring(tmp_path / "keyring", "of the server", kdf=Kdf(8, 1, 1))
    vault = open_vault(tmp_path / "keyring", tmp_path / "day-keys", "of the server")
    vault.rotate(date(2026, 3, 2), CasePublic(key.known.id, key.public))
    case, entry = os.urandom(16), os.urandom(16)
    sealed = vault.seal_entry(case, entry, b"an answer", size=64)
    entries = (SealedFileEntry(entry, 1, sealed.ciphertext, sealed.wrap),)
    file = SealedCase(vault.instance, case, entries).write()
    keys = decryptor.open_keyring(stored, PASSPHRASE)
    assert decryptor.open_sealed_case(keys, file) == [b"an answer"]
    for damaged in _damaged(file):
        with pytest.raises(Refused):
            decryptor.open_sealed_case(keys, damaged)


def test_each_of_our_public_keys_belongs_to_its_seed(fresh: Fresh) -> None:
    keys = fresh.open()
    public = {bytes.fromhex(one["id"]): one["public"] for one in keys.content["keys"] if one["kind"] == "case"}
    assert public == {key: decryptor.public_key(seed).hex() for key, seed in keys.case.items()}
    assert keys.content["recovery"] == decryptor.public_key(fresh.recovery).hex()


def test_every_damaged_byte_of_a_keyring_is_refused(fresh: Fresh) -> None:
    for damaged in _damaged(fresh.keyring):
        with pytest.raises(Refused):
            decryptor.open_keyring(damaged, PASSPHRASE)
    for damaged in _damaged(fresh.keyring, every=7):
        with pytest.raises(Refused):
            decryptor.open_keyring(damaged, recovery=fresh.recovery)


def test_every_damaged_byte_of_anything_else_is_refused(fresh: Fresh) -> None:
    keys, case, entry = fresh.open(), fresh.case, fresh.entry

    def row(envelope: bytes, table: str, column: str, row: bytes, case: bytes = b"") -> bytes:
        return decryptor.open_row(keys, envelope, table, column, row, case=case, purpose=column)

    openings: list[tuple[bytes, Callable[[bytes], object]]] = [
        (fresh.day_keys, lambda damaged: decryptor.open_day_keys(damaged, keys)),
        (fresh.wrap, lambda damaged: decryptor.open_entry(keys, case, entry, fresh.ciphertext, damaged)),
        (fresh.ciphertext, lambda damaged: decryptor.open_entry(keys, case, entry, damaged, fresh.wrap)),
        (fresh.head, lambda damaged: row(damaged, "cases", "head", case, case)),
        (fresh.draft, lambda damaged: row(damaged, "chats", "draft", entry)),
    ]
    for whole, opening in openings:
        opening(whole)
        for damaged in _damaged(whole):
            with pytest.raises(Refused):
                opening(damaged)


@pytest.mark.parametrize(
    "moved",
    [
        {"table": "chats"},
        {"column": "draft"},
        {"row": b"r" * 16},
        {"case": b"c" * 16},
        {"case": b""},
        {"purpose": "address"},
    ],
)
def test_a_moved_row_is_refused(fresh: Fresh, moved: dict[str, object]) -> None:
    place = {"table": "cases", "column": "head", "row": fresh.case, "case": fresh.case, "purpose": "head"}
    assert decryptor.open_row(fresh.open(), fresh.head, **place)
    with pytest.raises(Refused):
        decryptor.open_row(fresh.open(), fresh.head, **{**place, **moved})


def _damaged(whole: bytes, every: int = 1) -> Iterator[bytes]:
    """One bit of each byte turned, and some of the end cut off."""
    for at in range(0, len(whole), every):
        yield whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
    for length in (0, 1, 8, 9, 21, len(whole) // 2, len(whole) - 1):
        yield whole[:length]
