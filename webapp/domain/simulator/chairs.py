"""When in the day a booking stands: inside opening hours, and no more patients at once than there are chairs."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from webapp.domain.simulator.schedule import Bookings
from webapp.domain.simulator.settings import SimulationSettings
from webapp.domain.simulator.sites import Sites

Ints = NDArray[np.int64]

STEP_MINUTES = 15
MOST_CHAIRS = 500
EARLY = 1.15
"""Mornings are liked a little more: a place p of the day (0 to 1) becomes p to this power."""

CHAIR_MINUTES: Ints = np.array([105, 90, 140])
"""Booked chair time by product."""


def slot_minutes(sites: Sites) -> Ints:
    """Length of a slot at each site: that of its longest product."""
    return CHAIR_MINUTES[np.where(sites.esketamine, 2, 0)]


def plan_chairs(settings: SimulationSettings, sites: Sites, sessions: NDArray[Any]) -> Ints:
    """Treatment chairs, so that `sessions` bookings a site leave some chair time free at the end of the period."""
    week = np.maximum(sites.closes - sites.opens, 0)
    slots = (week // slot_minutes(sites)[:, None]).sum(axis=1)
    running = np.minimum(sites.closed, settings.days) - sites.opened
    a_week = sessions / np.maximum(running, 1) * 7.0 * (1.0 + settings.visits.growth / 2.0)
    chairs: Ints = np.ceil(a_week / np.maximum(slots, 1) / settings.visits.chair_use).astype(np.int64)
    return chairs.clip(2, MOST_CHAIRS)


def start_minutes(
    settings: SimulationSettings, sites: Sites, chairs: Ints, bookings: Bookings, rng: np.random.Generator
) -> Ints:
    """Booked start of each booking, minutes after local midnight."""
    count, site = len(bookings), bookings.site
    weekday = (settings.starts_on.weekday() + bookings.day) % 7
    opens, closes = sites.opens[site, weekday], sites.closes[site, weekday]
    length = slot_minutes(sites)[site]
    slots = np.maximum((closes - opens) // length, 1)
    group = bookings.site * (bookings.day.max(initial=0) + 1) + bookings.day
    order = np.lexsort((rng.random(count), group))
    rank, size = ranks(group, order)
    wish = ((rank + rng.random(count)) / size) ** EARLY
    slot = np.minimum((wish * slots).astype(np.int64), slots - 1)
    seat = np.zeros(count, dtype=np.int64)
    for _ in range(6):
        held = group * 16 + slot
        seat, _ = ranks(held, np.argsort(held, kind="stable"))
        over = seat >= chairs[site]
        if not over.any():
            break
        slot[over] = (slot[over] + 1) % slots[over]
    spare = np.maximum(closes - opens - slots * length, 0) // STEP_MINUTES + 1
    # Each chair keeps one shift for the whole day, so that its slots never overlap.
    shift = (seat * 5 + bookings.day * 3 + site) % spare
    start: Ints = opens + slot * length + STEP_MINUTES * shift
    return start


def ranks(group: Ints, order: Ints) -> tuple[Ints, Ints]:
    """Each row's place within its group (from 0, in `order`, which sorts by group) and the size of its group."""
    ordered = group[order]
    begins = (
        np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
        if len(group)
        else np.zeros(0, dtype=np.int64)
    )
    sizes = np.diff(np.append(begins, len(group)))
    rank, size = np.empty(len(group), dtype=np.int64), np.empty(len(group), dtype=np.int64)
    rank[order] = np.arange(len(group)) - np.repeat(begins, sizes)
    size[order] = np.repeat(sizes, sizes)
    return rank, size
