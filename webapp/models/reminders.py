"""Reminders that something ends: each once a threshold, and why some are put off."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, Identified, in_network, within


class Reminder(Identified, Base):
    """One reminder. subject: the key of what ends. threshold: days before its last valid day; 0 and below, after it."""

    __tablename__ = "reminder"
    __table_args__ = in_network(UniqueConstraint("network_id", "subject", "ends_on", "threshold"))

    subject: Mapped[str]
    label: Mapped[str]
    ends_on: Mapped[date]
    threshold: Mapped[int]
    entered_at: Mapped[datetime]


class ReminderSnooze(Identified, Base):
    """That nobody is reminded of one end until a day, and why: append-only, the last word counts."""

    __tablename__ = "reminder_snooze"
    __table_args__ = in_network(Index("ix_reminder_snooze_subject", "network_id", "subject", "ends_on"))

    subject: Mapped[str]
    ends_on: Mapped[date]
    until: Mapped[date]
    reason: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID]


class ReminderOwner(Identified, Base):
    """Who answers for a subject: append-only, the last word counts; without one, every compliance officer."""

    __tablename__ = "reminder_owner"
    __table_args__ = in_network(
        ForeignKeyConstraint(["user_id"], ["user_account.id"]),
        Index("ix_reminder_owner_subject", "network_id", "subject"),
    )

    subject: Mapped[str]
    user_id: Mapped[UUID]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID]


class ReminderMail(Identified, Base):
    """One person's mail about one reminder, once; its states are those of a report's mail."""

    __tablename__ = "reminder_mail"
    __table_args__ = in_network(
        within("reminder", "reminder_id"),
        ForeignKeyConstraint(["user_id"], ["user_account.id"]),
        UniqueConstraint("network_id", "reminder_id", "user_id"),
    )

    reminder_id: Mapped[UUID]
    user_id: Mapped[UUID]
    state: Mapped[str]
    reason: Mapped[str | None]
    at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[int | None] = mapped_column(BigInteger)
    doubtful: Mapped[bool] = mapped_column(default=False)
