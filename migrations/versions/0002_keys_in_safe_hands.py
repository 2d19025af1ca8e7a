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
    op.drop_index("ix_wraps_case_key", "wraps")
    op.create_index("wraps_by_key", "wraps", ["case_key", "entry"])
