"""The network's lines say how many patients stand behind their numerator, and how many behind the rest

Revision: 0006, after 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

FACTS = ("session_version", "course_version", "screen_version", "side_effect_version")

ALL_WITH = "UPDATE network_month SET patients_with = patients WHERE measure = 'session_count'"
COUNTED_ANEW = """
    WITH screened AS (
        SELECT s.network_id, s.on_date - (extract(day FROM s.on_date)::integer - 1) AS month, c.patient_id,
            EXISTS (SELECT 1 FROM side_effect_version e WHERE e.network_id = s.network_id AND e.session_id = s.session_id
                AND e.superseded_by_batch_id IS NULL AND NOT e.withdrawn) AS affected,
            EXISTS (SELECT 1 FROM screen_version w WHERE w.network_id = s.network_id AND w.session_id = s.session_id
                AND w.superseded_by_batch_id IS NULL AND NOT w.withdrawn AND w.asked_how <> '') AS asked
        FROM session_version s JOIN course_version c ON c.network_id = s.network_id AND c.course_id = s.course_id
            AND c.superseded_by_batch_id IS NULL AND NOT c.withdrawn
        WHERE s.superseded_by_batch_id IS NULL AND NOT s.withdrawn AND s.status IN ('completed', 'stopped_early')),
    counted AS (
        SELECT network_id, month, count(DISTINCT patient_id) FILTER (WHERE affected) AS patients_with,
            count(DISTINCT patient_id) FILTER (WHERE NOT affected) AS patients_without
        FROM screened WHERE asked GROUP BY network_id, month)
    UPDATE network_month m SET patients_with = n.patients_with, patients_without = n.patients_without
    FROM counted n WHERE m.measure = 'side_effect_rate' AND n.network_id = m.network_id AND n.month = m.month
"""


def upgrade() -> None:
    for name in ("patients_with", "patients_without"):
        op.add_column("network_month", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
        op.alter_column("network_month", name, server_default=None)
    # Policies hold for the owner as well: for this one statement over all networks they are put aside, in this transaction.
    for table in (*FACTS, "network_month"):
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(ALL_WITH)
    op.execute(COUNTED_ANEW)
    for table in (*FACTS, "network_month"):
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    for name in ("patients_with", "patients_without"):
        op.drop_column("network_month", name)
