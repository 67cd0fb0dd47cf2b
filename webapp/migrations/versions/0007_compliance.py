"""Compliance: criteria in versions, assessments, exceptions, the keeping of evidence, and the verdicts counted by day

Revision: 0007
"""

import sqlalchemy as sa
from alembic import op

from webapp.migrations import one_way, row_security

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("programme_version", "network", "SI", ()),
    ("criterion_assessment", "site", "SI", ()),
    ("practitioner_link", "network", "SI", ()),
    ("exception_step", "site", "SI", ()),
    ("evidence_event", "site", "SI", ()),
    ("evidence_check", "site", "SIU", ("outcome", "checked_at", "since")),
    ("compliance_day", "site", "SIUD", ()),
    ("compliance_month", "site", "SIUD", ()),
)


def upgrade() -> None:
    _rollups()
    _programmes()
    _assessments()
    _answers()
    _evidence()
    _columns()
    for table, reach, verbs, columns in TABLES:
        for statement in row_security.tenant_policies(table, reach):
            op.execute(statement)
        for statement in row_security.app_grants(table, verbs, columns):
            op.execute(statement)


def _rollups() -> None:
    op.create_table(
        "compliance_day",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("criterion", sa.Text(collation="C"), nullable=False),
        sa.Column("verdict", sa.SmallInteger(), nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"], ["site.network_id", "site.id"], name=op.f("fk_compliance_day_network_id_site_id")
        ),
        sa.PrimaryKeyConstraint(
            "network_id", "site_id", "on_date", "criterion", "verdict", name=op.f("pk_compliance_day")
        ),
    )
    op.create_table(
        "compliance_month",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("criterion", sa.Text(collation="C"), nullable=False),
        sa.Column("verdict", sa.SmallInteger(), nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"],
            ["site.network_id", "site.id"],
            name=op.f("fk_compliance_month_network_id_site_id"),
        ),
        sa.PrimaryKeyConstraint(
            "network_id", "site_id", "on_date", "criterion", "verdict", name=op.f("pk_compliance_month")
        ),
    )


def _programmes() -> None:
    op.create_table(
        "practitioner_link",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("same_as_id", sa.Uuid(), nullable=False),
        sa.Column("same", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(collation="C"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "practitioner_id"],
            ["practitioner.network_id", "practitioner.id"],
            name=op.f("fk_practitioner_link_network_id_practitioner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "same_as_id"],
            ["practitioner.network_id", "practitioner.id"],
            name=op.f("fk_practitioner_link_network_id_same_as_id"),
        ),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_practitioner_link")),
    )
    op.create_table(
        "programme_version",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("body", sa.Text(collation="C"), nullable=True),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "programme_id"],
            ["programme.network_id", "programme.id"],
            name=op.f("fk_programme_version_network_id_programme_id"),
        ),
        sa.PrimaryKeyConstraint("network_id", "programme_id", "version", name=op.f("pk_programme_version")),
    )


def _assessments() -> None:
    op.create_table(
        "criterion_assessment",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("criterion_id", sa.Uuid(), nullable=False),
        sa.Column("verdict", sa.Text(collation="C"), nullable=True),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(collation="C"), nullable=True),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "criterion_id"],
            ["criterion.network_id", "criterion.id"],
            name=op.f("fk_criterion_assessment_network_id_criterion_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "replaces_id"],
            ["criterion_assessment.network_id", "criterion_assessment.id"],
            name=op.f("fk_criterion_assessment_network_id_replaces_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"],
            ["site.network_id", "site.id"],
            name=op.f("fk_criterion_assessment_network_id_site_id"),
        ),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_criterion_assessment")),
    )
    op.create_index("ix_criterion_assessment_site", "criterion_assessment", ["network_id", "site_id"], unique=False)


def _answers() -> None:
    op.create_table(
        "exception_step",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("criterion", sa.Text(collation="C"), nullable=False),
        sa.Column("step", sa.Text(collation="C"), nullable=False),
        sa.Column("wording", sa.Text(collation="C"), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("finding_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "finding_id"],
            ["finding.network_id", "finding.id"],
            name=op.f("fk_exception_step_network_id_finding_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "session_id"],
            ["session.network_id", "session.id"],
            name=op.f("fk_exception_step_network_id_session_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"], ["site.network_id", "site.id"], name=op.f("fk_exception_step_network_id_site_id")
        ),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_exception_step")),
    )
    op.create_index("ix_exception_step_session", "exception_step", ["network_id", "session_id"], unique=False)


def _evidence() -> None:
    op.create_table(
        "evidence_check",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.Text(collation="C"), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "evidence_id"],
            ["evidence.network_id", "evidence.id"],
            name=op.f("fk_evidence_check_network_id_evidence_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"], ["site.network_id", "site.id"], name=op.f("fk_evidence_check_network_id_site_id")
        ),
        sa.PrimaryKeyConstraint("network_id", "evidence_id", name=op.f("pk_evidence_check")),
    )
    op.create_table(
        "evidence_event",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.Text(collation="C"), nullable=False),
        sa.Column("reason", sa.Text(collation="C"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "evidence_id"],
            ["evidence.network_id", "evidence.id"],
            name=op.f("fk_evidence_event_network_id_evidence_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"], ["site.network_id", "site.id"], name=op.f("fk_evidence_event_network_id_site_id")
        ),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_evidence_event")),
    )
    op.create_index("ix_evidence_event_evidence", "evidence_event", ["network_id", "evidence_id"], unique=False)
    op.create_index("ix_corrective_action_finding", "corrective_action", ["network_id", "finding_id"], unique=False)


def _columns() -> None:
    # Columns that no row may lack: what stands there already gets the least that can be said, and the default goes again.
    for table, name, kind, said in (
        ("programme", "version", sa.Integer(), "1"),
        ("criterion", "title", sa.Text(collation="C"), ""),
        ("criterion", "withdrawn", sa.Boolean(), "false"),
        ("criterion", "recorded_at", sa.DateTime(timezone=True), "2026-01-01 00:00:00+00"),
        ("criterion", "recorded_by", sa.Uuid(), "00000000-0000-0000-0000-000000000001"),
    ):
        op.add_column(table, sa.Column(name, kind, nullable=False, server_default=said))
        op.alter_column(table, name, server_default=None)
    op.add_column("criterion", sa.Column("judged_by", sa.Text(collation="C"), nullable=True))
    op.add_column("evidence", sa.Column("keep_until", sa.Date(), nullable=True))
    op.add_column("finding", sa.Column("report_id", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_session_version_given",
        "session_version",
        ["network_id", "administered_by_id", "on_date"],
        unique=False,
        postgresql_where="superseded_by_batch_id IS NULL",
    )
    op.create_index(
        "ix_session_version_supervised",
        "session_version",
        ["network_id", "supervised_by_id", "on_date"],
        unique=False,
        postgresql_where="superseded_by_batch_id IS NULL",
    )


downgrade = one_way.refuse
