"""Thousands of cases in a data folder, put there at once, and what can be read of them after trouble."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Engine, Executable, NullPool, create_engine, func, select

from bot.intake import questionnaire
from bot.intake.answers import Answer
from bot.intake.summary import head
from bot.intake.triage import assess
from bot.store import tables
from bot.store.records import Case
from bot.store.store import Store
from bot.store.work import Work
from bot.vault import Kind, Vault, open_vault
from tests.process.conftest import Home

AT_ONCE = 250
"""Cases in one transaction."""
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

Told = dict[bytes, list[str]]
"""What each case says in words, by the case's id."""


def utc() -> datetime:
    return datetime.now(UTC)


def vault(home: Home) -> Vault:
    return open_vault(home.keyring, home.data / "day-keys", home.env["QORGAN_KEYRING_PASSPHRASE"])


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
        # Nothing more is to be done in them: the house leaves them alone, and nobody is alerted to thousands at once.
        work.add_case(Case(case, None, first | {"state": "closed", "times": {**first["times"], "closed": at}}))
        body = {"answers": [one.to_json() for one in answers], "removed": [], "later": False, "at": at}
        work.append_entry(case, body, asked.entry_size)


@dataclass(frozen=True)
class Kept:
    """A case as it can be read: its head, and each question with the newest answer to it, values or words."""

    head: dict[str, Any]
    answers: dict[str, list[str]]


def kept(home: Home) -> dict[bytes, Kept]:
    """Every case of the home, by the keys and files as they are now."""
    with opened(home) as store:
        heads = {case.id: case.head for case in store.write_now(lambda work: work.all_cases())}
        cases = list(heads)
        found: dict[bytes, Kept] = {}
        for start in range(0, len(cases), AT_ONCE):
            some = cases[start : start + AT_ONCE]
            read = store.write_now(lambda work, some=some: {case: work.entries(case) for case in some})
            found |= {case: Kept(heads[case], _newest(entries)) for case, entries in read.items()}
        assert store.damaged == 0
    return found


def _newest(entries: list[dict[str, Any]]) -> dict[str, list[str]]:
    newest: dict[str, list[str]] = {}
    for entry in entries:
        newest |= {one["question"]: one["values"] or [one["text"]] for one in entry.get("answers", ())}
        for question in entry.get("removed", ()):
            newest.pop(question, None)
    return newest


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
    grouped = select(tables.wraps.c.case_key, func.count()).group_by(tables.wraps.c.case_key)
    return Counter({key.hex(): count for key, count in asked(home, grouped)})


def case_keys(home: Home) -> set[str]:
    """The ids of the case keys that the keyring file holds now."""
    keys = vault(home).keys()
    return {key.id.hex() for key in keys if key.kind is Kind.CASE}


def generation(home: Home) -> int:
    """The generation of the keyring that the database has seen."""
    ((number,),) = asked(home, select(tables.meta.c.generation))
    return int(number)


def asked(home: Home, statement: Executable) -> list[Any]:
    """What anybody reads who reaches the database."""
    with _engine(home.database_url).connect() as connection:
        return list(connection.execute(statement).all())


@cache
def _engine(url: str) -> Engine:
    return create_engine(url, poolclass=NullPool)
