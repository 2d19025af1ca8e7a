"""The house's own part of ``Work``: its state and clock, its processes, the audit log."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bot.store import audit, chain, clock, lease, processes, rotation, state
from bot.store.records import Act, AuditEntry, Body, KeyCount, Process, StaleWrap, Verdict
from bot.store.transaction import Transaction
from bot.vault import CasePublic, Custody


class Upkeep:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    @property
    def _alone(self) -> Transaction:
        """Most of what is here is read and changed as a whole."""
        return self._transaction.claim()

    # What the house remembers of itself.

    def state(self) -> Body:
        return state.load(self._alone)

    def save_state(self, saved: Body) -> None:
        state.save(self._alone, saved)

    def count_refusal(self) -> None:
        """Somebody who is not staff tried what only staff may: counted, never written down."""
        state.count_refusal(self._alone)

    # The clock guard.

    def clock_sure(self) -> bool:
        """Not in doubt. A jump of more than a day since last time is a doubt, and stays one."""
        return clock.sure(self._alone)

    def clock_settled(self) -> bool:
        """Whether what is past its time may be destroyed: sure, and not confirmed within the last three days."""
        return clock.settled(self._alone)

    def doubt_clock(self, why: str) -> None:
        clock.doubt(self._alone, why)

    def confirm_clock(self, actor: str) -> None:
        clock.confirm(self._alone, actor)

    # Processes at work on this database.

    def report_process(self, process: bytes, lasts: int = 60) -> None:
        """This process lives for another ``lasts`` seconds, with the generation it has now."""
        processes.report(self._alone, process, lasts)

    def drop_process(self, process: bytes) -> None:
        processes.drop(self._alone, process)

    def processes(self) -> list[Process]:
        """Those that live."""
        return processes.live(self._alone)

    # The lead.

    def take_lead(self, holder: bytes, lasts: float, gone: Callable[[bytes], bool] = lambda _: False) -> bool:
        """Have the lead for another ``lasts`` seconds, unless another process has it that is not ``gone``."""
        return lease.take(self._transaction, holder, lasts, gone)

    def give_up_lead(self, holder: bytes) -> None:
        lease.give_up(self._transaction, holder)

    # Keys. KeyringError where the keyring can't be written: then nothing has changed.

    @property
    def instance(self) -> bytes:
        return self._transaction.vault.instance

    @property
    def custody(self) -> Custody:
        return self._transaction.vault.custody

    @property
    def case_public(self) -> CasePublic:
        """The public half of the active case key."""
        return self._transaction.vault.case_public

    def keys(self) -> list[KeyCount]:
        """Every key of the keyring with the wraps under it; last, without a state, those under ids not in it."""
        return rotation.counts(self._alone)

    def begin_rotation(self, actor: str, public: CasePublic | None = None) -> bool:
        """A new case key (made here, or kept elsewhere: ``public``) is used from now on.

        False while wraps are still to be moved from an earlier one.
        """
        return rotation.begin(self._alone, actor, public)

    def stale_wraps(self, after: int, limit: int) -> list[StaleWrap]:
        """Those that can be moved to the active key here, in the order of their numbers, from ``after`` on."""
        return rotation.stale(self._alone, after, limit)

    def stale_count(self) -> int:
        """Damaged ones, which stay, included."""
        return rotation.stale_count(self._alone)

    def replace_wraps(self, replaced: Iterable[tuple[bytes, bytes, bytes]]) -> int:
        """Entry, the wrap it should have, its new wrap; gives how many had it and are replaced.

        A new wrap that is not under the active case key is passed over.
        """
        return rotation.replace(self._alone, replaced)

    def report_damaged(self, suspects: Iterable[StaleWrap]) -> list[StaleWrap]:
        """Of wraps that didn't open, those that still stand as they were: counted as damaged."""
        return rotation.report_damaged(self._alone, suspects)

    def destroy_spent_keys(self, actor: str) -> int:
        """Retired case keys with nothing wrapped to them, once every live process has this generation.

        None while the clock is in doubt.
        """
        return rotation.destroy_spent(self._alone, actor)

    def all_wraps(self) -> list[tuple[bytes, bytes, bytes]]:
        """Case, entry and wrap of all but those that can be moved here.

        In custody "server" only of those not under the active case key, where there are such.
        """
        return rotation.every(self._alone)

    # The audit log.

    def actor(self, user: int) -> str:
        """A pseudonym of one of the staff, the same each time; only who holds the keys can make it."""
        return audit.actor(self._transaction, user)

    def hashes(self, label: str, secret: str) -> list[str]:
        """Of something that is to be recognised and not kept; what is kept is the first, a look-up asks for all."""
        return [one.digest.hex() for one in self._transaction.vault.indexes(label, secret.encode())]

    def note(self, actor: str, act: Act, about: bytes = b"") -> None:
        audit.note(self._alone, actor, act, about)

    def audit(self, limit: int = 20, before: int | None = None) -> list[AuditEntry]:
        """The newest first."""
        return audit.read(self._alone, limit, before)

    def audit_head(self) -> tuple[int, str]:
        """Number and hash of the last entry, to be noted elsewhere."""
        number, chained = audit.head(self._alone)
        return number, chained.hex()

    def verify_audit(self, head: tuple[int, str] | None = None) -> Verdict:
        """Follow the whole chain; against a head noted earlier it is also seen if it was cut or made anew."""
        return chain.verify(self._alone, head)

    def prune_audit(self) -> int:
        """Entries older than a year go behind a checkpoint; none before the clock is settled."""
        return chain.prune(self._alone) if self.clock_settled() else 0
