"""Import batches: what was sent, what was stored of it, and what was not and why."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, Identified, OfNetwork, in_network, within


class ImportBatch(Identified, Base):
    """One import. Its data version and instant are set under the network's lock as its last statement."""

    __tablename__ = "import_batch"
    __table_args__ = in_network(
        Index("uq_import_batch_data_version", "network_id", "data_version", unique=True),
    )

    source: Mapped[str]
    mapping: Mapped[str]
    mapping_text: Mapped[str] = mapped_column(server_default=text("''"))
    state: Mapped[str]
    accept_good_rows: Mapped[bool]
    snapshot: Mapped[Any] = mapped_column(JSONB, nullable=True)
    message: Mapped[str | None]
    received_at: Mapped[datetime]
    received_by: Mapped[UUID]
    received_role: Mapped[str]
    site_ids: Mapped[Any] = mapped_column(JSONB, nullable=True)
    rows_read: Mapped[int] = mapped_column(BigInteger, default=0)
    rows_total: Mapped[int | None] = mapped_column(BigInteger)
    rows_stored: Mapped[int] = mapped_column(BigInteger, default=0)
    rows_changed: Mapped[int] = mapped_column(BigInteger, default=0)
    rows_unchanged: Mapped[int] = mapped_column(BigInteger, default=0)
    rows_rejected: Mapped[int] = mapped_column(BigInteger, default=0)
    data_version: Mapped[int | None]
    recorded_at: Mapped[datetime | None]


class BatchFile(Identified, Base):
    """One raw file as it was sent: kept whole, under a name of our own."""

    __tablename__ = "batch_file"
    __table_args__ = in_network(
        within("import_batch", "batch_id"), Index("ix_batch_file_sha256", "network_id", "sha256")
    )

    batch_id: Mapped[UUID]
    given_name: Mapped[str]
    stored_name: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]


class RejectedRow(OfNetwork, Base):
    """One reason why one row was not stored: the named rule and the value."""

    __tablename__ = "rejected_row"
    __table_args__ = in_network(within("import_batch", "batch_id"))

    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    file: Mapped[str]
    line: Mapped[int] = mapped_column(BigInteger)
    record_type: Mapped[str]
    rule: Mapped[str]
    field: Mapped[str]
    value: Mapped[str]
    sentence: Mapped[str]


class DataFinding(Identified, Base):
    """Something in the stored facts that is odd but not refused, such as a stop followed by a session."""

    __tablename__ = "data_finding"
    __table_args__ = in_network(
        within("site", "site_id"),
        within("course", "course_id"),
        Index("ix_data_finding_course", "network_id", "course_id"),
    )

    site_id: Mapped[UUID]
    course_id: Mapped[UUID]
    rule: Mapped[str]
    sentence: Mapped[str]
