"""What was found wrong and how it was mended, what was said of a session that did not meet a criterion, and the evidence."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, Identified, OfNetwork, in_network, within


class Finding(Identified, Base):
    """Something found wrong at a site, by a survey, a self-audit or an incident. `report_id`: raised together, one a site."""

    __tablename__ = "finding"
    __table_args__ = in_network(within("site", "site_id"), within("criterion", "criterion_id"))

    site_id: Mapped[UUID]
    criterion_id: Mapped[UUID | None]
    report_id: Mapped[UUID | None]
    origin: Mapped[str]
    severity: Mapped[str]
    wording: Mapped[str]
    found_on: Mapped[date]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID]


class CorrectiveAction(Identified, Base):
    """One step in the life of a finding's mending: append-only; the last one says how it stands."""

    __tablename__ = "corrective_action"
    __table_args__ = in_network(
        within("finding", "finding_id"),
        within("site", "site_id"),
        Index("ix_corrective_action_finding", "network_id", "finding_id"),
    )

    finding_id: Mapped[UUID]
    site_id: Mapped[UUID]
    step: Mapped[str]
    wording: Mapped[str]
    owner_id: Mapped[UUID | None]
    due_on: Mapped[date | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID]


class ExceptionStep(Identified, Base):
    """One step in answering for a session that did not meet a criterion: append-only; the last one says how it stands.

    That it is an exception is never stored: the facts say so, as they are known at the time of asking.
    """

    __tablename__ = "exception_step"
    __table_args__ = in_network(
        within("site", "site_id"),
        within("session", "session_id"),
        within("finding", "finding_id"),
        Index("ix_exception_step_session", "network_id", "session_id"),
    )

    site_id: Mapped[UUID]
    session_id: Mapped[UUID]
    criterion: Mapped[str]
    step: Mapped[str]
    wording: Mapped[str]
    owner_id: Mapped[UUID | None]
    due_on: Mapped[date | None]
    finding_id: Mapped[UUID | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID]


class Evidence(Identified, Base):
    """A stored file that shows something: kept under a name of our own, with its hash, at least until `keep_until`."""

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
    keep_until: Mapped[date | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID]


class EvidenceEvent(Identified, Base):
    """What happened to a piece of evidence: put under a legal hold, released from it, its file disposed of. Append-only."""

    __tablename__ = "evidence_event"
    __table_args__ = in_network(
        within("evidence", "evidence_id"),
        within("site", "site_id"),
        Index("ix_evidence_event_evidence", "network_id", "evidence_id"),
    )

    evidence_id: Mapped[UUID]
    site_id: Mapped[UUID]
    event: Mapped[str]
    reason: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID]


class EvidenceCheck(OfNetwork, Base):
    """The last check of a stored file against its hash. `since`: the instant since which each check has found the same."""

    __tablename__ = "evidence_check"
    __table_args__ = in_network(within("evidence", "evidence_id"), within("site", "site_id"))

    evidence_id: Mapped[UUID] = mapped_column(primary_key=True)
    site_id: Mapped[UUID]
    outcome: Mapped[str]
    checked_at: Mapped[datetime]
    since: Mapped[datetime]
