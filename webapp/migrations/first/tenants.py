"""The first tables of networks and sites."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


def network() -> None:
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


def network_setting() -> None:
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


def saved_view() -> None:
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


def site() -> None:
    op.create_table(
        "site",
        sa.Column("network_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_site_network_id")),
        sa.PrimaryKeyConstraint("network_id", "id", name=op.f("pk_site")),
        sa.UniqueConstraint("network_id", "code", name=op.f("uq_site_network_id_code")),
    )


def expected_sessions() -> None:
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


def period_sign_off() -> None:
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


def site_clock() -> None:
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


def site_version() -> None:
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
