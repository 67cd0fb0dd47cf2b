"""Running totals of closed cohorts and of the others, of completions by how long they are followed, of verdicts, of weeks by phase

Revision: 0029
"""

import sqlalchemy as sa
from alembic import op

from webapp.migrations import one_way, total_tables

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

WORDS = sa.Text(collation="C")
NUMBER = sa.Integer()
SITE = sa.Uuid()


def upgrade() -> None:
    """The tables are empty at first: the cells of networks that hold data are counted anew with this version."""
    kind = {"indication": WORDS, "product": WORDS}
    op.drop_table("completion_network_total")
    total_tables.create(
        "completion_network_total",
        {**kind, "quantity": WORDS, "value": NUMBER, "followed": NUMBER},
        {"many": NUMBER},
    )
    total_tables.create(
        "course_progress_total",
        {**kind, "infusion": NUMBER, "what": WORDS, "day": NUMBER, "horizon": NUMBER},
        {"courses": NUMBER},
    )
    total_tables.create(
        "session_phase_week_total",
        {"indication": WORDS, "phase": WORDS, "status": WORDS},
        {"sessions": NUMBER, "late_cancelled": NUMBER, "booked_minutes": sa.BigInteger()},
    )
    total_tables.create(
        "compliance_total",
        {"site_id": SITE, "criterion": WORDS, "verdict": sa.SmallInteger()},
        {"sessions": NUMBER},
    )


downgrade = one_way.refuse
