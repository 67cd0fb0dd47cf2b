"""Practitioners, which of them are one person, and the events in the life of their credentials."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, Identified, in_network, within
from webapp.models.standing import StandingRecord
from webapp.models.versions import Identity, Version, version_args


class Practitioner(Identity, Base):
    """A person who approves, administers or supervises."""

    __tablename__ = "practitioner"


class PractitionerVersion(Version, Base):
    """What is said of a practitioner."""

    __tablename__ = "practitioner_version"
    __table_args__ = version_args("practitioner")

    practitioner_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    profession: Mapped[str | None]
    prescriber: Mapped[bool | None]


class CredentialRecord(StandingRecord, Base):
    """One event of a licence or certificate: append-only, in two times."""

    __tablename__ = "credential_record"
    __table_args__ = in_network(
        within("practitioner", "practitioner_id"),
        within("credential_record", "replaces_id"),
        *StandingRecord.references(),
        Index("ix_credential_record_practitioner", "network_id", "practitioner_id", "kind"),
        Index("ix_credential_record_source_key", "network_id", "source", "source_key"),
    )

    practitioner_id: Mapped[UUID]
    kind: Mapped[str]
    state: Mapped[str | None]


class PractitionerLink(Identified, Base):
    """That two practitioners are one person (or, later, that they are not after all): append-only; the last word on a pair counts."""

    __tablename__ = "practitioner_link"
    __table_args__ = in_network(within("practitioner", "practitioner_id"), within("practitioner", "same_as_id"))

    practitioner_id: Mapped[UUID]
    same_as_id: Mapped[UUID]
    same: Mapped[bool]
    note: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID]
