"""Schedules with recipients, reports that are held, delivered, kept and removed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from webapp.domain.errors import SetupError
from webapp.migrations import row_security

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _schedules()
    for name in ("held_until", "released_at", "distributed_at", "legal_hold_at", "files_removed_at"):
        op.add_column("report_run", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    for name in ("released_by", "legal_hold_by"):
        op.add_column("report_run", sa.Column(name, sa.Uuid(), nullable=True))
    op.add_column("delivery", sa.Column("owner_seen_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("delivery", sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("delivery", sa.Column("lease_token", sa.BigInteger(), nullable=True))
    op.add_column("delivery", sa.Column("doubtful", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("delivery", "attempts", server_default=None)
    op.alter_column("delivery", "doubtful", server_default=None)
    op.create_index(
        "ix_delivery_unseen", "delivery", ["network_id", "user_id"], unique=False, postgresql_where="seen_at IS NULL"
    )


def _schedules() -> None:
    op.add_column("schedule", sa.Column("regions", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("schedule", sa.Column("zone", sa.Text(collation="C"), nullable=True))
    op.add_column("schedule", sa.Column("mail", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("schedule", sa.Column("hold_days", sa.Integer(), nullable=False, server_default="5"))
    op.add_column("schedule", sa.Column("replaces_id", sa.Uuid(), nullable=True))
    op.add_column("schedule", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.alter_column("schedule", "mail", server_default=None)
    op.alter_column("schedule", "hold_days", server_default=None)
    op.create_table(
        "schedule_recipient",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("schedule_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("site_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(
            ["network_id", "schedule_id"],
            ["schedule.network_id", "schedule.id"],
            name=op.f("fk_schedule_recipient_network_id_schedule_id"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_schedule_recipient_user_id")),
        sa.PrimaryKeyConstraint("network_id", "schedule_id", "user_id", name=op.f("pk_schedule_recipient")),
    )
    for statement in row_security.tenant_policies("schedule_recipient", "network"):
        op.execute(statement)
    for statement in row_security.app_grants("schedule_recipient", "SID", ()):
        op.execute(statement)


def downgrade() -> None:
    raise SetupError("What was held, sent and removed cannot be told without these columns.")
