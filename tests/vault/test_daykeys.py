"""Day keys are durable before their first use, and once destroyed they are gone for everyone."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from bot.vault import Damaged, KeyringError, Place, Purpose, Vault, key_id

from .conftest import Home

DAY = date(2026, 3, 1)
PLACE = Place("chats", "draft", b"r" * 16)


def seal(vault: Vault, purpose: Purpose, day: date = DAY) -> bytes:
    return vault.seal(purpose, PLACE, b"content", step=64, day=day)


def opens(vault: Vault, envelope: bytes) -> bool:
    try:
        return vault.open(PLACE, envelope) == b"content"
    except Damaged:
        return False


@pytest.mark.parametrize("purpose", [Purpose.DRAFT, Purpose.OUTBOX])
def test_a_key_is_on_the_disk_before_its_first_use(home: Home, purpose: Purpose) -> None:
    assert opens(home.open(), seal(home.open(), purpose))


def test_each_day_and_purpose_has_one_key(home: Home) -> None:
    vault = home.open()
    envelopes = [
        seal(vault, purpose, day)
        for purpose in (Purpose.DRAFT, Purpose.OUTBOX)
        for day in (DAY, DAY, DAY + timedelta(1))
    ]
    assert len({key_id(envelope) for envelope in envelopes}) == 4


def test_the_server_key_needs_no_day_key(home: Home) -> None:
    vault = home.open()
    assert opens(vault, seal(vault, Purpose.SERVER))
    assert not home.day_keys.exists()


def test_a_draft_key_lives_until_48_hours_after_its_day(home: Home) -> None:
    vault = home.open()
    draft = seal(vault, Purpose.DRAFT)
    assert vault.destroy_day_keys(DAY + timedelta(days=2), set()) == 0
    assert opens(vault, draft)
    assert vault.destroy_day_keys(DAY + timedelta(days=3), {key_id(draft)}) == 1
    assert not opens(vault, draft)
    assert not opens(home.open(), draft)


def test_an_outbox_key_outlives_its_day_only_while_a_row_waits_under_it(home: Home) -> None:
    vault = home.open()
    waiting = seal(vault, Purpose.OUTBOX)
    assert vault.destroy_day_keys(DAY + timedelta(days=30), {key_id(waiting)}) == 0
    assert opens(vault, waiting)
    assert vault.destroy_day_keys(DAY + timedelta(days=2), set()) == 0
    assert vault.destroy_day_keys(DAY + timedelta(days=3), set()) == 1
    assert not opens(home.open(), waiting)


def test_nothing_else_is_destroyed(home: Home) -> None:
    vault = home.open()
    kept = [seal(vault, Purpose.SERVER), seal(vault, Purpose.DRAFT, DAY + timedelta(days=1))]
    seal(vault, Purpose.DRAFT)
    assert vault.destroy_day_keys(DAY + timedelta(days=3), set()) == 1
    assert [opens(vault, envelope) for envelope in kept] == [True, True]


def test_a_destroyed_key_is_not_left_in_what_a_crash_left_behind(home: Home) -> None:
    seal(home.open(), Purpose.DRAFT)
    unfinished = home.day_keys.with_name("day-keys.new")
    unfinished.write_bytes(home.day_keys.read_bytes())
    home.open()
    assert not unfinished.exists()


def test_a_lost_file_destroys_its_keys_and_a_new_one_begins(home: Home) -> None:
    lost = seal(home.open(), Purpose.DRAFT)
    home.day_keys.unlink()
    vault = home.open()
    assert not opens(vault, lost)
    assert opens(home.open(), seal(vault, Purpose.DRAFT))


def test_truncated_at_any_length_it_is_refused_and_left_alone(home: Home) -> None:
    vault = home.open()
    seal(vault, Purpose.DRAFT)
    whole = home.day_keys.read_bytes()
    for length in range(len(whole)):
        home.day_keys.write_bytes(whole[:length])
        with pytest.raises(KeyringError) as refused:
            home.open()
        assert f"day-key file {home.day_keys} is damaged or truncated" == str(refused.value)
        assert length == home.day_keys.stat().st_size


def test_any_flipped_byte_is_refused(home: Home) -> None:
    seal(home.open(), Purpose.DRAFT)
    whole = home.day_keys.read_bytes()
    for position in range(len(whole)):
        home.day_keys.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        with pytest.raises(KeyringError):
            home.open()


def test_a_file_open_to_others_is_refused(home: Home) -> None:
    seal(home.open(), Purpose.DRAFT)
    assert home.day_keys.stat().st_mode & 0o777 == 0o600
    home.day_keys.chmod(0o644)
    with pytest.raises(KeyringError) as refused:
        home.open()
    assert f"run: chmod 600 {home.day_keys}" == refused.value.hint


def test_a_file_of_another_keyring_is_refused(home: Home, new_home: Callable[[str], Home]) -> None:
    seal(new_home("other").open(), Purpose.DRAFT)
    (home.keyring.parent.parent / "other" / "day-keys").rename(home.day_keys)
    with pytest.raises(KeyringError) as refused:
        home.open()
    assert f"day-key file {home.day_keys} belongs to another keyring" == str(refused.value)


def test_a_newer_format_is_named(home: Home) -> None:
    seal(home.open(), Purpose.DRAFT)
    whole = bytearray(home.day_keys.read_bytes())
    whole[16] = 2
    home.day_keys.write_bytes(whole)
    with pytest.raises(KeyringError) as refused:
        home.open()
    assert f"day-key file {home.day_keys} has format 2, this program reads format 1" == str(refused.value)


def test_a_key_that_can_not_be_made_durable_is_not_used(home: Home) -> None:
    vault = home.open()
    home.day_keys.mkdir()
    with pytest.raises(KeyringError):
        seal(vault, Purpose.DRAFT)
    home.day_keys.rmdir()
    assert opens(home.open(), seal(vault, Purpose.DRAFT))


def test_two_processes_share_one_key_a_day(home: Home) -> None:
    """The bot and a command beside it: neither writes over the other's key, each opens what both sealed."""
    bot, command = home.open(), home.open()
    first = seal(command, Purpose.OUTBOX)
    second = seal(bot, Purpose.OUTBOX)
    later = seal(command, Purpose.DRAFT)
    assert key_id(first) == key_id(second)
    assert [opens(bot, envelope) for envelope in (first, second, later)] == [True, True, True]


def test_a_key_destroyed_by_one_process_is_not_written_back_by_another(home: Home) -> None:
    bot, command = home.open(), home.open()
    draft = seal(command, Purpose.DRAFT)
    assert opens(bot, draft)
    assert command.destroy_day_keys(DAY + timedelta(days=3), set()) == 1
    seal(bot, Purpose.DRAFT, DAY + timedelta(days=3))
    assert [opens(bot, draft), opens(home.open(), draft)] == [False, False]


def test_threads_that_come_first_together_make_one_key(home: Home) -> None:
    vault = home.open()
    with ThreadPoolExecutor(8) as threads:
        envelopes = list(threads.map(lambda _: seal(vault, Purpose.DRAFT), range(32)))
    assert len({key_id(envelope) for envelope in envelopes}) == 1
    assert all(opens(home.open(), envelope) for envelope in envelopes)
