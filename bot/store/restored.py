"""A database that comes from a backup: what stood under day keys is gone with them, and nothing runs on it."""

from __future__ import annotations

from sqlalchemy import LargeBinary, delete, func, select, update

from bot.store.tables import cases, chats, lease, messages, outbox, processes
from bot.store.transaction import Transaction
from bot.vault import Kind
from bot.vault.sealing import KEY_ID_SIZE

_KEY = func.substr(chats.c.address, 2, KEY_ID_SIZE, type_=LargeBinary)


def settle(transaction: Transaction) -> None:
    """What waited to be sent, timers, drafts, and where messages of ours stand: none of it opens any more."""
    connection = transaction.connection
    for table in (outbox, messages, processes, lease):
        connection.execute(delete(table))
    lasting = [key.id for key in transaction.vault.keys() if key.kind is Kind.SERVER]
    passing = select(chats.c.id).where(_KEY.not_in(lasting))
    connection.execute(update(cases).where(cases.c.chat.in_(passing)).values(chat=None))
    connection.execute(delete(chats).where(_KEY.not_in(lasting)))
    connection.execute(update(chats).values(draft=None, expires=None))
    transaction.erased = True
