"""The house: every table, with its row-level security

Revision: 0001, the first
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from webapp.migrations import row_security

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


TABLES: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("network", "self", "SIU", ("name", "data_version", "settings_version", "archived_at")),
    ("network_setting", "network", "SI", ()),
    ("site", "network", "SI", ()),
    ("site_version", "site", "SIU", ("superseded_by_batch_id",)),
    ("site_clock", "site", "SIUD", ()),
    ("expected_sessions", "site", "SIU", ()),
    ("period_sign_off", "site", "SI", ()),
    ("saved_view", "network", "SIUD", ()),
    ("patient", "network", "SI", ()),
    ("protocol", "network", "SI", ()),
    ("protocol_version", "network", "SIU", ("superseded_by_batch_id",)),
    ("practitioner", "network", "SI", ()),
    ("practitioner_version", "network", "SIU", ("superseded_by_batch_id",)),
    ("course", "network", "SI", ()),
    ("course_version", "site_or_session", "SIU", ("superseded_by_batch_id",)),
    ("session", "network", "SI", ()),
    ("session_version", "site", "SIU", ("superseded_by_batch_id",)),
    ("screen", "network", "SI", ()),
    ("screen_version", "through_session", "SIU", ("superseded_by_batch_id",)),
    ("side_effect", "network", "SI", ()),
    ("side_effect_version", "through_session", "SIU", ("superseded_by_batch_id",)),
    ("rating", "network", "SI", ()),
    ("rating_version", "through_course", "SIU", ("superseded_by_batch_id",)),
    ("credential_record", "network", "SI", ()),
    ("programme", "network", "SIU", ()),
    ("criterion", "network", "SI", ()),
    ("accreditation_record", "site", "SI", ()),
    ("finding", "site", "SI", ()),
    ("corrective_action", "site", "SI", ()),
    ("evidence", "site", "SI", ()),
    ("import_batch", "network", "SIU", ()),
    ("batch_file", "network", "SI", ()),
    ("rejected_row", "network", "SI", ()),
    ("data_finding", "site", "SIUD", ()),
    ("course_spell", "site", "SIUD", ()),
    ("session_place", "site", "SIUD", ()),
    ("session_day", "site", "SIUD", ()),
    ("session_month", "site", "SIUD", ()),
    ("screening_day", "site", "SIUD", ()),
    ("screening_month", "site", "SIUD", ()),
    ("side_effect_day", "site", "SIUD", ()),
    ("side_effect_month", "site", "SIUD", ()),
    ("course_transition_day", "site", "SIUD", ()),
    ("course_transition_month", "site", "SIUD", ()),
    ("network_month", "network", "SIUD", ()),
    ("design_effect", "network", "SIUD", ()),
    ("schedule", "network", "SIU", ()),
    ("report_run", "site", "SIU", ()),
    ("artifact", "site", "SI", ()),
    ("delivery", "site", "SIU", ()),
    ("run_queue", "none", "I", ()),
    ("outbox", "none", "I", ()),
    ("user_account", "none", "SIU", ()),
    ("login_session", "none", "SIU", ()),
    ("sign_in_attempt", "none", "SID", ()),
    ("membership", "person", "SIU", ()),
    ("membership_site", "person", "SID", ()),
    ("invitation", "network", "SIU", ()),
    ("api_token", "network", "SIU", ()),
    ("audit_event", "network", "SI", ()),
    ("audit_seal", "network", "SI", ()),
)


def upgrade() -> None:
    for function in row_security.FUNCTIONS:
        op.execute(function)
    op.execute("CREATE SEQUENCE lease_token")
    op.create_table(
        "audit_event",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("role", sa.Text(collation="C"), nullable=True),
        sa.Column("action", sa.Text(collation="C"), nullable=False),
        sa.Column("object", sa.Text(collation="C"), nullable=False),
        sa.Column("outcome", sa.Text(collation="C"), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("network_id", "number", name=op.f("pk_audit_event")),
    )
    op.create_index("ix_audit_event_at", "audit_event", ["network_id", "at"], unique=False)
    op.create_table(
        "audit_seal",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("event_number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("network_id", "place", name=op.f("pk_audit_seal")),
    )
    op.create_table(
        "network",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("data_version", sa.Integer(), nullable=False),
        sa.Column("settings_version", sa.Integer(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network")),
        sa.UniqueConstraint("slug", name=op.f("uq_network_slug")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("task", sa.Text(collation="C"), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_unsent", "outbox", ["id"], unique=False, postgresql_where="sent_at IS NULL")
    op.create_table(
        "run_queue",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_token", sa.BigInteger(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(collation="C"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run_queue")),
    )
    op.create_index("ix_run_queue_waiting", "run_queue", ["state", "next_attempt_at"], unique=False)
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
    )
    op.create_index("ix_sign_in_attempt_key", "sign_in_attempt", ["key", "at"], unique=False)
    op.create_table(
        "user_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("password_hash", sa.Text(collation="C"), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("is_operator", sa.Boolean(), nullable=False),
        sa.Column("authz_version", sa.Integer(), nullable=False),
        sa.Column("totp_secret", sa.LargeBinary(), nullable=True),
        sa.Column("totp_last_step", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
    )
    op.create_index("uq_user_account_email", "user_account", ["email"], unique=True)
    op.create_table(
        "api_token",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_api_token_network_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_api_token_user_id")),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("network_id", "token_hash", name=op.f("uq_api_token_network_id_token_hash")),
    )
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
    op.create_table(
        "design_effect",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("measure", sa.Text(collation="C"), nullable=False),
        sa.Column("stratum", sa.Text(collation="C"), nullable=False),
        sa.Column("span", sa.Text(collation="C"), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("clusters", sa.Integer(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_design_effect_network_id")),
        sa.PrimaryKeyConstraint("network_id", "measure", "stratum", "span", name=op.f("pk_design_effect")),
    )
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
    op.create_table(
        "invitation",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(collation="C"), nullable=False),
        sa.Column("role", sa.Text(collation="C"), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_invitation_network_id")),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("network_id", "token_hash", name=op.f("uq_invitation_network_id_token_hash")),
    )
    op.create_table(
        "login_session",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("network_id", sa.Uuid(), nullable=True),
        sa.Column("authz_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_login_session_user_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_login_session")),
    )
    op.create_index("ix_login_session_user", "login_session", ["user_id"], unique=False)
    op.create_table(
        "membership",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(collation="C"), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_membership_network_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_membership_user_id")),
        sa.PrimaryKeyConstraint("network_id", "user_id", name=op.f("pk_membership")),
    )
    op.create_index("ix_membership_user", "membership", ["user_id"], unique=False)
    op.create_table(
        "network_month",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("measure", sa.Text(collation="C"), nullable=False),
        sa.Column("stratum", sa.Text(collation="C"), nullable=False),
        sa.Column("numerator", sa.Integer(), nullable=False),
        sa.Column("denominator", sa.Integer(), nullable=False),
        sa.Column("sites", sa.Integer(), nullable=False),
        sa.Column("patients", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_network_month_network_id")),
        sa.PrimaryKeyConstraint("network_id", "month", "measure", "stratum", name=op.f("pk_network_month")),
    )
    op.create_table(
        "network_setting",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_network_setting_network_id")),
        sa.PrimaryKeyConstraint("network_id", "key", "version", name=op.f("pk_network_setting")),
    )
    op.create_table(
        "patient",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pseudonym", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_patient_network_id")),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_patient")),
        sa.UniqueConstraint("network_id", "pseudonym", name=op.f("uq_patient_network_id_pseudonym")),
    )
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
    op.create_table(
        "rating",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(collation="C"), nullable=False),
        sa.Column("source_key", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_rating_network_id")),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_rating")),
    )
    op.create_index("uq_rating_source_key", "rating", ["network_id", "source", "source_key"], unique=True)
    op.create_table(
        "saved_view",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("path", sa.Text(collation="C"), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_saved_view_network_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_saved_view_user_id")),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_saved_view")),
    )
    op.create_table(
        "schedule",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("cadence", sa.Text(collation="C"), nullable=False),
        sa.Column("due_day", sa.Integer(), nullable=False),
        sa.Column("due_time", sa.Time(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("site_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_schedule_network_id")),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_schedule")),
    )
    op.create_table(
        "screen",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(collation="C"), nullable=False),
        sa.Column("source_key", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_screen_network_id")),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_screen")),
    )
    op.create_index("uq_screen_source_key", "screen", ["network_id", "source", "source_key"], unique=True)
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
    op.create_table(
        "side_effect",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(collation="C"), nullable=False),
        sa.Column("source_key", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_side_effect_network_id")),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_side_effect")),
    )
    op.create_index("uq_side_effect_source_key", "side_effect", ["network_id", "source", "source_key"], unique=True)
    op.create_table(
        "site",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_site_network_id")),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_site")),
        sa.UniqueConstraint("network_id", "code", name=op.f("uq_site_network_id_code")),
    )
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
    op.create_table(
        "course_spell",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.SmallInteger(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("indication", sa.Text(collation="C"), nullable=False),
        sa.Column("product", sa.Text(collation="C"), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("end_on", sa.Date(), nullable=True),
        sa.Column("end_state", sa.Text(collation="C"), nullable=True),
        sa.Column("stop_reason", sa.Text(collation="C"), nullable=True),
        sa.Column("as_stated", sa.Boolean(), nullable=False),
        sa.Column("planned", sa.SmallInteger(), nullable=False),
        sa.Column("reached", sa.SmallInteger(), nullable=False),
        sa.Column("window_ends_on", sa.Date(), nullable=False),
        sa.Column("horizon_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "course_id"],
            ["course.network_id", "course.id"],
            name=op.f("fk_course_spell_network_id_course_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"], ["site.network_id", "site.id"], name=op.f("fk_course_spell_network_id_site_id")
        ),
        sa.PrimaryKeyConstraint("network_id", "course_id", "ordinal", name=op.f("pk_course_spell")),
    )
    op.create_index("ix_course_spell_start", "course_spell", ["network_id", "site_id", "start_on"], unique=False)
    op.create_table(
        "course_transition_day",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("indication", sa.Text(collation="C"), nullable=False),
        sa.Column("product", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("delta", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"],
            ["site.network_id", "site.id"],
            name=op.f("fk_course_transition_day_network_id_site_id"),
        ),
        sa.PrimaryKeyConstraint(
            "network_id",
            "site_id",
            "start_on",
            "on_date",
            "indication",
            "product",
            "state",
            name=op.f("pk_course_transition_day"),
        ),
    )
    op.create_table(
        "course_transition_month",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("start_month", sa.Date(), nullable=False),
        sa.Column("on_month", sa.Date(), nullable=False),
        sa.Column("indication", sa.Text(collation="C"), nullable=False),
        sa.Column("product", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("delta", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"],
            ["site.network_id", "site.id"],
            name=op.f("fk_course_transition_month_network_id_site_id"),
        ),
        sa.PrimaryKeyConstraint(
            "network_id",
            "site_id",
            "start_month",
            "on_month",
            "indication",
            "product",
            "state",
            name=op.f("pk_course_transition_month"),
        ),
    )
    op.create_table(
        "course_version",
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
    )
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
    op.create_table(
        "expected_sessions",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("declared_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"],
            ["site.network_id", "site.id"],
            name=op.f("fk_expected_sessions_network_id_site_id"),
        ),
        sa.PrimaryKeyConstraint("network_id", "site_id", "starts_on", "ends_on", name=op.f("pk_expected_sessions")),
    )
    op.create_table(
        "membership_site",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"],
            ["site.network_id", "site.id"],
            name=op.f("fk_membership_site_network_id_site_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "user_id"],
            ["membership.network_id", "membership.user_id"],
            name=op.f("fk_membership_site_network_id_user_id"),
        ),
        sa.PrimaryKeyConstraint("network_id", "user_id", "site_id", name=op.f("pk_membership_site")),
    )
    op.create_table(
        "period_sign_off",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("data_version", sa.Integer(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"],
            ["site.network_id", "site.id"],
            name=op.f("fk_period_sign_off_network_id_site_id"),
        ),
        sa.PrimaryKeyConstraint("network_id", "site_id", "month", "data_version", name=op.f("pk_period_sign_off")),
    )
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
    op.create_table(
        "rating_version",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("rating_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("instrument", sa.Text(collation="C"), nullable=False),
        sa.Column("rated_on", sa.Date(), nullable=False),
        sa.Column("rated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("suicidality", sa.SmallInteger(), nullable=True),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("superseded_by_batch_id", sa.Uuid(), nullable=True),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "batch_id"],
            ["import_batch.network_id", "import_batch.id"],
            name=op.f("fk_rating_version_network_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "course_id"],
            ["course.network_id", "course.id"],
            name=op.f("fk_rating_version_network_id_course_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "rating_id"],
            ["rating.network_id", "rating.id"],
            name=op.f("fk_rating_version_network_id_rating_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "superseded_by_batch_id"],
            ["import_batch.network_id", "import_batch.id"],
            name=op.f("fk_rating_version_network_id_superseded_by_batch_id"),
        ),
        sa.PrimaryKeyConstraint("network_id", "rating_id", "batch_id", name=op.f("pk_rating_version")),
    )
    op.create_index(
        "ix_rating_version_course",
        "rating_version",
        ["network_id", "course_id"],
        unique=False,
        postgresql_where="superseded_by_batch_id IS NULL",
    )
    op.create_index(
        "uq_rating_version_current",
        "rating_version",
        ["network_id", "rating_id"],
        unique=True,
        postgresql_where="superseded_by_batch_id IS NULL",
    )
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
    op.create_table(
        "report_run",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("schedule_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(collation="C"), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("issue", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("reason", sa.Text(collation="C"), nullable=True),
        sa.Column("lease_token", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("progress", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=True),
        sa.Column("data_version", sa.Integer(), nullable=True),
        sa.Column("content_hash", sa.Text(collation="C"), nullable=True),
        sa.Column("document", sa.Text(collation="C"), nullable=True),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["network_id", "schedule_id"],
            ["schedule.network_id", "schedule.id"],
            name=op.f("fk_report_run_network_id_schedule_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"], ["site.network_id", "site.id"], name=op.f("fk_report_run_network_id_site_id")
        ),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_report_run")),
        sa.UniqueConstraint(
            "network_id",
            "schedule_id",
            "subject",
            "period_start",
            "issue",
            name=op.f("uq_report_run_network_id_schedule_id_subject_period_start_issue"),
        ),
    )
    op.create_table(
        "screen_version",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("screen_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("asked_how", sa.Text(collation="C"), nullable=False),
        sa.Column("finished_on", sa.Date(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("superseded_by_batch_id", sa.Uuid(), nullable=True),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "batch_id"],
            ["import_batch.network_id", "import_batch.id"],
            name=op.f("fk_screen_version_network_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "screen_id"],
            ["screen.network_id", "screen.id"],
            name=op.f("fk_screen_version_network_id_screen_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "session_id"],
            ["session.network_id", "session.id"],
            name=op.f("fk_screen_version_network_id_session_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "superseded_by_batch_id"],
            ["import_batch.network_id", "import_batch.id"],
            name=op.f("fk_screen_version_network_id_superseded_by_batch_id"),
        ),
        sa.PrimaryKeyConstraint("network_id", "screen_id", "batch_id", name=op.f("pk_screen_version")),
    )
    op.create_index(
        "ix_screen_version_session",
        "screen_version",
        ["network_id", "session_id"],
        unique=False,
        postgresql_where="superseded_by_batch_id IS NULL",
    )
    op.create_index(
        "uq_screen_version_current",
        "screen_version",
        ["network_id", "screen_id"],
        unique=True,
        postgresql_where="superseded_by_batch_id IS NULL",
    )
    op.create_table(
        "screening_day",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("indication", sa.Text(collation="C"), nullable=False),
        sa.Column("product", sa.Text(collation="C"), nullable=False),
        sa.Column("phase", sa.Text(collation="C"), nullable=False),
        sa.Column("infusion", sa.SmallInteger(), nullable=False),
        sa.Column("asked_how", sa.Text(collation="C"), nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"], ["site.network_id", "site.id"], name=op.f("fk_screening_day_network_id_site_id")
        ),
        sa.PrimaryKeyConstraint(
            "network_id",
            "site_id",
            "on_date",
            "indication",
            "product",
            "phase",
            "infusion",
            "asked_how",
            name=op.f("pk_screening_day"),
        ),
    )
    op.create_table(
        "screening_month",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("indication", sa.Text(collation="C"), nullable=False),
        sa.Column("product", sa.Text(collation="C"), nullable=False),
        sa.Column("phase", sa.Text(collation="C"), nullable=False),
        sa.Column("infusion", sa.SmallInteger(), nullable=False),
        sa.Column("asked_how", sa.Text(collation="C"), nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"],
            ["site.network_id", "site.id"],
            name=op.f("fk_screening_month_network_id_site_id"),
        ),
        sa.PrimaryKeyConstraint(
            "network_id",
            "site_id",
            "on_date",
            "indication",
            "product",
            "phase",
            "infusion",
            "asked_how",
            name=op.f("pk_screening_month"),
        ),
    )
    op.create_table(
        "session_day",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("indication", sa.Text(collation="C"), nullable=False),
        sa.Column("product", sa.Text(collation="C"), nullable=False),
        sa.Column("phase", sa.Text(collation="C"), nullable=False),
        sa.Column("status", sa.Text(collation="C"), nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.Column("late_cancelled", sa.Integer(), nullable=False),
        sa.Column("booked_minutes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"], ["site.network_id", "site.id"], name=op.f("fk_session_day_network_id_site_id")
        ),
        sa.PrimaryKeyConstraint(
            "network_id", "site_id", "on_date", "indication", "product", "phase", "status", name=op.f("pk_session_day")
        ),
    )
    op.create_table(
        "session_month",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("indication", sa.Text(collation="C"), nullable=False),
        sa.Column("product", sa.Text(collation="C"), nullable=False),
        sa.Column("phase", sa.Text(collation="C"), nullable=False),
        sa.Column("status", sa.Text(collation="C"), nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.Column("late_cancelled", sa.Integer(), nullable=False),
        sa.Column("booked_minutes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"], ["site.network_id", "site.id"], name=op.f("fk_session_month_network_id_site_id")
        ),
        sa.PrimaryKeyConstraint(
            "network_id",
            "site_id",
            "on_date",
            "indication",
            "product",
            "phase",
            "status",
            name=op.f("pk_session_month"),
        ),
    )
    op.create_table(
        "session_place",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("spell", sa.SmallInteger(), nullable=False),
        sa.Column("infusion", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "session_id"],
            ["session.network_id", "session.id"],
            name=op.f("fk_session_place_network_id_session_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"], ["site.network_id", "site.id"], name=op.f("fk_session_place_network_id_site_id")
        ),
        sa.PrimaryKeyConstraint("network_id", "session_id", name=op.f("pk_session_place")),
    )
    op.create_index("ix_session_place_course", "session_place", ["network_id", "course_id"], unique=False)
    op.create_table(
        "session_version",
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
    )
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
    op.create_table(
        "side_effect_day",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("indication", sa.Text(collation="C"), nullable=False),
        sa.Column("product", sa.Text(collation="C"), nullable=False),
        sa.Column("phase", sa.Text(collation="C"), nullable=False),
        sa.Column("infusion", sa.SmallInteger(), nullable=False),
        sa.Column("asked_how", sa.Text(collation="C"), nullable=False),
        sa.Column("term", sa.Text(collation="C"), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("serious", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"],
            ["site.network_id", "site.id"],
            name=op.f("fk_side_effect_day_network_id_site_id"),
        ),
        sa.PrimaryKeyConstraint(
            "network_id",
            "site_id",
            "on_date",
            "indication",
            "product",
            "phase",
            "infusion",
            "asked_how",
            "term",
            "severity",
            name=op.f("pk_side_effect_day"),
        ),
    )
    op.create_table(
        "side_effect_month",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("indication", sa.Text(collation="C"), nullable=False),
        sa.Column("product", sa.Text(collation="C"), nullable=False),
        sa.Column("phase", sa.Text(collation="C"), nullable=False),
        sa.Column("infusion", sa.SmallInteger(), nullable=False),
        sa.Column("asked_how", sa.Text(collation="C"), nullable=False),
        sa.Column("term", sa.Text(collation="C"), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("serious", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"],
            ["site.network_id", "site.id"],
            name=op.f("fk_side_effect_month_network_id_site_id"),
        ),
        sa.PrimaryKeyConstraint(
            "network_id",
            "site_id",
            "on_date",
            "indication",
            "product",
            "phase",
            "infusion",
            "asked_how",
            "term",
            "severity",
            name=op.f("pk_side_effect_month"),
        ),
    )
    op.create_table(
        "side_effect_version",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("side_effect_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("term", sa.Text(collation="C"), nullable=False),
        sa.Column("source_term", sa.Text(collation="C"), nullable=True),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("serious", sa.Text(collation="C"), nullable=True),
        sa.Column("onset_on", sa.Date(), nullable=True),
        sa.Column("onset_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_on", sa.Date(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("superseded_by_batch_id", sa.Uuid(), nullable=True),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "batch_id"],
            ["import_batch.network_id", "import_batch.id"],
            name=op.f("fk_side_effect_version_network_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "session_id"],
            ["session.network_id", "session.id"],
            name=op.f("fk_side_effect_version_network_id_session_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "side_effect_id"],
            ["side_effect.network_id", "side_effect.id"],
            name=op.f("fk_side_effect_version_network_id_side_effect_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "superseded_by_batch_id"],
            ["import_batch.network_id", "import_batch.id"],
            name=op.f("fk_side_effect_version_network_id_superseded_by_batch_id"),
        ),
        sa.PrimaryKeyConstraint("network_id", "side_effect_id", "batch_id", name=op.f("pk_side_effect_version")),
    )
    op.create_index(
        "ix_side_effect_version_session",
        "side_effect_version",
        ["network_id", "session_id"],
        unique=False,
        postgresql_where="superseded_by_batch_id IS NULL",
    )
    op.create_index(
        "uq_side_effect_version_current",
        "side_effect_version",
        ["network_id", "side_effect_id"],
        unique=True,
        postgresql_where="superseded_by_batch_id IS NULL",
    )
    op.create_table(
        "site_clock",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("data_through", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"], ["site.network_id", "site.id"], name=op.f("fk_site_clock_network_id_site_id")
        ),
        sa.PrimaryKeyConstraint("network_id", "site_id", name=op.f("pk_site_clock")),
    )
    op.create_table(
        "site_version",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("region", sa.Text(collation="C"), nullable=True),
        sa.Column("state", sa.Text(collation="C"), nullable=True),
        sa.Column("zone", sa.Text(collation="C"), nullable=False),
        sa.Column("zone_from", sa.Date(), nullable=True),
        sa.Column("chairs", sa.Integer(), nullable=True),
        sa.Column("opening_hours", sa.Text(collation="C"), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("data_through", sa.Date(), nullable=True),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("superseded_by_batch_id", sa.Uuid(), nullable=True),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "batch_id"],
            ["import_batch.network_id", "import_batch.id"],
            name=op.f("fk_site_version_network_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"], ["site.network_id", "site.id"], name=op.f("fk_site_version_network_id_site_id")
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "superseded_by_batch_id"],
            ["import_batch.network_id", "import_batch.id"],
            name=op.f("fk_site_version_network_id_superseded_by_batch_id"),
        ),
        sa.PrimaryKeyConstraint("network_id", "site_id", "batch_id", name=op.f("pk_site_version")),
    )
    op.create_index(
        "uq_site_version_current",
        "site_version",
        ["network_id", "site_id"],
        unique=True,
        postgresql_where="superseded_by_batch_id IS NULL",
    )
    op.create_table(
        "artifact",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("format", sa.Text(collation="C"), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        sa.Column("stored_name", sa.Text(collation="C"), nullable=False),
        sa.Column("sha256", sa.Text(collation="C"), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "run_id"],
            ["report_run.network_id", "report_run.id"],
            name=op.f("fk_artifact_network_id_run_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"], ["site.network_id", "site.id"], name=op.f("fk_artifact_network_id_site_id")
        ),
        sa.PrimaryKeyConstraint("network_id", "run_id", "format", name=op.f("pk_artifact")),
    )
    op.create_table(
        "delivery",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(collation="C"), nullable=False),
        sa.Column("scope", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("reason", sa.Text(collation="C"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["network_id", "run_id"],
            ["report_run.network_id", "report_run.id"],
            name=op.f("fk_delivery_network_id_run_id"),
        ),
        sa.ForeignKeyConstraint(
            ["network_id", "site_id"], ["site.network_id", "site.id"], name=op.f("fk_delivery_network_id_site_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_delivery_user_id")),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_delivery")),
        sa.UniqueConstraint(
            "network_id", "run_id", "user_id", "channel", name=op.f("uq_delivery_network_id_run_id_user_id_channel")
        ),
    )
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

    for table, reach, verbs, columns in TABLES:
        if reach != "none":
            for statement in row_security.tenant_policies(table, reach):
                op.execute(statement)
        for statement in row_security.app_grants(table, verbs, columns):
            op.execute(statement)
    for statement in row_security.ROLE_GRANTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("The first step has nothing to go back to: drop the database instead.")
