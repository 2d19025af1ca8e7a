"""Cases: heads that the server can read, entries that are only ever appended."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import LargeBinary, Row, Select, bindparam, delete, func, select, update

from bot.store.records import Body, Case
from bot.store.tables import cases, entries, messages, wraps
from bot.store.transaction import Transaction, decode, encode
from bot.vault import MARK_SIZE, Damaged, Index, Place, Purpose, SealedFileEntry, key_id

CODE = "case-code"
_CASES, _IDS = select(cases), select(cases.c.id)
_MARKS = select(cases.c.id, func.substr(cases.c.head, 1, MARK_SIZE, type_=LargeBinary).label("mark"))
_OPEN = _CASES.where(cases.c.expires.is_(None))
_WITHOUT_RETURN = update(cases).where(cases.c.id == bindparam("row")).values(finder=None, finder_key=None)


def add(transaction: Transaction, case: Case) -> None:
    transaction.connection.execute(cases.insert(), [_row(transaction, case)])


def save(transaction: Transaction, saved: Iterable[Case]) -> None:
    newest = {case.id: case for case in saved}
    transaction.upsert(cases, [_row(transaction, case) for case in newest.values()])
    if closed := [{"row": case.id} for case in newest.values() if case.expires]:
        transaction.connection.execute(_WITHOUT_RETURN, closed)


def load(transaction: Transaction, ids: Iterable[bytes]) -> dict[bytes, Case]:
    rows = transaction.select(transaction.held(_CASES), cases.c.id, ids)
    return {case.id: case for case in _cases(transaction, rows)}


def by_code(transaction: Transaction, code: str) -> Case | None:
    digests = [index.digest for index in transaction.vault.indexes(CODE, code.encode())]
    found = _cases(transaction, transaction.select(_CASES, cases.c.code, digests))
    return next((case for case in found if case.head.get("code") == code), None)


def set_return(transaction: Transaction, case: bytes, finder: Index | None) -> None:
    values = {"finder": finder and finder.digest, "finder_key": finder and finder.key_id}
    transaction.connection.execute(update(cases).where(cases.c.id == case).values(values))


def by_finders(transaction: Transaction, finders: Iterable[Index]) -> list[Case]:
    # An earlier version beside this one closes a case and leaves its finder.
    return _cases(transaction, transaction.select(_OPEN, cases.c.finder, [each.digest for each in finders]))


def load_all(transaction: Transaction) -> list[Case]:
    return _cases(transaction, transaction.connection.execute(_CASES))


def marks(transaction: Transaction) -> dict[bytes, bytes]:
    """The beginning of each head's envelope, which no two envelopes have alike."""
    return {row.id: bytes(row.mark) for row in transaction.connection.execute(_MARKS)}


def of_chat(transaction: Transaction, chat: bytes) -> list[Case]:
    return _cases(transaction, transaction.select(_CASES, cases.c.chat, [chat]))


def append(transaction: Transaction, case: bytes, body: Body, size: int) -> bytes:
    """Seal ``body`` as the case's next entry, padded to exactly ``size``; gives the entry's id."""
    entry = secrets.token_bytes(16)
    sealed = transaction.vault.seal_entry(case, entry, encode(body), size=size)
    if not transaction.alone:
        list(transaction.select(transaction.held(_IDS), cases.c.id, [case]))
    last = select(func.max(entries.c.number)).where(entries.c.case == case)
    number = (transaction.connection.execute(last).scalar() or 0) + 1
    values = {"id": entry, "case": case, "number": number, "ciphertext": sealed.ciphertext}
    transaction.connection.execute(entries.insert(), [values])
    wrap = {"entry": entry, "case_key": key_id(sealed.wrap), "wrap": sealed.wrap}
    transaction.connection.execute(wraps.insert(), [wrap])
    return entry


def read(transaction: Transaction, case: bytes) -> list[Body]:
    """The entries that open, in the order they were appended."""
    found = []
    for row in transaction.connection.execute(_sealed_entries(case)):
        if row.wrap is None:
            transaction.note_damage("entries", row.id)
            continue
        try:
            plaintext = transaction.vault.open_entry(case, row.id, row.ciphertext, row.wrap)
        except Damaged:
            transaction.note_damage("entries", row.id)
            continue
        found.append(decode(plaintext))
    return found


def sealed(transaction: Transaction, case: bytes) -> list[SealedFileEntry]:
    found = []
    for row in transaction.connection.execute(_sealed_entries(case)):
        if row.wrap is None:
            transaction.note_damage("entries", row.id)
        else:
            found.append(SealedFileEntry(row.id, row.number, row.ciphertext, row.wrap))
    return found


def entry_count(transaction: Transaction, case: bytes) -> int:
    counted = select(func.count()).where(entries.c.case == case)
    found: int = transaction.connection.execute(counted).scalar_one()
    return found


def id_by_code(transaction: Transaction, code: str) -> bytes | None:
    """By the blind index alone, so that a damaged case can be erased."""
    digests = [index.digest for index in transaction.vault.indexes(CODE, code.encode())]
    rows = transaction.select(_IDS, cases.c.code, digests)
    return next((row.id for row in rows), None)


def kept_elsewhere(transaction: Transaction, wrap: bytes) -> bool:
    """Whether the wrap is under a case key whose private half is not here; a damaged one is nowhere."""
    try:
        key = key_id(wrap)
    except Damaged:
        return False
    known = transaction.vault.keys()
    return any(one.id == key and not one.held for one in known)


def damaged(transaction: Transaction, opened: int | None) -> int:
    """How many cases have a head that does not open."""
    stored: int = transaction.connection.execute(select(func.count()).select_from(cases)).scalar_one()
    return stored - (len(load_all(transaction)) if opened is None else opened)


def envelopes(transaction: Transaction, case: bytes) -> list[bytes]:
    """Head, entries and wraps as they stand."""
    heads = transaction.connection.execute(select(cases.c.head).where(cases.c.id == case)).scalars()
    rows = transaction.connection.execute(_sealed_entries(case)).all()
    return [*heads, *(row.ciphertext for row in rows), *(row.wrap for row in rows if row.wrap is not None)]


def erase(transaction: Transaction, case: bytes) -> None:
    connection = transaction.connection
    of_case = select(entries.c.id).where(entries.c.case == case)
    connection.execute(delete(wraps).where(wraps.c.entry.in_(of_case)))
    connection.execute(delete(entries).where(entries.c.case == case))
    connection.execute(delete(messages).where(messages.c.case == case))
    connection.execute(delete(cases).where(cases.c.id == case))
    transaction.erased = True


def expired(transaction: Transaction, today: int) -> list[bytes]:
    return list(transaction.connection.execute(select(cases.c.id).where(cases.c.expires < today)).scalars())


def _sealed_entries(case: bytes) -> Select[Any]:
    joined = entries.outerjoin(wraps, wraps.c.entry == entries.c.id)
    wanted = select(entries.c.id, entries.c.number, entries.c.ciphertext, wraps.c.wrap).select_from(joined)
    return wanted.where(entries.c.case == case).order_by(entries.c.number)


def _place(case: bytes) -> Place:
    return Place("cases", "head", case, case=case, purpose="head")


def _row(transaction: Transaction, case: Case) -> Body:
    index = transaction.vault.index(CODE, str(case.head["code"]).encode())
    return {
        "id": case.id,
        "chat": case.chat,
        "code": index.digest,
        "code_key": index.key_id,
        "head": transaction.seal(Purpose.SERVER, _place(case.id), case.head),
        "expires": case.expires.toordinal() if case.expires else None,
    }


def _cases(transaction: Transaction, rows: Iterable[Row[Any]]) -> list[Case]:
    found = []
    for row in rows:
        head = transaction.open(_place(row.id), row.head)
        if head is not None:
            expires = date.fromordinal(row.expires) if row.expires is not None else None
            found.append(Case(row.id, row.chat, head, expires))
    return found
