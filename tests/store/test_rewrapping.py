"""Re-wrapping and destroying: what is moved from key to key, what keeps a key, what is damaged."""

from __future__ import annotations

import threading

import pytest

from bot.store import audit
from bot.store.records import KeyCount, StoreError
from bot.store.rewrapping import Rewrapping
from bot.store.store import Store
from bot.store.transaction import decode
from bot.vault import (
    CasePublic,
    Custody,
    Kind,
    SealedCase,
    State,
    WrapsFile,
    create_case_keyring,
    key_id,
    open_case,
    open_keyring,
    rewrap_file,
)
from tests.store.rotating import destroy, fill, finish, read, rotate, under
from tests.store.shelf import KDF, PASSPHRASE, Place, change


def test_re_wrapping_goes_on_while_entries_are_appended(place: Place) -> None:
    with place.open() as store, place.open() as other:
        bodies = fill(store, 200)
        cases = list(bodies)
        assert rotate(store)
        stop = threading.Event()

        def append() -> None:
            number = 1000
            while not stop.is_set():
                case = cases[number % 10]
                other.write_now(lambda work, case=case, n=number: work.append_entry(case, {"n": n}, 512))
                bodies[case].append({"n": number})
                number += 1

        appending = threading.Thread(target=append)
        appending.start()
        finish(store, store._vault)
        stop.set()
        appending.join()
        assert {(State.ACTIVE, sum(map(len, bodies.values()))), (State.RETIRED, 0)} == set(under(store))
        assert bodies == read(store, bodies)


def test_killed_anywhere_another_goes_on(place: Place) -> None:
    """Whoever steps: what is not stored is as it was."""
    with place.open() as store:
        bodies = fill(store, 100)
        assert rotate(store)
        Rewrapping(store, store._vault, batch=7).step()
        for _ in range(3):
            given_up = Rewrapping(store, store._vault, batch=7)
            for _ in range(3):
                given_up.step()
    with place.open() as store:
        assert 0 < store.write_now(lambda work: work.stale_count()) < 100
        finish(store, store._vault)
        assert {(State.ACTIVE, 100), (State.RETIRED, 0)} == set(under(store))
        assert bodies == read(store, bodies)


def test_a_damaged_wrap_is_reported_keeps_its_key_and_hurts_no_other(place: Place) -> None:
    with place.open() as store:
        bodies = fill(store, 50)
        change(place, "UPDATE wraps SET wrap = substr(wrap, 1, 9) || :zeros WHERE number = 3", zeros=bytes(1159))
        change(place, "UPDATE wraps SET wrap = substr(wrap, 1, 1160) WHERE number = 30")
        assert rotate(store)
        assert finish(store, store._vault).damaged == 2
        assert store.damaged == 2
        assert {(State.ACTIVE, 48), (State.RETIRED, 2)} == set(under(store))
        assert destroy(store) == 0
        whole = {each["n"] for found in read(store, bodies).values() for each in found}
        assert set(range(50)) - {2, 29} == whole

        assert rotate(store)
        assert finish(store, store._vault).damaged == 2
        assert destroy(store) == 1
        assert {(State.ACTIVE, 48), (State.RETIRED, 2)} == set(under(store))


def test_a_wrap_replaced_or_erased_meanwhile_is_not_damaged(place: Place) -> None:
    with place.open() as store:
        bodies = fill(store, 20)
        stale = place.vault()
        assert rotate(store)
        wraps = store.write_now(lambda work: work.stale_wraps(0, 99))
        assert wraps == sorted(wraps, key=lambda each: each.number)
        finish(store, store._vault)
        assert [] == store.write_now(lambda work: work.report_damaged(wraps))
        assert 0 == store.write_now(lambda work: work.replace_wraps([(w.entry, w.wrap, w.wrap) for w in wraps]))
        assert stale.entry_key_id == key_id(wraps[0].wrap)
        assert bodies == read(store, bodies)


def test_a_wrap_made_for_a_key_that_is_active_no_more_is_not_stored(place: Place) -> None:
    """By then that key may be destroyed."""
    with place.open() as store:
        bodies = fill(store, 3)
        assert rotate(store)
        slow = Rewrapping(store, store._vault)
        assert slow.step() == 3
        finish(store, store._vault)
        assert rotate(store)
        late = store.write_now(lambda work: work.stale_wraps(0, 9))
        made = [(w.entry, w.wrap, store._vault.rewrap(w.case, w.entry, w.wrap)) for w in late]
        finish(store, store._vault)
        assert destroy(store) == 2
        assert rotate(store)
        assert 0 == store.write_now(lambda work: work.replace_wraps(made))
        assert bodies == read(store, bodies)


def test_a_spent_key_waits_for_every_live_process(place: Place) -> None:
    with place.open() as one, place.open() as other:
        fill(one, 3)
        for store, name in ((one, b"1" * 16), (other, b"2" * 16)):
            store.write_now(lambda work, name=name: work.report_process(name))
        assert rotate(one)
        finish(one, one._vault)
        one.write_now(lambda work: work.report_process(b"1" * 16))
        assert {(b"1" * 16, 2), (b"2" * 16, 1)} == {
            (each.id, each.generation) for each in one.write_now(lambda work: work.processes())
        }
        assert destroy(one) == 0
        other.write_now(lambda work: work.report_process(b"2" * 16, lasts=1))
        assert destroy(one) == 1

        assert rotate(one)
        finish(one, one._vault)
        one.write_now(lambda work: work.report_process(b"1" * 16))
        assert destroy(one) == 0
        place.clock.now = place.clock.now.replace(second=2)
        assert destroy(one) == 1
        one.write_now(lambda work: work.drop_process(b"1" * 16))
        assert [] == one.write_now(lambda work: work.processes())


def test_wraps_under_an_unknown_key_are_counted_apart(place: Place, store: Store) -> None:
    fill(store, 3)
    change(place, "UPDATE wraps SET case_key = 'whatever' WHERE number = 1")
    counted = store.write_now(lambda work: work.keys())
    assert KeyCount(None, 1) == counted[-1]
    assert [2] == [each.wraps for each in counted if each.state is not None and each.state.kind is Kind.CASE]


def test_a_key_needed_by_an_envelope_alone_is_not_destroyed(place: Place, store: Store) -> None:
    fill(store, 2)
    assert rotate(store)
    change(place, "UPDATE wraps SET case_key = 'whatever'")
    assert destroy(store) == 0


def test_in_offline_custody_nothing_submitted_opens_here_until_it_is_re_wrapped_to_a_key_of_this_place(
    place: Place,
) -> None:
    create_case_keyring(place.folder / "theirs", PASSPHRASE, kdf=KDF)
    theirs = open_keyring(place.folder / "theirs", PASSPHRASE)
    active = theirs.keys.active(Kind.CASE)
    kept = CasePublic(active.known.id, active.public)
    with place.open() as store:
        vault = store._vault
        bodies = fill(store, 20)
        assert store.write_now(lambda work: work.begin_rotation(audit.SHELL, kept))
        finish(store, vault)
        assert destroy(store) == 1
        assert (Custody.OFFLINE, kept) == store.write_now(lambda work: (work.custody, work.case_public))
        with pytest.raises(StoreError, match="offline"):
            rotate(store)
        assert {case: [] for case in bodies} == read(store, bodies)

        for case, expected in bodies.items():
            sealed = store.write_now(lambda work, case=case: tuple(work.sealed_entries(case)))
            opened = open_case(theirs, SealedCase(vault.instance, case, sealed))
            assert expected == [decode(each) for each in opened if each is not None]

        store.write_now(lambda work: vault.rotate(work.now.date()))
        taken = store.write_now(lambda work: WrapsFile(vault.instance, vault.entry_key_id, {}, tuple(work.all_wraps())))
        assert 20 == len(taken.wraps)
        done = rewrap_file(theirs, taken, place.clock.now.date(), to=vault.case_public)
        assert 20 == store.write_now(lambda work: work.replace_wraps(done.wraps))
        assert 0 == store.write_now(lambda work: work.replace_wraps(done.wraps))
        assert Custody.SERVER is store.write_now(lambda work: work.custody)
        assert bodies == read(store, bodies)
