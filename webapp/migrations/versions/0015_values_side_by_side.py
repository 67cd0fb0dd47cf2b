"""Counts by size hold their values side by side: a third of the rows; and those of all sites together stand by themselves

Revision: 0015
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from webapp.migrations import one_way, row_security

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

KIND = ("indication", "product", "phase")


def upgrade() -> None:
    """The tables are empty at first: `dripline verify --mend` fills them for networks that hold data."""
    for table in ("spacing_day", "spacing_month"):
        op.drop_table(table)
    _create("spacing_day", ("site_id", "on_date", *KIND))
    _create("spacing_month", ("site_id", *KIND, "quantity", "on_date"))
    _create("spacing_network_day", (*KIND, "on_date"))
    _create("spacing_network_month", (*KIND, "quantity", "on_date"))


def _create(table: str, key: tuple[str, ...]) -> None:
    of_sites = "site_id" in key
    refers = (
        (["network_id", "site_id"], ["site.network_id", "site.id"]) if of_sites else (["network_id"], ["network.id"])
    )
    kinds: dict[str, Any] = {"site_id": sa.Uuid(), "on_date": sa.Date()}
    numbers, words = sa.ARRAY(sa.Integer()), sa.ARRAY(sa.Text(collation="C"))
    op.create_table(
        table,
        sa.Column("network_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, kinds.get(name, sa.Text(collation="C")), nullable=False) for name in key),
        *(() if "quantity" in key else (sa.Column("quantities", words, nullable=False),)),
        sa.Column("sizes", numbers, nullable=False),
        sa.Column("counts", numbers, nullable=False),
        sa.ForeignKeyConstraint(*refers, name=op.f(f"fk_{table}_{'_'.join(refers[0])}")),
        sa.PrimaryKeyConstraint("network_id", *key, name=op.f(f"pk_{table}")),
    )
    for statement in (
        *row_security.tenant_policies(table, "site" if of_sites else "every_site"),
        *row_security.app_grants(table, "SIUD", ()),
    ):
        op.execute(statement)


downgrade = one_way.refuse
