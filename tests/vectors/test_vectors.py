"""What was written in format 1 opens for ever: files and envelopes of a throwaway instance."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path

import pytest

from bot.vault import Place, Vault, open_vault

VECTORS = json.loads(Path(__file__).with_name("first.json").read_text(encoding="utf-8"))
CASE, ENTRY, ROW = b"c" * 16, b"e" * 16, b"r" * 16
CONTENT = VECTORS["content"].encode()


def vector(name: str) -> bytes:
    return b64decode(VECTORS[name])


@pytest.fixture(params=["passphrase", "recovery"])
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Vault:
    keyring, day_keys = tmp_path / "keyring", tmp_path / "day-keys"
    for path, name in [(keyring, "keyring"), (day_keys, "day_keys")]:
        path.touch(mode=0o600)
        path.write_bytes(vector(name))
    if request.param == "recovery":
        return open_vault(keyring, day_keys, recovery=vector("recovery"))
    return open_vault(keyring, day_keys, VECTORS["passphrase"])


def test_rows_open(vault: Vault) -> None:
    assert vault.open(Place("cases", "head", ROW, CASE, "head"), vector("row")) == CONTENT
    assert vault.open(Place("chats", "draft", ROW), vector("draft")) == CONTENT


def test_an_entry_opens(vault: Vault) -> None:
    assert vault.open_entry(CASE, ENTRY, vector("ciphertext"), vector("wrap")) == CONTENT


def test_a_person_is_found(vault: Vault) -> None:
    assert vault.index("person", VECTORS["person"].encode()).digest == vector("digest")
