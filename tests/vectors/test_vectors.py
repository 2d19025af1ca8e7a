"""What was written in format 1 opens for ever: files and envelopes of throwaway instances.

Each opens by our own code and by the decryptor that shares none with it.
"""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from bot.store import audit
from bot.vault import Place, Vault, open_vault
from bot.vault.sealing import fields
from tests.independent import decryptor
from tests.independent.decryptor import Opened

FOLDER = Path(__file__).parent
FIRST = json.loads((FOLDER / "first.json").read_text(encoding="utf-8"))
INSTANCE = json.loads((FOLDER / "instance.json").read_text(encoding="utf-8"))
WORDS = json.loads((FOLDER / "words.json").read_text(encoding="utf-8"))
INSTANCE_ID = bytes.fromhex(INSTANCE["instance"])
CASE_ID = bytes.fromhex(INSTANCE["case"]["id"])
ROWS = [*INSTANCE["rows"], *INSTANCE["audit"]]


@pytest.fixture(params=["passphrase", "recovery"])
def first(request: pytest.FixtureRequest, tmp_path: Path) -> Vault:
    recovery = b64decode(FIRST["recovery"]) if request.param == "recovery" else None
    return _vault(tmp_path, FIRST, recovery)


@pytest.fixture(params=["passphrase", "recovery"])
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Vault:
    recovery = bytes.fromhex(INSTANCE["recovery"]) if request.param == "recovery" else None
    return _vault(tmp_path, INSTANCE, recovery)


@pytest.fixture(params=["passphrase", "recovery"])
def keys(request: pytest.FixtureRequest) -> Opened:
    keyring, day_keys = b64decode(INSTANCE["keyring"]), b64decode(INSTANCE["day_keys"])
    if request.param == "recovery":
        opened = decryptor.open_keyring(keyring, recovery=bytes.fromhex(INSTANCE["recovery"]))
    else:
        opened = decryptor.open_keyring(keyring, INSTANCE["passphrase"])
    return decryptor.open_day_keys(day_keys, opened)


def test_the_first_files_open(first: Vault) -> None:
    case, entry, row, content = b"c" * 16, b"e" * 16, b"r" * 16, FIRST["content"].encode()
    sealed = {name: b64decode(FIRST[name]) for name in ("row", "draft", "ciphertext", "wrap", "digest")}
    assert content == first.open(Place("cases", "head", row, case, "head"), sealed["row"])
    assert content == first.open(Place("chats", "draft", row), sealed["draft"])
    assert content == first.open_entry(case, entry, sealed["ciphertext"], sealed["wrap"])
    assert sealed["digest"] == first.index("person", FIRST["person"].encode()).digest


def test_every_kind_of_row_opens(vault: Vault) -> None:
    for row in ROWS:
        identifier, case = bytes.fromhex(row["row"]), bytes.fromhex(row["case"])
        place = Place(row["table"], row["column"], identifier, case, row["purpose"])
        assert row["content"].encode() == vault.open(place, b64decode(row["envelope"]))


def test_every_kind_of_row_opens_elsewhere(keys: Opened) -> None:
    for row in ROWS:
        place = {"case": bytes.fromhex(row["case"]), "purpose": row["purpose"]}
        opened = decryptor.open_row(
            keys, b64decode(row["envelope"]), row["table"], row["column"], bytes.fromhex(row["row"]), **place
        )
        assert row["content"].encode() == opened


def test_the_case_opens(vault: Vault) -> None:
    for entry, ciphertext, wrap, content in _entries():
        assert content == vault.open_entry(CASE_ID, entry, ciphertext, wrap)


def test_the_case_opens_elsewhere(keys: Opened) -> None:
    for entry, ciphertext, wrap, content in _entries():
        assert content == decryptor.open_entry(keys, CASE_ID, entry, ciphertext, wrap)


def test_blind_indexes_are_found(vault: Vault, keys: Opened) -> None:
    for index in INSTANCE["indexes"]:
        value, key = index["value"].encode(), bytes.fromhex(index["key"])
        assert index["digest"] == vault.index(index["label"], value).digest.hex()
        assert index["digest"] == decryptor.blind_index(keys, key, index["label"], value).hex()


def test_words_that_people_remember_are_recognised(tmp_path: Path) -> None:
    case, code, word = bytes.fromhex(WORDS["case"]), WORDS["code"], WORDS["word"]
    finder, proof = WORDS["finder"], bytes.fromhex(WORDS["proof"])
    vault = _vault(tmp_path, WORDS, bytes.fromhex(WORDS["recovery"]))
    keys = decryptor.open_keyring(b64decode(WORDS["keyring"]), WORDS["passphrase"])
    (index,) = vault.return_finders(code)
    assert (finder["key"], finder["digest"]) == (index.key_id.hex(), index.digest.hex())
    assert finder["digest"] == decryptor.return_finder(keys, index.key_id, code).hex()
    for each in (code, [*code[:5], "сабын"]):
        right = each == code
        assert (right, right) == (vault.proves(each, case, proof), decryptor.return_proof(keys, each, case, proof))
    for verifier in map(bytes.fromhex, WORDS["verifiers"]):
        for each in (word, "қызыл алмұрт"):
            right = each == word
            assert right == vault.verifies(each, case, verifier)
            assert right == decryptor.code_word(keys, each, case, verifier)


def test_the_chain_of_the_audit_log_is_followed() -> None:
    sealed = [b64decode(entry["envelope"]) for entry in INSTANCE["audit"]]
    expected = [entry["hash"] for entry in INSTANCE["audit"]]
    assert expected == [each.hex() for each in decryptor.chain(INSTANCE_ID, sealed)]
    begin, former = fields(audit.LABEL, bytes([audit.VERSION]), INSTANCE_ID), bytes(32)
    for number, (each, chained) in enumerate(zip(sealed, expected, strict=True), 1):
        former = audit.link(begin, former, number, each)
        assert chained == former.hex()


def _vault(folder: Path, vectors: dict[str, Any], recovery: bytes | None) -> Vault:
    for name, file in (("keyring", "keyring"), ("day_keys", "day-keys")):
        if name in vectors:
            (folder / file).touch(mode=0o600)
            (folder / file).write_bytes(b64decode(vectors[name]))
    passphrase = vectors["passphrase"] if recovery is None else None
    return open_vault(folder / "keyring", folder / "day-keys", passphrase, recovery=recovery)


def _entries() -> list[tuple[bytes, bytes, bytes, bytes]]:
    return [
        (bytes.fromhex(one["id"]), b64decode(one["ciphertext"]), b64decode(one["wrap"]), one["content"].encode())
        for one in INSTANCE["case"]["entries"]
    ]
