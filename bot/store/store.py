"""The store: one writer thread, in which functions that wait together are committed together."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.store import generation, locks, news, outgoing, rotation, schema, tombstones
from bot.store.engine import checkpoint, make_engine, microseconds, out_of_reach, snapshot
from bot.store.records import StoreError
from bot.store.transaction import Transaction
from bot.store.work import Work
from bot.vault import Erasure, KeyringError, Vault, add_erasures

T = TypeVar("T")
_Outcome = tuple[Any, BaseException | None]
GROUP = 256
"""Functions committed together at most, so that the first of them need not wait for ever."""


@dataclass(frozen=True, slots=True)
class _Job:
    work: Callable[[Work], Any]
    future: Future[Any]
    beside: bool


def _utc() -> datetime:
    return datetime.now(UTC)


class Store:
    """Everything that is SQL. ``write`` gives a result only once it is committed and on disk."""

    def __init__(
        self,
        engine: Engine,
        vault: Vault,
        clock: Callable[[], datetime],
        last_turn: int,
        buried: frozenset[Erasure] = frozenset(),
    ) -> None:
        self._engine = engine
        self._vault = vault
        self._clock = clock
        self._turn = last_turn
        self._damaged: set[tuple[str, bytes]] = set()
        self._erased = False
        self._buried = {*buried}
        self._bury()
        self._to_checkpoint = True  # another process may have erased something and been hindered
        self._closed = False
        self.sends: Callable[[], bool] = lambda: False
        """Whether it is this process that sends: else the one that does is told of what is committed here."""
        self.committed: Callable[[float], None] = lambda seconds: None
        """Hears how long each transaction took."""
        self._lock = threading.Lock()
        self._waiting: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)
        self._thread.start()

    @classmethod
    def open(
        cls, url: str, vault: Vault, *, migrate: bool = False, clock: Callable[[], datetime] = _utc
    ) -> Store:
        """Check file, schema, instance and generation; with ``migrate`` make or mend file and schema."""
        engine = make_engine(url, create=migrate)
        try:
            with engine.begin() as connection:
                locks.enter(connection, alone=True)
                schema.bring_up(connection, migrate=migrate)
                generation.meet(connection, vault)
                transaction = Transaction(connection, vault, clock(), set())
                if migrate:
                    generation.complete(connection, vault, transaction.today)
                rotation.account(transaction, noted=False)
                last = outgoing.last_turn(transaction)
                index = vault.index(tombstones.ERASED, b"").key_id
                buried = tombstones.every(connection, index)  # a process may have died before it told of one
        except SQLAlchemyError as error:
            engine.dispose()
            raise out_of_reach(error) or StoreError(
                f"the database can't be opened ({_kind(error)})",
                "the file must be a qorgan database, on a disk with room, in a folder the bot may write",
            ) from None
        except StoreError:
            engine.dispose()
            raise
        return cls(engine, vault, clock, last, buried)

    @property
    def log_emptied(self) -> bool:
        """Whether what was erased here is out of the database's files; a reader can hinder it."""
        return not self._to_checkpoint

    @property
    def damaged(self) -> int:
        """Rows met since the start that should open and don't."""
        return len(self._damaged)

    async def write(self, work: Callable[[Work], T], *, beside: bool = False) -> T:
        """Run ``work`` in the writer's next transaction; its exception undoes it alone and is raised here.

        ``beside``: it may go on beside such work of other processes, and may have to be run twice.
        """
        return await asyncio.wrap_future(self._submit(work, beside))

    async def read(self, act: Callable[[Work], T]) -> T:
        """What ``act`` finds committed at one moment, beside whoever writes; it can change nothing."""
        return await asyncio.to_thread(self._read, act)

    def _read(self, act: Callable[[Work], T]) -> T:
        try:
            with snapshot(self._engine) as connection:
                # What does not open here may be sealed by keys that the writer takes up only now.
                return act(Work(Transaction(connection, self._vault, self._clock(), set()), self._no_turn))
        except SQLAlchemyError as error:
            raise _refusal(error) from None

    def listen(
        self, begun: Callable[[], None], heard: Callable[[set[bytes]], None], wanted: Callable[[], bool]
    ) -> bool:
        """Hear in the calling thread of outbox rows that other processes commit, while ``wanted``: see ``news``.

        StoreError where the database is out of reach.
        """
        try:
            return news.listen(self._engine, begun, heard, wanted)
        except (SQLAlchemyError, psycopg.Error) as error:
            raise _refusal(error) from None

    def write_now(self, work: Callable[[Work], T], *, beside: bool = False) -> T:
        """The same for the shell, without an event loop."""
        return self._submit(work, beside).result()

    def close(self) -> None:
        """Finish what waits, then let go of the database."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._waiting.put(None)
        self._thread.join()
        self._engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _submit(self, work: Callable[[Work], T], beside: bool) -> Future[T]:
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise StoreError("the store is closed", "the bot is stopping; nothing more is written")
            self._waiting.put(_Job(work, future, beside))
        return future

    def _run(self) -> None:
        running = True
        while running:
            group: list[_Job] = []
            job = self._waiting.get()
            while job is not None:
                if job.future.set_running_or_notify_cancel():
                    group.append(job)
                if len(group) == GROUP:
                    break
                try:
                    job = self._waiting.get_nowait()
                except Empty:
                    break
            running = job is not None
            if group:
                self._commit(group)

    def _commit(self, group: list[_Job]) -> None:
        begun = time.monotonic()
        try:
            outcomes = self._together(group)
        except Exception as error:
            for job in group:
                job.future.set_exception(_refusal(error))
            return
        self.committed(time.monotonic() - begun)
        self._empty_log()
        self._bury()
        for job, (result, failed) in zip(group, outcomes, strict=True):
            if failed is None:
                job.future.set_result(result)
            else:
                job.future.set_exception(failed)

    def _together(self, group: list[_Job]) -> list[_Outcome]:
        if all(job.beside for job in group):
            try:
                return self._transact(group, alone=False)
            except (locks.NotAlone, SQLAlchemyError) as error:
                if not locks.crossed(error):
                    raise
        return self._transact(group, alone=True)

    def _transact(self, group: list[_Job], *, alone: bool) -> list[_Outcome]:
        outcomes: list[_Outcome] = []
        changed: set[bytes] = set()
        buried: set[Erasure] = set()
        with self._engine.begin() as connection:
            alone = locks.enter(connection, alone=alone)
            seen = generation.take_up(connection, self._vault)
            if self._vault.generation > seen:
                rotation.account(self._transaction(connection, alone).claim(), noted=False)
            for job in group:
                outcomes.append(self._attempt(connection, job, alone, changed, buried))
            if self._vault.generation > seen:
                rotation.account(self._transaction(connection, alone).claim(), noted=True)
                generation.mirror(connection, self._vault)
            if changed and not self.sends():
                news.tell(connection, changed)
        self._buried |= buried
        return outcomes

    def _attempt(
        self, connection: Connection, job: _Job, alone: bool, changed: set[bytes], buried: set[Erasure]
    ) -> _Outcome:
        transaction = self._transaction(connection, alone)
        savepoint = connection.begin_nested()
        try:
            result = job.work(Work(transaction, self._turns(connection)))
        except BaseException as error:
            # If the database has given up the whole transaction, this fails, and so does the group.
            savepoint.rollback()
            if not alone and locks.crossed(error):
                raise
            return None, error
        savepoint.commit()
        self._erased |= transaction.erased
        changed |= transaction.outgoing
        buried |= transaction.buried
        return result, None

    def _transaction(self, connection: Connection, alone: bool) -> Transaction:
        return Transaction(connection, self._vault, self._clock(), self._damaged, alone)

    def _empty_log(self) -> None:
        """Before anyone is told that something is erased; if a reader hinders it, after the next commit."""
        self._to_checkpoint |= self._erased
        if self._to_checkpoint:
            with suppress(SQLAlchemyError, sqlite3.Error):
                self._to_checkpoint = not checkpoint(self._engine, wait=self._erased)
            self._erased = False

    def _bury(self) -> None:
        """What is erased is told to the file beside the keyring; where that fails, after the next commit again."""
        if self._buried:
            with suppress(KeyringError):
                add_erasures(self._vault.erasures, self._buried, self._clock().date().toordinal())
                self._buried = set()

    def _no_turn(self) -> int:
        raise StoreError("nothing is written in a reading", "use Store.write")

    def _turns(self, connection: Connection) -> Callable[[], int]:
        """Each later than all before it, on PostgreSQL also than those of a process whose rows were waited for."""
        begun = 0

        def next_turn() -> int:
            nonlocal begun
            begun = begun or microseconds(connection, self._clock)
            self._turn = max(self._turn + 1, begun)
            return self._turn

        return next_turn


def _refusal(error: Exception) -> StoreError:
    """One for each who waits: a raised error carries its traceback with it."""
    if isinstance(error, StoreError):
        return StoreError(error.message, error.hint)
    return out_of_reach(error) or StoreError(
        f"the database did not take a write ({_kind(error)})",
        "nothing of it is stored; see that its disk has room and can be written",
    )


def _kind(error: BaseException) -> str:
    """An error's kind in the database's words; never its text, which can quote what was written."""
    origin = getattr(error, "orig", None) or error
    return getattr(origin, "sqlite_errorname", None) or type(origin).__name__
