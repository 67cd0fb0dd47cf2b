"""What a person may ask of a schedule: the rules that hold before anything is stored."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID

from webapp.domain.errors import BadInput
from webapp.domain.intake.local_time import zone_names
from webapp.domain.periods import Period, add_months, day_text
from webapp.domain.report_kinds import SITE_KINDS, Cadence, ReportKind, cadence_period
from webapp.domain.standing_entry import clean_text

LONGEST_NAME = 80
LONGEST_HOLD_DAYS = 28
MOST_RECIPIENTS = 200
MOST_YEARS_BACK = 3
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LATEST_ZONE = timedelta(hours=14)
"""How far ahead of UTC the easternmost clocks are: past it, a day has begun everywhere that it can."""


@dataclass(frozen=True, slots=True)
class ScheduleEntry:
    """A schedule as it is wished for.

    starts_on: the first period is the one that holds it. site_ids, regions: which sites; with neither, all there are and will be.
    recipients: users; each receives what lies within their own reach when it is sent. mail: whether they are also written to.
    hold_days: how long after its due instant an incomplete site report waits, at most; 0 never holds.
    """

    name: str
    kind: ReportKind
    cadence: Cadence
    due_day: int
    due_time: time
    starts_on: date
    site_ids: frozenset[UUID] | None = None
    regions: frozenset[str] | None = None
    zone: str = "UTC"
    recipients: frozenset[UUID] = frozenset()
    mail: bool = False
    hold_days: int = 5

    @property
    def terms(self) -> tuple[object, ...]:
        """What decides which reports are due and when; a change of it holds for later periods only."""
        zone = self.zone if self.kind not in SITE_KINDS else None
        return (self.due_day, self.due_time, self.site_ids, self.regions, zone)


def checked(entry: ScheduleEntry, today: date) -> ScheduleEntry:
    """The entry with its name in one form. Raises BadInput with the first rule that it breaks."""
    name = clean_text(" ".join(entry.name.split()), "The name", LONGEST_NAME)
    if not name:
        raise BadInput("Give the schedule a name, such as “Monthly report”.")
    _check_day(entry)
    earliest = add_months(today.replace(day=1), -12 * MOST_YEARS_BACK)
    if not earliest <= entry.starts_on <= add_months(today, 24):
        raise BadInput(
            f"The first period, from {day_text(entry.starts_on)}, cannot be meant: choose a day from {day_text(earliest)} on, at"
            " most two years ahead."
        )
    if not 0 <= entry.hold_days <= LONGEST_HOLD_DAYS:
        raise BadInput(f"An incomplete report waits 0 to {LONGEST_HOLD_DAYS} days.")
    if entry.site_ids is not None and not entry.site_ids:
        raise BadInput("Choose at least one site, or “the whole network”.")
    if entry.regions is not None and not entry.regions:
        raise BadInput("Choose at least one region, or “the whole network”.")
    if len(entry.recipients) > MOST_RECIPIENTS:
        raise BadInput(f"At most {MOST_RECIPIENTS} people can be named on one schedule.")
    if entry.kind not in SITE_KINDS and entry.zone not in zone_names():
        raise BadInput("Choose the clocks by which a report of the whole network is due, such as America/New_York.")
    return replace(entry, name=name)


def _check_day(entry: ScheduleEntry) -> None:
    last = 7 if entry.cadence is Cadence.WEEKLY else 31
    if not 1 <= entry.due_day <= last:
        what = "a day of the week, 1 (Monday) to 7" if last == 7 else "a day of the month, 1 to 31"
        raise BadInput(f"The report is due on {what}; {entry.due_day} is none.")


def first_changed_period(cadence: Cadence, now: datetime) -> Period:
    """The period from which a change of terms holds: the first that is not over yet by any site's clocks.

    Whatever is over stays due as it was, so that a change can never rewrite, repeat or lose a past report.
    """
    return cadence_period(cadence, (now + LATEST_ZONE).date())
