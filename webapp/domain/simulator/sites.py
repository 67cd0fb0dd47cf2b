"""The sites of a simulated network: names, zones, opening days and hours, and what each is like."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from webapp.domain.simulator.columns import Batch, make_batch, pick, texts
from webapp.domain.simulator.settings import BOOKED_AHEAD_DAYS, SimulationSettings
from webapp.domain.simulator.site_names import region_and_states, site_name
from webapp.domain.vocabulary import AskedHow

Ints = NDArray[np.int64]

TAIL_DAYS = 150
"""Days of the calendar beyond the end, so that the next open day is always found."""

HOURS: tuple[tuple[str, tuple[tuple[int, int], ...]], ...] = (
    ("Mon-Fri 08:00-18:00", ((480, 1080),) * 5),
    ("Mon-Fri 08:00-18:00; Sat 09:00-13:00", (*((480, 1080),) * 5, (540, 780))),
    ("Mon-Fri 07:30-17:30", ((450, 1050),) * 5),
    ("Mon-Thu 08:00-19:00; Fri 08:00-16:00", (*((480, 1140),) * 4, (480, 960))),
)
"""Opening hours as written, and as minutes of the day from Monday on."""

ASKED = tuple(AskedHow)
START_BY_WEEKDAY = np.array([1.15, 1.10, 1.0, 0.95, 0.85, 0.5, 0.3])
MIDWAY, LATE = 0.5, 0.8
"""Where in the period a site opens, and where one closes."""


@dataclass(frozen=True, slots=True)
class Sites:
    """The sites as arrays, one entry per site. Days are counted from the settings' first day."""

    code: NDArray[np.object_]
    name: NDArray[np.object_]
    region: NDArray[np.object_]
    state: NDArray[np.object_]
    zone: NDArray[np.int8]
    hours: Ints
    opens: Ints  # minutes of the day, by site and weekday; 0 where closed
    closes: Ints
    opened: Ints
    closed: Ints  # last day of treatment; beyond the calendar while open
    last_day: Ints  # last day of data
    next_open: Ints  # by site and day: that day, or the next on which the site is open
    start_weight: NDArray[np.float64]  # by site and day: how likely a course begins
    esketamine: NDArray[np.bool_]
    intramuscular: NDArray[np.bool_]
    madrs: NDArray[np.bool_]
    asked: Ints  # position in ASKED
    coverage: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.code)


def holidays(year: int) -> tuple[date, ...]:
    """The days on which every site is closed."""
    november = date(year, 11, 1)
    thanksgiving = november + timedelta(days=(3 - november.weekday()) % 7 + 21)
    return (date(year, 1, 1), date(year, 7, 4), thanksgiving, date(year, 12, 25))


def days_of(settings: SimulationSettings, on: NDArray[np.int64]) -> NDArray[np.datetime64]:
    """The dates of day numbers."""
    return np.datetime64(settings.starts_on, "D") + on.astype("timedelta64[D]")


def plan_sites(settings: SimulationSettings, rng: np.random.Generator) -> Sites:
    """Draw the sites of a network."""
    count, told = settings.sites, settings.told
    names = [site_name(settings.names_from + position) for position in range(count)]
    zone = np.arange(count) * len(settings.zones) // count
    places = [region_and_states(settings.zones[index]) for index in zone]
    hours = rng.integers(len(HOURS), size=count)
    opens, closes = _weekly_minutes(hours)
    opened, closed = np.zeros(count, dtype=np.int64), np.full(count, settings.days + TAIL_DAYS)
    last_day = np.full(count, settings.days - 1)
    coverage = np.clip(rng.normal(settings.side_effects.coverage, 0.015, count), 0.0, 1.0)
    size = rng.lognormal(0.0, 0.35, count).clip(0.5, 1.7)
    asked = rng.choice(len(ASKED), size=count, p=(0.75, 0.13, 0.12))
    if told.opened_midway is not None:
        opened[told.opened_midway] = int(settings.days * MIDWAY)
    if told.closed is not None:
        closed[told.closed] = int(settings.days * LATE)
    if told.feed_stopped is not None:
        last_day[told.feed_stopped] -= settings.standing.feed_stopped_days
    if told.poor_coverage is not None:
        coverage[told.poor_coverage] = settings.side_effects.poor_coverage
    if told.licence_lapsed is not None:
        size[told.licence_lapsed] = max(1.0, size[told.licence_lapsed])
    if told.dizziness_excess is not None:
        size[told.dizziness_excess], asked[told.dizziness_excess] = 2.8, ASKED.index(AskedHow.SOLICITED)
    is_open = _open_days(settings, opens, rng)
    return Sites(
        code=texts(name.code for name in names),
        name=texts(name.name for name in names),
        region=texts(region for region, _ in places),
        state=texts(states[int(rng.integers(len(states)))] or None for _, states in places),
        zone=zone.astype(np.int8),
        hours=hours,
        opens=opens,
        closes=closes,
        opened=opened,
        closed=closed,
        last_day=last_day,
        next_open=_next_open(is_open),
        start_weight=_start_weights(settings, is_open, opened, closed) * size[:, None],
        esketamine=rng.random(count) < 0.35,
        intramuscular=rng.random(count) < 0.12,
        madrs=rng.random(count) < settings.ratings.madrs_sites,
        asked=asked,
        coverage=coverage,
    )


def suspension(settings: SimulationSettings) -> tuple[int, int]:
    """First day of the suspension of the suspended site and the day of its reinstatement."""
    first = settings.days - 150 if settings.days > 220 else settings.days // 2
    return first, first + settings.standing.suspended_days


def _weekly_minutes(hours: Ints) -> tuple[Ints, Ints]:
    minutes = np.zeros((len(HOURS), 7, 2), dtype=np.int64)
    for index, (_, days) in enumerate(HOURS):
        minutes[index, : len(days)] = days
    return minutes[hours, :, 0], minutes[hours, :, 1]


def _open_days(settings: SimulationSettings, opens: Ints, rng: np.random.Generator) -> NDArray[np.bool_]:
    total = settings.days + TAIL_DAYS
    weekday = (settings.starts_on.weekday() + np.arange(total)) % 7
    is_open = opens[:, weekday] > 0
    for year in range(settings.starts_on.year, settings.ends_on.year + 2):
        for holiday in holidays(year):
            place = (holiday - settings.starts_on).days
            if 0 <= place < total:
                is_open[:, place] = False
    if settings.told.suspended is not None:
        first, reinstated = suspension(settings)
        is_open[settings.told.suspended, first + 1 : reinstated] = False  # word of it comes a day late
    return is_open


def _next_open(is_open: NDArray[np.bool_]) -> Ints:
    total = is_open.shape[1]
    own = np.where(is_open, np.arange(total), total - 1)
    return np.minimum.accumulate(own[:, ::-1], axis=1)[:, ::-1]


def _start_weights(
    settings: SimulationSettings, is_open: NDArray[np.bool_], opened: Ints, closed: Ints
) -> NDArray[np.float64]:
    day = np.arange(settings.days + BOOKED_AHEAD_DAYS + 1)
    growth = 1.0 + settings.visits.growth * day / settings.days
    day_of_year = day + settings.starts_on.timetuple().tm_yday
    season = 1.0 - settings.visits.season * np.cos(4.0 * np.pi * day_of_year / 365.25)
    weekday = START_BY_WEEKDAY[(settings.starts_on.weekday() + day) % 7]
    since = day[None, :] - opened[:, None]
    ramp = np.where(opened[:, None] > 0, np.clip(0.3 + 0.7 * since / 120.0, 0.3, 1.0), 1.0)
    running = (since >= 0) & (day[None, :] <= closed[:, None] - 45)
    return np.where(running & is_open[:, : len(day)], ramp * growth * season * weekday, 0.0)


def site_records(settings: SimulationSettings, sites: Sites, chairs: Ints) -> Batch:
    """The `sites` records."""
    count = len(sites)
    founded = _days_open_before(count)
    opened = np.where(
        sites.opened > 0, days_of(settings, sites.opened), days_of(settings, np.zeros(count, dtype=np.int64)) - founded
    )
    ended = sites.closed < settings.days
    columns = {
        "key": sites.code,
        "name": sites.name,
        "region": sites.region,
        "state": sites.state,
        "zone": pick(settings.zones, sites.zone),
        "chairs": chairs.astype(float),
        "opening_hours": pick([text for text, _ in HOURS], sites.hours),
        "opened_on": opened,
        "closed_on": np.where(ended, days_of(settings, sites.closed), np.datetime64("NaT", "D")),
        # A closed site's system says that nothing more will come, or its last courses would stay open for ever.
        "data_through": np.where(ended, np.datetime64(settings.ends_on, "D"), np.datetime64("NaT", "D")),
    }
    return make_batch("sites", columns, sites.zone)


def _days_open_before(count: int) -> NDArray[np.timedelta64]:
    """How long before the first day each site had opened: between one and five years."""
    return (400 + (np.arange(count) * 277) % 1400).astype("timedelta64[D]")
