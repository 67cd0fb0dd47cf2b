"""The first tables of courses and sessions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem


def course() -> None:
    op.create_table(
        "course",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(collation="C"), nullable=False),
        sa.Column("source_key", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_course_network_id")),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_course")),
    )
    op.create_index("uq_course_source_key", "course", ["network_id", "source", "source_key"], unique=True)


def patient() -> None:
    op.create_table(
        "patient",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pseudonym", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_patient_network_id")),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_patient")),
        sa.UniqueConstraint("network_id", "pseudonym", name=op.f("uq_patient_network_id_pseudonym")),
    )


def protocol() -> None:
    op.create_table(
        "protocol",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(collation="C"), nullable=False),
        sa.Column("source_key", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_protocol_network_id")),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_protocol")),
    )
    op.create_index("uq_protocol_source_key", "protocol", ["network_id", "source", "source_key"], unique=True)


def session() -> None:
    op.create_table(
        "session",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(collation="C"), nullable=False),
        sa.Column("source_key", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_session_network_id")),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_session")),
    )
    op.create_index("uq_session_source_key", "session", ["network_id", "source", "source_key"], unique=True)


def _course_version_columns() -> list[SchemaItem]:
    return [
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("indication", sa.Text(collation="C"), nullable=False),
        sa.Column("product", sa.Text(collation="C"), nullable=False),
        sa.Column("evaluated_on", sa.Date(), nullable=True),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("approved_by_id", sa.Uuid(), nullable=True),
        sa.Column("enrolled", sa.Boolean(), nullable=True),
        sa.Column("stopped_on", sa.Date(), nullable=True),
        sa.Column("stop_reason", sa.Text(collation="C"), nullable=True),
        sa.Column("transferred_on", sa.Date(), nullable=True),
        sa.Column("stated_outcome", sa.Text(collation="C"), nullable=True),
        sa.Column("stated_on", sa.Date(), nullable=True),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("superseded_by_batch_id", sa.Uuid(), nullable=True),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
    ]


def _course_version_keys() -> list[SchemaItem]:
    return [
        sa.ForeignKeyConstraint(
            ["network_id", "approved_by_id"],
            ["practitioner.network_id", "practitioner.id"],
            name=op.f("fk_course_version_network_id_approved_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "batch_id"],
            ["import_batch.network_id", "import_batch.id"],
            name=op.f("fk_course_version_network_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "course_id"],
            ["course.network_id", "course.id"],
            name=op.f("fk_course_version_network_id_course_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "patient_id"],
            ["patient.network_id", "patient.id"],
            name=op.f("fk_course_version_network_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"], ["site.network_id", "site.id"], name=op.f("fk_course_version_network_id_site_id")
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "superseded_by_batch_id"],
            ["import_batch.network_id", "import_batch.id"],
            name=op.f("fk_course_version_network_id_superseded_by_batch_id"),
        ),
        sa.PrimaryKeyConstraint("network_id", "course_id", "batch_id", name=op.f("pk_course_version")),
    ]


def course_version() -> None:
    op.create_table("course_version", *_course_version_columns(), *_course_version_keys())
    op.create_index(
        "ix_course_version_site",
        "course_version",
        ["network_id", "site_id"],
        unique=False,
        postgresql_where="superseded_by_batch_id IS NULL",
    )
    op.create_index(
        "uq_course_version_current",
        "course_version",
        ["network_id", "course_id"],
        unique=True,
        postgresql_where="superseded_by_batch_id IS NULL",
    )


def protocol_version() -> None:
    op.create_table(
        "protocol_version",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("protocol_id", sa.Uuid(), nullable=False),
        sa.Column("indication", sa.Text(collation="C"), nullable=False),
        sa.Column("product", sa.Text(collation="C"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("planned_infusions", sa.SmallInteger(), nullable=False),
        sa.Column("window_days", sa.Integer(), nullable=False),
        sa.Column("lapse_days", sa.Integer(), nullable=False),
        sa.Column("horizon_days", sa.Integer(), nullable=False),
        sa.Column("dose_low_mg_per_kg", sa.Numeric(), nullable=True),
        sa.Column("dose_high_mg_per_kg", sa.Numeric(), nullable=True),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("superseded_by_batch_id", sa.Uuid(), nullable=True),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "batch_id"],
            ["import_batch.network_id", "import_batch.id"],
            name=op.f("fk_protocol_version_network_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "protocol_id"],
            ["protocol.network_id", "protocol.id"],
            name=op.f("fk_protocol_version_network_id_protocol_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "superseded_by_batch_id"],
            ["import_batch.network_id", "import_batch.id"],
            name=op.f("fk_protocol_version_network_id_superseded_by_batch_id"),
        ),
        sa.PrimaryKeyConstraint("network_id", "protocol_id", "batch_id", name=op.f("pk_protocol_version")),
    )
    op.create_index(
        "uq_protocol_version_current",
        "protocol_version",
        ["network_id", "protocol_id"],
        unique=True,
        postgresql_where="superseded_by_batch_id IS NULL",
    )


def _session_version_columns() -> list[SchemaItem]:
    return [
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(collation="C"), nullable=False),
        sa.Column("phase", sa.Text(collation="C"), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("local_hour", sa.SmallInteger(), nullable=True),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("booked_minutes", sa.Integer(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("discharged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dose_mg", sa.Numeric(), nullable=True),
        sa.Column("wasted_mg", sa.Numeric(), nullable=True),
        sa.Column("wasted_witness_id", sa.Uuid(), nullable=True),
        sa.Column("weight_kg", sa.Numeric(), nullable=True),
        sa.Column("route", sa.Text(collation="C"), nullable=True),
        sa.Column("administered_by_id", sa.Uuid(), nullable=True),
        sa.Column("supervised_by_id", sa.Uuid(), nullable=True),
        sa.Column("escort_in", sa.Boolean(), nullable=True),
        sa.Column("escort_out", sa.Boolean(), nullable=True),
        sa.Column("substance_history", sa.Text(collation="C"), nullable=True),
        sa.Column("substance_decision", sa.Text(collation="C"), nullable=True),
        sa.Column("systolic_before", sa.SmallInteger(), nullable=True),
        sa.Column("diastolic_before", sa.SmallInteger(), nullable=True),
        sa.Column("systolic_during", sa.SmallInteger(), nullable=True),
        sa.Column("diastolic_during", sa.SmallInteger(), nullable=True),
        sa.Column("systolic_discharge", sa.SmallInteger(), nullable=True),
        sa.Column("diastolic_discharge", sa.SmallInteger(), nullable=True),
        sa.Column("monitoring_form_on", sa.Date(), nullable=True),
        sa.Column("stated_infusion", sa.Integer(), nullable=True),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("superseded_by_batch_id", sa.Uuid(), nullable=True),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
    ]


def _session_version_keys() -> list[SchemaItem]:
    return [
        sa.ForeignKeyConstraint(
            ["network_id", "administered_by_id"],
            ["practitioner.network_id", "practitioner.id"],
            name=op.f("fk_session_version_network_id_administered_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "batch_id"],
            ["import_batch.network_id", "import_batch.id"],
            name=op.f("fk_session_version_network_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "course_id"],
            ["course.network_id", "course.id"],
            name=op.f("fk_session_version_network_id_course_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "session_id"],
            ["session.network_id", "session.id"],
            name=op.f("fk_session_version_network_id_session_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"],
            ["site.network_id", "site.id"],
            name=op.f("fk_session_version_network_id_site_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "superseded_by_batch_id"],
            ["import_batch.network_id", "import_batch.id"],
            name=op.f("fk_session_version_network_id_superseded_by_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "supervised_by_id"],
            ["practitioner.network_id", "practitioner.id"],
            name=op.f("fk_session_version_network_id_supervised_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "wasted_witness_id"],
            ["practitioner.network_id", "practitioner.id"],
            name=op.f("fk_session_version_network_id_wasted_witness_id"),
        ),
        sa.PrimaryKeyConstraint("network_id", "session_id", "batch_id", name=op.f("pk_session_version")),
    ]


def session_version() -> None:
    op.create_table("session_version", *_session_version_columns(), *_session_version_keys())
    op.create_index(
        "ix_session_version_course",
        "session_version",
        ["network_id", "course_id"],
        unique=False,
        postgresql_where="superseded_by_batch_id IS NULL",
    )
    op.create_index(
        "ix_session_version_site_day",
        "session_version",
        ["network_id", "site_id", "on_date"],
        unique=False,
        postgresql_where="superseded_by_batch_id IS NULL",
    )
    op.create_index(
        "uq_session_version_current",
        "session_version",
        ["network_id", "session_id"],
        unique=True,
        postgresql_where="superseded_by_batch_id IS NULL",
    )
