"""By what a case is found from another account: empty until its person has a return code."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("finder", sa.LargeBinary))
    op.add_column("cases", sa.Column("finder_key", sa.LargeBinary))
    op.create_index("ix_cases_finder", "cases", ["finder"])


def downgrade() -> None:
    op.drop_index("ix_cases_finder", "cases")
    op.drop_column("cases", "finder_key")
    op.drop_column("cases", "finder")
