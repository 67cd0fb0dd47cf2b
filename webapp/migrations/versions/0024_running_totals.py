"""Running totals of the cells: a period of months is a subtraction, not a look at each of its months

Revision: 0024
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from webapp.migrations import one_way, row_security, total_tables

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

KIND = ("indication", "product", "phase")
SESSION = ("sessions", "late_cancelled", "booked_minutes")
EFFECT = ("sessions", "events", "serious")
# As they were written then: a migration does not follow the lists of a later version.
RESPONSE = (
    "courses",
    "baselines",
    "entered",
    "reached",
    "rated",
    "met",
    "remitted",
    "risen",
    "fallen",
    "fallen_squares",
)
SMALL = frozenset({"infusion", "severity"})
NUMBERS = frozenset({"lasted", "value"})


def upgrade() -> None:
    """The tables are empty at first: the cells of networks that hold data are counted anew with this version."""
    _create("session_network_total", (*KIND, "status"), SESSION)
    _create("session_total", ("site_id", *KIND, "status"), SESSION)
    _create("session_week_total", (*KIND, "status"), SESSION)
    _create("screening_network_total", (*KIND, "asked_how", "infusion"), ("sessions",))
    _create("screening_total", ("site_id", *KIND, "asked_how", "infusion"), ("sessions",))
    _create("severity_network_total", ("term", *KIND, "asked_how", "severity"), EFFECT)
    _create("term_network_total", ("term", *KIND, "asked_how", "infusion"), EFFECT)
    _create("term_total", ("term", "site_id", *KIND, "asked_how"), EFFECT)
    _create("resolution_network_total", (*KIND, "term", "lasted"), ("events",))
    _create("completion_network_total", ("indication", "product", "quantity", "value"), ("many",))
    _create_steps()
    _create("response_network_total", ("indication", "product", "scale", "infusion"), RESPONSE)


def _create_steps() -> None:
    """Patients are no sum of months: they are counted by the month before."""
    op.create_index("ix_affected_month_patient", "affected_month", ["network_id", "patient_id"])
    words = sa.Text(collation="C")
    op.create_table(
        "affected_step",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, words, nullable=False) for name in KIND),
        *(sa.Column(name, sa.Date(), nullable=False) for name in ("before", "month")),
        sa.Column("term", words, nullable=False),
        sa.Column("patients", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_affected_step_network_id")),
        sa.PrimaryKeyConstraint("network_id", *KIND, "before", "month", "term", name=op.f("pk_affected_step")),
    )
    for statement in (
        *row_security.tenant_policies("affected_step", "every_site"),
        *row_security.app_grants("affected_step", "SIUD", ()),
    ):
        op.execute(statement)


def _create(table: str, key: tuple[str, ...], counts: tuple[str, ...]) -> None:
    total_tables.create(table, {name: _kind(name) for name in key}, dict.fromkeys(counts, sa.Integer()))


def _kind(name: str) -> Any:
    if name == "site_id":
        return sa.Uuid()
    return sa.SmallInteger() if name in SMALL else sa.Integer() if name in NUMBERS else sa.Text(collation="C")


downgrade = one_way.refuse
