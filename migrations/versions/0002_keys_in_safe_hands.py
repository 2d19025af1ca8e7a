"""What the house keeps of itself: its state, its processes, the audit, tombstones."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("keys")
    op.add_column("meta", sa.Column("state", sa.LargeBinary))
    op.create_table(
        "processes",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("ends", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "tombstones",
        sa.Column("hash", sa.LargeBinary, primary_key=True),
        sa.Column("expires", sa.Integer, nullable=False),
    )
    op.create_index("ix_tombstones_expires", "tombstones", ["expires"])
    _rename_wraps()
    op.create_table(
        "wraps",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column(
            "entry", sa.LargeBinary, sa.ForeignKey("entries.id", ondelete="CASCADE"), nullable=False, unique=True
        ),
        sa.Column("case_key", sa.LargeBinary, nullable=False),
        sa.Column("wrap", sa.LargeBinary, nullable=False),
    )
    op.execute("INSERT INTO wraps (entry, case_key, wrap) SELECT entry, case_key, wrap FROM former_wraps")
    op.drop_table("former_wraps")
    op.create_index("wraps_by_key", "wraps", ["case_key", "number"])


def downgrade() -> None:
    """The house forgets its state, the audit and the tombstones; cases stay whole."""
    _rename_wraps()
    op.create_table(
        "wraps",
        sa.Column("entry", sa.LargeBinary, sa.ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("case_key", sa.LargeBinary, nullable=False),
        sa.Column("wrap", sa.LargeBinary, nullable=False),
    )
    op.execute("INSERT INTO wraps (entry, case_key, wrap) SELECT entry, case_key, wrap FROM former_wraps")
    op.drop_table("former_wraps")
    op.create_index("ix_wraps_case_key", "wraps", ["case_key"])
    for table in ("tombstones", "audit", "processes"):
        op.drop_table(table)
    op.drop_column("meta", "state")
    op.create_table(
        "keys",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
    )


def _rename_wraps() -> None:
    op.rename_table("wraps", "former_wraps")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER INDEX wraps_pkey RENAME TO former_wraps_pkey")  # else it stands in the new table's way
