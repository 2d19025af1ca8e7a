"""What every command of the shell begins and ends with: settings, keyring, database; the head of the audit log."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import click

from bot import settings as reading
from bot.settings import PASSPHRASE, Settings, SettingsError
from bot.store.records import Case
from bot.store.store import Store
from bot.store.work import Work
from bot.vault import Vault, open_vault

T = TypeVar("T")


class Refused(Exception):
    """What a command was asked and doesn't do; ``hint`` says what to do instead."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True)
class Opened:
    """The bot's own keys and database, in the hands of whoever types."""

    settings: Settings
    vault: Vault
    store: Store

    def do(self, work: Callable[[Work], T]) -> T:
        """One transaction; committed when it returns."""
        return self.store.write_now(work)


@contextmanager
def opened(file: Path | None, environ: Mapping[str, str] = os.environ) -> Iterator[Opened]:
    """What the settings name, opened with the passphrase; at the end it is said where the audit log stands."""
    settings = reading.load(environ, file)
    if settings.passphrase is None:
        raise SettingsError(
            "missing: the passphrase of the keyring",
            f"set {PASSPHRASE} or {PASSPHRASE}_FILE; who lost it: qorgan keys join",
        )
    vault = open_vault(settings.keyring, settings.day_keys, settings.passphrase)
    with Store.open(settings.database_url, vault) as store, headed(store):
        yield Opened(settings, vault, store)


@contextmanager
def headed(store: Store) -> Iterator[None]:
    """At the end it is said where the audit log stands, also where the command is refused."""
    try:
        yield
    except BaseException:
        with suppress(Exception):  # the refusal is what has to be told
            tell_head(store)
        raise
    tell_head(store)


def tell_head(store: Store) -> None:
    """Written down elsewhere, it proves later that nothing up to there was altered."""
    number, chained = store.write_now(lambda work: work.audit_head())
    click.echo(f"audit head: {number} {chained}", err=True)


def find(work: Work, code: str) -> Case:
    case = work.case_by_code(code.strip().upper())
    if case is None:
        raise Refused(f"there is no case {plain(code)}", "see: qorgan cases list")
    return case


def plain(words: str) -> str:
    """Words of others as a terminal may show them: nothing in them acts, or turns the line around."""
    return "".join(" " if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp") else one for one in words)
