"""Thousands of cases in a data folder, put there at once, and what can be read of them after trouble."""

from __future__ import annotations

import secrets
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any

from bot.intake import questionnaire
from bot.intake.answers import Answer
from bot.intake.summary import head
from bot.intake.triage import assess
from bot.store.records import Case
from bot.store.store import Store
from bot.store.work import Work
from bot.vault import Kind, Vault, open_vault
from tests.process.conftest import PASSPHRASE, Home

AT_ONCE = 250
"""Cases in one transaction."""
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

Told = dict[bytes, list[str]]
"""What each case says in words, by the case's id."""


def utc() -> datetime:
    return datetime.now(UTC)


def vault(home: Home) -> Vault:
    return open_vault(home.keyring, home.data / "day-keys", PASSPHRASE)


@contextmanager
def opened(home: Home, clock: Callable[[], datetime] = utc) -> Iterator[Store]:
    """A store of its own on the home's files, as a second process has it."""
    with Store.open(home.database_url, vault(home), clock=clock) as store:
        yield store


def fill(home: Home, count: int) -> Told:
    """So many cases of one entry each, whose words nobody else says."""
    told: Told = {}
    with opened(home) as store:
        for start in range(0, count, AT_ONCE):
            some = {secrets.token_bytes(16): f"Дело {start + number}" for number in range(min(AT_ONCE, count - start))}
            store.write_now(lambda work, some=some: _add(work, some))
            told |= {case: [words] for case, words in some.items()}
    return told


def _add(work: Work, some: Mapping[bytes, str]) -> None:
    asked = questionnaire.load()
    for case, words in some.items():
        at = int(work.now.timestamp())
        answers = [Answer("who", ("self",), at=at), Answer("trusted", text=words, at=at)]
        code = "".join(secrets.choice(LETTERS) for _ in range(8))
        judged = assess(asked, answers, work.now)
        first = head(None, answers, judged, code=code, language="ru", kind="sent", now=work.now)
        # Taken by someone who is here no more: nobody is alerted to thousands of cases at once.
        work.add_case(Case(case, None, first | {"state": "taken", "holder": case.hex()}))
        body = {"answers": [one.to_json() for one in answers], "removed": [], "later": False, "at": at}
        work.append_entry(case, body, asked.entry_size)


def told(home: Home) -> Told:
    """What every case of the home says, by the keys and files as they are now."""
    with opened(home) as store:
        cases = [case.id for case in store.write_now(lambda work: work.all_cases())]
        found: Told = {}
        for start in range(0, len(cases), AT_ONCE):
            some = cases[start : start + AT_ONCE]
            found |= store.write_now(lambda work, some=some: {case: _words(work.entries(case)) for case in some})
        assert store.damaged == 0
    return found


def _words(entries: list[dict[str, Any]]) -> list[str]:
    return [answer["text"] for entry in entries for answer in entry.get("answers", ()) if answer["text"]]


def wraps(home: Home) -> Counter[str]:
    """How many wraps stand under each case key, by the key's id in hexadecimal."""
    with closing(sqlite3.connect(f"file:{home.database}?mode=ro", uri=True, timeout=10)) as database:
        return Counter(dict(database.execute("SELECT lower(hex(case_key)), count(*) FROM wraps GROUP BY case_key")))


def case_keys(home: Home) -> set[str]:
    """The ids of the case keys that the keyring file holds now."""
    keys = vault(home).keys()
    return {key.id.hex() for key in keys if key.kind is Kind.CASE}


def generation(home: Home) -> int:
    """The generation of the keyring that the database has seen."""
    with closing(sqlite3.connect(f"file:{home.database}?mode=ro", uri=True, timeout=10)) as database:
        (number,) = database.execute("SELECT generation FROM meta").fetchone()
    return int(number)
