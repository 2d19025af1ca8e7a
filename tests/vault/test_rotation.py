"""A new case key is durable before its first use; whatever goes wrong, the earlier one stays in use."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from bot.vault import (
    CasePublic,
    Custody,
    Damaged,
    KeyringError,
    KeyState,
    Kind,
    Place,
    Purpose,
    State,
    Vault,
    key_id,
    open_vault,
)
from bot.vault.hybrid import PrivateKey

from .conftest import Home

DAY = date(2026, 4, 1)
CASE, ENTRY = b"c" * 16, b"e" * 16
ELSEWHERE = PrivateKey(b"s" * 32)
PUBLIC = CasePublic(b"offline1", ELSEWHERE.public.raw)


def known(vault: Vault) -> tuple[KeyState, ...]:
    return vault.keys()


def seal(vault: Vault) -> tuple[bytes, bytes]:
    sealed = vault.seal_entry(CASE, ENTRY, b"content", size=64)
    return sealed.ciphertext, sealed.wrap


def opens(vault: Vault, ciphertext: bytes, wrap: bytes) -> bool:
    try:
        return vault.open_entry(CASE, ENTRY, ciphertext, wrap) == b"content"
    except Damaged:
        return False


def refusal(action: Callable[[], object]) -> KeyringError:
    with pytest.raises(KeyringError) as refused:
        action()
    for words in (str(refused.value), refused.value.hint):
        assert words and "\n" not in words and not words.endswith(".")
    return refused.value


def test_the_new_key_seals_the_old_one_opens_and_both_are_durable(home: Home) -> None:
    vault = home.open()
    old, sealed = vault.entry_key_id, seal(vault)
    new = vault.rotate(DAY)
    assert (new, 2, Custody.SERVER) == (vault.entry_key_id, vault.generation, vault.custody)
    assert {old} == vault.sources
    assert [(new, State.ACTIVE, DAY), (old, State.RETIRED, home.made)] == [
        (key.id, key.state, key.created) for key in known(vault) if key.kind is Kind.CASE
    ]
    assert new == key_id(seal(vault)[1])
    for one in (vault, home.open()):
        assert opens(one, *sealed)
        assert one.entry_key_id == new


def test_a_wrap_moves_to_the_new_key_and_its_ciphertext_stays(home: Home) -> None:
    vault = home.open()
    ciphertext, wrap = seal(vault)
    new = vault.rotate(DAY)
    moved = vault.rewrap(CASE, ENTRY, wrap)
    assert (new, len(wrap)) == (key_id(moved), len(moved))
    vault.retire(vault.sources)
    assert [True, False] == [opens(vault, ciphertext, moved), opens(vault, ciphertext, wrap)]


@pytest.mark.parametrize("case, entry", [(ENTRY, ENTRY), (CASE, CASE)])
def test_a_wrap_of_another_case_or_entry_is_not_moved(home: Home, case: bytes, entry: bytes) -> None:
    vault = home.open()
    _, wrap = seal(vault)
    vault.rotate(DAY)
    for altered in (wrap, wrap[:-1], b"", wrap[:1] + bytes(8) + wrap[9:]):
        with pytest.raises(Damaged):
            vault.rewrap(case, entry, altered)


def test_a_destroyed_key_is_gone_for_everyone(home: Home) -> None:
    vault, other = home.open(), home.open()
    old, sealed = vault.entry_key_id, seal(vault)
    vault.rotate(DAY)
    vault.retire({old})
    assert (3, frozenset()) == (vault.generation, vault.sources)
    assert opens(other, *sealed)  # until it takes up the generation
    other.refresh()
    for one in (vault, other, home.open()):
        assert old not in {key.id for key in known(one)}
        assert not opens(one, *sealed)


def test_a_key_already_gone_is_passed_over(home: Home) -> None:
    vault = home.open()
    vault.retire({b"no key 1"})
    assert vault.generation == 1


def test_no_key_in_use_can_be_destroyed(home: Home) -> None:
    vault = home.open()
    vault.rotate(DAY)
    for key in known(vault):
        if key.state is State.ACTIVE:
            with pytest.raises(ValueError):
                vault.retire({key.id, *vault.sources})
    assert (2, 6) == (vault.generation, len(vault.keys()))


def test_with_a_public_key_alone_nothing_new_opens_here(home: Home) -> None:
    vault = home.open()
    before = seal(vault)
    assert PUBLIC.id == vault.rotate(DAY, PUBLIC)
    after = seal(vault)
    assert (Custody.OFFLINE, PUBLIC) == (vault.custody, vault.case_public)
    assert {PUBLIC.id: False} == {key.id: key.held for key in known(vault) if not key.held}
    assert [True, False] == [opens(vault, *before), opens(vault, *after)]
    vault.retire(vault.sources)
    reopened = home.open()
    assert (Custody.OFFLINE, frozenset()) == (reopened.custody, reopened.sources)
    assert not opens(reopened, *before)


def test_a_retired_key_kept_elsewhere_is_no_source_and_can_be_let_go(home: Home) -> None:
    """The way back to the server's custody."""
    vault = home.open()
    vault.rotate(DAY, PUBLIC)
    vault.retire(vault.sources)
    vault.rotate(DAY)
    assert (Custody.SERVER, frozenset()) == (vault.custody, vault.sources)
    vault.retire({PUBLIC.id})
    assert [True] == [key.held for key in known(vault) if key.kind is Kind.CASE]


def test_a_key_can_not_come_twice(home: Home) -> None:
    vault = home.open()
    vault.rotate(DAY, PUBLIC)
    assert str(refusal(lambda: vault.rotate(DAY, PUBLIC))) == "this case key is in the keyring already"
    assert vault.generation == 2


@pytest.mark.parametrize("key_id, public", [(b"short", PUBLIC.public), (PUBLIC.id, b""), (PUBLIC.id, b"\xff" * 1216)])
def test_what_is_no_public_key_is_refused(key_id: bytes, public: bytes) -> None:
    assert str(refusal(lambda: CasePublic(key_id, public))) == "this is not a public case key"


def test_a_fingerprint_is_of_the_key_and_its_id() -> None:
    groups = PUBLIC.fingerprint.split(" ")
    assert (8, {4}) == (len(groups), {len(group) for group in groups})
    others = [CasePublic(b"offline2", PUBLIC.public), CasePublic(PUBLIC.id, PrivateKey(b"t" * 32).public.raw)]
    assert len({PUBLIC.fingerprint, *(other.fingerprint for other in others)}) == 3


def test_a_newer_generation_is_taken_up(home: Home) -> None:
    """Another process has rotated; or this one fell between the keyring and its database, and starts again."""
    vault, other = home.open(), home.open()
    other.rotate(DAY)
    sealed = seal(other)
    assert not opens(vault, *sealed)
    vault.refresh()
    assert (2, other.entry_key_id, other.sources) == (vault.generation, vault.entry_key_id, vault.sources)
    assert opens(vault, *sealed)
    assert home.open().generation == 2


def test_an_unchanged_file_changes_nothing(home: Home) -> None:
    vault = home.open()
    vault.refresh()
    assert vault.generation == 1


def test_an_older_file_is_refused(home: Home) -> None:
    vault = home.open()
    older = home.keyring.read_bytes()
    new = vault.rotate(DAY)
    home.keyring.write_bytes(older)
    for action in (vault.refresh, lambda: vault.rotate(DAY), lambda: vault.retire(vault.sources)):
        said = str(refusal(action))
        assert f"keyring {home.keyring} is of generation 1, generation 2 is in use" == said
    assert (2, new) == (vault.generation, vault.entry_key_id)
    assert older == home.keyring.read_bytes()


def test_another_file_of_the_same_generation_is_refused(home: Home) -> None:
    """An older backup was put back and rotated."""
    older = home.keyring.read_bytes()
    vault = home.open()
    vault.rotate(DAY)
    home.keyring.write_bytes(older)
    home.open().rotate(DAY)
    assert f"keyring {home.keyring} is another one of generation 2" == str(refusal(vault.refresh))


def test_a_file_of_another_instance_is_refused(home: Home, new_home: Callable[[str], Home]) -> None:
    vault = home.open()
    home.keyring.write_bytes(new_home("other").keyring.read_bytes())
    assert f"keyring {home.keyring} belongs to another instance" == str(refusal(vault.refresh))


@pytest.mark.parametrize("kept", [0, 10, 100, -1])
def test_a_missing_or_damaged_file_is_refused_and_the_keys_in_use_stay(home: Home, kept: int) -> None:
    vault = home.open()
    sealed = seal(vault)
    home.keyring.write_bytes(home.keyring.read_bytes()[:kept])
    refusal(vault.refresh)
    refusal(lambda: vault.rotate(DAY))
    home.keyring.unlink()
    assert f"keyring {home.keyring} is missing" == str(refusal(lambda: vault.rotate(DAY)))
    assert not home.keyring.exists()
    assert opens(vault, *sealed)


def test_who_comes_second_is_refused_until_it_has_taken_up_the_first(home: Home) -> None:
    vault, other = home.open(), home.open()
    first = other.rotate(DAY)
    written = home.keyring.read_bytes()
    for action in (lambda: vault.rotate(DAY), lambda: vault.rotate(DAY, PUBLIC)):
        said = str(refusal(action))
        assert f"keyring {home.keyring} was changed to generation 2 by another process" == said
    assert (1, written) == (vault.generation, home.keyring.read_bytes())
    vault.refresh()
    second = vault.rotate(DAY)
    assert [second, first] == [key.id for key in known(home.open()) if key.kind is Kind.CASE][:2]


@contextmanager
def full_disk() -> Iterator[None]:
    """Not a byte more fits into any file."""
    earlier = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, limit[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, earlier)


def test_a_full_disk_leaves_the_old_key_in_use_and_nothing_new(home: Home) -> None:
    vault = home.open()
    old, written = vault.entry_key_id, home.keyring.read_bytes()
    for action in (lambda: vault.rotate(DAY), lambda: vault.rotate(DAY, PUBLIC)):
        with full_disk():
            error = refusal(action)
        assert f"keyring {home.keyring} can't be written: file too large" == str(error)
    assert (1, old, old) == (vault.generation, vault.entry_key_id, key_id(seal(vault)[1]))
    assert written == home.keyring.read_bytes()
    assert [home.keyring] == list(home.keyring.parent.iterdir())
    vault.rotate(DAY)
    with full_disk():
        refusal(lambda: vault.retire(vault.sources))
    assert {old} == vault.sources == home.open().sources


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_leaves_the_old_key_in_use_and_nothing_new(home: Home) -> None:
    vault = home.open()
    old, written = vault.entry_key_id, home.keyring.read_bytes()
    home.keyring.parent.chmod(0o500)
    try:
        for action in (lambda: vault.rotate(DAY), lambda: vault.rotate(DAY, PUBLIC)):
            assert f"keyring {home.keyring} can't be written: permission denied" == str(refusal(action))
    finally:
        home.keyring.parent.chmod(0o700)
    assert (1, old, old) == (vault.generation, vault.entry_key_id, key_id(seal(vault)[1]))
    assert written == home.keyring.read_bytes()


def test_an_obstacle_in_its_place_leaves_the_old_key_in_use(home: Home) -> None:
    """As in a read-only folder, and it stops the superuser too."""
    vault = home.open()
    old, written = vault.entry_key_id, home.keyring.read_bytes()
    home.keyring.with_name("keyring.new").mkdir()
    refusal(lambda: vault.rotate(DAY))
    assert (1, old, written) == (vault.generation, vault.entry_key_id, home.keyring.read_bytes())


ROTATING = """
import sys
from datetime import date
from pathlib import Path
from bot.vault import open_vault
vault = open_vault(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
while True:
    vault.rotate(date(2026, 4, 1))
    vault.retire(vault.sources)
"""


def test_killed_at_any_moment_the_keyring_is_of_one_generation_and_opens(home: Home) -> None:
    reached = 1
    for _ in range(5):
        arguments = [sys.executable, "-c", ROTATING, str(home.keyring), str(home.day_keys), home.passphrase]
        process = subprocess.Popen(arguments, cwd=Path(__file__).parents[2])
        while process.poll() is None and home.open().generation < reached + 7:
            pass
        process.kill()
        assert -signal.SIGKILL == process.wait()
        vault = home.open()
        assert opens(vault, *seal(vault))
        assert vault.generation >= reached + 7
        vault.rotate(DAY)
        reached = vault.generation


def test_threads_seal_and_open_while_the_keys_change(home: Home) -> None:
    """Each wrap carries the id of the key it is under: no thread sees half a generation."""
    vault = home.open()
    place = Place("chats", "address", b"r" * 16)
    row = vault.seal(Purpose.SERVER, place, b"content", step=64, day=DAY)

    def work(_: int) -> bool:
        return opens(vault, *seal(vault)) and vault.open(place, row) == b"content"

    with ThreadPoolExecutor(4) as threads:
        done = [threads.submit(work, number) for number in range(300)]
        for _ in range(20):
            vault.rotate(DAY)
        assert all(one.result() for one in done)
    assert (21, 20) == (vault.generation, len(vault.sources))


def test_the_recovery_key_opens_what_a_rotation_has_written(home: Home) -> None:
    vault = home.open()
    vault.rotate(DAY)
    sealed = seal(vault)
    assert opens(open_vault(home.keyring, home.day_keys, recovery=home.recovery), *sealed)


def test_no_error_and_no_repr_shows_a_key(home: Home) -> None:
    vault = home.open()
    vault.rotate(DAY)
    assert repr(vault) == "<Vault: generation 2, 6 keys, 0 day keys>"
    assert repr(PUBLIC.public)[2:30] not in repr(PUBLIC)
