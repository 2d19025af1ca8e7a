"""Enough word shares give the recovery seed back; fewer give nothing, and a bad one is one clear line."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shamir_mnemonic import MnemonicError, combine_mnemonics

from bot.vault import KeyringError, Shares, open_keyring, open_vault, split
from bot.vault.shares import WORDS

from .conftest import CHEAP, Home

SEED = bytes(range(32))
PUBLISHED = json.loads((Path(__file__).parent / "slip39_vectors.json").read_text())["vectors"]
SET = split(SEED, 5, 3)


def refusal(shares: Shares, words: str) -> str:
    with pytest.raises(KeyringError) as refused:
        shares.add(words)
    for said in (str(refused.value), refused.value.hint):
        assert said and "\n" not in said and not said.endswith(".")
    return str(refused.value)


def joined(shares: list[str], passphrase: bytes = b"") -> bytes:
    given = Shares(passphrase)
    for words in shares:
        given.add(words)
    return given.seed()


@pytest.mark.parametrize("name, shares, secret", PUBLISHED, ids=[name for name, *_ in PUBLISHED])
def test_the_library_agrees_with_the_published_vectors(name: str, shares: list[str], secret: str) -> None:
    if secret:
        assert bytes.fromhex(secret) == combine_mnemonics(shares, b"TREZOR")
    else:
        with pytest.raises(MnemonicError):
            combine_mnemonics(shares, b"TREZOR")


OF_OURS = [one for one in PUBLISHED if one[0].split(".")[0] in ("20", "23", "44", "45")]


@pytest.mark.parametrize("name, shares, secret", OF_OURS)
def test_published_shares_of_our_kind_give_the_published_seed(name: str, shares: list[str], secret: str) -> None:
    assert bytes.fromhex(secret) == joined(shares, b"TREZOR")


@pytest.mark.parametrize("name, shares, secret", [one for one in PUBLISHED if one not in OF_OURS])
def test_all_other_published_shares_are_refused_in_one_line(name: str, shares: list[str], secret: str) -> None:
    with pytest.raises(KeyringError) as refused:
        joined(shares, b"TREZOR")
    assert "\n" not in str(refused.value)


@settings(max_examples=30)
@given(st.binary(min_size=32, max_size=32), st.integers(2, 16), st.integers(0, 14), st.randoms())
def test_any_sufficient_shares_in_any_order_give_the_seed(
    seed: bytes, threshold: int, more: int, chance: Random
) -> None:
    shares = split(seed, min(16, threshold + more), threshold)
    chance.shuffle(shares)
    assert seed == joined(shares[:threshold])


def test_every_three_of_five_open_and_no_two(home: Home) -> None:
    """The whole way: the passphrase is lost, three holders of shares set a new one."""
    shares = split(home.recovery, 5, 3)
    for chosen in combinations(shares, 3):
        assert home.recovery == joined(list(chosen))
    for chosen in combinations(shares, 2):
        with pytest.raises(KeyringError):
            joined(list(chosen))
    open_keyring(home.keyring, recovery=joined(shares[2:])).with_passphrase("новые слова", CHEAP)
    assert open_vault(home.keyring, home.day_keys, "новые слова").generation == 2


def test_one_share_opens_nothing() -> None:
    shares = Shares()
    with pytest.raises(KeyringError):
        shares.seed()
    assert (1, 3) == shares.add(SET[0])
    with pytest.raises(KeyringError) as refused:
        shares.seed()
    assert "1 of 3 shares are there" == str(refused.value)


def test_shares_are_counted_and_more_than_needed_do_no_harm() -> None:
    shares = Shares()
    assert [(1, 3), (2, 3), (3, 3), (4, 3)] == [shares.add(words) for words in SET[:4]]
    assert SEED == shares.seed()


def test_a_share_is_taken_as_it_was_typed() -> None:
    shares = Shares()
    for words in SET[:3]:
        shares.add("  " + words.upper().replace(" ", "\n", 20) + "\t")
    assert SEED == shares.seed()


def test_a_word_that_is_none_is_named_by_its_place() -> None:
    words = SET[0].split()
    words[6] = "zebraa"
    assert "word 7 is not in the list of words" == refusal(Shares(), " ".join(words))


def test_a_wrong_word_or_a_wrong_order_does_not_fit() -> None:
    words = SET[0].split()
    wrong = [*words[:10], "academic" if words[10] != "academic" else "acid", *words[11:]]
    swapped = [*words[:8], *reversed(words[8:])]
    for altered in (wrong, swapped):
        assert "the words do not fit together" == refusal(Shares(), " ".join(altered))


@pytest.mark.parametrize("number", [0, 1, 20, WORDS - 1])
def test_a_share_that_is_not_whole_is_counted(number: int) -> None:
    assert f"a share has 33 words, these are {number}" == refusal(Shares(), " ".join(SET[0].split()[:number]))


def test_two_shares_in_one_are_counted() -> None:
    assert "a share has 33 words, these are 66" == refusal(Shares(), SET[0] + " " + SET[1])


def test_the_same_share_counts_once() -> None:
    shares = Shares()
    shares.add(SET[0])
    assert "this share was given already" == refusal(shares, SET[0].upper())
    assert (2, 3) == shares.add(SET[1])


@pytest.mark.parametrize("other", [split(SEED, 5, 3), split(SEED, 5, 2), split(bytes(32), 5, 3)])
def test_a_share_of_another_set_is_refused_and_the_set_goes_on(other: list[str]) -> None:
    shares = Shares()
    shares.add(SET[0])
    assert "this share belongs to another set" == refusal(shares, other[1])
    shares.add(SET[1])
    shares.add(SET[2])
    assert SEED == shares.seed()


@pytest.mark.parametrize("shares, threshold", [(5, 1), (1, 1), (2, 3), (17, 3), (0, 0), (5, -1)])
def test_numbers_that_can_not_be_are_refused(shares: int, threshold: int) -> None:
    with pytest.raises(KeyringError) as refused:
        split(SEED, shares, threshold)
    assert f"{threshold} of {shares} shares can't be made" == str(refused.value)


def test_what_is_no_seed_is_not_split() -> None:
    with pytest.raises(ValueError):
        split(bytes(16), 5, 3)


def test_nothing_of_a_share_is_shown() -> None:
    shares = Shares()
    shares.add(SET[0])
    assert "<Shares: 1 given>" == repr(shares)
