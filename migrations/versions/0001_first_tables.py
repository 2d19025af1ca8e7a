"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chats",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        sa.Column("person", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("person_key", sa.LargeBinary, nullable=False),
        sa.Column("address", sa.LargeBinary, nullable=False),
        sa.Column("draft", sa.LargeBinary),
        sa.Column("expires", sa.Integer),
    )
    op.create_index("ix_chats_expires", "chats", ["expires"])
    op.create_table(
        "cases",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        sa.Column("chat", sa.LargeBinary),
        sa.Column("code", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("code_key", sa.LargeBinary, nullable=False),
        sa.Column("head", sa.LargeBinary, nullable=False),
        sa.Column("expires", sa.Integer),
    )
    op.create_index("ix_cases_chat", "cases", ["chat"])
    op.create_index("ix_cases_expires", "cases", ["expires"])
    op.create_table(
        "entries",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        sa.Column("case", sa.LargeBinary, sa.ForeignKey("cases.id", ondelete="CASCADE"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("ciphertext", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("case", "number"),
    )
    op.create_table(
        "wraps",
        sa.Column("entry", sa.LargeBinary, sa.ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("case_key", sa.LargeBinary, nullable=False),
        sa.Column("wrap", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_wraps_case_key", "wraps", ["case_key"])
    op.create_table(
        "outbox",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("not_before", sa.BigInteger, nullable=False),
        sa.Column("turn", sa.BigInteger, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_index("outbox_order", "outbox", ["priority", "turn"])
    op.create_table(
        "messages",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        sa.Column("case", sa.LargeBinary),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("expires", sa.Integer, nullable=False),
    )
    op.create_index("ix_messages_case", "messages", ["case"])
    op.create_index("ix_messages_expires", "messages", ["expires"])
    op.create_table(
        "staff",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        sa.Column("person", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("person_key", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "seen",
        sa.Column("update_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("day", sa.Integer, nullable=False),
    )
    op.create_index("ix_seen_day", "seen", ["day"])
    op.create_table(
        "keys",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
    )
    op.create_table(
        "meta",
        sa.Column("instance", sa.LargeBinary, primary_key=True),
        sa.Column("generation", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    for table in ("meta", "keys", "seen", "staff", "messages", "outbox", "wraps", "entries", "cases", "chats"):
        op.drop_table(table)
