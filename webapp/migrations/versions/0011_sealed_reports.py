"""How a stored report was read and drawn, and whether its numbers are to be looked at again

Revision: 0011, after 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Write it."""
    op.add_column("report_run", sa.Column("query_fingerprint", sa.Text(collation="C"), nullable=True))
    op.add_column("report_run", sa.Column("measures", postgresql.JSONB(), nullable=True))
    op.add_column("report_run", sa.Column("renderers", postgresql.JSONB(), nullable=True))
    op.add_column("report_run", sa.Column("review_since", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Take it away."""
    for column in ("review_since", "renderers", "measures", "query_fingerprint"):
        op.drop_column("report_run", column)
