"""The audit log: who did what, to which case, when. Sealed entries, chained by their hashes.

    hash n = SHA-256(fields("qorgan audit", version 1, instance, hash n-1, number n in 8 bytes, sealed entry))
    hash 0 = 32 zero bytes

where ``fields`` puts a length before each value. Number and hash of the last entry are the head: noted
outside this machine they prove that nothing up to there was altered since. Entries older than a year go
behind a checkpoint: number and hash of the last one gone, kept in the sealed state.
"""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes
from sqlalchemy import select

from bot.store import state
from bot.store.records import Act, AuditEntry, Body
from bot.store.tables import audit
from bot.store.transaction import Transaction
from bot.vault import Place, Purpose
from bot.vault.sealing import fields

SHELL = "shell"
HOUSE = "house"
LABEL = b"qorgan audit"
VERSION = 1
SIZE = 256
"""Of every entry, so that its length tells nothing."""

Head = tuple[int, bytes]
BEGINNING: Head = 0, bytes(32)


def actor(transaction: Transaction, user: int) -> str:
    """A pseudonym of one of the staff, the same each time; only who holds the keys can make it."""
    return transaction.vault.index("audit", str(user).encode()).digest[:8].hex()


def note(transaction: Transaction, who: str, what: Act, about: bytes) -> None:
    last, former = head(transaction)
    number = last + 1
    body: Body = {"who": who, "what": what, "about": about.hex(), "at": int(transaction.now.timestamp())}
    sealed = transaction.seal(Purpose.SERVER, _place(number), body, SIZE)
    chained = link(front(transaction.vault.instance), former, number, sealed)
    transaction.connection.execute(audit.insert(), [{"number": number, "sealed": sealed, "hash": chained}])


def head(transaction: Transaction) -> Head:
    last = select(audit.c.number, audit.c.hash).order_by(audit.c.number.desc()).limit(1)
    row = transaction.connection.execute(last).one_or_none()
    return checkpoint(transaction) if row is None else (row.number, row.hash)


def read(transaction: Transaction, limit: int, before: int | None) -> list[AuditEntry]:
    """The newest first; what doesn't open is counted as damaged and left out."""
    wanted = select(audit.c.number, audit.c.sealed).order_by(audit.c.number.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(audit.c.number < before)
    opened = (entry(transaction, row.number, row.sealed) for row in transaction.connection.execute(wanted))
    return [each for each in opened if each is not None]


def entry(transaction: Transaction, number: int, sealed: bytes) -> AuditEntry | None:
    body = transaction.open(_place(number), sealed)
    if body is None:
        return None
    return AuditEntry(number, body["who"], body["what"], body["about"], body["at"])


def checkpoint(transaction: Transaction) -> Head:
    chain = state.load(transaction).get("chain")
    return (chain["number"], bytes.fromhex(chain["hash"])) if chain else BEGINNING


def front(instance: bytes) -> bytes:
    """What every link begins with."""
    return fields(LABEL, bytes([VERSION]), instance)


def link(begin: bytes, former: bytes, number: int, sealed: bytes) -> bytes:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(begin + fields(former, number.to_bytes(8, "big"), sealed))
    return digest.finalize()


def _place(number: int) -> Place:
    return Place("audit", "sealed", number.to_bytes(8, "big"), purpose="audit")
