"""Courses that were counted before now show the reason for stopping that their source states

Revision: 0002, after 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

REASONS = """UPDATE course_spell x SET stop_reason = c.stated_outcome FROM course_version c
WHERE c.network_id = x.network_id AND c.course_id = x.course_id AND c.superseded_by_batch_id IS NULL
AND x.as_stated AND x.end_state IN ('stopped_response', 'stopped_other')"""

TABLES = ("course_spell", "course_version")


def upgrade() -> None:
    """All networks at once, so the tables' owner sees past the policies for this statement."""
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(REASONS)
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    """The reasons are as true under the step before."""
