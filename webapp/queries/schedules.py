"""The schedules of a network as they decide what is due, the sites that they cover, and the pages about them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.domain.due_reports import RegionChange, ReportedSite, ReportSchedule, ZoneChange
from webapp.domain.errors import NotFound
from webapp.domain.report_kinds import Cadence, ReportKind
from webapp.domain.scope import Scope

NO_SUCH_SCHEDULE = "There is no such schedule, or none that you can see."

_COLUMNS = (
    "id, due_day, due_time, starts_on, ends_on, site_ids, regions, kind, cadence, coalesce(zone, 'UTC'), name, mail, hold_days,"
    " created_by, created_at, ended_at, replaces_id"
)


@dataclass(frozen=True, slots=True)
class KeptSchedule:
    """A schedule with what its page shows besides when it is due. recipients: their user ids."""

    due: ReportSchedule
    name: str
    mail: bool
    hold_days: int
    created_by: UUID
    created_at: datetime
    ended_at: datetime | None
    replaces_id: UUID | None
    recipients: frozenset[UUID] = frozenset()

    @property
    def id(self) -> UUID:
        """The schedule's own."""
        return self.due.id

    def is_over(self, today: date) -> bool:
        """Whether no further period falls under it."""
        return self.due.ends_on is not None and self.due.ends_on <= today


def fetch_schedules(scope: Scope, db: Session) -> list[ReportSchedule]:
    """All schedules of the network, ended ones too, oldest first."""
    return [kept.due for kept in _fetch(scope, db)]


def fetch_kept_schedules(scope: Scope, db: Session) -> list[KeptSchedule]:
    """All schedules of the network with their recipients, oldest first; those made only for what is asked for by hand are left out."""
    return [
        kept
        for kept in _fetch(scope, db)
        if kept.due.ends_on is None or kept.due.ends_on > kept.due.starts_on or kept.ended_at
    ]


def get_schedule(scope: Scope, db: Session, schedule_id: UUID) -> KeptSchedule:
    """One schedule of the network. Raises NotFound, in the same words for a foreign one and for none."""
    found = _fetch(scope, db, schedule_id)
    if not found:
        raise NotFound(NO_SUCH_SCHEDULE)
    return found[0]


def fetch_running(scope: Scope, db: Session) -> dict[UUID, KeptSchedule]:
    """For each schedule the one that stands in its place by now: itself, or what it was changed into."""
    kept = _fetch(scope, db)
    after = {each.replaces_id: each for each in kept if each.replaces_id}
    running = {}
    for each in kept:
        newest = each
        while newest.id in after:
            newest = after[newest.id]
        running[each.id] = newest
    return running


def _fetch(scope: Scope, db: Session, only: UUID | None = None) -> list[KeptSchedule]:
    rows = db.execute(
        text(
            f"SELECT {_COLUMNS} FROM schedule WHERE network_id = :network AND (CAST(:only AS uuid) IS NULL OR id = :only)"
            " ORDER BY created_at, id"
        ),
        {"network": scope.network_id, "only": only},
    ).all()
    recipients: dict[UUID, set[UUID]] = {}
    named = db.execute(
        text("SELECT schedule_id, user_id FROM schedule_recipient WHERE network_id = :network"),
        {"network": scope.network_id},
    )
    for schedule_id, user_id in named:
        recipients.setdefault(schedule_id, set()).add(user_id)
    return [_kept(tuple(row), recipients.get(row.id, ())) for row in rows]


def _kept(row: tuple[Any, ...], recipients: Iterable[UUID]) -> KeptSchedule:
    id_, day, time, starts_on, ends_on, sites, regions, kind, cadence, zone, *more = row
    due = ReportSchedule(
        id_,
        day,
        time,
        starts_on,
        ends_on,
        None if sites is None else frozenset(map(UUID, sites)),
        None if regions is None else frozenset(regions),
        ReportKind(kind),
        Cadence(cadence),
        zone,
    )
    name, mail, hold_days, created_by, created_at, ended_at, replaces_id = more
    return KeptSchedule(
        due, name, mail, hold_days, created_by, created_at, ended_at, replaces_id, frozenset(recipients)
    )


def fetch_reported_sites(scope: Scope, db: Session) -> list[ReportedSite]:
    """The sites within the scope with their zones and regions over time, by code. The scope of the product's own work has all."""
    rows = db.execute(
        text(
            "SELECT s.id, s.code, v.name, v.opened_on, v.closed_on, v.zone, v.zone_from, v.region, b.recorded_at,"
            " v.superseded_by_batch_id IS NULL AND NOT v.withdrawn AS current"
            " FROM site s JOIN site_version v ON v.network_id = s.network_id AND v.site_id = s.id"
            " JOIN import_batch b ON b.network_id = v.network_id AND b.id = v.batch_id"
            " WHERE s.network_id = :network AND (:all_sites OR s.id = ANY (:sites))"
            " ORDER BY s.code, b.data_version NULLS LAST"
        ),
        {
            "network": scope.network_id,
            "sites": list(scope.site_ids),
            "all_sites": scope.whole_network and not scope.site_ids,
        },
    ).all()
    zones: dict[UUID, list[ZoneChange]] = {}
    regions: dict[UUID, list[RegionChange]] = {}
    for row in rows:
        zones.setdefault(row.id, []).append(ZoneChange(row.zone, row.zone_from))
        regions.setdefault(row.id, []).append(RegionChange(row.region, row.recorded_at))
    return [
        ReportedSite(
            row.id, row.code, row.name, tuple(zones[row.id]), row.opened_on, row.closed_on, tuple(regions[row.id])
        )
        for row in rows
        if row.current
    ]
