"""A person's views have names of their own, and at most one of them is where they start

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_unique_constraint(
        op.f("uq_saved_view_network_id_user_id_name"), "saved_view", ["network_id", "user_id", "name"]
    )
    op.create_index(
        "uq_saved_view_default",
        "saved_view",
        ["network_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )


def downgrade() -> None:
    op.drop_index("uq_saved_view_default", "saved_view")
    op.drop_constraint(op.f("uq_saved_view_network_id_user_id_name"), "saved_view")
