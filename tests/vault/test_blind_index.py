"""A row is found by its value, and the digest says nothing else."""

from __future__ import annotations

import hashlib
import hmac

from hypothesis import assume, given
from hypothesis import strategies as st

from bot.vault.blind_index import blind_index
from bot.vault.sealing import SymmetricKey

KEY = SymmetricKey(b"key-id-1", b"k" * 32)
INSTANCE = bytes(16)


@given(st.text(max_size=8), st.binary(max_size=8), st.text(max_size=8), st.binary(max_size=8))
def test_only_the_same_label_and_value_give_the_same_digest(
    label: str, value: bytes, other_label: str, other: bytes
) -> None:
    assume((label, value) != (other_label, other))
    index = blind_index(KEY, INSTANCE, label, value)
    assert index == blind_index(KEY, INSTANCE, label, value)
    assert index != blind_index(KEY, INSTANCE, other_label, other)


def test_another_key_or_instance_gives_another_digest() -> None:
    digests = {
        blind_index(key, instance, "person", b"1").digest
        for key in (KEY, SymmetricKey(KEY.id, b"x" * 32), SymmetricKey(b"key-id-2", KEY.secret))
        for instance in (INSTANCE, b"i" * 16)
    }
    assert len(digests) == 6


def test_the_digest_is_the_one_of_the_written_format() -> None:
    message = b"".join(
        len(value).to_bytes(4, "big") + value
        for value in [b"qorgan blind index", b"\1", INSTANCE, KEY.id, b"person", b"12345"]
    )
    index = blind_index(KEY, INSTANCE, "person", b"12345")
    assert (KEY.id, hmac.digest(KEY.secret, message, hashlib.sha256)) == (index.key_id, index.digest)
