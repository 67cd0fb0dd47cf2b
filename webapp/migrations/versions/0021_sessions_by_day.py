"""Sessions of a network in the order in which they are listed: a page of them reads no others

Revision: 0021
"""

import sqlalchemy as sa
from alembic import op

from webapp.migrations import one_way

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Write it."""
    op.create_index(
        "ix_session_version_day",
        "session_version",
        ["network_id", "on_date", "session_id"],
        postgresql_where=sa.text("superseded_by_batch_id IS NULL"),
    )


downgrade = one_way.refuse
