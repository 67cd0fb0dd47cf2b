"""What a folder of raw files says once it is read plainly: sessions given, courses begun; and what an address leaves of it."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

Raw = list[dict[str, str]]


def raw(path: Path, encoding: str = "utf-8") -> Raw:
    """The rows of a CSV file, as they stand there."""
    with path.open(encoding=encoding, newline="") as stream:
        return list(csv.DictReader(stream))


@dataclass(frozen=True)
class Effect:
    """One side effect. serious: why it is; "no" where it is not. days: from its first to its last, where both are told."""

    term: str
    severity: int
    serious: str = "no"
    days: int | None = None


@dataclass(frozen=True)
class Given:
    """One delivered session. at: its local time, if the source tells one. asked: empty if not screened. infusion: 0 for a booster.

    like: its product and indication, where a source has more than one.
    """

    site: str
    patient: str
    on: date
    infusion: int
    asked: str = ""
    at: datetime | None = None
    effects: tuple[Effect, ...] = ()
    like: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Begun:
    """One started course: its sessions' days, how it ended, and the plan that it was held against."""

    site: str
    patient: str
    days: tuple[date, ...]
    end: date
    state: str
    reason: str | None
    planned: int
    window: int
    horizon: int

    @property
    def start(self) -> date:
        return self.days[0]


@dataclass(frozen=True)
class Source:
    """One folder: site code to name, and everything else. Every session was delivered.

    through: the newest day that the data tell of. through_at: that of each site, where sites differ.
    """

    sites: dict[str, str]
    through: date
    indication: str
    given: list[Given]
    begun: list[Begun]
    through_at: dict[str, date] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """A source under an address: the days first .. last, and the day for which states are told."""

    source: Source
    first: date
    last: date
    on: date
    all_sites: list[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "all_sites", sorted(self.source.sites, key=lambda code: self.source.sites[code]))

    @property
    def clock(self) -> date:
        """The day on which courses are judged: data end on one day at all sites of each of these sources."""
        return min(self.on, self.source.through)

    def told_until(self, site: str) -> date:
        """The last day of the period that a site's data tell of."""
        return min(self.last, self.on, self.source.through_at.get(site, self.source.through))

    def given(self, first: date | None = None, last: date | None = None) -> Iterator[Given]:
        """Sessions of the period, or of other days."""
        return (each for each in self.source.given if (first or self.first) <= each.on <= (last or self.last))

    def screened(self, first: date | None = None, last: date | None = None) -> Iterator[Given]:
        """Those that were screened."""
        return (each for each in self.given(first, last) if each.asked)

    def begun(self) -> list[Begun]:
        """Courses that began in the period."""
        return [each for each in self.source.begun if self.first <= each.start <= self.last]

    def state(self, course: Begun) -> str:
        """How a course stands on the clock's day."""
        return course.state if course.end <= self.clock else "open"

    def closed(self) -> list[Begun]:
        """Courses begun in the period at a site and in a month whose last start has reached its horizon."""
        last: dict[tuple[str, date], date] = {}
        for course in self.begun():
            part = course.site, course.start.replace(day=1)
            last[part] = max(last.get(part, date.min), course.start + timedelta(days=course.horizon))
        return [course for course in self.begun() if last[course.site, course.start.replace(day=1)] <= self.clock]


def months(first: date, last: date) -> list[date]:
    """The first day of each month from one day to another."""
    found = [first.replace(day=1)]
    while (following := (found[-1] + timedelta(days=31)).replace(day=1)) <= last:
        found.append(following)
    return found


def month_end(month: date) -> date:
    """The last day of a month."""
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
