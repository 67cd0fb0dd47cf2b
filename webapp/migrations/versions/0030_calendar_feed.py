"""The addresses at which members' calendar programs ask what is due

Revision: 0030
"""

import sqlalchemy as sa
from alembic import op

from webapp.migrations import one_way, row_security

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Write it: one address for each member, found by the hash of its secret before anything else is known."""
    op.create_table(
        "calendar_feed",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("authz_version", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "user_id"],
            ["membership.network_id", "membership.user_id"],
            name=op.f("fk_calendar_feed_network_id_user_id"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_calendar_feed_user_id")),
        sa.PrimaryKeyConstraint("network_id", "user_id", name=op.f("pk_calendar_feed")),
    )
    op.create_index("ix_calendar_feed_token_hash", "calendar_feed", ["token_hash"], unique=False)
    for statement in (
        *row_security.tenant_policies("calendar_feed", "holder"),
        *row_security.app_grants("calendar_feed", "SIUD", ()),
    ):
        op.execute(statement)


downgrade = one_way.refuse
