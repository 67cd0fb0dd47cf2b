"""The first tables of what is counted from the facts."""

import sqlalchemy as sa
from alembic import op


def design_effect() -> None:
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


def network_month() -> None:
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


def course_spell() -> None:
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


def course_transition_day() -> None:
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


def course_transition_month() -> None:
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


def screening_day() -> None:
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


def screening_month() -> None:
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


def session_day() -> None:
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


def session_month() -> None:
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


def session_place() -> None:
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


def side_effect_day() -> None:
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


def side_effect_month() -> None:
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
