"""Side effects and the screens that found them.

Every (session, term) has a latent standard normal value, made of a part that the patient carries through all sessions
and a part of the session alone; the side effect occurs when it falls below the normal quantile of its rate. So each
rate is met exactly on average, however alike one patient's sessions are.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from webapp.domain.simulator.columns import Batch, draw, make_batch, numbered, pick
from webapp.domain.simulator.courses import NASAL
from webapp.domain.simulator.local_time import Clocks, Instants
from webapp.domain.simulator.parameters import SideEffectRates
from webapp.domain.simulator.settings import SimulationSettings
from webapp.domain.simulator.sites import ASKED, Sites, days_of
from webapp.domain.simulator.visits import NO_TIME, Visits, local_days, minutes
from webapp.domain.vocabulary import Serious, Term

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

TERMS = tuple(Term)
DIZZINESS = TERMS.index(Term.DIZZINESS)
RAISED_PRESSURE = TERMS.index(Term.RAISED_BLOOD_PRESSURE)
LATER_ON = {
    Term.HEADACHE: 60,
    Term.URINARY: 240,
    Term.SUICIDAL_IDEATION: 180,
    Term.SUSPECTED_MISUSE: 120,
    Term.EMERGENCY_TRANSFER: 50,
}
"""Minutes after the start before which these do not begin."""

NEVER, ALWAYS = -9.0, 9.0


@dataclass(frozen=True, slots=True)
class Events:
    """What happened in which visit: positions of the visits that were screened, and one row per side effect."""

    screened: Ints
    visit: Ints
    term: Ints
    serious: Ints  # 0 no; else 1 + position among the kinds of the rates


def quantile(share: float) -> float:
    """The standard normal value below which `share` falls; far out for 0 and 1."""
    if share <= 0.0:
        return NEVER
    return ALWAYS if share >= 1.0 else NormalDist().inv_cdf(share)


def thresholds(settings: SimulationSettings, sites: Sites, rng: np.random.Generator) -> Floats:
    """The normal quantile of each rate by site, product (0 by needle, 1 nasal), infusion stratum and term."""
    rates = settings.side_effects
    table = np.zeros((len(sites), 2, len(rates.by_infusion), len(TERMS)))
    leaning = rng.normal(0.0, rates.site_spread, (len(sites), len(TERMS)))
    for site in range(len(sites)):
        factor = rates.asked.get(ASKED[sites.asked[site]], 1.0)
        for product, by_term in enumerate((rates.intravenous, rates.esketamine)):
            table[site, product] = [
                [quantile(min(by_term.get(term, 0.0) * times * factor, 0.98)) for term in TERMS]
                for times in rates.by_infusion
            ]
    table += leaning[:, None, None, :]
    return table


def excess_limits(settings: SimulationSettings, visits: Visits, visit: Ints, stratum: Ints) -> tuple[Ints, Floats]:
    """Which of some visits lie at the site with an excess of dizziness, and the normal quantiles of its rate there."""
    rates, site = settings.side_effects, settings.told.dizziness_excess
    rows = np.flatnonzero(visits.site[visit] == (-1 if site is None else site))
    lately = np.datetime64(settings.ends_on, "D") - visits.on_date[visit[rows]] < np.timedelta64(rates.lately_days, "D")
    shares = (rates.dizziness_excess, rates.dizziness_excess_lately)
    limits = np.array([[quantile(min(share * times, 0.98)) for times in rates.by_infusion] for share in shares])
    return rows, limits[lately.astype(np.int64), stratum[rows]]


def draw_events(
    settings: SimulationSettings, sites: Sites, table: Floats, visits: Visits, rng: np.random.Generator
) -> Events:
    """Decide which delivered visits were screened and which side effects became known."""
    rates = settings.side_effects
    visit = np.flatnonzero(visits.delivered)
    people = int(visits.patient.max(initial=-1)) + 1
    stratum = np.where(visits.booster[visit], 3, np.clip(visits.infusion[visit], 1, 3) - 1)
    limits = table[visits.site[visit], (visits.product[visit] == NASAL).astype(np.int64), stratum]
    rows, excess = excess_limits(settings, visits, visit, stratum)
    limits[rows, DIZZINESS] = excess
    common = rng.standard_normal((people, 1))
    own = rng.standard_normal((people, len(TERMS)))
    carried = np.sqrt(rates.between_terms) * common + np.sqrt(1.0 - rates.between_terms) * own
    latent = np.sqrt(rates.alike) * carried[visits.patient[visit]] + np.sqrt(1.0 - rates.alike) * rng.standard_normal(
        (len(visit), len(TERMS))
    )
    screened = rng.random(len(visit)) < sites.coverage[visits.site[visit]]
    told = screened[:, None] | (rng.random((len(visit), len(TERMS))) < rates.unscreened_reported)
    occurred = (latent < limits) & told
    serious = np.zeros(occurred.shape, dtype=np.int64)
    struck = np.flatnonzero(rng.random(len(visit)) < rates.serious)
    order = np.array([TERMS.index(Term(name)) for name in rates.serious_terms])
    term = order[draw(rng, rates.serious_terms, len(struck))]
    occurred[struck, term] = True
    serious[struck, term] = 1 + draw(rng, rates.serious_kinds, len(struck))
    rows, terms = np.nonzero(occurred)
    return Events(visit[screened], visit[rows], terms, serious[rows, terms])


def screen_records(
    settings: SimulationSettings,
    sites: Sites,
    clocks: Clocks,
    visits: Visits,
    events: Events,
    keys: NDArray[np.object_],
    home: str,
    rng: np.random.Generator,
) -> Batch:
    """The `screens` records. `keys` are the keys of the visits' sessions."""
    visit = events.screened
    zone, count = visits.zone[visit], len(visit)
    finished = visits.ended[visit] + minutes(rng.integers(35, 58, count))
    finished = np.where(rng.random(count) < settings.side_effects.day_only, NO_TIME, finished)
    columns = {
        "key": numbered(f"{home}-Q", count),
        "session": keys[visit],
        "asked_how": pick([value.value for value in ASKED], sites.asked[visits.site[visit]]),
        "finished_on": local_days(clocks, zone, finished, visits.on_date[visit]),
        "finished_at": finished,
    }
    return make_batch("screens", columns, zone)


def side_effect_records(
    settings: SimulationSettings,
    sites: Sites,
    clocks: Clocks,
    visits: Visits,
    events: Events,
    keys: NDArray[np.object_],
    home: str,
    rng: np.random.Generator,
) -> Batch:
    """The `side_effects` records. `keys` are the keys of the visits' sessions."""
    rates, visit, count = settings.side_effects, events.visit, len(events.visit)
    zone, on_date = visits.zone[visit], visits.on_date[visit]
    severity = 1 + np.searchsorted(np.cumsum(rates.severity), rng.random(count), side="right").clip(
        0, len(rates.severity) - 1
    )
    severity = np.where(events.serious > 0, np.maximum(severity, 3 + (rng.random(count) < 0.3)), severity)
    onset, resolved = _hours(rates, visits.started[visit], events.term, severity, rng)
    end = np.where(np.isnat(on_date), on_date, days_of(settings, sites.last_day[visits.site[visit]]))
    resolved_on = local_days(clocks, zone, resolved, on_date)
    lasting = (resolved_on > end) | (rng.random(count) < rates.resolution_missing)
    columns = {
        "key": numbered(f"{home}-E", count),
        "session": keys[visit],
        "term": pick([value.value for value in TERMS], events.term),
        "severity": severity.astype(float),
        "serious": pick([Serious.NO.value, *rates.serious_kinds], events.serious),
        "onset_on": local_days(clocks, zone, onset, on_date),
        "onset_at": onset,
        "resolved_on": np.where(lasting, np.datetime64("NaT", "D"), resolved_on),
        "resolved_at": np.where(lasting, NO_TIME, resolved),
    }
    return make_batch("side_effects", columns, zone)


def _hours(
    rates: SideEffectRates, started: Instants, term: Ints, severity: Ints, rng: np.random.Generator
) -> tuple[Instants, Instants]:
    count = len(term)
    later = np.array([LATER_ON.get(value, 0) for value in TERMS])[term]
    median = np.array([rates.minutes.get(value, 60.0) for value in TERMS])[term]
    begins = np.where(later > 0, later + rng.integers(0, 60, count), rng.integers(4, 36, count))
    lasts = np.maximum(3.0, median * np.exp(rng.normal(0.0, 0.6, count)) * 1.4 ** (severity - 1))
    onset: Instants = np.where(rng.random(count) < rates.day_only, NO_TIME, started + minutes(begins))
    resolved: Instants = onset + minutes(lasts)
    return onset, resolved
