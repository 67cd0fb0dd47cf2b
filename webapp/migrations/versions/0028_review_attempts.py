"""How often a stored report was tried to be held against newer data, and why that did not come off

Revision: 0028
"""

import sqlalchemy as sa
from alembic import op

from webapp.migrations import one_way

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing has been tried yet."""
    op.add_column("report_run", sa.Column("review_attempts", sa.SmallInteger(), nullable=False, server_default="0"))
    op.add_column("report_run", sa.Column("review_tried_version", sa.BigInteger(), nullable=True))
    op.add_column("report_run", sa.Column("review_reason", sa.Text(collation="C"), nullable=True))


downgrade = one_way.refuse
