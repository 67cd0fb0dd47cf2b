"""A patient's month with its side effects, so that patients are counted without a look at the sessions; serious ones by an index

Revision: 0018
"""

import sqlalchemy as sa
from alembic import op

from webapp.migrations import one_way, row_security

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLE = "affected_month"


def upgrade() -> None:
    """The table is empty at first: `dripline verify --mend` fills it for networks that hold data."""
    words = sa.Text(collation="C")
    op.create_table(
        TABLE,
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        *(sa.Column(name, words, nullable=False) for name in ("indication", "product", "phase")),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("terms", sa.ARRAY(words), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"], ["site.network_id", "site.id"], name=op.f(f"fk_{TABLE}_network_id_site_id")
        ),
        sa.PrimaryKeyConstraint(
            *("network_id", "site_id", "on_date", "indication", "product", "phase", "patient_id"),
            name=op.f(f"pk_{TABLE}"),
        ),
    )
    for statement in (*row_security.tenant_policies(TABLE, "site"), *row_security.app_grants(TABLE, "SIUD", ())):
        op.execute(statement)
    op.create_index(
        "ix_side_effect_version_serious",
        "side_effect_version",
        ["network_id", "session_id"],
        postgresql_where=sa.text("superseded_by_batch_id IS NULL AND serious <> 'no'"),
    )


downgrade = one_way.refuse
