"""Which reports are due, found by walking a calendar day by day and a clock quarter by quarter: slow, and plain to read."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from webapp.domain.due_reports import ReportedSite, ReportSchedule
from webapp.domain.report_kinds import Cadence

DAY = timedelta(days=1)
STEP = timedelta(minutes=15)


def replay(schedule: ReportSchedule, site: ReportedSite, now: datetime) -> list[tuple[date, date, datetime]]:
    """First day, day after the last, and due instant of each report of one site that is due by now."""
    found = []
    day = schedule.starts_on - 100 * DAY
    began = day
    while day <= now.date() + 2 * DAY:
        if day > began and begins(schedule.cadence, day):
            due = instant(schedule, site, due_on(schedule, day))
            if wanted(schedule, site, began, day) and due <= now:
                found.append((began, day, due))
        if begins(schedule.cadence, day):
            began = day
        day += DAY
    return found


def begins(cadence: Cadence, day: date) -> bool:
    """Whether a period begins on that day."""
    if cadence is Cadence.WEEKLY:
        return day.strftime("%a") == "Mon"
    return day.day == 1 and (cadence is Cadence.MONTHLY or day.month in (1, 4, 7, 10))


def wanted(schedule: ReportSchedule, site: ReportedSite, began: date, end: date) -> bool:
    """Whether a whole period of the schedule, on a day of which the site treated."""
    if not begins(schedule.cadence, began) or end <= schedule.starts_on:
        return False
    if schedule.ends_on is not None and began >= schedule.ends_on:
        return False
    return any(
        (site.opened_on is None or day >= site.opened_on) and (site.closed_on is None or day <= site.closed_on)
        for day in days(began, end)
    )


def days(first: date, end: date) -> Iterator[date]:
    while first < end:
        yield first
        first += DAY


def due_on(schedule: ReportSchedule, end: date) -> date:
    """Walk on from the first day after the period to the day that is meant, and no further than its week or month."""
    day, many = end, 1
    while many < schedule.due_day and (schedule.cadence is Cadence.WEEKLY or (day + DAY).month == end.month):
        day, many = day + DAY, many + 1
    return day


def instant(schedule: ReportSchedule, site: ReportedSite, day: date) -> datetime:
    """Watch the local clock: the first time that it shows the due time; if it never does, as long after the last time before it."""
    zone = site.zone_on(day)
    sought = datetime.combine(day, schedule.due_time)
    moment = datetime.combine(day - DAY, time(0), tzinfo=UTC)
    before = moment
    for _ in range(4 * 96):
        shown = moment.astimezone(zone).replace(tzinfo=None, fold=0)
        if shown == sought:
            return moment
        if shown > sought:
            break
        before, moment = moment, moment + STEP
    return before + (sought - before.astimezone(zone).replace(tzinfo=None, fold=0))
