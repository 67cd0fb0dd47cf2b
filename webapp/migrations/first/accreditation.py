"""The first tables of programmes and accreditations."""

import sqlalchemy as sa
from alembic import op


def programme() -> None:
    op.create_table(
        "programme",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("body", sa.Text(collation="C"), nullable=True),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("is_template", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_programme_network_id")),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_programme")),
        sa.UniqueConstraint("network_id", "code", name=op.f("uq_programme_network_id_code")),
    )


def accreditation_record() -> None:
    op.create_table(
        "accreditation_record",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
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
            name=op.f("fk_accreditation_record_network_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "programme_id"],
            ["programme.network_id", "programme.id"],
            name=op.f("fk_accreditation_record_network_id_programme_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "replaces_id"],
            ["accreditation_record.network_id", "accreditation_record.id"],
            name=op.f("fk_accreditation_record_network_id_replaces_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"],
            ["site.network_id", "site.id"],
            name=op.f("fk_accreditation_record_network_id_site_id"),
        ),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_accreditation_record")),
    )
    op.create_index(
        "ix_accreditation_record_site", "accreditation_record", ["network_id", "site_id", "programme_id"], unique=False
    )
    op.create_index(
        "ix_accreditation_record_source_key",
        "accreditation_record",
        ["network_id", "source", "source_key"],
        unique=False,
    )


def criterion() -> None:
    op.create_table(
        "criterion",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("wording", sa.Text(collation="C"), nullable=False),
        sa.Column("evidence_asked", sa.Text(collation="C"), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "programme_id"],
            ["programme.network_id", "programme.id"],
            name=op.f("fk_criterion_network_id_programme_id"),
        ),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_criterion")),
        sa.UniqueConstraint(
            "network_id",
            "programme_id",
            "code",
            "version",
            name=op.f("uq_criterion_network_id_programme_id_code_version"),
        ),
    )
