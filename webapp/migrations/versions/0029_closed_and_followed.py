"""Running totals of closed cohorts and of the others, of completions by how long they are followed, of verdicts, of weeks by phase

Revision: 0029
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from webapp.migrations import row_security

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

WORDS = sa.Text(collation="C")
NUMBER = sa.Integer()
NUMBERS = sa.ARRAY(sa.Integer())
SITE = sa.Uuid()


def upgrade() -> None:
    """The tables are empty at first: the cells of networks that hold data are counted anew with this version."""
    kind = {"indication": WORDS, "product": WORDS}
    op.drop_table("completion_network_total")
    _total(
        "completion_network_total",
        {**kind, "quantity": WORDS, "value": NUMBER, "followed": NUMBER},
        {"many": NUMBERS},
    )
    _total(
        "course_progress_total",
        {**kind, "infusion": NUMBER, "what": WORDS, "day": NUMBER, "horizon": NUMBER},
        {"courses": NUMBERS},
    )
    _total(
        "session_phase_week_total",
        {"indication": WORDS, "phase": WORDS, "status": WORDS},
        {"sessions": NUMBERS, "late_cancelled": NUMBERS, "booked_minutes": sa.ARRAY(sa.BigInteger())},
    )
    _total(
        "compliance_total",
        {"site_id": SITE, "criterion": WORDS, "verdict": sa.SmallInteger()},
        {"sessions": NUMBERS},
    )


def _total(table: str, key: Mapping[str, Any], counts: Mapping[str, Any]) -> None:
    of_sites = "site_id" in key
    refers = (
        (["network_id", "site_id"], ["site.network_id", "site.id"]) if of_sites else (["network_id"], ["network.id"])
    )
    op.create_table(
        table,
        sa.Column("network_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, kind, nullable=False) for name, kind in key.items()),
        sa.Column("starts", sa.ARRAY(sa.Date()), nullable=False),
        *(sa.Column(name, kind, nullable=False) for name, kind in counts.items()),
        sa.ForeignKeyConstraint(*refers, name=op.f(f"fk_{table}_{'_'.join(refers[0])}")),
        sa.PrimaryKeyConstraint("network_id", *key, name=op.f(f"pk_{table}")),
    )
    for statement in (
        *row_security.tenant_policies(table, "site" if of_sites else "every_site"),
        *row_security.app_grants(table, "SIUD", ()),
    ):
        op.execute(statement)


def downgrade() -> None:
    """There is none."""
    raise NotImplementedError("There is no way back: restore the backup made before the update.")
