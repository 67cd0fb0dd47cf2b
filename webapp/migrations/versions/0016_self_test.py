"""The filed results of the self-test of the isolation

Revision: 0016
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from webapp.migrations import one_way, row_security

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Write it. The table is of no one network: what it holds is said to each network's officer and manager alike."""
    op.create_table(
        "self_test",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("doors_declared", sa.Integer(), nullable=False),
        sa.Column("doors_tried", sa.Integer(), nullable=False),
        sa.Column("questions", sa.Integer(), nullable=False),
        sa.Column("tables_read", sa.Integer(), nullable=False),
        sa.Column("product_version", sa.Text(collation="C"), nullable=False),
        sa.Column("schema_version", sa.Text(collation="C"), nullable=False),
        sa.Column("record", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_self_test")),
    )
    op.create_index("ix_self_test_started_at", "self_test", ["started_at"], unique=False)
    for statement in row_security.app_grants("self_test", "SI", ()):
        op.execute(statement)


downgrade = one_way.refuse
