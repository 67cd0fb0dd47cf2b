"""The first tables of practitioners and credentials."""

import sqlalchemy as sa
from alembic import op


def practitioner() -> None:
    op.create_table(
        "practitioner",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(collation="C"), nullable=False),
        sa.Column("source_key", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_practitioner_network_id")),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_practitioner")),
    )
    op.create_index("uq_practitioner_source_key", "practitioner", ["network_id", "source", "source_key"], unique=True)


def credential_record() -> None:
    op.create_table(
        "credential_record",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=True),
        sa.Column("source", sa.Text(collation="C"), nullable=False),
        sa.Column("source_key", sa.Text(collation="C"), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("event", sa.Text(collation="C"), nullable=False),
        sa.Column("corrected_event", sa.Text(collation="C"), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("verified_on", sa.Date(), nullable=True),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(collation="C"), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "batch_id"],
            ["import_batch.network_id", "import_batch.id"],
            name=op.f("fk_credential_record_network_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "practitioner_id"],
            ["practitioner.network_id", "practitioner.id"],
            name=op.f("fk_credential_record_network_id_practitioner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "replaces_id"],
            ["credential_record.network_id", "credential_record.id"],
            name=op.f("fk_credential_record_network_id_replaces_id"),
        ),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_credential_record")),
    )
    op.create_index(
        "ix_credential_record_practitioner",
        "credential_record",
        ["network_id", "practitioner_id", "kind"],
        unique=False,
    )
    op.create_index(
        "ix_credential_record_source_key", "credential_record", ["network_id", "source", "source_key"], unique=False
    )


def practitioner_version() -> None:
    op.create_table(
        "practitioner_version",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("profession", sa.Text(collation="C"), nullable=True),
        sa.Column("prescriber", sa.Boolean(), nullable=True),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("superseded_by_batch_id", sa.Uuid(), nullable=True),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "batch_id"],
            ["import_batch.network_id", "import_batch.id"],
            name=op.f("fk_practitioner_version_network_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "practitioner_id"],
            ["practitioner.network_id", "practitioner.id"],
            name=op.f("fk_practitioner_version_network_id_practitioner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "superseded_by_batch_id"],
            ["import_batch.network_id", "import_batch.id"],
            name=op.f("fk_practitioner_version_network_id_superseded_by_batch_id"),
        ),
        sa.PrimaryKeyConstraint("network_id", "practitioner_id", "batch_id", name=op.f("pk_practitioner_version")),
    )
    op.create_index(
        "uq_practitioner_version_current",
        "practitioner_version",
        ["network_id", "practitioner_id"],
        unique=True,
        postgresql_where="superseded_by_batch_id IS NULL",
    )
