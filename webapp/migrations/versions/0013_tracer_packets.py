"""Sealed samples of sessions, and the surveyors who may read one each

Revision: 0013
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from webapp.migrations import one_way, row_security

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

SEALING = (
    *("state", "reason", "lease_token", "sealed_at", "data_version", "as_of", "population", "sample", "chain_head"),
    *("stored_name", "sha256", "file_size"),
)
TABLES: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("tracer_packet", "network", "SIU", SEALING),
    ("packet_reader", "network", "SI", ()),
)


def _text(name: str, *, nullable: bool) -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), nullable=nullable)


def upgrade() -> None:
    """Write it."""
    op.create_table(
        "tracer_packet",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        _text("site_code", nullable=True),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        _text("seed", nullable=False),
        _text("state", nullable=False),
        _text("reason", nullable=True),
        sa.Column("lease_token", sa.BigInteger(), nullable=True),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("data_version", sa.Integer(), nullable=True),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=True),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("sample", postgresql.JSONB(), nullable=True),
        _text("chain_head", nullable=True),
        _text("stored_name", nullable=True),
        _text("sha256", nullable=True),
        sa.Column("file_size", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["network_id", "programme_id"],
            ["programme.network_id", "programme.id"],
            name=op.f("fk_tracer_packet_network_id_programme_id"),
        ),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_tracer_packet")),
    )
    op.create_index("ix_tracer_packet_created", "tracer_packet", ["network_id", "created_at"], unique=False)
    op.create_table(
        "packet_reader",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("packet_id", sa.Uuid(), nullable=False),
        sa.Column("admitted_by", sa.Uuid(), nullable=False),
        sa.Column("admitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "packet_id"],
            ["tracer_packet.network_id", "tracer_packet.id"],
            name=op.f("fk_packet_reader_network_id_packet_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "user_id"],
            ["membership.network_id", "membership.user_id"],
            name=op.f("fk_packet_reader_network_id_user_id"),
        ),
        sa.PrimaryKeyConstraint("network_id", "user_id", name=op.f("pk_packet_reader")),
    )
    for table, reach, verbs, columns in TABLES:
        for statement in row_security.tenant_policies(table, reach):
            op.execute(statement)
        for statement in row_security.app_grants(table, verbs, columns):
            op.execute(statement)


downgrade = one_way.refuse
