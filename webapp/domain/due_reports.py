"""Which reports should exist: every month of every site that a schedule covers, and the instant each falls due.

Pure arithmetic over schedules and sites, so that what is expected never depends on what has run.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from webapp.domain.intake.local_time import LocalTime
from webapp.domain.periods import Period, add_months, month_period


@dataclass(frozen=True, slots=True)
class MonthlySchedule:
    """One report a month and site, due on `due_day` at `due_time` of the site's clocks in the month after.

    starts_on, ends_on: the first month is that of starts_on, the last one begins before ends_on. site_ids: None covers
    every site there is or will be.
    """

    id: UUID
    due_day: int
    due_time: time
    starts_on: date
    ends_on: date | None = None
    site_ids: frozenset[UUID] | None = None


@dataclass(frozen=True, slots=True)
class ZoneChange:
    """A zone as a site stated it; from a day on, or always where no day was stated."""

    zone: str
    valid_from: date | None


@dataclass(frozen=True, slots=True)
class ReportedSite:
    """A site as far as its reports depend on it. zones: oldest statement first. closed_on: its last day of treatment."""

    id: UUID
    code: str
    name: str
    zones: tuple[ZoneChange, ...]
    opened_on: date | None = None
    closed_on: date | None = None

    def zone_on(self, day: date) -> ZoneInfo:
        """The zone that the site keeps on that day."""
        times = LocalTime({})
        for change in self.zones:
            times.learn(self.code, change.zone, change.valid_from)
        return times.zone_of(self.code, day)

    def was_open_in(self, period: Period) -> bool:
        """Whether it treated on at least one day of the period, as far as its opening days are known."""
        opened_late = self.opened_on is not None and self.opened_on >= period.end_on
        return not opened_late and (self.closed_on is None or self.closed_on >= period.start_on)


@dataclass(frozen=True, slots=True)
class DueReport:
    """A report that should exist from `due_at` on."""

    schedule_id: UUID
    site_id: UUID
    period: Period
    due_at: datetime


def due_at(period: Period, due_day: int, due_time: time, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which the report of a period falls due.

    A day that the month lacks is its last one. A time that the clocks skip is as far into the hour after; of one that they
    show twice, the first is meant.
    """
    month = period.end_on
    last = (add_months(month.replace(day=1), 1) - date.resolution).day
    local = datetime.combine(month.replace(day=min(due_day, last)), due_time, tzinfo=zone)
    return local.astimezone(UTC)


def due_reports(
    schedules: Iterable[MonthlySchedule], sites: Sequence[ReportedSite], now: datetime
) -> Iterator[DueReport]:
    """Every report that should exist now: those whose due instant has come, for all months back to each schedule's start."""
    for schedule in schedules:
        for site in sites:
            if schedule.site_ids is None or site.id in schedule.site_ids:
                yield from _of_site(schedule, site, now)


def _of_site(schedule: MonthlySchedule, site: ReportedSite, now: datetime) -> Iterator[DueReport]:
    zones = {change.zone for change in site.zones}
    only = site.zone_on(schedule.starts_on) if len(zones) == 1 else None
    first = schedule.starts_on
    if site.opened_on is not None and site.opened_on > first:
        first = site.opened_on
    month = first.replace(day=1)
    while schedule.ends_on is None or month < schedule.ends_on:
        period = month_period(month)
        due = due_at(period, schedule.due_day, schedule.due_time, only or site.zone_on(period.end_on))
        if due > now or (site.closed_on is not None and site.closed_on < period.start_on):
            return
        yield DueReport(schedule.id, site.id, period, due)
        month = period.end_on
