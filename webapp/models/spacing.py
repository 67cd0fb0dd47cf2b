"""What is counted by its size: hours, days between, doses; and what follows a completion. Derived, like every rollup."""

from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, OfNetwork, in_network, within

_Numbers = ARRAY(Integer)


class SpacingDay(OfNetwork, Base):
    """A site's day: `counts` sessions have the value in `sizes` of the quantity in `quantities`; see `webapp.queries.spacing_tiers`."""

    __tablename__ = "spacing_day"

    site_id: Mapped[UUID] = mapped_column(primary_key=True)
    on_date: Mapped[date] = mapped_column(primary_key=True)
    indication: Mapped[str] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(primary_key=True)
    phase: Mapped[str] = mapped_column(primary_key=True)
    quantities: Mapped[list[str]] = mapped_column(ARRAY(Text(collation="C")))
    sizes: Mapped[list[int]] = mapped_column(_Numbers)
    counts: Mapped[list[int]] = mapped_column(_Numbers)


class SpacingMonth(OfNetwork, Base):
    """A site's month, whose first day `on_date` is. The key ends with it, so that all kinds together lie in one place."""

    __tablename__ = "spacing_month"
    __table_args__ = in_network(within("site", "site_id"))

    site_id: Mapped[UUID] = mapped_column(primary_key=True)
    indication: Mapped[str] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(primary_key=True)
    phase: Mapped[str] = mapped_column(primary_key=True)
    quantity: Mapped[str] = mapped_column(primary_key=True)
    on_date: Mapped[date] = mapped_column(primary_key=True)
    sizes: Mapped[list[int]] = mapped_column(_Numbers)
    counts: Mapped[list[int]] = mapped_column(_Numbers)


class SpacingNetworkDay(OfNetwork, Base):
    """The day of all sites together."""

    __tablename__ = "spacing_network_day"

    indication: Mapped[str] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(primary_key=True)
    phase: Mapped[str] = mapped_column(primary_key=True)
    on_date: Mapped[date] = mapped_column(primary_key=True)
    quantities: Mapped[list[str]] = mapped_column(ARRAY(Text(collation="C")))
    sizes: Mapped[list[int]] = mapped_column(_Numbers)
    counts: Mapped[list[int]] = mapped_column(_Numbers)


class SpacingNetworkMonth(OfNetwork, Base):
    """The month of all sites together."""

    __tablename__ = "spacing_network_month"
    __table_args__ = in_network()

    indication: Mapped[str] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(primary_key=True)
    phase: Mapped[str] = mapped_column(primary_key=True)
    quantity: Mapped[str] = mapped_column(primary_key=True)
    on_date: Mapped[date] = mapped_column(primary_key=True)
    sizes: Mapped[list[int]] = mapped_column(_Numbers)
    counts: Mapped[list[int]] = mapped_column(_Numbers)


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


class CompletionMonth(_CompletionCell, Base):
    """The month tier: `on_date` is the first day of the month."""

    __tablename__ = "completion_month"
    __table_args__ = in_network(within("site", "site_id"))
