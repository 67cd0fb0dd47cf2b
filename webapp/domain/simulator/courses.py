"""Which courses begin where and when, for whom and with what, and how far each will go."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from webapp.domain.simulator.columns import draw
from webapp.domain.simulator.parameters import CourseRates
from webapp.domain.simulator.settings import SimulationSettings
from webapp.domain.simulator.sites import Sites
from webapp.domain.vocabulary import Indication, Product

Ints = NDArray[np.int64]

INDICATIONS = tuple(Indication)
PRODUCTS = (Product.KETAMINE_IV, Product.KETAMINE_IM, Product.ESKETAMINE_NASAL)
IV, IM, NASAL = 0, 1, 2
PLANNED = np.array([6, 6, 8])
"""Planned induction sessions by product; eight for esketamine, whose label asks for two a week over four weeks."""

NEVER = 10_000
"""A step that no course comes to."""

REPEAT_AFTER_DAYS = 150


@dataclass(frozen=True, slots=True)
class Courses:
    """Courses as arrays. `reach` is how many induction sessions will have been delivered in the end."""

    site: Ints
    patient: Ints  # number of the patient within the chunk
    patients: int
    indication: Ints  # position in INDICATIONS
    product: Ints  # position in PRODUCTS
    planned: Ints
    start: Ints
    reach: Ints
    brisk: NDArray[np.bool_]
    moves_at: Ints  # the step from which it goes on elsewhere
    moves_to: Ints
    successor: Ints  # where it goes when its site closes

    def __len__(self) -> int:
        return len(self.site)


def reach_shares(rates: CourseRates, planned: int) -> NDArray[np.float64]:
    """Shares of started courses that deliver exactly 1, 2 ... `planned` induction sessions.

    The first step loses `left_after_first`; the later steps together lose what is left down to `completed`, each less
    than the one before by `later_leaving_fades`.
    """
    staying = 1.0 - rates.left_after_first
    steps = planned - 2
    fade = rates.later_leaving_fades ** np.arange(steps)
    lost = np.log(max(staying, 1e-9) / max(min(rates.completed, staying), 1e-9))
    survival = staying * np.exp(-np.concatenate(([0.0], np.cumsum(lost * fade / fade.sum()))))
    reached = np.concatenate(([1.0], survival))
    return np.append(reached[:-1] - reached[1:], reached[-1])


def draw_courses(
    settings: SimulationSettings, sites: Sites, site: int, count: int, rng: np.random.Generator
) -> Courses:
    """Draw `count` courses that begin at one site."""
    rates = settings.courses
    edges = np.cumsum(sites.start_weight[site])
    start = (
        np.sort(np.searchsorted(edges, rng.random(count) * edges[-1], side="right"))
        if edges[-1] > 0
        else np.zeros(0, dtype=np.int64)
    )
    count = len(start)
    order = {value: place for place, value in enumerate(INDICATIONS)}
    indication = np.array([order[Indication(name)] for name in rates.indication])[draw(rng, rates.indication, count)]
    product = _products(settings, sites, site, indication, rng)
    planned = PLANNED[product]
    reach = np.zeros(count, dtype=np.int64)
    for value in np.unique(planned):
        rows = planned == value
        reach[rows] = 1 + rng.choice(int(value), size=int(rows.sum()), p=reach_shares(rates, int(value)))
    reach[rng.random(count) < rates.never_started] = 0
    patient = _patients(rates, start, reach < planned, rng)
    moving = (rng.random(count) < rates.moved_inside) & (len(sites) > 1)
    elsewhere = _elsewhere(sites, site, start, rng)
    return Courses(
        site=np.full(count, site),
        patient=patient,
        patients=int(patient.max(initial=-1)) + 1,
        indication=indication,
        product=product,
        planned=planned,
        start=start,
        reach=reach,
        brisk=(rng.random(count) < rates.brisk) & (product != NASAL),
        moves_at=np.where(moving, rng.integers(1, 7, count), NEVER),
        moves_to=elsewhere,
        successor=np.full(count, _successor(sites, site)),
    )


def _products(
    settings: SimulationSettings, sites: Sites, site: int, indication: Ints, rng: np.random.Generator
) -> Ints:
    chance = rng.random(len(indication))
    depression = indication == INDICATIONS.index(Indication.DEPRESSION)
    nasal = depression & sites.esketamine[site] & (chance < settings.courses.esketamine_share)
    muscle = sites.intramuscular[site] & ~depression & (chance < settings.courses.intramuscular_share)
    return np.where(nasal, NASAL, np.where(muscle, IM, IV))


def _patients(rates: CourseRates, start: Ints, may_return: NDArray[np.bool_], rng: np.random.Generator) -> Ints:
    """Number patients by their first course; some courses are of a patient who left one at least 150 days before."""
    count = len(start)
    own = np.ones(count, dtype=bool)
    root = np.arange(count)
    earlier = np.searchsorted(start, start - REPEAT_AFTER_DAYS)
    repeats = np.flatnonzero((rng.random(count) < rates.repeat_patient / 0.5) & (earlier > 0))
    wished = (rng.random(len(repeats)) * earlier[repeats]).astype(np.int64)
    _, first = np.unique(wished, return_index=True)
    repeats, wished = repeats[first], wished[first]
    usable = may_return[wished] & ~np.isin(wished, repeats)
    repeats, wished = repeats[usable], wished[usable]
    own[repeats] = False
    root[repeats] = wished
    number = np.cumsum(own) - 1
    return number[root]


def _elsewhere(sites: Sites, site: int, start: Ints, rng: np.random.Generator) -> Ints:
    """Another site that is open for good when the course begins, or the site itself."""
    others = np.flatnonzero(
        (np.arange(len(sites)) != site) & (sites.opened == 0) & (sites.closed >= sites.closed.max())
    )
    return rng.choice(others, len(start)) if len(others) else np.full(len(start), site)


def _successor(sites: Sites, site: int) -> int:
    """The site that takes over the patients when this one closes: an open one, of the same zone if there is one."""
    lasting = np.flatnonzero(
        (sites.opened == 0) & (sites.closed >= sites.closed.max()) & (np.arange(len(sites)) != site)
    )
    near = lasting[sites.zone[lasting] == sites.zone[site]]
    if len(near):
        return int(near[0])
    return int(lasting[0]) if len(lasting) else site
