"""Six words find a case and prove it, a code word opens a chat, and what is kept of either says nothing else."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.vault import KeyringError, Kind, Vault, create_keyring, open_keyring
from bot.vault.keys import Keys, fresh_key
from bot.vault.verifiers import FINDING, WORDS

from .conftest import CHEAP, Home

DAY = date(2026, 3, 2)
CODE = ("река", "сарай", "тыква", "облако", "якорь", "гвоздь")
CASE = b"c" * 16
CODES = st.lists(st.sampled_from(["алма", "бал", "балал", "ма", ""]), min_size=WORDS, max_size=WORDS)


def with_keys(home: Home, change: Callable[[Keys], Keys]) -> None:
    """The keyring as its next generation, written by another hand."""
    keyring = open_keyring(home.keyring, home.passphrase)
    keyring.save(change(keyring.keys))


def without_return_key(keys: Keys) -> Keys:
    return replace(keys, all=tuple(key for key in keys.all if key.known.kind is not Kind.RETURN))


@given(CODES, CODES)
def test_the_first_two_words_find_and_the_others_prove(vault: Vault, code: list[str], other: list[str]) -> None:
    assume(code != other)
    found = vault.return_finder(code) == vault.return_finder(other)
    assert found == (code[:FINDING] == other[:FINDING])
    proof = vault.return_proof(code, CASE)
    assert vault.proves(code, CASE, proof)
    assert vault.proves(other, CASE, proof) == (code[FINDING:] == other[FINDING:])


def test_words_are_not_run_together(vault: Vault) -> None:
    assert vault.return_finder(["ab", "c", *CODE[2:]]) != vault.return_finder(["a", "bc", *CODE[2:]])
    one, other = ([*CODE[:2], *words, "d", "e"] for words in (("ab", "c"), ("a", "bc")))
    assert not vault.proves(one, CASE, vault.return_proof(other, CASE))


def test_a_proof_is_good_for_its_case_alone(vault: Vault) -> None:
    assert not vault.proves(CODE, b"d" * 16, vault.return_proof(CODE, CASE))


def test_another_installation_s_words_find_and_prove_nothing_here(new_home: Callable[[str], Home]) -> None:
    one, other = new_home("one").open(), new_home("other").open()
    assert one.return_finder(CODE).digest != other.return_finder(CODE).digest
    assert not other.proves(CODE, CASE, one.return_proof(CODE, CASE))
    assert not other.verifies("слово", CASE, one.word_verifier("слово", CASE, CHEAP))


@pytest.mark.parametrize("words", [(), CODE[:5], (*CODE, "река")])
def test_a_code_has_six_words_or_is_refused(vault: Vault, words: Sequence[str]) -> None:
    for made in (vault.return_finder, lambda words: vault.return_proof(words, CASE)):
        with pytest.raises(ValueError):
            made(words)


@given(st.text(min_size=1), st.text(), st.binary(max_size=20), st.binary(max_size=20))
def test_only_the_word_opens_and_only_what_it_was_set_for(
    vault: Vault, word: str, other: str, chat: bytes, elsewhere: bytes
) -> None:
    verifier = vault.word_verifier(word, chat, CHEAP)
    assert vault.verifies(word, chat, verifier)
    assert vault.verifies(other, chat, verifier) == (word == other)
    assert vault.verifies(word, elsewhere, verifier) == (chat == elsewhere)


def test_the_same_word_twice_looks_different(vault: Vault) -> None:
    one, other = (vault.word_verifier("слово", CASE, CHEAP) for _ in range(2))
    assert one != other and one[21:37] != other[21:37]


def test_a_code_word_costs_what_its_verifier_says(vault: Vault) -> None:
    """19 MiB, two passes, one lane, unless told otherwise; so a later version may ask for more."""
    verifier = vault.word_verifier("слово", CASE)
    assert [19 * 1024, 2, 1] == [int.from_bytes(verifier[at : at + 4], "big") for at in (9, 13, 17)]
    assert vault.verifies("слово", CASE, verifier)


def test_an_empty_code_word_is_refused(vault: Vault) -> None:
    with pytest.raises(ValueError):
        vault.word_verifier("", CASE, CHEAP)


@given(st.integers(0, 68), st.integers(1, 255))
def test_what_was_altered_opens_nothing(vault: Vault, at: int, flip: int) -> None:
    """Nor can it use up the machine: costs out of range are not tried."""

    def altered(stored: bytes) -> bytes:
        at_ = at % len(stored)
        return stored[:at_] + bytes([stored[at_] ^ flip]) + stored[at_ + 1 :]

    verifier = vault.word_verifier("слово", CASE, CHEAP)
    if not 9 <= at < 21:
        assert not vault.verifies("слово", CASE, altered(verifier))
    assert not vault.proves(CODE, CASE, altered(vault.return_proof(CODE, CASE)))
    assert not vault.verifies("слово", CASE, verifier[:9] + b"\xff" * 12 + verifier[21:])


def test_cut_anywhere_it_opens_nothing_and_breaks_nothing(vault: Vault) -> None:
    verifier, proof = vault.word_verifier("слово", CASE, CHEAP), vault.return_proof(CODE, CASE)
    for length in range(len(verifier)):
        assert not vault.verifies("слово", CASE, verifier[:length])
    for length in range(len(proof)):
        assert not vault.proves(CODE, CASE, proof[:length])


def test_finder_and_proof_are_those_of_the_written_format(home: Home) -> None:
    vault, keys = home.open(), open_keyring(home.keyring, home.passphrase).keys
    key = keys.active(Kind.RETURN)

    def digest(*values: bytes) -> bytes:
        message = b"".join(len(value).to_bytes(4, "big") + value for value in values)
        return hmac.digest(key.secret, message, hashlib.sha256)

    words, about = [word.encode() for word in CODE], (b"\1", keys.instance, key.known.id)
    finder = vault.return_finder(CODE)
    assert (key.known.id, digest(b"qorgan return finder", *about, *words[:2])) == (finder.key_id, finder.digest)
    proof = b"\1" + key.known.id + digest(b"qorgan return proof", *about, CASE, *words[2:])
    assert proof == vault.return_proof(CODE, CASE)


def test_what_stands_under_a_former_return_key_is_found_and_proved_still(home: Home) -> None:
    before = home.open()
    finder, proof = before.return_finder(CODE), before.return_proof(CODE, CASE)
    verifier = before.word_verifier("слово", CASE, CHEAP)
    with_keys(home, lambda keys: keys.rotated(fresh_key(Kind.RETURN, DAY)))
    vault = home.open()
    assert vault.return_finder(CODE).key_id != finder.key_id
    assert [vault.return_finder(CODE), finder] == list(vault.return_finders(CODE))
    assert vault.proves(CODE, CASE, proof) and vault.verifies("слово", CASE, verifier)


def test_a_keyring_of_the_first_version_gets_its_return_key_as_its_next_generation(home: Home) -> None:
    with_keys(home, without_return_key)
    vault = home.open()
    assert vault.return_finders(CODE) == ()
    assert not vault.proves(CODE, CASE, b"\1" + bytes(40)) and not vault.verifies("слово", CASE, b"\1" + bytes(68))
    for refused in (lambda: vault.return_finder(CODE), lambda: vault.word_verifier("слово", CASE, CHEAP)):
        with pytest.raises(KeyringError):
            refused()
    generation, known = vault.generation, vault.keys()
    assert vault.complete(DAY) and not vault.complete(DAY)
    assert generation + 1 == vault.generation
    assert known == vault.keys()[:-1] and (Kind.RETURN, DAY) == (vault.keys()[-1].kind, vault.keys()[-1].created)
    assert home.open().proves(CODE, CASE, vault.return_proof(CODE, CASE))
    assert open_keyring(home.keyring, recovery=home.recovery).keys.of(Kind.RETURN)


def test_two_who_complete_a_keyring_make_one_key(home: Home) -> None:
    """The second, who read it before, is told that it was changed; once it has taken it up, nothing is missing."""
    with_keys(home, without_return_key)
    one, other = home.open(), home.open()
    assert one.complete(DAY)
    with pytest.raises(KeyringError):
        other.complete(DAY)
    other.refresh()
    assert not other.complete(DAY)
    assert one.return_finder(CODE) == other.return_finder(CODE)


def test_of_a_case_keyring_there_is_no_return_key(tmp_path: Path) -> None:
    create_keyring(tmp_path / "keyring", "a passphrase", kdf=CHEAP, kinds=(Kind.CASE,))
    assert open_keyring(tmp_path / "keyring", "a passphrase").keys.of(Kind.RETURN) == ()


def test_going_offline_leaves_the_return_key(home: Home, new_home: Callable[[str], Home]) -> None:
    vault = home.open()
    finder = vault.return_finder(CODE)
    vault.rotate(DAY, new_home("coordinators").open().case_public)
    assert finder == vault.return_finder(CODE) == home.open().return_finder(CODE)
