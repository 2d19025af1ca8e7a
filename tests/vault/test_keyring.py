"""A keyring opens with its passphrase or its recovery key; all else is one clear line and no new key."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.vault import Kdf, KeyringError, Kind, State, create_keyring
from bot.vault import keys as contents
from bot.vault.hybrid import new_seed
from bot.vault.keyring import open_keyring
from bot.vault.keys import fresh_key

from .conftest import CHEAP, Home

TODAY = date(2026, 3, 1)


def line(error: KeyringError) -> str:
    """The message, once it has proved to be of the house's form."""
    for words in (str(error), error.hint):
        assert words and "\n" not in words and not words.endswith(".")
    return str(error)


def test_it_opens_with_the_passphrase(home: Home) -> None:
    keys = open_keyring(home.keyring, home.passphrase).keys
    assert (len(keys.instance), keys.generation) == (16, 1)
    assert list(Kind) == [key.known.kind for key in keys.all]
    assert {(State.ACTIVE, home.made)} == {(key.known.state, key.known.created) for key in keys.all}


def test_it_opens_with_the_recovery_seed(home: Home) -> None:
    by_passphrase = open_keyring(home.keyring, home.passphrase)
    assert by_passphrase.keys == open_keyring(home.keyring, recovery=home.recovery).keys


def test_the_recovery_seed_is_nowhere_in_the_keyring(home: Home) -> None:
    keys = open_keyring(home.keyring, home.passphrase).keys
    assert home.recovery not in home.keyring.read_bytes()
    assert home.recovery.hex().encode() not in contents.write(keys)


@pytest.mark.parametrize("wrong", ["", "семь тихих слова", "СЕМЬ ТИХИХ СЛОВ", " семь тихих слов"])
def test_a_wrong_passphrase_is_said_so(home: Home, wrong: str) -> None:
    with pytest.raises(KeyringError) as refused:
        open_keyring(home.keyring, wrong)
    assert line(refused.value) == "the passphrase does not open the keyring"


def test_a_passphrase_is_the_same_from_every_keyboard(tmp_path: Path) -> None:
    """й is one letter on one system, и and a breve on another."""
    composed, decomposed = (unicodedata.normalize(form, "чайник") for form in ("NFC", "NFD"))
    assert composed != decomposed
    create_keyring(tmp_path / "keyring", decomposed, kdf=CHEAP)
    open_keyring(tmp_path / "keyring", composed)


def test_a_passphrase_that_is_no_text_is_refused_without_showing_it(home: Home) -> None:
    with pytest.raises(KeyringError) as refused:
        open_keyring(home.keyring, "secret\udcff")
    assert line(refused.value) == "the passphrase is not valid UTF-8"


@pytest.mark.parametrize("wrong", [b"", bytes(31), bytes(32), new_seed()], ids=["none", "short", "zeros", "another"])
def test_a_wrong_recovery_seed_is_said_so(home: Home, wrong: bytes) -> None:
    with pytest.raises(KeyringError) as refused:
        open_keyring(home.keyring, recovery=wrong)
    assert line(refused.value) == "the recovery key does not open the keyring"


def test_truncated_at_any_length_it_is_refused_and_left_alone(home: Home) -> None:
    whole = home.keyring.read_bytes()
    for length in range(len(whole)):
        home.keyring.write_bytes(whole[:length])
        with pytest.raises(KeyringError) as refused:
            open_keyring(home.keyring, home.passphrase)
        assert f"keyring {home.keyring} is truncated" == line(refused.value)
        assert length == home.keyring.stat().st_size


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0), st.integers(0, 7))
def test_any_flipped_bit_is_refused(home: Home, byte: int, bit: int) -> None:
    whole = home.keyring.read_bytes()
    altered = bytearray(whole)
    altered[byte % len(whole)] ^= 1 << bit
    home.keyring.write_bytes(altered)
    try:
        with pytest.raises(KeyringError) as refused:
            open_keyring(home.keyring, recovery=home.recovery)
        line(refused.value)
    finally:
        home.keyring.write_bytes(whole)


def test_bytes_after_its_end_are_refused(home: Home) -> None:
    home.keyring.write_bytes(home.keyring.read_bytes() + b"\n")
    with pytest.raises(KeyringError) as refused:
        open_keyring(home.keyring, home.passphrase)
    assert f"keyring {home.keyring} is damaged" == line(refused.value)


def test_costs_that_would_use_up_the_machine_are_refused(home: Home) -> None:
    whole = bytearray(home.keyring.read_bytes())
    whole[32:36] = b"\xff\xff\xff\xff"
    home.keyring.write_bytes(whole)
    with pytest.raises(KeyringError) as refused:
        open_keyring(home.keyring, home.passphrase)
    assert f"keyring {home.keyring} is damaged" == line(refused.value)
    with pytest.raises(ValueError):
        create_keyring(home.keyring.with_name("other"), "passphrase", kdf=Kdf(memory=1))


def test_a_newer_format_is_named(home: Home) -> None:
    whole = bytearray(home.keyring.read_bytes())
    whole[15] = 2
    home.keyring.write_bytes(whole)
    with pytest.raises(KeyringError) as refused:
        open_keyring(home.keyring, home.passphrase)
    assert f"keyring {home.keyring} has format 2, this program reads format 1" == line(refused.value)


def test_another_kind_of_file_is_no_keyring(home: Home) -> None:
    home.keyring.write_bytes(b"[bot]\ntoken = 1\n")
    with pytest.raises(KeyringError) as refused:
        open_keyring(home.keyring, home.passphrase)
    assert f"{home.keyring} is not a keyring" == line(refused.value)


@pytest.mark.parametrize("mode", [0o640, 0o644, 0o604, 0o620, 0o601])
def test_a_keyring_open_to_others_is_refused(home: Home, mode: int) -> None:
    home.keyring.chmod(mode)
    with pytest.raises(KeyringError) as refused:
        open_keyring(home.keyring, home.passphrase)
    assert f"keyring {home.keyring} is open to other users of this machine" == line(refused.value)
    assert f"run: chmod 600 {home.keyring}" == refused.value.hint


def test_a_missing_keyring_is_said_so_and_none_is_made(home: Home) -> None:
    home.keyring.unlink()
    with pytest.raises(KeyringError) as refused:
        open_keyring(home.keyring, home.passphrase)
    assert f"keyring {home.keyring} is missing" == line(refused.value)
    assert not home.keyring.exists()


def test_a_folder_in_its_place_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(KeyringError) as refused:
        open_keyring(tmp_path, "passphrase")
    assert f"keyring {tmp_path} can't be read: is a directory" == line(refused.value)


def test_an_existing_keyring_is_never_replaced_by_a_new_one(home: Home) -> None:
    before = home.keyring.read_bytes()
    with pytest.raises(KeyringError) as refused:
        create_keyring(home.keyring, home.passphrase, kdf=CHEAP)
    assert f"keyring {home.keyring} exists already" == line(refused.value)
    assert before == home.keyring.read_bytes()


def test_without_a_passphrase_or_a_folder_none_is_made(tmp_path: Path) -> None:
    for path, passphrase in [(tmp_path / "keyring", ""), (tmp_path / "no" / "keyring", "passphrase")]:
        with pytest.raises(KeyringError) as refused:
            create_keyring(path, passphrase, kdf=CHEAP)
        line(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_it_is_private_from_its_first_byte_and_leaves_nothing_beside_it(home: Home) -> None:
    assert home.keyring.stat().st_mode & 0o777 == 0o600
    assert [home.keyring] == list(home.keyring.parent.iterdir())


def test_saved_keys_are_the_next_generation_under_the_same_passphrase_and_recovery_key(home: Home) -> None:
    keyring = open_keyring(home.keyring, home.passphrase)
    old = [
        replace(key, known=replace(key.known, state=State.RETIRED)) if key.known.kind is Kind.CASE else key
        for key in keyring.keys.all
    ]
    new = fresh_key(Kind.CASE, date(2026, 4, 1))
    saved = keyring.save(replace(keyring.keys, all=(*old, new)))
    assert saved.keys.generation == 2
    assert new == saved.keys.active(Kind.CASE)
    assert saved.keys == open_keyring(home.keyring, home.passphrase).keys
    assert saved.keys == open_keyring(home.keyring, recovery=home.recovery).keys


def test_a_link_to_the_keyring_stays_a_link(home: Home, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(home.keyring)
    keyring = open_keyring(link, home.passphrase)
    keyring.save(keyring.keys)
    assert link.is_symlink()
    assert open_keyring(home.keyring, home.passphrase).keys.generation == 2


def test_what_a_crash_left_beside_it_is_no_obstacle(home: Home) -> None:
    home.keyring.with_name("keyring.new").write_bytes(b"half")
    keyring = open_keyring(home.keyring, home.passphrase)
    keyring.save(keyring.keys)
    assert [home.keyring] == list(home.keyring.parent.iterdir())


def test_two_instances_share_nothing(home: Home, tmp_path: Path) -> None:
    create_keyring(tmp_path / "other", home.passphrase, kdf=CHEAP)
    one, other = (open_keyring(path, home.passphrase).keys for path in (home.keyring, tmp_path / "other"))
    assert one.instance != other.instance
    assert not {key.known.id for key in one.all} & {key.known.id for key in other.all}
    assert not {key.secret for key in one.all} & {key.secret for key in other.all}


def test_its_repr_shows_no_key(home: Home) -> None:
    keyring = open_keyring(home.keyring, home.passphrase)
    shown = repr(keyring) + repr(keyring.keys.all)
    for key in keyring.keys.all:
        assert repr(key.secret) not in shown and key.secret.hex() not in shown


@pytest.mark.parametrize(
    "change",
    [
        {"instance": "00"},
        {"generation": 0},
        {"recovery": ""},
        {"keys": []},
        {"keys": [{"id": "00"}]},
        {"keys": None},
    ],
)
def test_keys_that_do_not_belong_together_are_refused(home: Home, change: dict[str, object]) -> None:
    whole = json.loads(contents.write(open_keyring(home.keyring, home.passphrase).keys))
    with pytest.raises(ValueError):
        contents.read(json.dumps(whole | change).encode())


def test_two_active_keys_of_a_kind_are_refused(home: Home) -> None:
    keys = open_keyring(home.keyring, home.passphrase).keys
    with pytest.raises(ValueError):
        contents.read(contents.write(replace(keys, all=(*keys.all, fresh_key(Kind.SERVER, TODAY)))))


def test_a_new_passphrase_has_a_new_master_key_and_the_same_keys(home: Home) -> None:
    """Who lost the passphrase sets another by the recovery key."""
    before = open_keyring(home.keyring, recovery=home.recovery)
    after = before.with_passphrase("другие слова", CHEAP)
    assert replace(before.keys, generation=2) == after.keys
    assert after.keys == open_keyring(home.keyring, "другие слова").keys
    assert after.keys == open_keyring(home.keyring, recovery=home.recovery).keys
    with pytest.raises(KeyringError) as refused:
        open_keyring(home.keyring, home.passphrase)
    assert line(refused.value) == "the passphrase does not open the keyring"
    assert after.save(after.keys).keys.generation == 3


def test_who_holds_the_old_master_key_is_told_to_start_anew(home: Home) -> None:
    vault, keyring = home.open(), open_keyring(home.keyring, home.passphrase)
    keyring.with_passphrase("другие слова", CHEAP)
    written = home.keyring.read_bytes()
    for act in (vault.refresh, lambda: vault.rotate(TODAY), lambda: keyring.save(keyring.keys)):
        with pytest.raises(KeyringError) as refused:
            act()
        assert line(refused.value) == "the keyring has a new passphrase"
        assert refused.value.hint == "restart with it"
    assert (1, written) == (vault.generation, home.keyring.read_bytes())


def test_an_empty_passphrase_is_not_taken(home: Home) -> None:
    keyring, written = open_keyring(home.keyring, home.passphrase), home.keyring.read_bytes()
    with pytest.raises(KeyringError) as refused:
        keyring.with_passphrase("", CHEAP)
    assert line(refused.value) == "the passphrase is empty"
    assert written == home.keyring.read_bytes()
