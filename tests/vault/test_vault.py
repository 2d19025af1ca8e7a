"""The vault as the store uses it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.vault import (
    Damaged,
    KeyState,
    Kind,
    Place,
    Purpose,
    SealedEntry,
    State,
    Vault,
    key_id,
    open_vault,
)
from bot.vault.keyring import open_keyring
from bot.vault.keys import Key, Keys, fresh_key

from .conftest import Home

DAY = date(2026, 3, 1)
PLACE = Place("chats", "address", b"r" * 16)
CASE, ENTRY = b"c" * 16, b"e" * 16


@given(st.sampled_from(Purpose), st.binary(max_size=5000))
def test_what_was_sealed_opens_and_takes_whole_steps(vault: Vault, purpose: Purpose, content: bytes) -> None:
    envelope = vault.seal(purpose, PLACE, content, step=2048, day=DAY)
    assert (len(envelope) - 1 - 8 - 12 - 16) % 2048 == 0
    assert content == vault.open(PLACE, envelope)


@given(st.binary(max_size=300))
def test_an_entry_opens(vault: Vault, content: bytes) -> None:
    sealed = vault.seal_entry(CASE, ENTRY, content, size=512)
    assert vault.entry_key_id == key_id(sealed.wrap)
    assert content == vault.open_entry(CASE, ENTRY, sealed.ciphertext, sealed.wrap)


def test_an_entry_that_does_not_fit_is_refused_without_showing_it(vault: Vault) -> None:
    vault.seal_entry(CASE, ENTRY, b"x" * 60, size=64)
    with pytest.raises(ValueError) as refused:
        vault.seal_entry(CASE, ENTRY, b"x" * 61, size=64)
    assert "xx" not in repr(refused.value)


def test_an_unknown_key_is_not_searched_for(vault: Vault) -> None:
    envelope = vault.seal(Purpose.SERVER, PLACE, b"content", step=64, day=DAY)
    sealed = vault.seal_entry(CASE, ENTRY, b"content", size=64)
    with pytest.raises(Damaged):
        vault.open(PLACE, envelope[:1] + bytes(8) + envelope[9:])
    with pytest.raises(Damaged):
        vault.open_entry(CASE, ENTRY, sealed.ciphertext, sealed.wrap[:1] + bytes(8) + sealed.wrap[9:])


def test_damage_tells_nothing(vault: Vault) -> None:
    for envelope in (b"", b"Almaty", vault.seal(Purpose.SERVER, PLACE, b"x", step=64, day=DAY)[:-1]):
        with pytest.raises(Damaged) as refused:
            vault.open(PLACE, envelope)
        assert str(refused.value) == "sealed content does not open"


def test_another_instance_opens_nothing_of_ours(vault: Vault, new_home: Callable[[str], Home]) -> None:
    other = new_home("other").open()
    with pytest.raises(Damaged):
        other.open(PLACE, vault.seal(Purpose.SERVER, PLACE, b"content", step=64, day=DAY))
    assert vault.index("person", b"1") != other.index("person", b"1")


def test_a_look_up_asks_for_one_index(vault: Vault) -> None:
    index = vault.index("person", b"1")
    assert (32, (index,)) == (len(index.digest), vault.indexes("person", b"1"))
    assert index.digest != vault.index("case-code", b"1").digest


def test_the_recovery_seed_opens_the_vault(home: Home) -> None:
    sealed = home.open().seal_entry(CASE, ENTRY, b"content", size=64)
    vault = open_vault(home.keyring, home.day_keys, recovery=home.recovery)
    assert vault.open_entry(CASE, ENTRY, sealed.ciphertext, sealed.wrap) == b"content"


def test_the_states_of_its_keys_may_be_known(home: Home) -> None:
    vault = home.open()
    known = vault.keys()
    assert [key.kind for key in known] == list(Kind)
    assert KeyState(vault.entry_key_id, Kind.CASE, State.ACTIVE, home.made) in known


def test_its_repr_shows_counts(home: Home) -> None:
    vault = home.open()
    vault.seal(Purpose.DRAFT, PLACE, b"content", step=64, day=DAY)
    assert repr(vault) == "<Vault: generation 1, 5 keys, 1 day keys>"


def rotated(keys: Keys, kind: Kind) -> Keys:
    """A new active key of this kind; the old one only opens."""
    kept = [
        replace(key, known=replace(key.known, state=State.RETIRED)) if key.known.kind is kind else key
        for key in keys.all
    ]
    return replace(keys, all=(fresh_key(kind, DAY), *kept))


def changed(home: Home, change: Callable[[Keys], Keys]) -> Vault:
    keyring = open_keyring(home.keyring, home.passphrase)
    keyring.save(change(keyring.keys))
    return home.open()


def test_after_a_rotation_the_old_opens_and_the_new_seals(home: Home) -> None:
    old = home.open()
    row = old.seal(Purpose.SERVER, PLACE, b"content", step=64, day=DAY)
    entry = old.seal_entry(CASE, ENTRY, b"content", size=64)
    new = changed(home, lambda keys: rotated(rotated(keys, Kind.CASE), Kind.SERVER))
    assert (new.generation, new.open(PLACE, row)) == (2, b"content")
    assert new.open_entry(CASE, ENTRY, entry.ciphertext, entry.wrap) == b"content"
    assert old.entry_key_id != new.entry_key_id
    assert key_id(row) != key_id(new.seal(Purpose.SERVER, PLACE, b"content", step=64, day=DAY))


def test_while_the_index_key_rotates_a_look_up_asks_under_both(home: Home) -> None:
    before = home.open().index("person", b"1")
    vault = changed(home, lambda keys: rotated(keys, Kind.INDEX))
    assert (vault.index("person", b"1"), before) == vault.indexes("person", b"1")


def test_without_its_private_case_key_it_seals_and_can_not_open(home: Home) -> None:
    """Offline custody: the server holds public case keys alone."""

    def without_seed(key: Key) -> Key:
        return replace(key, secret=b"") if key.known.kind is Kind.CASE else key

    before = home.open()
    vault = changed(home, lambda keys: replace(keys, all=tuple(map(without_seed, keys.all))))
    sealed: SealedEntry = vault.seal_entry(CASE, ENTRY, b"content", size=64)
    with pytest.raises(Damaged):
        vault.open_entry(CASE, ENTRY, sealed.ciphertext, sealed.wrap)
    assert before.open_entry(CASE, ENTRY, sealed.ciphertext, sealed.wrap) == b"content"
