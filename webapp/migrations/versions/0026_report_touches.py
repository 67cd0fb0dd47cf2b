"""From which day on each data version may have changed what stored reports say

Revision: 0026
"""

import sqlalchemy as sa
from alembic import op

from webapp.migrations import one_way, row_security

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

TABLE = "report_touch"


def upgrade() -> None:
    """Empty at first: what imports marked before stands on the reports themselves."""
    op.create_table(
        TABLE,
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("data_version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"], ["site.network_id", "site.id"], name=op.f(f"fk_{TABLE}_network_id_site_id")
        ),
        sa.PrimaryKeyConstraint("network_id", "site_id", "first_on", name=op.f(f"pk_{TABLE}")),
    )
    for statement in (*row_security.tenant_policies(TABLE, "site"), *row_security.app_grants(TABLE, "SIUD", ())):
        op.execute(statement)


downgrade = one_way.refuse
