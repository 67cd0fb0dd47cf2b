"""The filed results of the self-test of the isolation: append-only, one row a run, of no one network."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base


class SelfTest(Base):
    """One run. doors_declared, doors_tried: doors. questions: asked at them. record: each door with its questions, and the faults."""

    __tablename__ = "self_test"
    __table_args__ = (Index("ix_self_test_started_at", "started_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    passed: Mapped[bool]
    doors_declared: Mapped[int]
    doors_tried: Mapped[int]
    questions: Mapped[int]
    tables_read: Mapped[int]
    product_version: Mapped[str]
    schema_version: Mapped[str]
    record: Mapped[Any] = mapped_column(JSONB)
