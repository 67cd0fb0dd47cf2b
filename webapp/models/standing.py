"""Append-only records in two times: the day each takes effect, and the instant it was recorded."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped

from webapp.models.base import Identified


class StandingRecord(Identified):
    """What accreditations and credentials share. A correction is a further record that names the one it replaces."""

    source: Mapped[str]
    source_key: Mapped[str]
    batch_id: Mapped[UUID | None]
    event: Mapped[str]
    corrected_event: Mapped[str | None]
    effective_on: Mapped[date]
    until: Mapped[date | None]
    verified_on: Mapped[date | None]
    replaces_id: Mapped[UUID | None]
    note: Mapped[str | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID]

    @staticmethod
    def references() -> tuple[ForeignKeyConstraint, ...]:
        """The batch that brought it, where one did."""
        return (ForeignKeyConstraint(["network_id", "batch_id"], ["import_batch.network_id", "import_batch.id"]),)
