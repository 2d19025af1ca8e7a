"""A rotation, step by step, and what stands under which key."""

from __future__ import annotations

from collections import Counter

from bot.store.rewrapping import Rewrapping
from bot.store.store import Store
from bot.store.work import Work
from bot.vault import (
    Kind,
    State,
    Vault,
)
from tests.store.shelf import a_case

ACTOR = "0123456789abcdef"


def fill(store: Store, entries: int) -> dict[bytes, list[dict[str, int]]]:
    """Ten cases with so many entries between them."""
    cases = [a_case(f"CODE{number}") for number in range(10)]
    bodies: dict[bytes, list[dict[str, int]]] = {case.id: [] for case in cases}

    def everything(work: Work) -> None:
        for case in cases:
            work.add_case(case)
        for number in range(entries):
            case = cases[number % 10].id
            work.append_entry(case, {"n": number}, 512)
            bodies[case].append({"n": number})

    store.write_now(everything)
    return bodies


def read(store: Store, cases: dict[bytes, list[dict[str, int]]]) -> dict[bytes, list[dict[str, int]]]:
    return store.write_now(lambda work: {case: work.entries(case) for case in cases})


def rotate(store: Store) -> bool:
    return store.write_now(lambda work: work.begin_rotation(ACTOR))


def finish(store: Store, vault: Vault) -> Rewrapping:
    rewrapping = Rewrapping(store, vault, batch=16)
    while rewrapping.step():
        pass
    return rewrapping


def destroy(store: Store) -> int:
    return store.write_now(lambda work: work.destroy_spent_keys(ACTOR))


def under(store: Store) -> list[tuple[State, int]]:
    """Wraps under each case key, and under unknown ones."""
    counted = store.write_now(lambda work: work.keys())
    return [
        (each.state.state, each.wraps) for each in counted if each.state is not None and each.state.kind is Kind.CASE
    ]


def acts(store: Store) -> Counter[tuple[str, str]]:
    return Counter((each.who, each.what) for each in store.write_now(lambda work: work.audit(100)))
