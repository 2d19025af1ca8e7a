"""A case is found by its return code's finder, as long as it is open and by no other code."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from bot.store.records import StoreError
from bot.store.store import Store
from bot.vault import Kind, Vault, open_keyring
from bot.vault.keys import Keys, fresh_key
from tests.store.shelf import PASSPHRASE, Place, a_case, change

CODE = ("река", "сарай", "тыква", "облако", "якорь", "гвоздь")
OTHER = (*CODE[:2], "лампа", "зонтик", "молоко", "ягода")
LATER = ("шорох", "улитка", "лампа", "зонтик", "молоко", "ягода")


def found(store: Store, vault: Vault, code: tuple[str, ...]) -> list[bytes]:
    return sorted(case.id for case in store.write_now(lambda work: work.find_return(vault.return_finders(code))))


def written(place: Place, kept: Keys) -> None:
    """These keys as the keyring's next generation, by another hand."""
    open_keyring(place.folder / "keyring", PASSPHRASE).save(kept)


def test_a_case_is_found_by_the_first_two_words_of_its_newest_code_whatever_is_saved_meanwhile(place: Place) -> None:
    vault = place.vault()
    one, two, third = (a_case(code) for code in ("AAAAAA", "BBBBBB", "CCCCCC"))
    with place.open_with(vault) as store:
        store.write_now(lambda work: [work.add_case(case) for case in (one, two, third)])
        assert [] == found(store, vault, CODE)
        store.write_now(lambda work: work.set_return(one.id, vault.return_finder(CODE)), beside=True)
        store.write_now(lambda work: work.set_return(two.id, vault.return_finder(OTHER)))
        assert sorted([one.id, two.id]) == found(store, vault, CODE) == found(store, vault, OTHER)

        heads = [replace(case, head=case.head | {"holder": "ab"}) for case in (one, two, third)]
        store.write_now(lambda work: work.save_cases(heads))
        assert sorted([one.id, two.id]) == found(store, vault, CODE)
        found_now = store.write_now(lambda work: work.find_return(vault.return_finders(CODE)))
        assert {case.id: case for case in heads[:2]} == {case.id: case for case in found_now}

        store.write_now(lambda work: work.set_return(one.id, vault.return_finder(LATER)))
        assert ([one.id], [two.id]) == (found(store, vault, LATER), found(store, vault, CODE))
        store.write_now(lambda work: work.set_return(one.id, None))
        assert [] == found(store, vault, LATER)


@pytest.mark.parametrize("end", ["closed", "erased"])
def test_a_case_that_is_over_is_found_by_no_code(place: Place, end: str) -> None:
    vault, case, other = place.vault(), a_case("AAAAAA"), a_case("BBBBBB")
    with place.open_with(vault) as store:
        store.write_now(lambda work: (work.add_case(case), work.add_case(other)))
        for each in (case, other):
            store.write_now(lambda work, each=each: work.set_return(each.id, vault.return_finder(CODE)))
        closed = replace(case, expires=date(2026, 9, 1))
        if end == "closed":
            store.write_now(lambda work: work.save_cases([other, closed]))
        else:
            store.write_now(lambda work: work.erase_case(case.id))
        assert [other.id] == found(store, vault, CODE)
        if end == "closed":  # nor does the code come back with the case
            store.write_now(lambda work: work.save_cases([case]))
            assert [other.id] == found(store, vault, CODE)


def test_an_earlier_version_beside_us_keeps_the_finder_and_what_it_closes_is_not_found(place: Place) -> None:
    vault, case = place.vault(), a_case("AAAAAA")
    with place.open_with(vault) as store:
        store.write_now(lambda work: work.add_case(case))
        store.write_now(lambda work: work.set_return(case.id, vault.return_finder(CODE)))
        for expires, expected in ((None, [case.id]), (date(2026, 9, 1).toordinal(), [])):
            change(
                place,
                "INSERT INTO cases (id, chat, code, code_key, head, expires)"
                " SELECT id, chat, code, code_key, head, :expires FROM cases WHERE id = :id"
                " ON CONFLICT (id) DO UPDATE SET head = excluded.head, expires = excluded.expires",
                id=case.id,
                expires=expires,
            )
            assert expected == found(store, vault, CODE)


def test_a_finder_under_the_former_key_is_found(place: Place) -> None:
    case, before = a_case("AAAAAA"), place.vault()
    with place.open_with(before) as store:
        store.write_now(lambda work: work.add_case(case))
        store.write_now(lambda work: work.set_return(case.id, before.return_finder(CODE)))
    keys = open_keyring(place.folder / "keyring", PASSPHRASE).keys
    written(place, keys.rotated(fresh_key(Kind.RETURN, date(2026, 3, 2))))
    vault = place.vault()
    with place.open_with(vault) as store:
        assert [case.id] == found(store, vault, CODE)


def test_a_keyring_of_an_earlier_version_gets_its_return_key_when_the_bot_starts_and_no_sooner(place: Place) -> None:
    """The database knows of the new generation with it, so that nobody goes on with the keyring from before."""
    place.open().close()
    keys = open_keyring(place.folder / "keyring", PASSPHRASE).keys
    written(place, replace(keys, all=tuple(key for key in keys.all if key.known.kind is not Kind.RETURN)))
    stored = (place.folder / "keyring").read_bytes()
    running = place.vault()
    with place.open_with(running, migrate=False):
        assert stored == (place.folder / "keyring").read_bytes()

    vault = place.vault()
    with place.open_with(running, migrate=False) as other, place.open_with(vault) as store:
        assert (3, 3) == (vault.generation, place.vault().generation)
        case = a_case("AAAAAA")
        store.write_now(lambda work: work.add_case(case))
        store.write_now(lambda work: work.set_return(case.id, vault.return_finder(CODE)))
        other.write_now(lambda work: None)  # takes up the keyring
        assert [case.id] == found(other, running, CODE)
    (place.folder / "keyring").write_bytes(stored)
    with pytest.raises(StoreError):
        place.open()


def test_nothing_of_a_code_s_words_is_in_the_database(place: Place) -> None:
    vault, case = place.vault(), a_case("AAAAAA")
    with place.open_with(vault) as store:
        store.write_now(lambda work: work.add_case(case))
        store.write_now(lambda work: work.set_return(case.id, vault.return_finder(CODE)))
        kept = store.write_now(lambda work: json.dumps([each.head for each in work.all_cases()]))
    assert not any(word in kept for word in CODE)
    if place.database.exists():
        files = b"".join(path.read_bytes() for path in place.folder.iterdir() if path.is_file())
        assert not any(word.encode() in files for word in CODE)
