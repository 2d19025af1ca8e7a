"""The lead, of which there is one; and what the process that has it hears of the others."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot.store.records import Outgoing, Priority
from bot.store.store import Store
from bot.store.work import Work
from tests.store.shelf import Place, change

ONE, OTHER = b"1" * 16, b"2" * 16


def takes(store: Store, holder: bytes, lasts: float = 60.0, gone: bytes = b"") -> bool:
    return store.write_now(lambda work: work.take_lead(holder, lasts, lambda has: has == gone), beside=True)


def test_the_lead_is_one_processes_until_it_ends_or_is_given_up(store: Store) -> None:
    assert takes(store, ONE) and takes(store, ONE)
    assert not takes(store, OTHER)
    store.write_now(lambda work: work.give_up_lead(OTHER))
    assert not takes(store, OTHER)
    store.write_now(lambda work: work.give_up_lead(ONE))
    assert takes(store, OTHER, 0.05)
    time.sleep(0.1)
    assert takes(store, ONE)


def test_the_lead_of_a_process_that_is_known_to_be_dead_is_taken_at_once(store: Store) -> None:
    assert takes(store, ONE)
    assert not takes(store, OTHER, gone=b"3" * 16)
    assert takes(store, OTHER, gone=ONE)
    assert not takes(store, ONE)


def test_a_lead_from_before_the_machines_start_holds_nobody_up(place: Place, store: Store) -> None:
    assert takes(store, ONE)
    change(place, "UPDATE lease SET ends = ends + 1000000000")
    assert takes(store, OTHER)


@contextmanager
def listening(store: Store) -> Iterator[list[bytes]]:
    """What is heard, in a thread as the bot has it."""
    begun, ended, heard = threading.Event(), threading.Event(), list[bytes]()
    arguments = begun.set, heard.extend, lambda: not ended.is_set()
    thread = threading.Thread(target=store.listen, args=arguments)
    thread.start()
    assert begun.wait(10)
    yield heard
    ended.set()
    thread.join(10)
    assert not thread.is_alive()


@pytest.mark.postgresql
def test_what_others_put_in_the_outbox_or_take_out_is_heard_once_it_is_committed(place: Place) -> None:
    """Not timers, not what was undone, and not what the one that sends has written itself."""
    put, timer, undone, own = (os.urandom(16) for _ in range(4))

    def rows(work: Work, *ids: bytes, priority: Priority = Priority.REPLY) -> None:
        work.put_outgoing([Outgoing(row, priority, 0, work.next_turn(), {"chat": 1}) for row in ids])

    def fail(work: Work) -> None:
        rows(work, undone)
        raise RuntimeError

    with place.open() as sends, place.open() as other:
        sends.sends = lambda: True
        with listening(sends) as heard:
            with pytest.raises(RuntimeError):
                other.write_now(fail)
            sends.write_now(lambda work: rows(work, own))
            other.write_now(lambda work: rows(work, timer, priority=Priority.WAKE))
            other.write_now(lambda work: rows(work, put))
            other.write_now(lambda work: work.remove_outgoing([own]))
            many = [os.urandom(16) for _ in range(500)]
            other.write_now(lambda work: rows(work, *many))
            deadline = time.monotonic() + 10
            while len(heard) < 502 and time.monotonic() < deadline:
                time.sleep(0.02)
        assert [put, own] == heard[:2]
        assert sorted(many) == sorted(heard[2:])


@pytest.mark.sqlite
def test_where_there_is_nothing_to_hear_listening_ends_at_once(store: Store) -> None:
    assert not store.listen(lambda: None, lambda rows: None, lambda: True)


@pytest.mark.postgresql
def test_turns_grow_from_process_to_process_whatever_their_clocks_say(place: Place) -> None:
    """A chat's next screen may come from another machine: it must not look older than the one before."""
    with place.open() as one, place.open() as other:
        turns = [store.write_now(lambda work: work.next_turn()) for store in (one, other, one, one, other)]
    assert sorted(set(turns)) == turns
