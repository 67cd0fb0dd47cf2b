"""When a course's sessions take place: which are booked, kept, missed and made up for, until the course ends.

All courses of a chunk advance together, one planned infusion at a time. Days are counted from the settings' first day.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from webapp.domain.simulator.courses import Courses
from webapp.domain.simulator.settings import BOOKED_AHEAD_DAYS, SimulationSettings
from webapp.domain.simulator.sites import Sites

Ints = NDArray[np.int64]

KEPT, NO_SHOW, CANCELLED, UNRESOLVED = 0, 1, 2, 3
"""What became of a booking."""

BRISK = np.array([2, 2, 2, 4, 3, 2, 1])
GENTLE = np.array([3, 3, 5, 4, 4, 3, 2])
"""Days to the next session from each weekday on: three sessions a week, or two."""

MOST_BOOSTERS = 60


@dataclass(frozen=True, slots=True)
class Bookings:
    """One row per booking. `infusion` counts delivered induction sessions from 1; 0 for all other bookings."""

    course: Ints
    site: Ints
    day: Ints
    fate: Ints
    infusion: Ints
    booster: NDArray[np.bool_]
    ahead: NDArray[np.bool_]  # still to come on the site's last day of data

    def __len__(self) -> int:
        return len(self.course)


class _Diary:
    """Collects bookings while courses advance."""

    def __init__(self, settings: SimulationSettings, sites: Sites, courses: Courses, rng: np.random.Generator) -> None:
        self.settings, self.sites, self.courses, self.rng = settings, sites, courses, rng
        self.parts: list[tuple[Ints, Ints, Ints, Ints, Ints, Ints, NDArray[np.bool_]]] = []

    def place(self, course: Ints, step: int, day: Ints) -> tuple[Ints, Ints]:
        """Where a course's next session is on or after a day, and the day on which that site is open."""
        day = np.minimum(day, self.sites.next_open.shape[1] - 1)
        site = np.where(step >= self.courses.moves_at[course], self.courses.moves_to[course], self.courses.site[course])
        site = np.where(day > self.sites.closed[site], self.courses.successor[course], site)
        return site, self.sites.next_open[site, day]

    def note(
        self, course: Ints, site: Ints, day: Ints, fate: Ints, infusion: int, booked_from: Ints, booster: bool
    ) -> None:
        """Write bookings down. `booked_from` is the day from which the booking can exist at all."""
        self.parts.append(
            (course, site, day, fate, np.full(len(course), infusion), booked_from, np.full(len(course), booster))
        )

    def missed(self, count: int) -> Ints:
        """The fate of bookings that may be missed."""
        visits, chance = self.settings.visits, self.rng.random(count)
        edges = np.cumsum([visits.no_show, visits.cancelled, visits.unresolved])
        return np.select([chance < edge for edge in edges], [NO_SHOW, CANCELLED, UNRESOLVED], KEPT)

    def visit(self, course: Ints, step: int, day: Ints, infusion: int) -> Ints:
        """Bring each course to a delivered session on or after `day`, through up to two missed bookings; its day."""
        booster = infusion == 0
        site, day = self.place(course, step, day)
        known = np.full(len(course), -1)
        waiting = np.arange(len(course))
        for _ in range(2):
            fate = self.missed(len(waiting))
            gone = fate != KEPT
            waiting, fate = waiting[gone], fate[gone]
            self.note(course[waiting], site[waiting], day[waiting], fate, 0, known[waiting], booster)
            known[waiting] = day[waiting]
            again = day[waiting] + self.rng.integers(1, 4, len(waiting))
            site[waiting], day[waiting] = self.place(course[waiting], step, again)
        self.note(course, site, day, np.full(len(course), KEPT), infusion, known, booster)
        return day

    def miss(self, course: Ints, step: int, day: Ints) -> None:
        """Bookings that nobody came to."""
        site, day = self.place(course, step, day)
        fate = np.where(self.rng.random(len(course)) < 0.5, NO_SHOW, CANCELLED)
        self.note(course, site, day, fate, 0, np.full(len(course), -1), False)


def _gaps(settings: SimulationSettings, courses: Courses, course: Ints, day: Ints, rng: np.random.Generator) -> Ints:
    """Days from the session on `day` to the next induction session."""
    rates, count = settings.courses, len(course)
    weekday = (settings.starts_on.weekday() + day) % 7
    gap = np.where(courses.brisk[course], BRISK[weekday], GENTLE[weekday]) + (rng.random(count) < rates.day_later)
    chance = rng.random(count)
    edges = np.cumsum([rates.break_and_return, rates.long_delay, rates.short_delay])
    extra = [rng.integers(low, high + 1, count) for low, high in ((35, 90), (10, 20), (3, 9))]
    return gap + np.select([chance < edge for edge in edges], extra, 0)


def draw_bookings(
    settings: SimulationSettings, sites: Sites, courses: Courses, rng: np.random.Generator
) -> tuple[Bookings, Ints]:
    """All bookings of the courses, in course and time order, and each course's last delivered day as it will be.

    That day may lie beyond the end of the data; it is the start day for courses that never had a session.
    """
    diary = _Diary(settings, sites, courses, rng)
    last = courses.start.copy()
    for step in range(int(courses.reach.max(initial=0))):
        course = np.flatnonzero(courses.reach > step)
        gap = _gaps(settings, courses, course, last[course], rng) if step else 0
        last[course] = diary.visit(course, step, last[course] + gap, step + 1)
    _last_miss(diary, last)
    _boosters(diary, last)
    return _kept(diary), last


def _last_miss(diary: _Diary, last: Ints) -> None:
    courses, chance = diary.courses, diary.rng.random(len(diary.courses))
    left = courses.reach < courses.planned
    course = np.flatnonzero(left & ((courses.reach == 0) | (chance < diary.settings.visits.last_booking_missed)))
    gap = np.where(courses.reach[course] > 0, _gaps(diary.settings, courses, course, last[course], diary.rng), 0)
    diary.miss(course, 0, last[course] + gap)


def _boosters(diary: _Diary, last: Ints) -> None:
    rates, rng = diary.settings.courses, diary.rng
    finished = diary.courses.reach == diary.courses.planned
    course = np.flatnonzero(finished & (rng.random(len(finished)) < rates.maintenance))
    low, high = rates.first_booster_days
    gap = rng.integers(low, high + 1, len(course))
    for step in range(MOST_BOOSTERS):
        course, gap = _still_within(diary, last, course, gap)
        if len(course) == 0:
            break
        last[course] = diary.visit(course, 100 + step, last[course] + gap, 0)
        course = course[rng.random(len(course)) < rates.next_booster]
        gap = np.maximum(7, rates.booster_gap_days * np.exp(rng.normal(0.0, np.log(1.5), len(course)))).astype(np.int64)


def _still_within(diary: _Diary, last: Ints, course: Ints, gap: Ints) -> tuple[Ints, Ints]:
    """Those whose next booster lies within the data and, save a few, within the life of their evaluation."""
    rates, day = diary.settings.courses, last[course] + gap
    overdue = diary.rng.random(len(course)) < rates.evaluation_overstepped
    fresh = day - diary.courses.start[course] <= rates.evaluation_days
    within = (day < diary.settings.days + BOOKED_AHEAD_DAYS) & (fresh | overdue)
    return course[within], gap[within]


def _kept(diary: _Diary) -> Bookings:
    """What the sending system knows on each site's last day: all that is past, and the bookings of the next weeks."""
    course, site, day, fate, infusion, booked_from, booster = (
        np.concatenate(part) for part in zip(*diary.parts, strict=True)
    )
    end = diary.sites.last_day[site]
    ahead = day > end
    known = ~ahead | ((day <= end + BOOKED_AHEAD_DAYS) & (booked_from <= end))
    rows = np.flatnonzero(known)
    rows = rows[np.lexsort((day[rows], course[rows]))]
    fate = np.where(ahead, UNRESOLVED, fate)
    return Bookings(
        course[rows], site[rows], day[rows], fate[rows], np.where(ahead, 0, infusion)[rows], booster[rows], ahead[rows]
    )
