"""Hybrid key pairs are those of the published draft."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes

from bot.vault.errors import Damaged
from bot.vault.hybrid import PUBLIC_SIZE, WRAP_OVERHEAD, PrivateKey, PublicKey, new_seed


def test_a_seed_expands_to_the_key_pair_of_the_published_vector() -> None:
    """The seed of the X-Wing draft's first vector, whose key pair MLKEM768-X25519 shares."""
    shake = hashes.Hash(hashes.SHAKE128(32))
    public = PrivateKey(shake.finalize()).public.raw
    assert bytes.fromhex("e2236b35a8c24b39b10aa1323a96a919a2ced88400633a7b") == public[:24]
    assert len(public) == PUBLIC_SIZE


def test_what_is_wrapped_to_the_public_bytes_opens_with_the_seed() -> None:
    seed = new_seed()
    wrapped = PublicKey(PrivateKey(seed).public.raw).wrap(b"k" * 32, b"info")
    assert len(wrapped) == WRAP_OVERHEAD + 32
    assert PrivateKey(seed).unwrap(wrapped, b"info") == b"k" * 32


@pytest.mark.parametrize("length", [0, 1, 1087, 1088, 1120, 1135, 1167])
def test_a_wrap_of_any_other_length_is_damaged(length: int) -> None:
    key = PrivateKey(new_seed())
    with pytest.raises(Damaged):
        key.unwrap(key.public.wrap(b"k" * 32, b"info")[:length], b"info")


def test_another_seed_or_another_info_does_not_open_it() -> None:
    key = PrivateKey(new_seed())
    wrapped = key.public.wrap(b"k" * 32, b"info")
    with pytest.raises(Damaged):
        PrivateKey(new_seed()).unwrap(wrapped, b"info")
    with pytest.raises(Damaged):
        key.unwrap(wrapped, b"other")


@pytest.mark.parametrize("wrong", [b"", b"k" * 31, b"k" * 33])
def test_keys_of_another_size_are_refused(wrong: bytes) -> None:
    with pytest.raises(ValueError):
        PrivateKey(wrong)
    with pytest.raises(ValueError):
        PublicKey(wrong)
