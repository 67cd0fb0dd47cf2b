"""How a stored report was read and drawn, and whether its numbers are to be looked at again

Revision: 0009, after 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Write it."""
    op.add_column("report_run", sa.Column("query_fingerprint", sa.Text(), nullable=True))
    op.add_column("report_run", sa.Column("measures", postgresql.JSONB(), nullable=True))
    op.add_column("report_run", sa.Column("renderers", postgresql.JSONB(), nullable=True))
    op.add_column("report_run", sa.Column("review_since", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Take it away."""
    for column in ("review_since", "renderers", "measures", "query_fingerprint"):
        op.drop_column("report_run", column)
