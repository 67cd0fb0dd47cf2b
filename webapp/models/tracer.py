"""Sealed samples of sessions for surveyors, and who may read which of them until when."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, Identified, OfNetwork, in_network, within


class TracerPacket(Identified, Base):
    """One packet: what was asked for, and, once it is sealed, its file with its hash and the state of the data it speaks of.

    sample: the ids of its sessions in the order of their numbers; they stand here and never in the file.
    """

    __tablename__ = "tracer_packet"
    __table_args__ = in_network(
        within("programme", "programme_id"), Index("ix_tracer_packet_created", "network_id", "created_at")
    )

    programme_id: Mapped[UUID]
    site_code: Mapped[str | None]
    period_start: Mapped[date]
    period_end: Mapped[date]
    size: Mapped[int]
    seed: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str | None]
    lease_token: Mapped[int | None] = mapped_column(BigInteger)
    requested_by: Mapped[UUID]
    created_at: Mapped[datetime]
    sealed_at: Mapped[datetime | None]
    data_version: Mapped[int | None]
    as_of: Mapped[datetime | None]
    population: Mapped[int | None]
    sample: Mapped[Any] = mapped_column(JSONB, nullable=True)
    chain_head: Mapped[str | None]
    stored_name: Mapped[str | None]
    sha256: Mapped[str | None]
    file_size: Mapped[int | None] = mapped_column(BigInteger)


class PacketReader(OfNetwork, Base):
    """The one packet that a surveyor may read; until when stands in their membership."""

    __tablename__ = "packet_reader"
    __table_args__ = in_network(
        within("tracer_packet", "packet_id"),
        ForeignKeyConstraint(["network_id", "user_id"], ["membership.network_id", "membership.user_id"]),
    )

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    packet_id: Mapped[UUID]
    admitted_by: Mapped[UUID]
    admitted_at: Mapped[datetime]
