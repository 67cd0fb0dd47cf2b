"""The first tables of findings and evidence."""

import sqlalchemy as sa
from alembic import op


def finding() -> None:
    op.create_table(
        "finding",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("criterion_id", sa.Uuid(), nullable=True),
        sa.Column("origin", sa.Text(collation="C"), nullable=False),
        sa.Column("severity", sa.Text(collation="C"), nullable=False),
        sa.Column("wording", sa.Text(collation="C"), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "criterion_id"],
            ["criterion.network_id", "criterion.id"],
            name=op.f("fk_finding_network_id_criterion_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"], ["site.network_id", "site.id"], name=op.f("fk_finding_network_id_site_id")
        ),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_finding")),
    )


def corrective_action() -> None:
    op.create_table(
        "corrective_action",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(collation="C"), nullable=False),
        sa.Column("wording", sa.Text(collation="C"), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "finding_id"],
            ["finding.network_id", "finding.id"],
            name=op.f("fk_corrective_action_network_id_finding_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"],
            ["site.network_id", "site.id"],
            name=op.f("fk_corrective_action_network_id_site_id"),
        ),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_corrective_action")),
    )


def evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("criterion_id", sa.Uuid(), nullable=True),
        sa.Column("finding_id", sa.Uuid(), nullable=True),
        sa.Column("stored_name", sa.Text(collation="C"), nullable=False),
        sa.Column("given_name", sa.Text(collation="C"), nullable=False),
        sa.Column("media_type", sa.Text(collation="C"), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(collation="C"), nullable=False),
        sa.Column("covers_from", sa.Date(), nullable=True),
        sa.Column("covers_until", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "criterion_id"],
            ["criterion.network_id", "criterion.id"],
            name=op.f("fk_evidence_network_id_criterion_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "finding_id"],
            ["finding.network_id", "finding.id"],
            name=op.f("fk_evidence_network_id_finding_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"], ["site.network_id", "site.id"], name=op.f("fk_evidence_network_id_site_id")
        ),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_evidence")),
    )
