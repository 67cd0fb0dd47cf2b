"""The sums that a design effect follows from, so that a change of a few verdicts moves them; and the days of lapses

Revision: 0022
"""

import sqlalchemy as sa
from alembic import op

from webapp.migrations import one_way

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

SUMS = ("observed", "hits", "hits_squared", "hits_by_size", "size_squared")


def upgrade() -> None:
    """What is stored already gets 0 for now: with the new definition of what is counted, every network is counted anew."""
    for name in SUMS:
        op.add_column("design_effect", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
        op.alter_column("design_effect", name, server_default=None)
    op.create_index(
        "ix_compliance_day_lapse",
        "compliance_day",
        ["network_id", "site_id", "on_date"],
        postgresql_where=sa.text("criterion = 'lapse' AND verdict = 2"),
    )


downgrade = one_way.refuse
