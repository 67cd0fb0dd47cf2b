"""What was asked and told: side-effect screens, side effects and rating scales."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, within
from webapp.models.treatment import CURRENT
from webapp.models.versions import Identity, Version, version_args


class Screen(Identity, Base):
    """A finished look for side effects in one session."""

    __tablename__ = "screen"


class ScreenVersion(Version, Base):
    """What is said of a screen."""

    __tablename__ = "screen_version"
    __table_args__ = version_args(
        "screen",
        within("session", "session_id"),
        Index("ix_screen_version_session", "network_id", "session_id", postgresql_where=CURRENT),
    )

    screen_id: Mapped[UUID] = mapped_column(primary_key=True)
    session_id: Mapped[UUID]
    asked_how: Mapped[str]
    finished_on: Mapped[date | None]
    finished_at: Mapped[datetime | None]


class SideEffect(Identity, Base):
    """One side effect of one session."""

    __tablename__ = "side_effect"


class SideEffectVersion(Version, Base):
    """What is said of a side effect."""

    __tablename__ = "side_effect_version"
    __table_args__ = version_args(
        "side_effect",
        within("session", "session_id"),
        Index("ix_side_effect_version_session", "network_id", "session_id", postgresql_where=CURRENT),
        Index(
            "ix_side_effect_version_serious",
            "network_id",
            "session_id",
            postgresql_where=f"{CURRENT} AND serious <> 'no'",
        ),
    )

    side_effect_id: Mapped[UUID] = mapped_column(primary_key=True)
    session_id: Mapped[UUID]
    term: Mapped[str]
    source_term: Mapped[str | None]
    severity: Mapped[int] = mapped_column(SmallInteger)
    serious: Mapped[str | None]
    onset_on: Mapped[date | None]
    onset_at: Mapped[datetime | None]
    resolved_on: Mapped[date | None]
    resolved_at: Mapped[datetime | None]


class Rating(Identity, Base):
    """One score on a rating scale."""

    __tablename__ = "rating"


class RatingVersion(Version, Base):
    """What is said of a rating."""

    __tablename__ = "rating_version"
    __table_args__ = version_args(
        "rating",
        within("course", "course_id"),
        Index("ix_rating_version_course", "network_id", "course_id", postgresql_where=CURRENT),
    )

    rating_id: Mapped[UUID] = mapped_column(primary_key=True)
    course_id: Mapped[UUID]
    instrument: Mapped[str]
    rated_on: Mapped[date]
    rated_at: Mapped[datetime | None]
    score: Mapped[int] = mapped_column(SmallInteger)
    suicidality: Mapped[int | None] = mapped_column(SmallInteger)
