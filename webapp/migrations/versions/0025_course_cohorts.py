"""Start months of courses by how the courses stand; running totals of their ends, and of doses

Revision: 0025
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from webapp.migrations import one_way, row_security, total_tables

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

TABLE = "course_cohort"
STATES = (
    "completed_on_time",
    "completed_late",
    "stopped_response",
    "stopped_other",
    "transferred",
    "lapsed",
    "open_at_horizon",
    "open",
)


def upgrade() -> None:
    """The table is empty at first: the cells of networks that hold data are counted anew with this version."""
    words = sa.Text(collation="C")
    op.create_table(
        TABLE,
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        *(sa.Column(name, words, nullable=False) for name in ("indication", "product")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in STATES),
        sa.Column("last_horizon_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"], ["site.network_id", "site.id"], name=op.f(f"fk_{TABLE}_network_id_site_id")
        ),
        sa.PrimaryKeyConstraint("network_id", "site_id", "month", "indication", "product", name=op.f(f"pk_{TABLE}")),
    )
    _total(
        "course_end_total",
        ("indication", "product", "state", "stop_reason"),
        {"day": sa.Integer(), "horizon": sa.Integer()},
        "courses",
    )
    _total(
        "course_reach_total",
        ("indication", "product"),
        {"planned": sa.SmallInteger(), "reached": sa.SmallInteger()},
        "courses",
    )
    _total("dose_total", ("site_id", "indication", "product", "phase", "quantity"), {"value": sa.Integer()}, "many")
    for statement in (*row_security.tenant_policies(TABLE, "site"), *row_security.app_grants(TABLE, "SIUD", ())):
        op.execute(statement)


def _total(table: str, words: tuple[str, ...], numbers: Mapping[str, Any], count: str) -> None:
    kinds = {"site_id": sa.Uuid()}
    key = {name: kinds.get(name, sa.Text(collation="C")) for name in words}
    total_tables.create(table, {**key, **numbers}, {count: sa.Integer()})


downgrade = one_way.refuse
