"""Who did, read or was refused what: append-only; a task seals each network's chain."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, OfNetwork


class AuditEvent(OfNetwork, Base):
    """One event. Those of no network (a failed sign-in) stand under the all-zero id."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_at", "network_id", "at"),)

    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    user_id: Mapped[UUID | None]
    role: Mapped[str | None]
    action: Mapped[str]
    object: Mapped[str]
    outcome: Mapped[str]
    details: Mapped[Any] = mapped_column(JSONB, nullable=True)


class AuditSeal(OfNetwork, Base):
    """The hash of one event and of the seal before it: a changed byte anywhere breaks the chain from there on."""

    __tablename__ = "audit_seal"
    __table_args__ = (UniqueConstraint("network_id", "event_number"),)

    place: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    event_number: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_at: Mapped[datetime]
