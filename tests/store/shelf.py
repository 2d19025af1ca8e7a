"""A data folder with a keyring of cheap Argon2id costs, and values to put in a store."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine, text

from bot.store.records import Case, Chat
from bot.store.store import Store
from bot.vault import Kdf, Vault, create_keyring, open_vault

PASSPHRASE = "a cheap one for tests"
KDF = Kdf(memory=8, passes=1, lanes=1)
START = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def pass_days(self, days: int) -> None:
        self.now += timedelta(days=days)


@dataclass
class Place:
    """A data folder, its clock, its database, and what opens a store in it."""

    folder: Path
    clock: Clock = field(default_factory=Clock)
    url: str = ""

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.url = self.url or f"sqlite:///{self.database}"
        create_keyring(self.folder / "keyring", PASSPHRASE, kdf=KDF)

    @property
    def database(self) -> Path:
        return self.folder / "qorgan.db"

    def vault(self) -> Vault:
        return open_vault(self.folder / "keyring", self.folder / "day-keys", PASSPHRASE)

    def open(self, *, migrate: bool = True) -> Store:
        return self.open_with(self.vault(), migrate=migrate)

    def open_with(self, vault: Vault, *, migrate: bool = True) -> Store:
        return Store.open(self.url, vault, migrate=migrate, clock=self.clock)


def settle_clock(place: Place, store: Store) -> None:
    """The clock, as it stands, has been confirmed three days ago."""
    place.clock.pass_days(-3)
    store.write_now(lambda work: work.confirm_clock("shell"))
    for _ in range(3):
        place.clock.pass_days(1)
        assert store.write_now(lambda work: work.clock_sure())


def a_chat(user: int = 7_000_000_001, *, lasting: bool = False, **draft: object) -> Chat:
    return Chat(os.urandom(16), user, {"chat": user, "place": "Алматы"}, dict(draft) or None, lasting)


def a_case(code: str = "K7M2QX", chat: bytes | None = None, **head: object) -> Case:
    return Case(os.urandom(16), chat, {"code": code, "urgency": "critical", **head})


def change(place: Place, statement: str, **values: object) -> None:
    """Someone else's hand in the database."""
    engine = create_engine(place.url)
    with engine.begin() as connection:
        connection.execute(text(statement), values)
    engine.dispose()


def count(place: Place, table: str) -> int:
    engine = create_engine(place.url)
    with engine.connect() as connection:
        found = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar()
    engine.dispose()
    return int(found or 0)
