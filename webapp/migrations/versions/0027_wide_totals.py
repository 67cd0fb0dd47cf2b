"""Running totals whose sums over all time pass what four bytes hold get eight

Revision: 0027
"""

import sqlalchemy as sa
from alembic import op

from webapp.migrations import one_way

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

WIDE = {
    "session_network_total": ("booked_minutes",),
    "session_total": ("booked_minutes",),
    "session_week_total": ("booked_minutes",),
    "response_network_total": ("fallen", "fallen_squares"),
}


def upgrade() -> None:
    """What is stored keeps its values."""
    for table, columns in WIDE.items():
        for column in columns:
            op.alter_column(table, column, type_=sa.ARRAY(sa.BigInteger()), existing_nullable=False)


downgrade = one_way.refuse
