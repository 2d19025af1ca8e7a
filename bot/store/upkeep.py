"""The house's own part of ``Work``: its state and clock, its processes, the audit log."""

from __future__ import annotations

from bot.store import audit, clock, processes, state
from bot.store.records import Act, AuditEntry, Body, Process
from bot.store.transaction import Transaction


class Upkeep:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    # What the house remembers of itself.

    def state(self) -> Body:
        return state.load(self._transaction)

    def save_state(self, saved: Body) -> None:
        state.save(self._transaction, saved)

    def count_refusal(self) -> None:
        """Somebody who is not staff tried what only staff may: counted, never written down."""
        state.count_refusal(self._transaction)

    # The clock guard.

    def clock_sure(self) -> bool:
        """Whether anything may be destroyed. A jump of more than a day since last time is a doubt, and stays one."""
        return clock.sure(self._transaction)

    def doubt_clock(self, why: str) -> None:
        clock.doubt(self._transaction, why)

    def confirm_clock(self, actor: str) -> None:
        clock.confirm(self._transaction, actor)

    # Processes at work on this database.

    def report_process(self, process: bytes, lasts: int = 60) -> None:
        """This process lives for another ``lasts`` seconds, with the generation it has now."""
        processes.report(self._transaction, process, lasts)

    def drop_process(self, process: bytes) -> None:
        processes.drop(self._transaction, process)

    def processes(self) -> list[Process]:
        """Those that live."""
        return processes.live(self._transaction)

    # The audit log.

    def actor(self, user: int) -> str:
        """A pseudonym of one of the staff, the same each time; only who holds the keys can make it."""
        return audit.actor(self._transaction, user)

    def note(self, actor: str, act: Act, about: bytes = b"") -> None:
        audit.note(self._transaction, actor, act, about)

    def audit(self, limit: int = 20, before: int | None = None) -> list[AuditEntry]:
        """The newest first."""
        return audit.read(self._transaction, limit, before)

    def audit_head(self) -> tuple[int, str]:
        """Number and hash of the last entry, to be noted elsewhere."""
        number, chained = audit.head(self._transaction)
        return number, chained.hex()
