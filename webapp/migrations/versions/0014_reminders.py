"""Reminders of what ends, and their snoozes

Revision: 0014
"""

import sqlalchemy as sa
from alembic import op

from webapp.migrations import one_way, row_security

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLES = ("reminder", "reminder_snooze")


def upgrade() -> None:
    """Write it."""
    op.create_table(
        "reminder",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(collation="C"), nullable=False),
        sa.Column("label", sa.Text(collation="C"), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_reminder_network_id")),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_reminder")),
        sa.UniqueConstraint(
            "network_id",
            "subject",
            "ends_on",
            "threshold",
            name=op.f("uq_reminder_network_id_subject_ends_on_threshold"),
        ),
    )
    op.create_table(
        "reminder_snooze",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(collation="C"), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(collation="C"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_reminder_snooze_network_id")),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_reminder_snooze")),
    )
    op.create_index("ix_reminder_snooze_subject", "reminder_snooze", ["network_id", "subject", "ends_on"], unique=False)
    for table in TABLES:
        for statement in row_security.tenant_policies(table, "network"):
            op.execute(statement)
        for statement in row_security.app_grants(table, "SI", ()):
            op.execute(statement)


downgrade = one_way.refuse
