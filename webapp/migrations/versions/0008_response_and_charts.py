"""Counted cells for response, for how long side effects last, and for control charts over all months

Revision: 0008, after 0007
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from webapp.migrations import row_security

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = ("resolution_day", "resolution_month", "term_month", "course_progress", "response_month")
_WORDS = sa.Text(collation="C")


def upgrade() -> None:
    for name in ("resolution_day", "resolution_month"):
        _cells(
            name,
            ("site_id", "on_date", "indication", "product", "phase", "term", "lasted"),
            [
                sa.Column("on_date", sa.Date(), nullable=False),
                *_words("indication", "product", "phase", "term"),
                *_counts("lasted", "events"),
            ],
        )
    _cells(
        "term_month",
        ("term", "site_id", "month", "asked_how"),
        [*_words("term", "asked_how"), sa.Column("month", sa.Date(), nullable=False), *_counts("sessions")],
    )
    _progress()
    _cells(
        "response_month",
        ("site_id", "month", "indication", "product", "scale", "infusion"),
        [
            sa.Column("month", sa.Date(), nullable=False),
            *_words("indication", "product", "scale"),
            sa.Column("infusion", sa.SmallInteger(), nullable=False),
            *_counts("courses", "baselines", "entered", "reached", "rated", "met", "remitted", "risen"),
            *_counts("fallen", "fallen_squares"),
        ],
    )
    for table in TABLES:
        for statement in row_security.tenant_policies(table, "site"):
            op.execute(statement)
        for statement in row_security.app_grants(table, "SIUD", ()):
            op.execute(statement)


def _words(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, _WORDS, nullable=False) for name in names]


def _counts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names]


def _cells(name: str, key: tuple[str, ...], columns: list[sa.Column[Any]]) -> None:
    op.create_table(
        name,
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"], ["site.network_id", "site.id"], name=op.f(f"fk_{name}_network_id_site_id")
        ),
        sa.PrimaryKeyConstraint("network_id", *key, name=op.f(f"pk_{name}")),
    )


def _progress() -> None:
    name = "course_progress"
    op.create_table(
        name,
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.SmallInteger(), nullable=False),
        sa.Column("scale", _WORDS, nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        *_words("indication", "product"),
        sa.Column("planned", sa.SmallInteger(), nullable=False),
        sa.Column("reached", sa.SmallInteger(), nullable=False),
        sa.Column("entered", sa.Boolean(), nullable=False),
        sa.Column("scores", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("met", postgresql.ARRAY(sa.Boolean()), nullable=False),
        sa.Column("remitted", postgresql.ARRAY(sa.Boolean()), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "course_id"],
            ["course.network_id", "course.id"],
            name=op.f(f"fk_{name}_network_id_course_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"], ["site.network_id", "site.id"], name=op.f(f"fk_{name}_network_id_site_id")
        ),
        sa.PrimaryKeyConstraint("network_id", "course_id", "ordinal", "scale", name=op.f(f"pk_{name}")),
    )
    op.create_index("ix_course_progress_start", name, ["network_id", "site_id", "start_on"])


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
