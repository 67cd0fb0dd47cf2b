"""Who answers for what ends, and the mails that remind them

Revision: 0017
"""

import sqlalchemy as sa
from alembic import op

from webapp.migrations import one_way, row_security

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TABLES = {"reminder_owner": ("SI", ()), "reminder_mail": ("SIU", ())}


def upgrade() -> None:
    """Write it."""
    op.create_table(
        "reminder_owner",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(collation="C"), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_reminder_owner_network_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_reminder_owner_user_id")),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_reminder_owner")),
    )
    op.create_index("ix_reminder_owner_subject", "reminder_owner", ["network_id", "subject"], unique=False)
    op.create_table(
        "reminder_mail",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reminder_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("reason", sa.Text(collation="C"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_token", sa.BigInteger(), nullable=True),
        sa.Column("doubtful", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "reminder_id"],
            ["reminder.network_id", "reminder.id"],
            name=op.f("fk_reminder_mail_network_id_reminder_id"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_reminder_mail_user_id")),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_reminder_mail")),
        sa.UniqueConstraint(
            "network_id", "reminder_id", "user_id", name=op.f("uq_reminder_mail_network_id_reminder_id_user_id")
        ),
    )
    for table, (verbs, columns) in TABLES.items():
        for statement in row_security.tenant_policies(table, "network"):
            op.execute(statement)
        for statement in row_security.app_grants(table, verbs, columns):
            op.execute(statement)


downgrade = one_way.refuse
