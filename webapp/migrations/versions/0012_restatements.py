"""Up to which data version a stored report was looked at again

Revision: 0012, after 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Write it."""
    op.add_column("report_run", sa.Column("reviewed_version", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("report_run", "reviewed_version")
