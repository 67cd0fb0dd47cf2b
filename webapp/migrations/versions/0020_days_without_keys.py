"""A day tier refers to no site: its month does, in the same transaction, and each check cost as much as the row

Revision: 0020
"""

from alembic import op

from webapp.migrations import one_way

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

OF_SITES = ("session", "screening", "side_effect", "compliance", "resolution", "spacing", "completion")


def upgrade() -> None:
    """The rows stay as they are."""
    for name in OF_SITES:
        op.drop_constraint(op.f(f"fk_{name}_day_network_id_site_id"), f"{name}_day", type_="foreignkey")
    op.drop_constraint(op.f("fk_spacing_network_day_network_id"), "spacing_network_day", type_="foreignkey")


downgrade = one_way.refuse
