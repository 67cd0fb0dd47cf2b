"""Networks, their settings and their sites."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, Identified, OfNetwork, in_network, within
from webapp.models.versions import Version


class Network(Base):
    """A network of clinics: the tenant. `data_version` rises with every write that changes an answer.

    counted_as: the definition that its cells were last counted by, all of them; see `webapp.services.rollups.COUNTING`.
    """

    __tablename__ = "network"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    data_version: Mapped[int] = mapped_column(default=0)
    settings_version: Mapped[int] = mapped_column(default=1)
    counted_as: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class NetworkSetting(OfNetwork, Base):
    """One value of one setting; the highest version of a key is in force."""

    __tablename__ = "network_setting"
    __table_args__ = in_network()

    key: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSONB)
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID]


class Site(Identified, Base):
    """A clinic, known by its code in whichever system names it."""

    __tablename__ = "site"
    __table_args__ = in_network(UniqueConstraint("network_id", "code"))

    code: Mapped[str]


class SiteVersion(Version, Base):
    """What is said of a site."""

    __tablename__ = "site_version"
    __table_args__ = in_network(
        within("site", "site_id"),
        *Version.references(),
        Index(
            "uq_site_version_current",
            "network_id",
            "site_id",
            unique=True,
            postgresql_where="superseded_by_batch_id IS NULL",
        ),
    )

    site_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    region: Mapped[str | None]
    state: Mapped[str | None]
    zone: Mapped[str]
    zone_from: Mapped[date | None]
    chairs: Mapped[int | None]
    opening_hours: Mapped[str | None]
    opened_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    data_through: Mapped[date | None]


class SiteClock(OfNetwork, Base):
    """How far a site's data reach: the last site-local day on which a session's outcome has been received, or a later day
    that the sending system states."""

    __tablename__ = "site_clock"
    __table_args__ = in_network(within("site", "site_id"))

    site_id: Mapped[UUID] = mapped_column(primary_key=True)
    data_through: Mapped[date]


class ExpectedSessions(OfNetwork, Base):
    """How many sessions a site says it held in a period: what completeness is measured against."""

    __tablename__ = "expected_sessions"
    __table_args__ = in_network(within("site", "site_id"))

    site_id: Mapped[UUID] = mapped_column(primary_key=True)
    starts_on: Mapped[date] = mapped_column(primary_key=True)
    ends_on: Mapped[date] = mapped_column(primary_key=True)
    sessions: Mapped[int]
    declared_at: Mapped[datetime]
    declared_by: Mapped[UUID]


class PeriodSignOff(OfNetwork, Base):
    """A site's word that a month is complete."""

    __tablename__ = "period_sign_off"
    __table_args__ = in_network(within("site", "site_id"))

    site_id: Mapped[UUID] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    data_version: Mapped[int] = mapped_column(primary_key=True)
    signed_at: Mapped[datetime]
    signed_by: Mapped[UUID]


class SavedView(Identified, Base):
    """A page with its filters, kept by one person."""

    __tablename__ = "saved_view"
    __table_args__ = in_network(
        ForeignKeyConstraint(["user_id"], ["user_account.id"]),
        UniqueConstraint("network_id", "user_id", "name"),
        Index("uq_saved_view_default", "network_id", "user_id", unique=True, postgresql_where=text("is_default")),
    )

    user_id: Mapped[UUID]
    name: Mapped[str]
    path: Mapped[str]
    is_default: Mapped[bool] = mapped_column(default=False)
