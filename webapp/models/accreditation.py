"""Programmes and their criteria, a site's accreditation records, findings, corrective actions and evidence."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, Identified, in_network, within
from webapp.models.standing import StandingRecord


class Programme(Identified, Base):
    """An accrediting body's programme. `counts`: whether holding it makes a certified setting."""

    __tablename__ = "programme"
    __table_args__ = in_network(UniqueConstraint("network_id", "code"))

    code: Mapped[str]
    name: Mapped[str]
    body: Mapped[str | None]
    counts: Mapped[bool]
    is_template: Mapped[bool] = mapped_column(default=False)


class Criterion(Identified, Base):
    """One version of one criterion's wording; older judgements keep the version they were made under."""

    __tablename__ = "criterion"
    __table_args__ = in_network(
        within("programme", "programme_id"), UniqueConstraint("network_id", "programme_id", "code", "version")
    )

    programme_id: Mapped[UUID]
    code: Mapped[str]
    version: Mapped[int]
    wording: Mapped[str]
    evidence_asked: Mapped[str | None]
    valid_from: Mapped[date]


class AccreditationRecord(StandingRecord, Base):
    """One event of a site's accreditation: append-only, in two times."""

    __tablename__ = "accreditation_record"
    __table_args__ = in_network(
        within("site", "site_id"),
        within("programme", "programme_id"),
        within("accreditation_record", "replaces_id"),
        *StandingRecord.references(),
        Index("ix_accreditation_record_site", "network_id", "site_id", "programme_id"),
        Index("ix_accreditation_record_source_key", "network_id", "source", "source_key"),
    )

    site_id: Mapped[UUID]
    programme_id: Mapped[UUID]


class Finding(Identified, Base):
    """Something found wrong at a site, by a survey, a self-audit or an incident."""

    __tablename__ = "finding"
    __table_args__ = in_network(within("site", "site_id"), within("criterion", "criterion_id"))

    site_id: Mapped[UUID]
    criterion_id: Mapped[UUID | None]
    origin: Mapped[str]
    severity: Mapped[str]
    wording: Mapped[str]
    found_on: Mapped[date]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID]


class CorrectiveAction(Identified, Base):
    """One step in the life of a finding's mending: append-only; the last one says how it stands."""

    __tablename__ = "corrective_action"
    __table_args__ = in_network(within("finding", "finding_id"), within("site", "site_id"))

    finding_id: Mapped[UUID]
    site_id: Mapped[UUID]
    step: Mapped[str]
    wording: Mapped[str]
    owner_id: Mapped[UUID | None]
    due_on: Mapped[date | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID]


class Evidence(Identified, Base):
    """A stored file that shows something: kept under a name of our own, with its hash."""

    __tablename__ = "evidence"
    __table_args__ = in_network(
        within("site", "site_id"), within("criterion", "criterion_id"), within("finding", "finding_id")
    )

    site_id: Mapped[UUID]
    criterion_id: Mapped[UUID | None]
    finding_id: Mapped[UUID | None]
    stored_name: Mapped[str]
    given_name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    covers_from: Mapped[date | None]
    covers_until: Mapped[date | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID]
