"""Up to which record of accreditation or credential a stored report was looked at again

Revision: 0023
"""

import sqlalchemy as sa
from alembic import op

from webapp.migrations import one_way

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Write it."""
    op.add_column("report_run", sa.Column("reviewed_records_at", sa.DateTime(timezone=True), nullable=True))


downgrade = one_way.refuse
