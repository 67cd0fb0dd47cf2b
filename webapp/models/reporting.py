"""Schedules, the ledger of report runs, artifacts and deliveries; the run queue and the outbox beside them."""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Identity, Index, Sequence, SmallInteger, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, Identified, OfNetwork, in_network, within

lease_token_sequence = Sequence("lease_token", metadata=Base.metadata)


class Schedule(Identified, Base):
    """What report is due, for whom and when, in the site's own time. `starts_on` bounds the past.

    A change of what is due ends this row and begins another, which names it; so past runs keep the terms they were due under.
    """

    __tablename__ = "schedule"
    __table_args__ = in_network()

    name: Mapped[str]
    kind: Mapped[str]
    cadence: Mapped[str]
    due_day: Mapped[int]
    due_time: Mapped[time]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    site_ids: Mapped[Any] = mapped_column(JSONB, nullable=True)
    regions: Mapped[Any] = mapped_column(JSONB, nullable=True)
    zone: Mapped[str | None]
    mail: Mapped[bool] = mapped_column(default=False)
    hold_days: Mapped[int] = mapped_column(default=0)
    replaces_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID]
    ended_at: Mapped[datetime | None]


class ScheduleRecipient(OfNetwork, Base):
    """Who receives a schedule's reports; `site_ids` are those the person could see when they were named (None: all).

    By them a report that somebody may no longer have is told apart from one that was never for them.
    """

    __tablename__ = "schedule_recipient"
    __table_args__ = in_network(
        within("schedule", "schedule_id"), ForeignKeyConstraint(["user_id"], ["user_account.id"])
    )

    schedule_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    site_ids: Mapped[Any] = mapped_column(JSONB, nullable=True)


class ReportRun(Identified, Base):
    """One report that should exist. Unique by schedule, subject, local period and issue; carries the fencing token.

    query_fingerprint, measures, renderers: how the stored issue was read and drawn. review_since: since when a number is
    known to have changed. reviewed_version: the network's data version at which it was last looked at whether a number changed.
    reviewed_records_at: the newest record of accreditation or
    credential that there was then. review_attempts: how often looking at it was begun under the data version review_tried_version
    and not ended; review_reason: what went wrong the last time.
    """

    __tablename__ = "report_run"
    __table_args__ = in_network(
        within("schedule", "schedule_id"),
        within("site", "site_id"),
        UniqueConstraint("network_id", "schedule_id", "subject", "period_start", "issue"),
    )

    schedule_id: Mapped[UUID]
    subject: Mapped[str]
    site_id: Mapped[UUID | None]
    period_start: Mapped[date]
    period_end: Mapped[date]
    issue: Mapped[int]
    due_at: Mapped[datetime]
    state: Mapped[str]
    reason: Mapped[str | None]
    lease_token: Mapped[int | None] = mapped_column(BigInteger)
    attempts: Mapped[int] = mapped_column(default=0)
    progress: Mapped[Any] = mapped_column(JSONB, nullable=True)
    as_of: Mapped[datetime | None]
    data_version: Mapped[int | None]
    content_hash: Mapped[str | None]
    document: Mapped[str | None]
    query_fingerprint: Mapped[str | None]
    measures: Mapped[Any] = mapped_column(JSONB, nullable=True)
    renderers: Mapped[Any] = mapped_column(JSONB, nullable=True)
    review_since: Mapped[datetime | None]
    reviewed_version: Mapped[int | None] = mapped_column(BigInteger)
    reviewed_records_at: Mapped[datetime | None]
    review_attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    review_tried_version: Mapped[int | None] = mapped_column(BigInteger)
    review_reason: Mapped[str | None]
    requested_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    stored_at: Mapped[datetime | None]
    held_until: Mapped[datetime | None]
    released_at: Mapped[datetime | None]
    released_by: Mapped[UUID | None]
    distributed_at: Mapped[datetime | None]
    legal_hold_at: Mapped[datetime | None]
    legal_hold_by: Mapped[UUID | None]
    files_removed_at: Mapped[datetime | None]


class ReportTouch(OfNetwork, Base):
    """From which day on a data version may have changed what reports of a site say; earlier versions stay where they reach further back."""

    __tablename__ = "report_touch"
    __table_args__ = in_network(within("site", "site_id"))

    site_id: Mapped[UUID] = mapped_column(primary_key=True)
    first_on: Mapped[date] = mapped_column(primary_key=True)
    data_version: Mapped[int] = mapped_column(BigInteger)


class RunQueue(Base):
    """The queue that workers claim from: local, of no one network, without foreign keys."""

    __tablename__ = "run_queue"
    __table_args__ = (Index("ix_run_queue_waiting", "state", "next_attempt_at"),)

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    network_id: Mapped[UUID]
    kind: Mapped[str]
    state: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[int | None] = mapped_column(BigInteger)
    lease_until: Mapped[datetime | None]
    next_attempt_at: Mapped[datetime]
    reason: Mapped[str | None]
    created_at: Mapped[datetime]


class Artifact(OfNetwork, Base):
    """One stored file of one run: its hash is checked whenever it is read."""

    __tablename__ = "artifact"
    __table_args__ = in_network(within("report_run", "run_id"), within("site", "site_id"))

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    format: Mapped[str] = mapped_column(primary_key=True)
    site_id: Mapped[UUID | None]
    stored_name: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)


class Delivery(Identified, Base):
    """One recipient's report by one channel: their scope at sending, and what became of it.

    doubtful: a mail of which nobody knows whether it was taken, since whoever sent it died or was cut off before saying so.
    """

    __tablename__ = "delivery"
    __table_args__ = in_network(
        within("report_run", "run_id"),
        within("site", "site_id"),
        ForeignKeyConstraint(["user_id"], ["user_account.id"]),
        UniqueConstraint("network_id", "run_id", "user_id", "channel"),
        Index("ix_delivery_unseen", "network_id", "user_id", postgresql_where="seen_at IS NULL"),
    )

    run_id: Mapped[UUID]
    site_id: Mapped[UUID | None]
    user_id: Mapped[UUID]
    channel: Mapped[str]
    state: Mapped[str]
    scope: Mapped[Any] = mapped_column(JSONB, nullable=True)
    reason: Mapped[str | None]
    at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    owner_seen_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[int | None] = mapped_column(BigInteger)
    doubtful: Mapped[bool] = mapped_column(default=False)


class Outbox(Base):
    """A task to be rung for, written in the transaction that makes it due; sent after it."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_unsent", "id", postgresql_where="sent_at IS NULL"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    network_id: Mapped[UUID]
    task: Mapped[str]
    subject_id: Mapped[UUID]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
