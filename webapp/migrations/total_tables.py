"""Tables of running totals, as the steps of the schema's history make them: a step may not follow the models of a later version."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from webapp.migrations import row_security


def create(table: str, key: Mapping[str, Any], counts: Mapping[str, Any]) -> None:
    """One table: the key that leads to a row, the first days of its steps, and each count up to the end of each step.

    key, counts: names with their types, in order. A key that names a site is seen by those of that site, any other by those
    who see every site.
    """
    of_sites = "site_id" in key
    refers = (
        (["network_id", "site_id"], ["site.network_id", "site.id"]) if of_sites else (["network_id"], ["network.id"])
    )
    op.create_table(
        table,
        sa.Column("network_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, kind, nullable=False) for name, kind in key.items()),
        sa.Column("starts", sa.ARRAY(sa.Date()), nullable=False),
        *(sa.Column(name, sa.ARRAY(kind), nullable=False) for name, kind in counts.items()),
        sa.ForeignKeyConstraint(*refers, name=op.f(f"fk_{table}_{'_'.join(refers[0])}")),
        sa.PrimaryKeyConstraint("network_id", *key, name=op.f(f"pk_{table}")),
    )
    for statement in (
        *row_security.tenant_policies(table, "site" if of_sites else "every_site"),
        *row_security.app_grants(table, "SIUD", ()),
    ):
        op.execute(statement)
