"""Hours, days between and doses, and what follows a completion, are counted by their size; courses are counted from indexes alone

Revision: 0009, after 0008
"""

import sqlalchemy as sa
from alembic import op

from webapp.migrations import row_security

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = {
    "spacing_day": ("indication", "product", "phase", "quantity"),
    "spacing_month": ("indication", "product", "phase", "quantity"),
    "completion_day": ("indication", "product", "quantity"),
    "completion_month": ("indication", "product", "quantity"),
}
COUNTED = ["indication", "product", "end_on", "end_state", "stop_reason", "planned", "reached", "horizon_on"]


def upgrade() -> None:
    """The tables are empty at first: `dripline verify --mend` fills them for networks that hold data."""
    for table, words in TABLES.items():
        op.create_table(
            table,
            *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("network_id", "site_id")),
            sa.Column("on_date", sa.Date(), nullable=False),
            *(sa.Column(name, sa.Text(collation="C"), nullable=False) for name in words),
            sa.Column("value", sa.Integer(), autoincrement=False, nullable=False),
            sa.Column("many", sa.Integer(), nullable=False),
            sa.ForeignKeyConstraint(
                ["network_id", "site_id"], ["site.network_id", "site.id"], name=op.f(f"fk_{table}_network_id_site_id")
            ),
            sa.PrimaryKeyConstraint("network_id", "site_id", "on_date", *words, "value", name=op.f(f"pk_{table}")),
        )
        for statement in (
            *row_security.tenant_policies(table, "site"),
            *row_security.app_grants(table, "SIUD", ()),
        ):
            op.execute(statement)
    start = ["network_id", "site_id", "start_on"]
    op.drop_index("ix_course_spell_start", "course_spell")
    op.create_index("ix_course_spell_start", "course_spell", start, postgresql_include=COUNTED)
    op.create_index("ix_course_spell_end", "course_spell", ["network_id", "site_id", "end_on"])


def downgrade() -> None:
    op.drop_index("ix_course_spell_end", "course_spell")
    op.drop_index("ix_course_spell_start", "course_spell")
    op.create_index("ix_course_spell_start", "course_spell", ["network_id", "site_id", "start_on"])
    for table in TABLES:
        op.drop_table(table)
