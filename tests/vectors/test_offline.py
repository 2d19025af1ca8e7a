"""The files of offline custody, as first written, open for ever: a case keyring and what travels."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path

import pytest

from bot.vault import (
    Challenge,
    Holder,
    Keyring,
    Rewrapped,
    SealedCase,
    Shares,
    WrapsFile,
    open_case,
    open_keyring,
    proves,
    read_public,
)
from tests.independent import decryptor

VECTORS = json.loads(Path(__file__).with_name("offline.json").read_text(encoding="utf-8"))
CONTENTS = [content.encode() for content in VECTORS["case"]["contents"]]
RECOVERY = bytes.fromhex(VECTORS["recovery"])


def file(name: str) -> bytes:
    return b64decode(VECTORS[name])


@pytest.fixture(params=["passphrase", "recovery"])
def keyring(request: pytest.FixtureRequest, tmp_path: Path) -> Keyring:
    path = tmp_path / "case-keyring"
    path.touch(mode=0o600)
    path.write_bytes(file("keyring"))
    if request.param == "recovery":
        return open_keyring(path, recovery=RECOVERY)
    return open_keyring(path, VECTORS["passphrase"])


def test_a_sealed_case_opens(keyring: Keyring) -> None:
    assert CONTENTS == open_case(keyring, SealedCase.read(file("sealed_case")))


def test_a_sealed_case_opens_elsewhere() -> None:
    for keys in (
        decryptor.open_keyring(file("keyring"), VECTORS["passphrase"]),
        decryptor.open_keyring(file("keyring"), recovery=RECOVERY),
    ):
        assert CONTENTS == decryptor.open_sealed_case(keys, file("sealed_case"))


def test_the_public_key_is_read_with_its_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "public").write_text(VECTORS["public"], encoding="ascii")
    public = read_public(tmp_path / "public")
    assert (public.id, public.public) == decryptor.read_public(VECTORS["public"])
    assert VECTORS["fingerprint"] == public.fingerprint
    assert VECTORS["fingerprint"] == decryptor.fingerprint(public.id, public.public)


def test_what_was_rewrapped_opens_under_the_key_it_brings(keyring: Keyring) -> None:
    """The keyring of the vectors is the one that was saved when the new pair was made."""
    sealed, done = SealedCase.read(file("sealed_case")), Rewrapped.read(file("rewrapped"))
    new = {(entry, old): wrap for entry, old, wrap in done.wraps}
    moved = [(one.id, one.ciphertext, new[one.id, one.wrap]) for one in sealed.entries]
    case_keys = decryptor.open_keyring(file("keyring"), VECTORS["passphrase"]).case
    assert done.public.id in case_keys
    assert (Holder.COORDINATORS, ()) == (done.to, done.unopened)
    keys = decryptor.Opened(sealed.instance, case_keys)
    assert CONTENTS == [decryptor.open_entry(keys, sealed.case, *each) for each in moved]


def test_the_challenge_is_answered_here_and_elsewhere(keyring: Keyring, tmp_path: Path) -> None:
    """By the pair it was made for, which the keyring of the vectors still has; it serves the server that asked."""
    (tmp_path / "public").write_text(VECTORS["public"], encoding="ascii")
    public, asked = read_public(tmp_path / "public"), Challenge.read(file("challenge"))
    case_keys = decryptor.open_keyring(file("keyring"), VECTORS["passphrase"])
    assert VECTORS["proof"] == asked.answer(keyring) == decryptor.answer(case_keys, file("challenge"))
    assert proves(VECTORS["digest"], asked.instance, public, VECTORS["proof"])
    assert VECTORS["digest"] == decryptor.proof_digest(asked.instance, public.id, public.public, VECTORS["proof"])
    assert asked.instance == keyring.keys.serves


def test_the_wraps_name_what_they_are_for() -> None:
    sealed, listed = SealedCase.read(file("sealed_case")), WrapsFile.read(file("wraps"))
    assert [(sealed.case, one.id, one.wrap) for one in sealed.entries] == list(listed.wraps)
    assert {listed.active: len(listed.wraps)} == dict(listed.counts)
    assert decryptor.unpack("wraps", file("wraps"))["active"] == listed.active.hex()


def test_the_word_shares_give_the_recovery_key() -> None:
    for chosen in ((0, 1), (1, 2), (2, 0)):
        shares = Shares()
        for number in chosen:
            shares.add(VECTORS["shares"][number])
        assert RECOVERY == shares.seed()
