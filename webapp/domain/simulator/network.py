"""One simulated network from settings and a seed: whole, or in chunks of one site after the other.

The same settings and seed always give the same records. Every site draws from a stream of its own, so that chunks
can be made and forgotten one at a time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from webapp.domain.records import RECORD_TYPES
from webapp.domain.simulator.chairs import plan_chairs
from webapp.domain.simulator.columns import Batch, joined
from webapp.domain.simulator.courses import draw_courses
from webapp.domain.simulator.endings import course_records
from webapp.domain.simulator.local_time import Clocks
from webapp.domain.simulator.people import Staff, plan_staff, practitioner_records
from webapp.domain.simulator.protocols import protocol_records
from webapp.domain.simulator.ratings import rating_records
from webapp.domain.simulator.schedule import draw_bookings
from webapp.domain.simulator.sessions import session_records
from webapp.domain.simulator.settings import SimulationSettings
from webapp.domain.simulator.side_effects import (
    RAISED_PRESSURE,
    draw_events,
    screen_records,
    side_effect_records,
    thresholds,
)
from webapp.domain.simulator.sites import TAIL_DAYS, Sites, plan_sites, site_records
from webapp.domain.simulator.standing import accreditation_records, credential_records
from webapp.domain.simulator.visits import draw_visits

Batches = dict[str, Batch]
"""Batches by record type."""

TRIAL_SITES, TRIAL_COURSES = 16, 500


@dataclass(frozen=True, slots=True)
class SimulatedNetwork:
    """All records of a network, one batch per record type, in the order of `RECORD_TYPES`."""

    settings: SimulationSettings
    seed: int
    batches: Batches


@dataclass(frozen=True, slots=True)
class _Plan:
    """What all sites of a network share."""

    settings: SimulationSettings
    sites: Sites
    chairs: NDArray[np.int64]
    staff: Staff
    clocks: Clocks
    thresholds: NDArray[np.float64]
    courses: NDArray[np.int64]


def simulate(settings: SimulationSettings, seed: int) -> SimulatedNetwork:
    """All records of one network in memory."""
    chunks = list(simulate_chunks(settings, seed))
    names = [record.name for record in RECORD_TYPES]
    return SimulatedNetwork(
        settings, seed, {name: joined([chunk[name] for chunk in chunks if name in chunk]) for name in names}
    )


def simulate_chunks(settings: SimulationSettings, seed: int) -> Iterator[Batches]:
    """First what all sites share (protocols to accreditations), then the courses and sessions of one site at a time."""
    plan, shared = _plan(settings, seed)
    yield shared
    for site in range(len(plan.sites)):
        yield _site_chunk(plan, site, np.random.default_rng([seed, 1, site]))


def clocks_of(settings: SimulationSettings) -> Clocks:
    """The clocks of a network's zones over all days that its records can name."""
    return Clocks(settings.zones, settings.starts_on - timedelta(days=60), settings.ends_on + timedelta(days=TAIL_DAYS))


def _plan(settings: SimulationSettings, seed: int) -> tuple[_Plan, Batches]:
    rng = np.random.default_rng([seed, 0])
    sites = plan_sites(settings, rng)
    courses, per_course = _courses_per_site(settings, sites)
    chairs = plan_chairs(settings, sites, courses * per_course)
    staff = plan_staff(settings, sites, chairs, rng)
    table = thresholds(settings, sites, rng)
    plan = _Plan(settings, sites, chairs, staff, clocks_of(settings), table, courses)
    batches = (
        protocol_records(settings),
        site_records(settings, sites, chairs),
        practitioner_records(staff, sites),
        credential_records(settings, sites, staff, rng),
        accreditation_records(settings, sites, rng),
    )
    return plan, {batch.name: batch for batch in batches}


def _courses_per_site(settings: SimulationSettings, sites: Sites) -> tuple[NDArray[np.int64], float]:
    """How many courses each site begins, so that the sessions come to what was asked for, and sessions per course.

    Found by a trial at some of the sites, which leaves the sites' own streams alone.
    """
    rng = np.random.default_rng(0)
    exposure = sites.start_weight.sum(axis=1)
    tried = np.unique(np.linspace(0, len(sites) - 1, min(len(sites), TRIAL_SITES)).astype(np.int64))
    booked = [_trial(settings, sites, int(site), rng) for site in tried]
    per_course = max(float(np.average(booked, weights=exposure[tried] + 1e-9)), 1e-3) / TRIAL_COURSES
    wanted = settings.sessions / per_course * exposure / exposure.sum()
    return np.maximum(1, np.round(wanted)).astype(np.int64), per_course


def _trial(settings: SimulationSettings, sites: Sites, site: int, rng: np.random.Generator) -> int:
    return len(draw_bookings(settings, sites, draw_courses(settings, sites, site, TRIAL_COURSES, rng), rng)[0])


def _site_chunk(plan: _Plan, site: int, rng: np.random.Generator) -> Batches:
    settings, sites, staff, clocks = plan.settings, plan.sites, plan.staff, plan.clocks
    home = str(sites.code[site])
    courses = draw_courses(settings, sites, site, int(plan.courses[site]), rng)
    bookings, last = draw_bookings(settings, sites, courses, rng)
    course_batch, place = course_records(settings, sites, staff, courses, bookings, last, rng)
    visits = draw_visits(settings, sites, plan.chairs, clocks, courses, bookings, rng)
    events = draw_events(settings, sites, plan.thresholds, visits, rng)
    raised = np.zeros(len(visits), dtype=bool)
    raised[events.visit[events.term == RAISED_PRESSURE]] = True
    keys_of_site = course_batch.columns["key"]
    # A site may begin courses and book none of them: then no course of it has a key.
    course_keys = keys_of_site[place] if len(keys_of_site) else np.full(len(place), None, dtype=object)
    sessions = session_records(settings, sites, staff, clocks, visits, course_keys[visits.course], raised, home, rng)
    keys = sessions.columns["key"]
    batches = (
        course_batch,
        sessions,
        screen_records(settings, sites, clocks, visits, events, keys, home, rng),
        side_effect_records(settings, sites, clocks, visits, events, keys, home, rng),
        rating_records(settings, sites, clocks, courses, visits, course_keys, home, rng),
    )
    return {batch.name: batch for batch in batches}
