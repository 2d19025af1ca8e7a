"""The tables. A column is sealed by the vault, or one of the few kinds that may stand in clear.

In clear: random row ids, key ids, blind indexes, update ids, an outbox row's priority and not-before,
an expiry day, counters, a lease's holder and end, key generations, hash-chain values, keyed hashes of
erased cases. Day columns count as ``date.toordinal()`` does.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
)

metadata = MetaData()


def _sealed(name: str, *, nullable: bool = False) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=nullable, info={"sealed": True})


chats = Table(
    "chats",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("person", LargeBinary, nullable=False, unique=True),
    Column("person_key", LargeBinary, nullable=False),
    _sealed("address"),
    _sealed("draft", nullable=True),
    Column("expires", Integer, index=True),
)

cases = Table(
    "cases",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    # No foreign key: a case may be written in the same breath before its chat, and outlives it.
    Column("chat", LargeBinary, index=True),
    Column("code", LargeBinary, nullable=False, unique=True),
    Column("code_key", LargeBinary, nullable=False),
    _sealed("head"),
    # The blind index of a return code's first two words, while the code can be used.
    Column("finder", LargeBinary, index=True),
    Column("finder_key", LargeBinary),
    Column("expires", Integer, index=True),
)

entries = Table(
    "entries",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("case", LargeBinary, ForeignKey("cases.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    _sealed("ciphertext"),
    UniqueConstraint("case", "number"),
)

wraps = Table(
    "wraps",
    metadata,
    # Neighbours in number are neighbours on disk: a rotation writes each page once.
    Column("number", Integer, primary_key=True),
    Column("entry", LargeBinary, ForeignKey("entries.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("case_key", LargeBinary, nullable=False),
    _sealed("wrap"),
    Index("wraps_by_key", "case_key", "number"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("priority", Integer, nullable=False),
    Column("not_before", BigInteger, nullable=False),
    Column("turn", BigInteger, nullable=False),
    _sealed("sealed"),
    Index("outbox_order", "priority", "turn"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    # No foreign key: a message on its way out may be noted after its case was erased.
    Column("case", LargeBinary, index=True),
    _sealed("sealed"),
    Column("expires", Integer, nullable=False, index=True),
)

staff = Table(
    "staff",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("person", LargeBinary, nullable=False, unique=True),
    Column("person_key", LargeBinary, nullable=False),
    _sealed("sealed"),
)

seen = Table(
    "seen",
    metadata,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("day", Integer, nullable=False, index=True),
)

processes = Table(
    "processes",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("ends", BigInteger, nullable=False),
)

lease = Table(
    "lease",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("holder", LargeBinary, nullable=False),
    Column("ends", BigInteger, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    _sealed("sealed"),
    Column("hash", LargeBinary, nullable=False),
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("expires", Integer, nullable=False, index=True),
)

meta = Table(
    "meta",
    metadata,
    Column("instance", LargeBinary, primary_key=True),
    Column("generation", Integer, nullable=False),
    _sealed("state", nullable=True),
)
