"""Ratings: a baseline before the first session, and scores after infusions, many of them missing."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from webapp.domain.simulator.columns import Batch, make_batch, numbered, pick
from webapp.domain.simulator.courses import INDICATIONS, Courses
from webapp.domain.simulator.local_time import Clocks, Instants
from webapp.domain.simulator.settings import SimulationSettings
from webapp.domain.simulator.sites import Sites, days_of
from webapp.domain.simulator.visits import NO_TIME, Visits, local_days, minutes
from webapp.domain.vocabulary import SCORE_RANGE, Indication, Instrument

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scale:
    """How baseline scores on a scale are spread among those who enter treatment. All assumed."""

    instrument: Instrument
    mean: float
    spread: float
    entry: int  # the entry cut
    item: int = 0  # the highest value of its own item on suicidal thoughts, 0 for none


SCALES = (
    Scale(Instrument.PHQ9, 18.5, 3.8, 10, 3),
    Scale(Instrument.MADRS, 33.0, 6.0, 20, 6),
    Scale(Instrument.GAD7, 15.5, 3.0, 10),
    Scale(Instrument.PCL5, 52.0, 10.0, 31),
)
BY_INDICATION = {Indication.PTSD: 3, Indication.ANXIETY: 2}
LOW = np.array([SCORE_RANGE[scale.instrument][0] for scale in SCALES])
HIGH = np.array([SCORE_RANGE[scale.instrument][1] for scale in SCALES])


def rating_records(
    settings: SimulationSettings,
    sites: Sites,
    clocks: Clocks,
    courses: Courses,
    visits: Visits,
    keys: NDArray[np.object_],
    home: str,
    rng: np.random.Generator,
) -> Batch:
    """The `ratings` records of a chunk. `keys` are the keys of the drawn courses."""
    sessions = _induction(courses, visits)
    begun = np.flatnonzero(sessions[:, 0] >= 0)
    course, after, on, at = _occasions(settings, sites, courses, visits, sessions, begun, rng)
    zone = sites.zone[courses.site[course]]
    scale = _scales(sites, courses)
    score, item = _scores(settings, courses, scale, course, after, rng)
    columns = {
        "key": numbered(f"{home}-R", len(course)),
        "course": keys[course],
        "instrument": pick([scale.instrument.value for scale in SCALES], scale[course]),
        "rated_on": local_days(clocks, zone, at, on),
        "rated_at": at,
        "score": score,
        "suicidality": item,
    }
    return make_batch("ratings", columns, zone)


def _induction(courses: Courses, visits: Visits) -> Ints:
    """The visit of each course's delivered induction sessions in order; -1 where there is none (yet)."""
    sessions = np.full((len(courses), int(courses.planned.max(initial=1)) + 1), -1)
    rows = np.flatnonzero(visits.infusion > 0)
    sessions[visits.course[rows], visits.infusion[rows] - 1] = rows
    return sessions


def _scales(sites: Sites, courses: Courses) -> Ints:
    by_indication = np.array([BY_INDICATION.get(indication, -1) for indication in INDICATIONS])[courses.indication]
    return np.where(by_indication >= 0, by_indication, sites.madrs[courses.site].astype(np.int64))


def _occasions(
    settings: SimulationSettings,
    sites: Sites,
    courses: Courses,
    visits: Visits,
    sessions: Ints,
    begun: Ints,
    rng: np.random.Generator,
) -> tuple[Ints, Ints, NDArray[np.datetime64], Instants]:
    """Who was rated after which infusion (0: before the first), on which day, and when if the time is known."""
    rates = settings.ratings
    diligent = np.clip(rates.after_infusion + rng.normal(0.0, rates.diligent_spread, len(courses)), 0.0, 1.0)
    parts = []
    for after in range(sessions.shape[1]):
        course = begun if after == 0 else begun[sessions[begun, after - 1] >= 0]
        chance = rng.random(len(course)) < (rates.baseline if after == 0 else diligent[course])
        course = course[chance]
        following = sessions[course, after]
        comes = following >= 0
        on = visits.on_date[np.where(comes, following, sessions[course, max(after - 1, 0)])]
        early = (
            rng.integers(0, 10, len(course)) * (rng.random(len(course)) < 0.5)
            if after == 0
            else np.zeros(len(course), dtype=np.int64)
        )
        timed = comes & (early == 0) & (rng.random(len(course)) < rates.timed)
        at = np.where(timed, visits.started[following] - minutes(rng.integers(15, 45, len(course))), NO_TIME)
        shift = np.where(comes, -early, rng.integers(1, 11, len(course)))
        on = on + shift.astype("timedelta64[D]")
        known = on <= days_of(settings, sites.last_day[courses.site[course]])
        parts.append((course[known], np.full(int(known.sum()), after), on[known], at[known]))
    course, step, on, at = (np.concatenate(values) for values in zip(*parts, strict=True))
    return course, step, on, at


def _scores(
    settings: SimulationSettings, courses: Courses, scale: Ints, course: Ints, after: Ints, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    rates, count = settings.ratings, len(courses)
    mean, spread, entry, item = (
        np.array(values, dtype=float)
        for values in zip(*[(s.mean, s.spread, s.entry, s.item) for s in SCALES], strict=True)
    )
    first = np.clip(rng.normal(mean[scale], spread[scale]), entry[scale], HIGH[scale])
    first = np.where(rng.random(count) < rates.below_entry, entry[scale] - rng.integers(1, 5, count), first)
    edges = np.cumsum(rates.relief)
    relief = 1 + np.searchsorted(edges, rng.random(count), side="right")
    relief = np.where(relief > len(edges), 1_000, relief)
    falls = (
        rng.normal(rates.fall[0], rates.fall[1], count),
        rng.normal(rates.fall_without[0], rates.fall_without[1], count),
    )
    fall = np.where(after == 0, 0.0, np.where(after >= relief[course], falls[0][course], falls[1][course]))
    fall = np.where(after == 0, 0.0, fall + rng.normal(0.0, 0.05, len(course)))
    score: Floats = np.rint(np.clip(first[course] * (1.0 - fall), LOW[scale[course]], HIGH[scale[course]]))
    at_risk = courses.indication == INDICATIONS.index(Indication.SUICIDAL_IDEATION)
    burden = np.where(at_risk, rng.uniform(0.5, 1.0, count), rng.beta(1.2, 3.5, count))
    thoughts: Floats = np.round(item[scale[course]] * np.clip(burden[course] * (1.0 - fall), 0.0, 1.0))
    return score, np.where(item[scale[course]] > 0, thoughts, np.nan)
