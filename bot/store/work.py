"""What a function given to ``Store.write`` may do: every reading and writing, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime

from bot.store import cases, chats, clock, outgoing, restored, seen, slots, snapshot, staff, tombstones
from bot.store.records import Body, Case, Chat, Outgoing, Pruned, Queue, Slot, Staff
from bot.store.snapshot import Snapshot
from bot.store.transaction import Transaction
from bot.store.upkeep import Upkeep
from bot.vault import Erasure, Index, SealedFileEntry

SEEN_DAYS = 3
"""Telegram delivers again for 24 hours at most."""


class Work(Upkeep):
    """Lists in, dicts out: one query a table for a batch. Not to be kept beyond the function's end.

    What is loaded by its key is nobody else's to change until the end. What reads or changes a whole table
    is for one who is alone with the database: begun beside others, the function is run again, alone.
    """

    def __init__(self, transaction: Transaction, next_turn: Callable[[], int]) -> None:
        super().__init__(transaction)
        self.next_turn = next_turn

    @property
    def now(self) -> datetime:
        return self._transaction.now

    def snapshot(self) -> Snapshot:
        """What is committed now; whoever asks closes it."""
        return snapshot.take(self._transaction)

    # Chats. One whose day key is gone, or that is damaged, is absent; so is its draft.

    def load_chats(self, users: Iterable[int]) -> dict[int, Chat]:
        return chats.load(self._transaction, users)

    def load_chats_by_id(self, ids: Iterable[bytes]) -> dict[bytes, Chat]:
        return chats.load_by_id(self._transaction, ids)

    def all_chats(self) -> list[Chat]:
        return chats.load_all(self._alone)

    def save_chats(self, saved: Iterable[Chat]) -> None:
        """Insert or update. A chat not loaded in this work replaces the person's other rows."""
        chats.save(self._transaction, saved)

    def delete_chat(self, chat: bytes) -> None:
        chats.remove(self._alone, chat)

    # Cases.

    def add_case(self, case: Case) -> None:
        """Raises sqlalchemy's IntegrityError if the id or the code is taken."""
        cases.add(self._transaction, case)

    def save_cases(self, saved: Iterable[Case]) -> None:
        cases.save(self._transaction, saved)

    def load_cases(self, ids: Iterable[bytes]) -> dict[bytes, Case]:
        return cases.load(self._transaction, ids)

    def case_by_code(self, code: str) -> Case | None:
        return cases.by_code(self._alone, code)

    def case_id_by_code(self, code: str) -> bytes | None:
        """Of a damaged case, too."""
        return cases.id_by_code(self._alone, code)

    def set_return(self, case: bytes, finder: Index | None) -> None:
        """The case is found by its return code from now on, and by no earlier one; None: by no code.

        Closing or erasing it takes the finder away.
        """
        cases.set_return(self._transaction, case, finder)

    def find_return(self, finders: Iterable[Index]) -> list[Case]:
        """The open cases that share a finder: which of them a code is for, its proof tells."""
        return cases.by_finders(self._alone, finders)

    def keep_return(self, case: bytes, words: Sequence[str]) -> bytes:
        """The case is found by this code from now on; gives what proves it, to be kept with the person's address."""
        vault = self._transaction.vault
        self.set_return(case, vault.return_finder(words))
        return vault.return_proof(words, case)

    def returned(self, words: Sequence[str]) -> list[Case]:
        """The open cases that this code may be for."""
        return self.find_return(self._transaction.vault.return_finders(words))

    def proves_return(self, words: Sequence[str], case: bytes, proof: bytes) -> bool:
        return self._transaction.vault.proves(words, case, proof)

    def word_verifier(self, word: str, chat: bytes) -> bytes:
        """What a code word is known by again, for the chat that it opens."""
        return self._transaction.vault.word_verifier(word, chat)

    def verifies_word(self, word: str, chat: bytes, verifier: bytes) -> bool:
        return self._transaction.vault.verifies(word, chat, verifier)

    def all_cases(self) -> list[Case]:
        return cases.load_all(self._alone)

    def case_marks(self) -> dict[bytes, bytes]:
        """Of each case what changes whenever its head is saved; nothing is opened for it."""
        return cases.marks(self._alone)

    def damaged_cases(self, opened: int | None = None) -> int:
        """Cases that none of the other methods give, because their head does not open.

        ``opened``: how many all others are, where they have just been loaded.
        """
        return cases.damaged(self._alone, opened)

    def cases_of_chat(self, chat: bytes) -> list[Case]:
        return cases.of_chat(self._alone, chat)

    def expired_cases(self, today: date) -> list[bytes]:
        return cases.expired(self._alone, today.toordinal())

    def append_entry(self, case: bytes, body: Body, size: int) -> bytes:
        """Seal ``body`` as the case's next entry, padded to exactly ``size``; gives the entry's id."""
        return cases.append(self._transaction, case, body, size)

    def entries(self, case: bytes) -> list[Body]:
        """In the order of appending."""
        return cases.read(self._transaction, case)

    def erase_case(self, case: bytes) -> None:
        """Remove a case's entries, wraps, head, slots, and the outbox rows that name it or a slot of it.

        Its messages in chats are to be deleted by ``delete`` rows that don't name the case. A tombstone stays.
        """
        outgoing.forget_case(self._alone, case, slots.ids_of_case(self._transaction, case))
        cases.erase(self._transaction, case)
        tombstones.add(self._transaction, case)

    def erased_cases(self) -> int:
        """How many cases were erased, as long as their tombstones stand."""
        return tombstones.count(self._alone)

    def remember_erased(self, erasures: Iterable[Erasure]) -> list[bytes]:
        """Erasures that this database does not know of, as it comes from a backup; gives the cases to erase again."""
        tombstones.merge(self._alone, erasures)
        return tombstones.returned(self._alone)

    def sealed_entries(self, case: bytes) -> list[SealedFileEntry]:
        """As they stand, in the order of appending: for a file that is opened elsewhere."""
        return cases.sealed(self._transaction, case)

    def entry_count(self, case: bytes) -> int:
        """Those whose wrap is gone, too."""
        return cases.entry_count(self._transaction, case)

    def kept_elsewhere(self, sealed: Iterable[SealedFileEntry]) -> bool:
        """Whether one of these entries is under a case key whose private half is not here.

        Asked of each case: on the way back from offline custody some are under each kind of key.
        """
        return any(cases.kept_elsewhere(self._transaction, one.wrap) for one in sealed)

    def ciphertexts(self, case: bytes) -> list[bytes]:
        """Every envelope kept for the case, for the proof that after erasing it none is left."""
        ids = slots.ids_of_case(self._transaction, case)
        return [
            *cases.envelopes(self._transaction, case),
            *slots.envelopes(self._transaction, case),
            *outgoing.envelopes(self._transaction, case, ids),
        ]

    # The outbox.

    def put_outgoing(self, rows: Iterable[Outgoing]) -> None:
        """Insert, or replace the row of the same id unless that one has a later turn."""
        outgoing.put(self._transaction, rows)

    def load_outgoing(self, ids: Iterable[bytes]) -> dict[bytes, Outgoing]:
        """Of these rows those that are not settled yet."""
        return outgoing.load(self._transaction, ids)

    def remove_outgoing(self, ids: Iterable[bytes]) -> None:
        outgoing.remove(self._transaction, ids)

    def settle(self, sent: Iterable[tuple[bytes, int]]) -> None:
        """Remove what was sent; a row replaced by a later turn since stays."""
        outgoing.settle(self._transaction, sent)

    def due(self, now: int, limit: int, max_priority: int) -> list[Outgoing]:
        """What may be sent now, by priority and turn, but what others have in hand; never wakes."""
        return outgoing.due(self._transaction, now, limit, max_priority)

    def due_wakes(self, now: int, limit: int) -> list[Outgoing]:
        return outgoing.due_wakes(self._transaction, now, limit)

    def queues(self, now: int) -> list[Queue]:
        """How much may be sent now, and for how long it might have been; nothing is opened for it."""
        return outgoing.queues(self._transaction, now)

    def next_due(self, after: int) -> int | None:
        """When the earliest row later than ``after`` falls due, wakes included."""
        return outgoing.next_due(self._transaction, after)

    def forget_bot(self) -> list[Outgoing]:
        """Another bot takes over: message ids, numbers of updates and all that waits to be sent were the other's.

        Gives what was to be sent; timers stay.
        """
        slots.drop_all(self._alone)
        seen.forget(self._alone)
        return outgoing.take_all(self._alone)

    def settle_restored(self) -> None:
        """After a restore: nothing waits to be sent, no message of ours is known, no draft, no process, no lead."""
        restored.settle(self._alone)

    # Slots.

    def load_slots(self, ids: Iterable[bytes]) -> dict[bytes, Slot]:
        return slots.load(self._transaction, ids)

    def save_slots(self, saved: Iterable[Slot]) -> None:
        slots.save(self._transaction, saved)

    def drop_slots(self, ids: Iterable[bytes]) -> None:
        slots.drop(self._transaction, ids)

    def slots_of_case(self, case: bytes) -> list[Slot]:
        return slots.of_case(self._transaction, case)

    def slots_in(self, chat: int) -> list[Slot]:
        """Whatever of ours stands in a chat; every slot there is has to be opened for it."""
        return [slot for slot in slots.load_all(self._alone) if slot.body["chat"] == chat]

    # Staff.

    def staff(self) -> list[Staff]:
        return staff.load(self._transaction)

    def save_staff(self, saved: Iterable[Staff]) -> None:
        staff.save(self._alone, saved)

    # Updates and retention.

    def unseen(self, update_ids: Iterable[int]) -> set[int]:
        return seen.unseen(self._transaction, update_ids)

    def remember(self, update_ids: Iterable[int]) -> None:
        seen.remember(self._transaction, update_ids)

    def prune_seen(self, before: date) -> int:
        return seen.prune(self._alone, before.toordinal())

    def prune(self, today: date) -> Pruned:
        """Remove what is past its day, and the day keys nothing needs; waiting rows get today's key.

        Nothing before the clock is settled.
        """
        if not clock.settled(self._alone):
            return Pruned()
        day = today.toordinal()
        over, drafts = chats.prune(self._transaction, day)
        messages = slots.prune(self._transaction, day)
        updates = seen.prune(self._alone, day - SEEN_DAYS)
        tombstones.prune(self._transaction, day)
        self.prune_audit()
        # Asked before renewing: should the commit fail, the rows still stand under these keys.
        in_use = outgoing.keys_in_use(self._transaction)
        outgoing.renew(self._transaction)
        keys = self._transaction.vault.destroy_day_keys(today, in_use)
        self._transaction.erased = True
        return Pruned(over, drafts, messages, updates, keys)
