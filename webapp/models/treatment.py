"""Patients (pseudonyms, nothing more), protocols, courses and sessions."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, Identified, in_network, within
from webapp.models.versions import Identity, Version, version_args

CURRENT = "superseded_by_batch_id IS NULL"


class Patient(Identified, Base):
    """A pseudonym, keyed outside the database. Pseudonymised is not de-identified."""

    __tablename__ = "patient"
    __table_args__ = in_network(UniqueConstraint("network_id", "pseudonym"))

    pseudonym: Mapped[str]


class Protocol(Identity, Base):
    """What a course is meant to be, for one indication and product."""

    __tablename__ = "protocol"


class ProtocolVersion(Version, Base):
    """What is said of a protocol."""

    __tablename__ = "protocol_version"
    __table_args__ = version_args("protocol")

    protocol_id: Mapped[UUID] = mapped_column(primary_key=True)
    indication: Mapped[str]
    product: Mapped[str]
    valid_from: Mapped[date]
    planned_infusions: Mapped[int] = mapped_column(SmallInteger)
    window_days: Mapped[int]
    lapse_days: Mapped[int]
    horizon_days: Mapped[int]
    dose_low_mg_per_kg: Mapped[Decimal | None]
    dose_high_mg_per_kg: Mapped[Decimal | None]


class Course(Identity, Base):
    """One patient's series of sessions for one indication."""

    __tablename__ = "course"


class CourseVersion(Version, Base):
    """What is said of a course."""

    __tablename__ = "course_version"
    __table_args__ = version_args(
        "course",
        within("site", "site_id"),
        within("patient", "patient_id"),
        within("practitioner", "approved_by_id"),
        Index("ix_course_version_site", "network_id", "site_id", postgresql_where=CURRENT),
    )

    course_id: Mapped[UUID] = mapped_column(primary_key=True)
    site_id: Mapped[UUID]
    patient_id: Mapped[UUID]
    indication: Mapped[str]
    product: Mapped[str]
    evaluated_on: Mapped[date | None]
    approved_on: Mapped[date | None]
    approved_by_id: Mapped[UUID | None]
    enrolled: Mapped[bool | None]
    stopped_on: Mapped[date | None]
    stop_reason: Mapped[str | None]
    transferred_on: Mapped[date | None]
    stated_outcome: Mapped[str | None]
    stated_on: Mapped[date | None]


class TreatmentSession(Identity, Base):
    """One booked visit for an infusion or dose."""

    __tablename__ = "session"


class SessionVersion(Version, Base):
    """What is said of a session. `on_date` is the site-local day of its start, else of its booking."""

    __tablename__ = "session_version"
    __table_args__ = version_args(
        "session",
        within("course", "course_id"),
        within("site", "site_id"),
        within("practitioner", "wasted_witness_id"),
        within("practitioner", "administered_by_id"),
        within("practitioner", "supervised_by_id"),
        Index("ix_session_version_course", "network_id", "course_id", postgresql_where=CURRENT),
        Index("ix_session_version_site_day", "network_id", "site_id", "on_date", postgresql_where=CURRENT),
        Index("ix_session_version_day", "network_id", "on_date", "session_id", postgresql_where=CURRENT),
        Index("ix_session_version_given", "network_id", "administered_by_id", "on_date", postgresql_where=CURRENT),
        Index("ix_session_version_supervised", "network_id", "supervised_by_id", "on_date", postgresql_where=CURRENT),
    )

    session_id: Mapped[UUID] = mapped_column(primary_key=True)
    course_id: Mapped[UUID]
    site_id: Mapped[UUID]
    status: Mapped[str]
    phase: Mapped[str]
    on_date: Mapped[date]
    local_hour: Mapped[int | None] = mapped_column(SmallInteger)
    booked_at: Mapped[datetime | None]
    booked_minutes: Mapped[int | None]
    cancelled_at: Mapped[datetime | None]
    started_on: Mapped[date | None]
    started_at: Mapped[datetime | None]
    ended_on: Mapped[date | None]
    ended_at: Mapped[datetime | None]
    discharged_at: Mapped[datetime | None]
    dose_mg: Mapped[Decimal | None]
    wasted_mg: Mapped[Decimal | None]
    wasted_witness_id: Mapped[UUID | None]
    weight_kg: Mapped[Decimal | None]
    route: Mapped[str | None]
    administered_by_id: Mapped[UUID | None]
    supervised_by_id: Mapped[UUID | None]
    escort_in: Mapped[bool | None]
    escort_out: Mapped[bool | None]
    substance_history: Mapped[str | None]
    substance_decision: Mapped[str | None]
    systolic_before: Mapped[int | None] = mapped_column(SmallInteger)
    diastolic_before: Mapped[int | None] = mapped_column(SmallInteger)
    systolic_during: Mapped[int | None] = mapped_column(SmallInteger)
    diastolic_during: Mapped[int | None] = mapped_column(SmallInteger)
    systolic_discharge: Mapped[int | None] = mapped_column(SmallInteger)
    diastolic_discharge: Mapped[int | None] = mapped_column(SmallInteger)
    monitoring_form_on: Mapped[date | None]
    stated_infusion: Mapped[int | None]
