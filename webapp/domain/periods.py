"""Periods: half-open runs of site-local days, how they are named, compared and read from an address; and local time to
UTC.

Every preset ends before today, since a day or month under way is not yet a whole one. In an address `to` is the last
day, as people write it; inside the product a period is [start_on, end_on).
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from webapp.domain.errors import BadInput

PRESETS = ("last_7_days", "last_30_days", "last_month", "last_12_months", "custom")
DEFAULT_PRESET = "last_month"
EARLIEST_ON = date(1990, 1, 1)
LATEST_YEAR = 2200
LONGEST_DAYS = 10 * 366

_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})\Z", re.ASCII)
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@dataclass(frozen=True, slots=True)
class Period:
    """The site-local days start_on <= day < end_on. Empty periods and backward ones are refused (ValueError)."""

    start_on: date
    end_on: date

    def __post_init__(self) -> None:
        if self.end_on <= self.start_on:
            raise ValueError(f"A period from {self.start_on} to before {self.end_on} holds no day.")

    def __contains__(self, day: date) -> bool:
        return self.start_on <= day < self.end_on

    def __str__(self) -> str:
        """As a person reads it: "1 Oct 2026 to 31 Oct 2026"."""
        return f"{day_text(self.start_on)} to {day_text(self.last_on)}"

    @property
    def days(self) -> int:
        """How many days it holds."""
        return (self.end_on - self.start_on).days

    @property
    def last_on(self) -> date:
        """Its last day."""
        return self.end_on - timedelta(days=1)

    @property
    def whole_months(self) -> int:
        """How many calendar months it consists of; 0 where it begins or ends within one."""
        if self.start_on.day != 1 or self.end_on.day != 1:
            return 0
        return months_between(self.start_on, self.end_on)

    def previous(self) -> "Period":
        """The period just before it: as many whole months where it consists of months, else as many days."""
        months = self.whole_months
        start = add_months(self.start_on, -months) if months else self.start_on - timedelta(days=self.days)
        return Period(start, self.start_on)

    def year_before(self) -> "Period":
        """The same days one year earlier. The last day is moved, so that a period to 29 Feb ends on 28 Feb."""
        last = (
            add_months(self.last_on, -12) if not self.whole_months else add_months(self.end_on, -12) - timedelta(days=1)
        )
        return Period(add_months(self.start_on, -12), last + timedelta(days=1))

    def months(self) -> Iterator[date]:
        """The first day of each month of which it holds at least one day."""
        month = self.start_on.replace(day=1)
        while month < self.end_on:
            yield month
            month = add_months(month, 1)

    def tiers(self) -> tuple["Period | None", tuple["Period", ...]]:
        """The whole months inside it (or None) and the days left at its edges: what each rollup tier is read for."""
        first = self.start_on if self.start_on.day == 1 else add_months(self.start_on.replace(day=1), 1)
        return self._split(first, self.end_on.replace(day=1))

    def weeks(self) -> tuple["Period | None", tuple["Period", ...]]:
        """The whole weeks from Monday inside it (or None) and the days left at its edges."""
        return self._split(self._first_monday, self.end_on - timedelta(days=self.end_on.weekday()))

    def mondays(self) -> list[date]:
        """The Mondays in it, in order."""
        first = self._first_monday
        return [first + timedelta(days=days) for days in range(0, (self.end_on - first).days, 7)]

    @property
    def _first_monday(self) -> date:
        return self.start_on + timedelta(days=-self.start_on.weekday() % 7)

    def _split(self, first: date, last: date) -> tuple["Period | None", tuple["Period", ...]]:
        if first >= last:
            return None, (self,)
        edges = []
        if self.start_on < first:
            edges.append(Period(self.start_on, first))
        if last < self.end_on:
            edges.append(Period(last, self.end_on))
        return Period(first, last), tuple(edges)


def month_period(month: date) -> Period:
    """The whole month of that day."""
    first = month.replace(day=1)
    return Period(first, add_months(first, 1))


def preset_period(name: str, today: date) -> Period:
    """The period that a preset names on that day. BadInput for `custom` and for a name that is none."""
    this_month = today.replace(day=1)
    match name:
        case "last_7_days":
            return Period(today - timedelta(days=7), today)
        case "last_30_days":
            return Period(today - timedelta(days=30), today)
        case "last_month":
            return Period(add_months(this_month, -1), this_month)
        case "last_12_months":
            return Period(add_months(this_month, -12), this_month)
        case _:
            raise BadInput(f"“{_shown(name)}” is no named period; the named ones are {', '.join(PRESETS[:-1])}.")


def parse_period(raw: Mapping[str, str], today: date, default: str = DEFAULT_PRESET) -> tuple[Period, list[str]]:
    """The period that `period`, `from` and `to` (the last day, included) ask for, and a sentence for what could not be
    read.

    Two days count unless `period` names a preset. Whatever cannot be read gives the default preset, never an error.
    """
    name, first_text, last_text = (raw.get(key, "").strip() for key in ("period", "from", "to"))
    fallback = preset_period(default, today)
    if name and name != "custom":
        try:
            return preset_period(name, today), []
        except BadInput as refused:
            return fallback, [f"{refused} {fallback} is shown."]
    if not (name or first_text or last_text):
        return fallback, []
    first, last = read_day(first_text), read_day(last_text)
    problem = _period_problem(first_text, last_text, first, last)
    if problem or first is None or last is None:
        return fallback, [f"{problem} {fallback} is shown."]
    return Period(first, last + timedelta(days=1)), []


def read_day(text: str) -> date | None:
    """A day written as 2026-10-31; None for anything else, and for days outside 1990 .. 2200."""
    parts = _DAY.match(text.strip())
    if parts is None:
        return None
    try:
        day = date(int(parts[1]), int(parts[2]), int(parts[3]))
    except ValueError:
        return None
    return day if day >= EARLIEST_ON and day.year <= LATEST_YEAR else None


def add_months(day: date, months: int) -> date:
    """The same day of the month so many months later (earlier when negative), or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (following - timedelta(days=1)).day))


def months_between(first: date, second: date) -> int:
    """Calendar months from the month of `first` to the month of `second`."""
    return (second.year - first.year) * 12 + second.month - first.month


def day_text(day: date) -> str:
    """31 Oct 2026."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def local_moment(instant: datetime, zone: ZoneInfo) -> datetime:
    """The aware local time of an aware instant in a site's zone."""
    if instant.tzinfo is None:
        raise ValueError("An instant carries its zone.")
    return instant.astimezone(zone)


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """The site-local day of an instant."""
    return local_moment(instant, zone).date()


def to_utc(naive: datetime, zone: ZoneInfo) -> datetime:
    """A site-local time as an instant. Of a time that the clocks show twice, the first is meant unless `fold` is 1.

    Raises BadInput for a time that the clocks skipped.
    """
    if naive.tzinfo is not None:
        raise ValueError("A local time carries no zone of its own.")
    instant = naive.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None, fold=0) != naive.replace(fold=0):
        when = f"{day_text(naive.date())}, {naive:%H:%M}"
        raise BadInput(f"{when} does not exist in {zone.key}: the clocks were put forward over it. Give another time.")
    return instant


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants [start, end) of a site-local day: 23 to 25 hours, from the first instant that bears the date."""
    return _first_instant(day, zone), _first_instant(day + timedelta(days=1), zone)


def _first_instant(day: date, zone: ZoneInfo) -> datetime:
    """Midnight, or, where the clocks skip midnight, the instant at which they do."""
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001  # its zone is put to it below, in both folds
    ends = [midnight.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    low, high = min(ends), max(ends)
    if local_day(low, zone) == day:
        return low
    seconds = range(int((high - low).total_seconds()) + 1)
    return low + timedelta(seconds=bisect_left(seconds, day, key=lambda s: local_day(low + timedelta(seconds=s), zone)))


def _period_problem(first_text: str, last_text: str, first: date | None, last: date | None) -> str:
    for text in (first_text, last_text):
        if text and read_day(text) is None:
            return f"“{_shown(text)}” is not a day that can be asked for; write it as 2026-10-31."
    if first is None or last is None:
        return "A period of your own needs a first and a last day."
    if last < first:
        return "The first day of the period is after its last day."
    if (last - first).days >= LONGEST_DAYS:
        return "A period may be ten years long at most."
    return ""


def _shown(text: str) -> str:
    """What was asked for, as far as it is worth repeating."""
    plain = "".join(c if c.isprintable() else " " for c in text)
    return plain if len(plain) <= 40 else plain[:39] + "…"
