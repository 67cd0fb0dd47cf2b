"""The first tables of imports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


def import_batch() -> None:
    op.create_table(
        "import_batch",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(collation="C"), nullable=False),
        sa.Column("mapping", sa.Text(collation="C"), nullable=False),
        sa.Column("mapping_text", sa.Text(collation="C"), server_default=sa.text("''"), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("accept_good_rows", sa.Boolean(), nullable=False),
        sa.Column("snapshot", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("message", sa.Text(collation="C"), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by", sa.Uuid(), nullable=False),
        sa.Column("received_role", sa.Text(collation="C"), nullable=False),
        sa.Column("site_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("rows_read", sa.BigInteger(), nullable=False),
        sa.Column("rows_total", sa.BigInteger(), nullable=True),
        sa.Column("rows_stored", sa.BigInteger(), nullable=False),
        sa.Column("rows_changed", sa.BigInteger(), nullable=False),
        sa.Column("rows_unchanged", sa.BigInteger(), nullable=False),
        sa.Column("rows_rejected", sa.BigInteger(), nullable=False),
        sa.Column("data_version", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_import_batch_network_id")),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_import_batch")),
    )
    op.create_index("uq_import_batch_data_version", "import_batch", ["network_id", "data_version"], unique=True)


def batch_file() -> None:
    op.create_table(
        "batch_file",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("given_name", sa.Text(collation="C"), nullable=False),
        sa.Column("stored_name", sa.Text(collation="C"), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "batch_id"],
            ["import_batch.network_id", "import_batch.id"],
            name=op.f("fk_batch_file_network_id_batch_id"),
        ),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_batch_file")),
    )
    op.create_index("ix_batch_file_sha256", "batch_file", ["network_id", "sha256"], unique=False)


def data_finding() -> None:
    op.create_table(
        "data_finding",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.Text(collation="C"), nullable=False),
        sa.Column("sentence", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "course_id"],
            ["course.network_id", "course.id"],
            name=op.f("fk_data_finding_network_id_course_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"], ["site.network_id", "site.id"], name=op.f("fk_data_finding_network_id_site_id")
        ),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_data_finding")),
    )
    op.create_index("ix_data_finding_course", "data_finding", ["network_id", "course_id"], unique=False)


def rejected_row() -> None:
    op.create_table(
        "rejected_row",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("file", sa.Text(collation="C"), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("record_type", sa.Text(collation="C"), nullable=False),
        sa.Column("rule", sa.Text(collation="C"), nullable=False),
        sa.Column("field", sa.Text(collation="C"), nullable=False),
        sa.Column("value", sa.Text(collation="C"), nullable=False),
        sa.Column("sentence", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "batch_id"],
            ["import_batch.network_id", "import_batch.id"],
            name=op.f("fk_rejected_row_network_id_batch_id"),
        ),
        sa.PrimaryKeyConstraint("network_id", "batch_id", "place", name=op.f("pk_rejected_row")),
    )
