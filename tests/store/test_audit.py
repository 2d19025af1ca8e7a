"""The audit log: who did what, chained so that nothing noted can be altered unseen."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.store import audit
from bot.store.records import Act, AuditEntry, Fault, Verdict
from bot.store.store import Store
from bot.store.tables import audit as table
from bot.store.work import Work
from tests.store.shelf import Place, change, count, settle_clock


def note(store: Store, entries: int) -> tuple[int, str]:
    def notes(work: Work) -> tuple[int, str]:
        for _ in range(entries):
            work.note(audit.HOUSE, Act.READ, os.urandom(16))
        return work.audit_head()

    return store.write_now(notes)


def verify(store: Store, head: tuple[int, str] | None = None) -> Verdict:
    return store.write_now(lambda work: work.verify_audit(head))


def test_entries_come_back_newest_first_by_page(place: Place, store: Store) -> None:
    case = os.urandom(16)
    store.write_now(lambda work: (work.note(work.actor(1), Act.TAKE, case), work.note(audit.SHELL, Act.EXPORT)))
    who, at = store.write_now(lambda work: work.actor(1)), int(place.clock.now.timestamp())
    first, second = AuditEntry(1, who, "take", case.hex(), at), AuditEntry(2, "shell", "export", "", at)

    assert [second, first] == store.write_now(lambda work: work.audit())
    assert [second] == store.write_now(lambda work: work.audit(1))
    assert [first] == store.write_now(lambda work: work.audit(before=2))


def test_an_actor_is_a_pseudonym_the_same_each_time(store: Store) -> None:
    one, again, other = store.write_now(lambda work: [work.actor(user) for user in (7_000_000_001, 7_000_000_001, 2)])
    assert one == again != other
    assert (len(one), "7000000001" in one) == (16, False)


def test_an_untouched_log_is_whole_up_to_its_head(store: Store) -> None:
    assert Verdict(0, (0, "00" * 32)) == verify(store)
    noted = note(store, 20)
    head = note(store, 20)
    assert Verdict(40, head) == verify(store) == verify(store, noted) == verify(store, head)


@pytest.mark.parametrize(
    ("statement", "fault", "number"),
    [
        ("UPDATE audit SET sealed = :zeros WHERE number = 7", Fault.ALTERED, 7),
        ("UPDATE audit SET hash = :zeros WHERE number = 7", Fault.ALTERED, 7),
        ("DELETE FROM audit WHERE number = 7", Fault.MISSING, 7),
        ("DELETE FROM audit WHERE number = 1", Fault.MISSING, 1),
        (
            "UPDATE audit SET number = number - 99 WHERE number IN (49, 50); "
            "UPDATE audit SET number = -number WHERE number < 0",
            Fault.ALTERED,
            49,
        ),
        ("DELETE FROM audit WHERE number > 45", Fault.CUT, 46),
        ("DELETE FROM audit", Fault.CUT, 1),
    ],
)
def test_an_edit_a_removal_a_reordering_a_cut_are_found(
    place: Place, store: Store, statement: str, fault: Fault, number: int
) -> None:
    head = note(store, 60)
    for each in statement.split(";"):
        change(place, each, zeros=bytes(293))
    verdict = verify(store, head)
    assert (verdict.fault, verdict.number, verdict.entries) == (fault, number, number - 1)


def test_a_chain_made_anew_is_found_by_a_head_noted_earlier(place: Place, store: Store) -> None:
    """And only so: who owns the server can write a whole new chain."""
    head = note(store, 20)
    change(place, "DELETE FROM audit WHERE number > 10")
    note(store, 10)
    assert verify(store).fault is None
    verdict = verify(store, head)
    assert (verdict.fault, verdict.number) == (Fault.REWRITTEN, 20)


def test_entries_have_one_length_and_go_after_a_year_behind_a_checkpoint(place: Place, store: Store) -> None:
    note(store, 10)
    noted = store.write_now(lambda work: work.audit_head())
    place.clock.pass_days(200)
    settle_clock(place, store)
    later = note(store, 4)
    place.clock.pass_days(165)
    settle_clock(place, store)
    assert store.write_now(lambda work: work.prune_audit()) == 0

    place.clock.now += timedelta(days=1, seconds=1)
    settle_clock(place, store)
    assert store.write_now(lambda work: work.prune_audit()) == 10
    assert store.write_now(lambda work: work.prune_audit()) == 0
    newest = store.write_now(lambda work: work.audit(1))
    assert [("house", "checkpoint", (10).to_bytes(8, "big").hex())] == [(e.who, e.what, e.about) for e in newest]
    assert count(place, "audit WHERE number <= 10") == 0
    head = store.write_now(lambda work: work.audit_head())
    assert Verdict(8, head) == verify(store) == verify(store, later) == verify(store, noted)
    assert verify(store, (10, "11" * 32)).fault is Fault.REWRITTEN
    assert 1 == count(place, "(SELECT DISTINCT length(sealed) FROM audit) AS lengths")


def test_a_broken_stretch_is_not_pruned_away(place: Place, store: Store) -> None:
    note(store, 10)
    change(place, "DELETE FROM audit WHERE number = 5")
    place.clock.pass_days(400)
    settle_clock(place, store)
    assert store.write_now(lambda work: work.prune_audit()) == 4
    assert store.write_now(lambda work: work.prune_audit()) == 0
    assert (Fault.MISSING, 5) == (verify(store).fault, verify(store).number)


def test_refusals_are_counted_and_leave_no_entry(place: Place, store: Store) -> None:
    for _ in range(3):
        store.write_now(lambda work: work.count_refusal())
    assert store.write_now(lambda work: work.state()["refused"]) == 3
    assert count(place, "audit") == 0


@pytest.mark.figures
def test_a_hundred_thousand_entries_are_followed_in_seconds(store: Store, figure: Callable[[int, int], int]) -> None:
    entries = figure(10_000, 100_000)
    with store._engine.begin() as connection:
        begin, former, rows = audit.front(store._vault.instance), bytes(32), []
        for number in range(1, entries + 1):
            sealed = os.urandom(293)
            former = audit.link(begin, former, number, sealed)
            rows.append({"number": number, "sealed": sealed, "hash": former})
        connection.execute(table.insert(), rows)
    verdict = verify(store, (entries, former.hex()))
    assert (verdict.entries, verdict.fault) == (entries, None)
