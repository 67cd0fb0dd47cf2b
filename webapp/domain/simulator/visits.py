"""The hours of each session: booked, begun, ended and gone home. Side effects, vitals and ratings hang on them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from webapp.domain.simulator.chairs import start_minutes
from webapp.domain.simulator.columns import Columns
from webapp.domain.simulator.courses import IM, IV, NASAL, Courses
from webapp.domain.simulator.local_time import Clocks, Instants
from webapp.domain.simulator.schedule import CANCELLED, KEPT, Bookings
from webapp.domain.simulator.settings import SimulationSettings
from webapp.domain.simulator.sites import Sites, days_of

Ints = NDArray[np.int64]

NO_TIME = np.datetime64("NaT", "s")
NO_DATE = np.datetime64("NaT", "D")

SHORTEST_MONITORING = np.array([60, 60, 120])
"""Minutes from the end of the drug to going home that a session keeps to, by product; two hours for esketamine."""


@dataclass(frozen=True, slots=True)
class Visits:
    """The bookings of a chunk in the order of their booked start. Instants are UTC; NaT where unknown."""

    course: Ints  # position among the drawn courses
    site: Ints
    zone: NDArray[np.int8]
    patient: Ints
    product: Ints
    indication: Ints
    fate: Ints
    infusion: Ints
    booster: NDArray[np.bool_]
    ahead: NDArray[np.bool_]
    delivered: NDArray[np.bool_]
    stopped_early: NDArray[np.bool_]
    day_only: NDArray[np.bool_]
    on_date: NDArray[np.datetime64]
    booked: Instants
    started: Instants
    ended: Instants
    left: Instants

    def __len__(self) -> int:
        return len(self.course)


def minutes(values: NDArray[np.int64] | NDArray[np.float64]) -> NDArray[np.timedelta64]:
    """Whole minutes as time spans in seconds."""
    return (np.asarray(values).astype(np.int64) * 60).astype("timedelta64[s]")


def draw_visits(
    settings: SimulationSettings,
    sites: Sites,
    chairs: Ints,
    clocks: Clocks,
    courses: Courses,
    bookings: Bookings,
    rng: np.random.Generator,
) -> Visits:
    """Give every booking its hours."""
    at = start_minutes(settings, sites, chairs, bookings, rng)
    order = np.lexsort((at, bookings.day))
    course, site, at = bookings.course[order], bookings.site[order], at[order]
    product, zone, on_date = courses.product[course], sites.zone[site], days_of(settings, bookings.day[order])
    midnight: Instants = on_date.astype("datetime64[s]")
    local: Instants = midnight + minutes(at)
    booked = clocks.to_utc(zone, local)
    rates, count = settings.visits, len(order)
    delivered = (bookings.fate[order] == KEPT) & ~bookings.ahead[order]
    day_only = delivered & (rng.random(count) < rates.day_only)
    stopped_early = delivered & (rng.random(count) < rates.stopped_early)
    late = rng.gamma(1.5, 4.5, count).clip(0, 45)
    started = booked + minutes(late)
    ended = started + minutes(_drug_minutes(product, stopped_early, rng))
    left = ended + minutes(_monitored_minutes(product, rates.monitored_short, rng))
    timed = delivered & ~day_only
    return Visits(
        course=course,
        site=site,
        zone=zone,
        patient=courses.patient[course],
        product=product,
        indication=courses.indication[course],
        fate=bookings.fate[order],
        infusion=bookings.infusion[order],
        booster=bookings.booster[order],
        ahead=bookings.ahead[order],
        delivered=delivered,
        stopped_early=stopped_early,
        day_only=day_only,
        on_date=on_date,
        booked=booked,
        started=np.where(timed, started, NO_TIME),
        ended=np.where(timed, ended, NO_TIME),
        left=np.where(timed & (rng.random(count) >= rates.discharge_missing), left, NO_TIME),
    )


def _drug_minutes(product: Ints, stopped_early: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.float64]:
    count = len(product)
    drip = rng.normal(41.0, 3.5, count).clip(32, 60)
    whole = np.select([product == IV, product == IM, product == NASAL], [drip, 1.0, rng.integers(10, 16, count)])
    return np.where(stopped_early, np.maximum(1.0, whole * rng.uniform(0.2, 0.8, count)), whole)


def _monitored_minutes(product: Ints, short: float, rng: np.random.Generator) -> NDArray[np.float64]:
    count, least = len(product), SHORTEST_MONITORING[product]
    kept = least + 1 + rng.gamma(2.0, 7.0, count).clip(0, 90)
    return np.where(rng.random(count) < short, least - rng.integers(5, 35, count), kept)


def local_days(
    clocks: Clocks, zone: NDArray[np.int8], utc: Instants, otherwise: NDArray[np.datetime64]
) -> NDArray[np.datetime64]:
    """The site-local day of each instant; `otherwise` where there is none."""
    days = clocks.to_local(zone, utc).astype("datetime64[D]")
    return np.where(np.isnat(utc), otherwise, days)


def hour_columns(settings: SimulationSettings, clocks: Clocks, visits: Visits, rng: np.random.Generator) -> Columns:
    """The fields of `sessions` that say when."""
    count, rates = len(visits), settings.visits
    delivered, zone = visits.delivered, visits.zone
    walk_in = delivered & ~visits.day_only & (rng.random(count) < rates.walk_in)
    notice = np.where(
        rng.random(count) < rates.cancelled_late,
        rng.integers(30, 23 * 60, count),
        rng.integers(24 * 60, 10 * 24 * 60, count),
    )
    cancelled = (visits.fate == CANCELLED) & ~visits.ahead
    counted = np.where(delivered & ~visits.day_only, visits.started, visits.booked)
    hour = clocks.to_local(zone, counted).astype("datetime64[h]").astype(np.int64) % 24
    given = np.where(delivered, visits.on_date, NO_DATE)
    return {
        "booked_at": np.where(walk_in, NO_TIME, visits.booked),
        "cancelled_at": np.where(cancelled, visits.booked - minutes(notice), NO_TIME),
        "started_on": given,
        "started_at": visits.started,
        "ended_on": local_days(clocks, zone, visits.ended, given),
        "ended_at": visits.ended,
        "discharged_at": visits.left,
        "on_date": visits.on_date,
        "local_hour": np.where(visits.day_only, np.nan, hour),
    }
