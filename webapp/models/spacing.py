"""What is counted by its size: hours, days between, doses; and what follows a completion. Derived, like every rollup."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, OfNetwork, in_network, within


class _SpacingCell(OfNetwork):
    """How many sessions have a value; see `webapp.queries.spacing_cells`."""

    site_id: Mapped[UUID] = mapped_column(primary_key=True)
    on_date: Mapped[date] = mapped_column(primary_key=True)
    indication: Mapped[str] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(primary_key=True)
    phase: Mapped[str] = mapped_column(primary_key=True)
    quantity: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(primary_key=True)
    many: Mapped[int]


class SpacingDay(_SpacingCell, Base):
    """The day tier."""

    __tablename__ = "spacing_day"
    __table_args__ = in_network(within("site", "site_id"))


class SpacingMonth(_SpacingCell, Base):
    """The month tier: `on_date` is the first day of the month."""

    __tablename__ = "spacing_month"
    __table_args__ = in_network(within("site", "site_id"))


class _CompletionCell(OfNetwork):
    """How many courses completed on a day have a value of what came after; whatever the phase."""

    site_id: Mapped[UUID] = mapped_column(primary_key=True)
    on_date: Mapped[date] = mapped_column(primary_key=True)
    indication: Mapped[str] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(primary_key=True)
    quantity: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(primary_key=True)
    many: Mapped[int]


class CompletionDay(_CompletionCell, Base):
    """The day tier."""

    __tablename__ = "completion_day"
    __table_args__ = in_network(within("site", "site_id"))


class CompletionMonth(_CompletionCell, Base):
    """The month tier: `on_date` is the first day of the month."""

    __tablename__ = "completion_month"
    __table_args__ = in_network(within("site", "site_id"))
