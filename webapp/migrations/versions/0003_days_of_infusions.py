"""Each started course says on which day it had each infusion; the sums of transitions, which nothing reads, go

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from webapp.migrations import row_security

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

DAYS = """UPDATE course_spell x SET infusion_days = d.days FROM (
    SELECT y.network_id, y.course_id, y.ordinal, array_agg(CAST(s.on_date - y.start_on AS smallint) ORDER BY p.infusion) AS days
    FROM course_spell y
    JOIN session_place p ON p.network_id = y.network_id AND p.course_id = y.course_id AND p.spell = y.ordinal AND p.infusion > 0
    JOIN session_version s ON s.network_id = p.network_id AND s.session_id = p.session_id AND s.superseded_by_batch_id IS NULL
    GROUP BY y.network_id, y.course_id, y.ordinal) d
WHERE d.network_id = x.network_id AND d.course_id = x.course_id AND d.ordinal = x.ordinal"""

READ = ("course_spell", "session_place", "session_version")


def upgrade() -> None:
    """All networks at once, so the tables' owner sees past the policies for this statement."""
    op.add_column("course_spell", sa.Column("infusion_days", postgresql.ARRAY(sa.SmallInteger()), nullable=True))
    for table in READ:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(DAYS)
    op.execute("UPDATE course_spell SET infusion_days = '{}' WHERE infusion_days IS NULL")
    for table in READ:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.alter_column("course_spell", "infusion_days", nullable=False)
    op.drop_table("course_transition_month")
    op.drop_table("course_transition_day")


def downgrade() -> None:
    """The tables come back empty: the next import fills what it touches."""
    op.drop_column("course_spell", "infusion_days")
    for tier, days in (("day", ("start_on", "on_date")), ("month", ("start_month", "on_month"))):
        table = f"course_transition_{tier}"
        op.create_table(
            table,
            *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("network_id", "site_id")),
            *(sa.Column(name, sa.Date(), nullable=False) for name in days),
            *(sa.Column(name, sa.Text(collation="C"), nullable=False) for name in ("indication", "product", "state")),
            sa.Column("delta", sa.Integer(), nullable=False),
            sa.ForeignKeyConstraint(
                ["network_id", "site_id"], ["site.network_id", "site.id"], name=f"fk_{table}_network_id_site_id"
            ),
            sa.PrimaryKeyConstraint(
                "network_id", "site_id", *days, "indication", "product", "state", name=f"pk_{table}"
            ),
        )
        for statement in (
            *row_security.tenant_policies(table, "site"),
            *row_security.app_grants(table, "SIUD", ()),
        ):
            op.execute(statement)
