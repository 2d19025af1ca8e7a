"""Case keys: a new one taken into use, wraps moved to it, the old one destroyed once nothing needs it.

How far a rotation is stands nowhere but in the wraps themselves, so it goes on after any interruption.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, LargeBinary, bindparam, exists, func, select, update

from bot.store import audit, clock, processes, state
from bot.store.engine import reader
from bot.store.records import Act, Body, KeyCount, StaleWrap, StoreError
from bot.store.tables import entries, wraps
from bot.store.transaction import Transaction
from bot.vault import CasePublic, Custody, Damaged, Kind, State, key_id
from bot.vault.sealing import KEY_ID_SIZE

PAGE = 64
_WRAPS = select(wraps.c.entry, wraps.c.case_key, wraps.c.wrap)


def counts(transaction: Transaction) -> list[KeyCount]:
    grouped = select(wraps.c.case_key, func.count()).group_by(wraps.c.case_key)
    under: dict[bytes, int] = {case_key: number for case_key, number in transaction.connection.execute(grouped)}
    keys = transaction.vault.keys()
    known = [KeyCount(state, under.pop(state.id, 0)) for state in keys]
    return known + ([KeyCount(None, sum(under.values()))] if under else [])


def begin(transaction: Transaction, actor: str, public: CasePublic | None) -> bool:
    vault = transaction.vault
    _refresh(transaction)
    if public is not None:
        refuse_spent(state.load(transaction), public)
    if public is None and vault.custody is Custody.OFFLINE:
        hint = "rotate them where they are: qorgan keys rotate --keyring FILE --wraps FILE"
        raise StoreError("the private case keys are kept offline", hint)
    if _going_on(transaction):
        return False
    made = vault.rotate(transaction.today, public)
    audit.note(transaction, actor, Act.KEY_MADE, made)
    return True


def refuse_spent(known: Body, public: CasePublic) -> None:
    """A key that was destroyed here may be destroyed wherever it was kept: what is sealed to it might never open."""
    if public.id.hex() in known.get("spent", ()):
        raise StoreError(
            "this case key was in use here before and is gone",
            "on the coordinators' machine make another pair: qorgan keys public --new --keyring KEYRING FILE",
        )


def stale(transaction: Transaction, after: int, limit: int) -> list[StaleWrap]:
    joined = wraps.join(entries, entries.c.id == wraps.c.entry)
    wanted = select(wraps.c.number, entries.c.case, wraps.c.entry, wraps.c.wrap).select_from(joined)
    rows = transaction.connection.execute(
        wanted.where(wraps.c.case_key.in_(transaction.vault.sources), wraps.c.number > after)
        .order_by(wraps.c.number)
        .limit(limit)
    )
    return [StaleWrap(*row) for row in rows]


def stale_count(transaction: Transaction) -> int:
    counted = select(func.count()).where(wraps.c.case_key.in_(transaction.vault.sources))
    return transaction.connection.execute(counted).scalar_one()


def replace(transaction: Transaction, replaced: Iterable[tuple[bytes, bytes, bytes]]) -> int:
    """Only to the key that is active now: another one may be destroyed by the time this is committed."""
    active = transaction.vault.entry_key_id
    changes = [
        {"row": entry, "old": old, "key": active, "new": new}
        for entry, old, new in replaced
        if len(new) == len(old) and key_id(new) == active
    ]
    if not changes:
        return 0
    same = wraps.c.entry == bindparam("row"), wraps.c.wrap == bindparam("old")
    change = update(wraps).where(*same).values(case_key=bindparam("key"), wrap=bindparam("new"))
    return transaction.connection.execute(change, changes).rowcount


def report_damaged(transaction: Transaction, suspects: Iterable[StaleWrap]) -> list[StaleWrap]:
    suspected, sources = {each.entry: each for each in suspects}, transaction.vault.sources
    standing = [row for row in transaction.select(_WRAPS, wraps.c.entry, suspected) if row.case_key in sources]
    found = [suspected[row.entry] for row in standing if row.wrap == suspected[row.entry].wrap]
    for each in found:
        transaction.note_damage("wraps", each.entry)
    return found


def destroy_spent(transaction: Transaction, actor: str) -> int:
    vault = transaction.vault
    keys = vault.keys()
    retired = [key.id for key in keys if key.kind is Kind.CASE and key.state is State.RETIRED]
    spent = [each for each in retired if not _needed(transaction.connection, each)]
    if spent:
        # Nor in what is committed: should this transaction be undone, its wraps stand as they did.
        with reader(transaction.connection.engine) as committed:
            spent = [each for each in spent if not _needed(committed, each)]
    if not spent or not clock.sure(transaction):
        return 0
    _refresh(transaction)
    if any(process.generation < vault.generation for process in processes.live(transaction)):
        return 0
    vault.retire(spent)
    for each in spent:
        audit.note(transaction, actor, Act.KEY_DESTROYED, each)
    transaction.erased = True
    return len(spent)


def account(transaction: Transaction, *, noted: bool) -> None:
    """Remember which case keys there are, and for ever which have gone.

    What differs from last time, and was not ``noted`` by who did it, is the work of a process that died between its
    keyring and its commit.
    """
    known = state.load(transaction)
    keys = transaction.vault.keys()
    now = {key.id.hex() for key in keys if key.kind is Kind.CASE}
    before = set(known.get("keys", now))
    if "keys" in known and now == before:
        return
    spent = sorted({*known.get("spent", ()), *(before - now)})
    state.save(transaction, known | {"keys": sorted(now)} | ({"spent": spent} if spent else {}))
    if not noted:
        for act, ids in ((Act.KEY_MADE, now - before), (Act.KEY_DESTROYED, before - now)):
            for each in sorted(ids):
                audit.note(transaction, audit.HOUSE, act, bytes.fromhex(each))


def every(transaction: Transaction) -> list[tuple[bytes, bytes, bytes]]:
    joined = wraps.join(entries, entries.c.id == wraps.c.entry)
    wanted = select(entries.c.case, wraps.c.entry, wraps.c.wrap).select_from(joined).order_by(wraps.c.number)
    vault = transaction.vault
    elsewhere = wanted.where(wraps.c.case_key.not_in(vault.sources))
    # Which of them are damaged is known only where they open: in offline custody one of those must not stand for all.
    others = elsewhere.where(wraps.c.case_key != vault.entry_key_id)
    rows = transaction.connection.execute(others).all() if vault.custody is Custody.SERVER else []
    rows = rows or transaction.connection.execute(elsewhere).all()
    return [(row.case, row.entry, row.wrap) for row in rows]


def _refresh(transaction: Transaction) -> None:
    """The newest keyring may be one whose process died before its commit."""
    former = transaction.vault.generation
    transaction.vault.refresh()
    if transaction.vault.generation != former:
        account(transaction, noted=False)


def _going_on(transaction: Transaction) -> bool:
    """Whether some wrap is still to be moved. Damaged ones never will be, and must not stop the next rotation."""
    after = 0
    while page := stale(transaction, after, PAGE):
        for each in page:
            try:
                transaction.vault.rewrap(each.case, each.entry, each.wrap)
            except Damaged:
                continue
            return True
        after = page[-1].number
    return False


def _needed(connection: Connection, case_key: bytes) -> bool:
    # The envelope's own word counts too, once the index says no: what is destroyed does not come back.
    inside = func.substr(wraps.c.wrap, 2, KEY_ID_SIZE, type_=LargeBinary)
    questions = (select(exists().where(key == case_key)) for key in (wraps.c.case_key, inside))
    return any(connection.execute(question).scalar() for question in questions)
