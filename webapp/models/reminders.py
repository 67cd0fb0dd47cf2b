"""Reminders that something ends: each once a threshold, and why some are put off."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from webapp.models.base import Base, Identified, in_network


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
