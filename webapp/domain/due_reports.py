"""Which reports should exist: every period of every subject that a schedule covers, and the instant each falls due.

Pure arithmetic over schedules and sites, so that what is expected never depends on what has run.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from webapp.domain.intake.local_time import LocalTime, zone_named
from webapp.domain.periods import Period, add_months
from webapp.domain.report_kinds import SITE_KINDS, Cadence, ReportKind, cadence_period

NETWORK_SUBJECT = "network"


@dataclass(frozen=True, slots=True)
class ReportSchedule:
    """One report a period, due on `due_day` at `due_time` of the local clocks after the period's end.

    due_day: the day of the month after it, or of the week after it (1 is Monday). starts_on, ends_on: the first period is the
    one that holds starts_on, the last one begins before ends_on. site_ids and regions: which sites it covers; with neither, every
    site there is or will be. zone: the clocks of a report of the network; a site's report goes by the site's own.
    """

    id: UUID
    due_day: int
    due_time: time
    starts_on: date
    ends_on: date | None = None
    site_ids: frozenset[UUID] | None = None
    regions: frozenset[str] | None = None
    kind: ReportKind = ReportKind.SITE
    cadence: Cadence = Cadence.MONTHLY
    zone: str = "UTC"

    def covers(self, site: "ReportedSite", at: datetime) -> bool:
        """Whether the site's report falls under it. A region is that which had been stated by the instant."""
        if self.site_ids is not None:
            return site.id in self.site_ids
        return self.regions is None or site.region_at(at) in self.regions

    def zone_of(self, period: Period, site: "ReportedSite") -> ZoneInfo:
        """The clocks by which the site's report of a period falls due: those that the site has on the due day."""
        return site.zone_on(due_on(period, self.due_day, self.cadence))

    def due_at(self, period: Period, site: "ReportedSite") -> datetime:
        """The instant, in UTC, at which the site's report of a period falls due."""
        return due_at(period, self.due_day, self.due_time, self.zone_of(period, site), self.cadence)


@dataclass(frozen=True, slots=True)
class ZoneChange:
    """A zone as a site stated it; from a day on, or always where no day was stated."""

    zone: str
    valid_from: date | None


@dataclass(frozen=True, slots=True)
class RegionChange:
    """A region as a site stated it, and the instant from which that was recorded."""

    region: str | None
    recorded_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReportedSite:
    """A site as far as its reports depend on it. zones, regions: oldest statement first. closed_on: its last day of treatment."""

    id: UUID
    code: str
    name: str
    zones: tuple[ZoneChange, ...]
    opened_on: date | None = None
    closed_on: date | None = None
    regions: tuple[RegionChange, ...] = ()

    def zone_on(self, day: date) -> ZoneInfo:
        """The zone that the site keeps on that day."""
        times = LocalTime({})
        for change in self.zones:
            times.learn(self.code, change.zone, change.valid_from)
        return times.zone_of(self.code, day)

    def region_at(self, at: datetime) -> str | None:
        """The region as it was recorded by that instant; the first one there was, for an instant before any was recorded."""
        known = [each.region for each in self.regions if each.recorded_at is None or each.recorded_at <= at]
        return known[-1] if known else next((each.region for each in self.regions), None)

    def was_open_in(self, period: Period) -> bool:
        """Whether it treated on at least one day of the period, as far as its opening days are known."""
        opened_late = self.opened_on is not None and self.opened_on >= period.end_on
        return not opened_late and (self.closed_on is None or self.closed_on >= period.start_on)


@dataclass(frozen=True, slots=True)
class DueReport:
    """A report that should exist from `due_at` on. site_id: None for a report of the whole network."""

    schedule_id: UUID
    site_id: UUID | None
    period: Period
    due_at: datetime

    @property
    def subject(self) -> str:
        """What it is about, as the ledger keys it."""
        return f"site:{self.site_id}" if self.site_id else NETWORK_SUBJECT


def due_at(
    period: Period, due_day: int, due_time: time, zone: ZoneInfo, cadence: Cadence = Cadence.MONTHLY
) -> datetime:
    """The instant, in UTC, at which the report of a period falls due. zone: that of the due day.

    A time that the clocks skip is as far into the hour after; of one that they show twice, the first is meant.
    """
    return datetime.combine(due_on(period, due_day, cadence), due_time, tzinfo=zone).astimezone(UTC)


def due_on(period: Period, due_day: int, cadence: Cadence = Cadence.MONTHLY) -> date:
    """The local day on which the report of a period falls due. A day that the month lacks is its last one."""
    day = period.end_on
    if cadence is Cadence.WEEKLY:
        return day + timedelta(days=due_day - 1)
    last = (add_months(day.replace(day=1), 1) - date.resolution).day
    return day.replace(day=min(due_day, last))


def due_reports(
    schedules: Iterable[ReportSchedule], sites: Sequence[ReportedSite], now: datetime
) -> Iterator[DueReport]:
    """Every report that should exist now: those whose due instant has come, for all periods back to each schedule's start."""
    for schedule in schedules:
        if schedule.kind in SITE_KINDS:
            for site in sites:
                if schedule.site_ids is None or site.id in schedule.site_ids:
                    yield from _of_site(schedule, site, now)
        else:
            yield from _of_network(schedule, sites, now)


def _of_site(schedule: ReportSchedule, site: ReportedSite, now: datetime) -> Iterator[DueReport]:
    zones = {change.zone for change in site.zones}
    only = site.zone_on(schedule.starts_on) if len(zones) == 1 else None
    first = schedule.starts_on
    if site.opened_on is not None and site.opened_on > first:
        first = site.opened_on
    for period in _periods(schedule, first):
        zone = only or schedule.zone_of(period, site)
        due = due_at(period, schedule.due_day, schedule.due_time, zone, schedule.cadence)
        if due > now or (site.closed_on is not None and site.closed_on < period.start_on):
            return
        if schedule.covers(site, due):
            yield DueReport(schedule.id, site.id, period, due)


def _of_network(schedule: ReportSchedule, sites: Sequence[ReportedSite], now: datetime) -> Iterator[DueReport]:
    zone = zone_named(schedule.zone)
    for period in _periods(schedule, schedule.starts_on):
        due = due_at(period, schedule.due_day, schedule.due_time, zone, schedule.cadence)
        if due > now:
            return
        if any(site.was_open_in(period) and schedule.covers(site, due) for site in sites):
            yield DueReport(schedule.id, None, period, due)


def _periods(schedule: ReportSchedule, first: date) -> Iterator[Period]:
    period = cadence_period(schedule.cadence, first)
    while schedule.ends_on is None or period.start_on < schedule.ends_on:
        yield period
        period = cadence_period(schedule.cadence, period.end_on)
