"""The course records: evaluation, approval, and how a course that was left came to its end."""

import numpy as np
from numpy.typing import NDArray

from webapp.domain.simulator.columns import (
    NOT_RECORDED,
    Batch,
    draw,
    flags,
    make_batch,
    numbered,
    pick,
    texts,
    where_known,
)
from webapp.domain.simulator.courses import INDICATIONS, NASAL, PRODUCTS, Courses
from webapp.domain.simulator.people import Staff
from webapp.domain.simulator.protocols import LAPSE_DAYS
from webapp.domain.simulator.schedule import Bookings
from webapp.domain.simulator.settings import SimulationSettings
from webapp.domain.simulator.sites import Sites, days_of

Ints = NDArray[np.int64]

NO_DAY = -1_000_000


def course_records(
    settings: SimulationSettings,
    sites: Sites,
    staff: Staff,
    courses: Courses,
    bookings: Bookings,
    last: Ints,
    rng: np.random.Generator,
) -> tuple[Batch, Ints]:
    """The `courses` records of a chunk, and each drawn course's place among them (-1: nothing of it is known yet)."""
    rates = settings.courses
    shown, first = np.unique(bookings.course, return_index=True)
    place = np.full(len(courses), -1)
    place[shown] = np.arange(len(shown))
    count, site, code = len(shown), courses.site[shown], sites.code[courses.site[shown]]
    end = sites.last_day[site]
    evaluated = np.minimum(bookings.day[first] - rng.integers(2, 22, count), end)
    approved = np.minimum(evaluated + rng.integers(0, 8, count), np.minimum(bookings.day[first], end))
    known = [rng.random(count) >= missing for missing in (rates.evaluation_missing, rates.approval_missing)]
    stopped, reason, moved = _departures(settings, courses, shown, last[shown], end, rng)
    enrolled = np.where(
        courses.product[shown] == NASAL, flags(rng, count, rates.not_enrolled, rates.enrolment_missing), NOT_RECORDED
    )
    stated, stated_on = _statements(settings, courses, bookings, shown, (stopped, reason, moved), last[shown], end)
    columns = {
        "key": numbered(f"{sites.code[courses.site[0]]}-C", count, 5),
        "site": code,
        "patient": texts(f"{sites.code[courses.site[0]]}-P{number + 1:05d}" for number in courses.patient[shown]),
        "indication": pick([value.value for value in INDICATIONS], courses.indication[shown]),
        "product": pick([value.value for value in PRODUCTS], courses.product[shown]),
        "evaluated_on": dated(settings, np.where(known[0], evaluated, NO_DAY)),
        "approved_on": dated(settings, np.where(known[1], approved, NO_DAY)),
        "approved_by": where_known(known[1], staff.key[staff.approvers(site, rng)]),
        "enrolled": enrolled.astype(np.int8),
        "stopped_on": dated(settings, stopped),
        "stop_reason": reason,
        "transferred_on": dated(settings, moved),
        "stated_outcome": stated,
        "stated_on": dated(settings, stated_on),
    }
    return make_batch("courses", columns, sites.zone[site]), place


def dated(settings: SimulationSettings, day: Ints) -> NDArray[np.datetime64]:
    """The dates of day numbers; NaT for `NO_DAY`."""
    return np.where(day == NO_DAY, np.datetime64("NaT", "D"), days_of(settings, day))


def _departures(
    settings: SimulationSettings, courses: Courses, shown: Ints, last: Ints, end: Ints, rng: np.random.Generator
) -> tuple[Ints, NDArray[np.object_], Ints]:
    """Days and reasons of stops, and days of transfers, as far as known by the end of the data."""
    rates, reach = settings.courses, courses.reach[shown]
    kinds = [None if name in {"lapsed", "transferred"} else name for name in rates.ending_later]
    names = list(rates.ending_later)
    early = draw(rng, {name: rates.ending_after_first.get(name, 0.0) for name in names}, len(shown))
    kind = np.where(reach == 1, early, draw(rng, rates.ending_later, len(shown)))
    day = last + rng.integers(0, 8, len(shown))
    told = (reach > 0) & (reach < courses.planned[shown]) & (day <= end)
    stops = told & np.isin(kind, [place for place, name in enumerate(kinds) if name is not None])
    reason = where_known(stops, pick(kinds, kind))
    transferred = told & (kind == names.index("transferred"))
    return np.where(stops, day, NO_DAY), reason, np.where(transferred, day, NO_DAY)


def _statements(
    settings: SimulationSettings,
    courses: Courses,
    bookings: Bookings,
    shown: Ints,
    departures: tuple[Ints, NDArray[np.object_], Ints],
    last: Ints,
    end: Ints,
) -> tuple[NDArray[np.object_], Ints]:
    """Outcomes as the one site that states them itself would state them."""
    stopped, reason, moved = departures
    states = courses.site[shown] == (-1 if settings.told.states_outcomes is None else settings.told.states_outcomes)
    finishing = bookings.infusion == courses.planned[bookings.course]
    finished = np.full(len(courses), NO_DAY)
    finished[bookings.course[finishing]] = bookings.day[finishing]
    finished = finished[shown]
    reach = courses.reach[shown]
    silent = (reach > 0) & (reach < courses.planned[shown]) & (stopped == NO_DAY) & (moved == NO_DAY)
    lapsed = np.where(silent & (last + LAPSE_DAYS + 1 <= end), last + LAPSE_DAYS + 1, NO_DAY)
    days = [finished, stopped, moved, lapsed]
    known = [states & (day != NO_DAY) for day in days]
    outcome = np.full(len(shown), None, dtype=object)
    for rows, name in zip(known, ("completed", None, "transferred", "lapsed"), strict=True):
        outcome[rows] = reason[rows] if name is None else name
    return outcome, np.select(known, days, NO_DAY)
