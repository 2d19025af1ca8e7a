"""An envelope opens in its own place, unaltered, or not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.vault import sealing
from bot.vault.errors import Damaged
from bot.vault.hybrid import PrivateKey
from bot.vault.sealing import Place, SymmetricKey

INSTANCE = bytes(range(16))
KEY = SymmetricKey(b"key-id-1", b"k" * 32)
CASE_KEY_ID = b"case-key"
CASE_KEY = PrivateKey(b"s" * 32)
CASE, ENTRY = b"c" * 16, b"e" * 16

identifiers = st.binary(min_size=0, max_size=20)
names = st.text(max_size=12)
places = st.builds(Place, names, names, identifiers, identifiers, names)
contents = st.binary(max_size=200)


def flipped(envelope: bytes, bit: int) -> bytes:
    altered = bytearray(envelope)
    altered[bit // 8 % len(altered)] ^= 1 << bit % 8
    return bytes(altered)


@given(places, contents)
def test_what_was_sealed_opens_in_its_place(place: Place, content: bytes) -> None:
    envelope = sealing.seal_row(KEY, INSTANCE, place, sealing.pad_in_steps(content, 64))
    assert content == sealing.open_row(KEY, INSTANCE, place, envelope)


@given(places, contents, st.integers(0, 10_000))
def test_any_flipped_bit_is_refused(place: Place, content: bytes, bit: int) -> None:
    envelope = sealing.seal_row(KEY, INSTANCE, place, sealing.pad_in_steps(content, 64))
    with pytest.raises(Damaged):
        sealing.open_row(KEY, INSTANCE, place, flipped(envelope, bit))


@given(places, contents, st.integers(0, 99))
def test_any_cut_is_refused(place: Place, content: bytes, kept: int) -> None:
    envelope = sealing.seal_row(KEY, INSTANCE, place, sealing.pad_in_steps(content, 64))
    with pytest.raises(Damaged):
        sealing.open_row(KEY, INSTANCE, place, envelope[: kept * len(envelope) // 100])


@given(places, places, contents)
def test_moved_to_another_place_it_is_refused(place: Place, other: Place, content: bytes) -> None:
    assume(place != other)
    envelope = sealing.seal_row(KEY, INSTANCE, place, sealing.pad_in_steps(content, 64))
    with pytest.raises(Damaged):
        sealing.open_row(KEY, INSTANCE, other, envelope)


@pytest.mark.parametrize(
    "change",
    [{"table": "other"}, {"column": "other"}, {"row": b"other"}, {"case": b"other"}, {"purpose": "other"}],
)
def test_each_part_of_the_place_is_bound(change: dict[str, Any]) -> None:
    place = Place("chats", "draft", b"row", b"case", "purpose")
    envelope = sealing.seal_row(KEY, INSTANCE, place, sealing.pad(b"content", 64))
    with pytest.raises(Damaged):
        sealing.open_row(KEY, INSTANCE, replace(place, **change), envelope)


def test_another_instance_or_another_key_of_the_same_id_does_not_open_it() -> None:
    place = Place("chats", "draft", b"row")
    envelope = sealing.seal_row(KEY, INSTANCE, place, sealing.pad(b"content", 64))
    with pytest.raises(Damaged):
        sealing.open_row(KEY, bytes(16), place, envelope)
    with pytest.raises(Damaged):
        sealing.open_row(SymmetricKey(KEY.id, b"x" * 32), INSTANCE, place, envelope)


@given(places, places)
def test_two_places_never_share_a_binding(place: Place, other: Place) -> None:
    """A letter moved from one name to its neighbour counts: every part has its length before it."""
    assume(place != other)
    assert sealing.binding(b"label", INSTANCE, KEY.id, place) != sealing.binding(
        b"label", INSTANCE, KEY.id, other
    )


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_contents_of_any_length_are_sealed_to_one_length(one: bytes, other: bytes) -> None:
    assert {64} == {len(sealing.pad(one, 64)), len(sealing.pad(other, 64))}


@given(contents, st.integers(1, 300))
def test_steps_are_whole_and_none_is_wasted(content: bytes, step: int) -> None:
    padded = sealing.pad_in_steps(content, step)
    assert len(padded) % step == 0
    assert len(content) + 4 <= len(padded) < len(content) + 4 + step
    assert content == sealing.unpad(padded)


def test_content_that_does_not_fit_is_refused_without_showing_it() -> None:
    with pytest.raises(ValueError) as refused:
        sealing.pad(b"Almaty, Abay 10" + bytes(46), 64)
    assert "Almaty" not in repr(refused.value)


@pytest.mark.parametrize("padded", [b"", b"\0\0\0", b"\0\0\0\2a", b"\xff\xff\xff\xff", b"\0\0\0\1ab"])
def test_padding_that_was_not_made_here_is_damaged(padded: bytes) -> None:
    with pytest.raises(Damaged):
        sealing.unpad(padded)


@pytest.mark.parametrize(
    "envelope", [b"", b"\1", b"\1key-id-", b"\0key-id-1 and more", b"\2key-id-1 and more"]
)
def test_no_key_is_looked_for_in_what_is_no_envelope(envelope: bytes) -> None:
    with pytest.raises(Damaged):
        sealing.key_id(envelope)


def test_the_same_content_never_gives_the_same_envelope() -> None:
    place = Place("chats", "draft", b"row")
    assert len({sealing.seal_row(KEY, INSTANCE, place, bytes(64)) for _ in range(100)}) == 100


def test_an_envelope_of_the_written_format_opens() -> None:
    """Built by hand from the words of the module, so that someone else's program can build it too."""

    def field(value: bytes) -> bytes:
        return len(value).to_bytes(4, "big") + value

    binding = b"".join(
        map(field, [b"qorgan row", b"\1", INSTANCE, KEY.id, b"cases", b"head", b"case", b"row", b"purpose"])
    )
    padded = b"\0\0\0\5hello" + bytes(23)
    envelope = b"\1" + KEY.id + b"nonce-of-12b" + AESGCM(KEY.secret).encrypt(b"nonce-of-12b", padded, binding)
    place = Place("cases", "head", b"row", b"case", "purpose")
    assert sealing.open_row(KEY, INSTANCE, place, envelope) == b"hello"


def entry_of(content: bytes) -> sealing.SealedEntry:
    padded = sealing.pad(content, 256)
    return sealing.seal_entry(CASE_KEY_ID, CASE_KEY.public, INSTANCE, CASE, ENTRY, padded)


@given(contents)
def test_an_entry_opens_and_all_entries_of_a_size_have_one_length(content: bytes) -> None:
    sealed = entry_of(content)
    assert (len(sealed.ciphertext), len(sealed.wrap)) == (1 + 8 + 12 + 256 + 16, 1 + 8 + 1168)
    assert content == sealing.open_entry(CASE_KEY, INSTANCE, CASE, ENTRY, sealed.ciphertext, sealed.wrap)


@given(st.integers(0, 100_000))
def test_any_flipped_bit_of_a_wrap_or_its_ciphertext_is_refused(bit: int) -> None:
    sealed = entry_of(b"content")
    with pytest.raises(Damaged):
        sealing.open_entry(CASE_KEY, INSTANCE, CASE, ENTRY, sealed.ciphertext, flipped(sealed.wrap, bit))
    with pytest.raises(Damaged):
        sealing.open_entry(CASE_KEY, INSTANCE, CASE, ENTRY, flipped(sealed.ciphertext, bit), sealed.wrap)


def test_an_entry_moved_to_another_case_entry_or_instance_is_refused() -> None:
    sealed = entry_of(b"content")
    for instance, case, entry in [(INSTANCE, ENTRY, ENTRY), (INSTANCE, CASE, CASE), (bytes(16), CASE, ENTRY)]:
        with pytest.raises(Damaged):
            sealing.open_entry(CASE_KEY, instance, case, entry, sealed.ciphertext, sealed.wrap)


def test_a_wrap_of_another_entry_does_not_open_this_one() -> None:
    one, other = entry_of(b"one"), entry_of(b"other")
    with pytest.raises(Damaged):
        sealing.open_entry(CASE_KEY, INSTANCE, CASE, ENTRY, one.ciphertext, other.wrap)
