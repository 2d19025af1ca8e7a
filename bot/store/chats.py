"""Persons' chats, found by the blind index of who writes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, bindparam, delete, select, update

from bot.store import locks
from bot.store.records import Body, Chat
from bot.store.tables import cases, chats
from bot.store.transaction import DRAFT_STEP, Transaction
from bot.vault import Custody, Place, Purpose

_CHATS, _WITH_CASES = select(chats), select(cases.c.chat)
_REPLACED = delete(chats).where(chats.c.person == bindparam("gone"), chats.c.id != bindparam("new"))


def load(transaction: Transaction, users: Iterable[int]) -> dict[int, Chat]:
    digests: dict[bytes, int] = {}
    for user in users:
        for index in transaction.vault.indexes("person", person(user)):
            digests[index.digest] = user
    found: dict[int, Chat] = {}
    for row in _rows(transaction, digests):
        chat = _chat(transaction, row)
        if chat is None:
            continue
        if chat.user == digests[row.person]:
            found[chat.user] = chat
        else:
            transaction.note_damage("chats", row.id)
    return found


def load_by_id(transaction: Transaction, ids: Iterable[bytes]) -> dict[bytes, Chat]:
    opened = (_chat(transaction, row) for row in transaction.select(transaction.held(_CHATS), chats.c.id, ids))
    return {chat.id: chat for chat in opened if chat is not None}


def load_all(transaction: Transaction) -> list[Chat]:
    opened = (_chat(transaction, row) for row in transaction.connection.execute(_CHATS).all())
    return [chat for chat in opened if chat is not None]


def save(transaction: Transaction, saved: Iterable[Chat]) -> None:
    newest = {chat.id: chat for chat in saved}
    rows: list[Body] = []
    strangers: list[Body] = []
    for chat in newest.values():
        index = transaction.vault.index("person", person(chat.user))
        rows.append(_row(transaction, chat) | {"person": index.digest, "person_key": index.key_id})
        if chat.id not in transaction.known_chats:
            indexes = transaction.vault.indexes("person", person(chat.user))
            strangers += [{"gone": each.digest, "new": chat.id} for each in indexes]
    if strangers:
        # A row that reads as absent still stands in the way of the person's new one.
        transaction.connection.execute(_REPLACED, strangers)
    transaction.upsert(chats, rows)
    if transaction.vault.custody is Custody.OFFLINE and any(chat.draft is None for chat in newest.values()):
        # A draft that was sent must not stand in the log: its key is still here, that of the case is not.
        transaction.erased = True
    transaction.known_chats.update(newest)


def remove(transaction: Transaction, chat: bytes) -> None:
    transaction.connection.execute(delete(chats).where(chats.c.id == chat))
    transaction.connection.execute(update(cases).where(cases.c.chat == chat).values(chat=None))
    transaction.known_chats.discard(chat)
    transaction.erased = True


def prune(transaction: Transaction, today: int) -> tuple[int, int]:
    """Remove chats past their day; of those that last, only the draft. Gives how many of each."""
    overdue = transaction.connection.execute(select(chats).where(chats.c.expires < today)).all()
    if not overdue:
        return 0, 0
    ids = [row.id for row in overdue]
    held = {row.chat for row in transaction.select(_WITH_CASES, cases.c.chat, ids)}
    lasting: list[Body] = []
    over: list[Body] = []
    for row in overdue:
        body = transaction.open(_place(row.id, "address"), row.address, row.expires)
        keep = row.id in held or (body is not None and body["lasting"])
        (lasting if keep else over).append({"row": row.id})
    same = chats.c.id == bindparam("row")
    if lasting:
        cleared = update(chats).where(same).values(draft=None, expires=None)
        transaction.connection.execute(cleared, lasting)
    if over:
        transaction.connection.execute(delete(chats).where(same), over)
    return len(over), len(lasting)


def person(user: int) -> bytes:
    """What the blind index of a person is made of."""
    return str(user).encode()


def _rows(transaction: Transaction, digests: dict[bytes, int]) -> list[Row[Any]]:
    """Beside other processes, none of them writes of these persons meanwhile, also where no row is yet."""
    wanted = transaction.held(_CHATS)
    rows = list(transaction.select(wanted, chats.c.person, digests))
    if not transaction.alone:
        known = {digests[row.person] for row in rows}
        absent = [digest for digest, user in digests.items() if user not in known]
        if absent:
            locks.names(transaction.connection, (int.from_bytes(each[:8], "big", signed=True) for each in absent))
            rows += transaction.select(wanted, chats.c.person, absent)
    return rows


def _place(row: bytes, column: str) -> Place:
    return Place("chats", column, row, purpose=column)


def _row(transaction: Transaction, chat: Chat) -> Body:
    address = {"address": chat.address, "lasting": chat.lasting, "user": chat.user}
    purpose = Purpose.SERVER if chat.lasting else Purpose.DRAFT
    draft = None
    if chat.draft is not None:
        draft = transaction.seal(Purpose.DRAFT, _place(chat.id, "draft"), chat.draft, DRAFT_STEP)
    passing = draft is not None or not chat.lasting
    return {
        "id": chat.id,
        "address": transaction.seal(purpose, _place(chat.id, "address"), address),
        "draft": draft,
        "expires": transaction.draft_expires if passing else None,
    }


def _chat(transaction: Transaction, row: Row[Any]) -> Chat | None:
    body = transaction.open(_place(row.id, "address"), row.address, row.expires)
    if body is None:
        return None
    draft = None
    if row.draft is not None:
        draft = transaction.open(_place(row.id, "draft"), row.draft, row.expires)
    transaction.known_chats.add(row.id)
    return Chat(row.id, body["user"], body["address"], draft, body["lasting"])
