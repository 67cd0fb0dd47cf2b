"""The first tables of screens, side effects and ratings."""

import sqlalchemy as sa
from alembic import op


def rating() -> None:
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


def screen() -> None:
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


def side_effect() -> None:
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


def rating_version() -> None:
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


def screen_version() -> None:
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


def side_effect_version() -> None:
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
