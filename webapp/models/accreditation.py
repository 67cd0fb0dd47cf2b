"""Programmes and their criteria in versions, how sites were found to meet them, and their accreditation records."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, Identified, OfNetwork, in_network, within
from webapp.models.standing import StandingRecord


class Programme(Identified, Base):
    """An accrediting body's programme as it is now. `counts`: whether holding it makes a certified setting."""

    __tablename__ = "programme"
    __table_args__ = in_network(UniqueConstraint("network_id", "code"))

    code: Mapped[str]
    name: Mapped[str]
    body: Mapped[str | None]
    counts: Mapped[bool]
    is_template: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)


class ProgrammeVersion(OfNetwork, Base):
    """What a programme was before a change: in force until `superseded_at`."""

    __tablename__ = "programme_version"
    __table_args__ = in_network(within("programme", "programme_id"))

    programme_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    body: Mapped[str | None]
    counts: Mapped[bool]
    superseded_at: Mapped[datetime]
    superseded_by: Mapped[UUID]


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
    title: Mapped[str]
    judged_by: Mapped[str | None]
    withdrawn: Mapped[bool]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID]


class CriterionAssessment(Identified, Base):
    """How a site was found to meet one version of a criterion: append-only, in two times. No verdict strikes out what it replaces."""

    __tablename__ = "criterion_assessment"
    __table_args__ = in_network(
        within("site", "site_id"),
        within("criterion", "criterion_id"),
        within("criterion_assessment", "replaces_id"),
        Index("ix_criterion_assessment_site", "network_id", "site_id"),
    )

    site_id: Mapped[UUID]
    criterion_id: Mapped[UUID]
    verdict: Mapped[str | None]
    assessed_on: Mapped[date]
    until: Mapped[date | None]
    note: Mapped[str | None]
    replaces_id: Mapped[UUID | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID]


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
