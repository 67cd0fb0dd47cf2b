"""What is asked of the simulator: how large a network, over which days, with which stories and rates."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from webapp.domain.errors import BadInput
from webapp.domain.intake.local_time import zone_named, zone_names
from webapp.domain.simulator.parameters import CourseRates, RatingRates, SessionRates, SideEffectRates, StandingRates

BOOKED_AHEAD_DAYS = 14
"""How far ahead sessions are booked."""


@dataclass(frozen=True, slots=True)
class Stories:
    """Which site (by position, from 0; None for no site) has something to tell."""

    accreditation_ending: int | None = None
    dizziness_excess: int | None = None
    feed_stopped: int | None = None
    licence_lapsed: int | None = None
    opened_midway: int | None = None
    closed: int | None = None
    suspended: int | None = None
    accreditation_expired: int | None = None
    poor_coverage: int | None = None
    record_corrected: int | None = None
    states_outcomes: int | None = None


def usual_stories(sites: int) -> Stories:
    """Each story at a site of its own, as far as there are sites; a corrected record is told only when asked for."""
    places = {
        "accreditation_ending": 0,
        "dizziness_excess": 1,
        "feed_stopped": 2,
        "licence_lapsed": 4,
        "opened_midway": 5,
        "suspended": 6,
        "poor_coverage": 7,
        "accreditation_expired": 8,
        "closed": 9,
        "states_outcomes": 10,
    }
    return Stories(**{story: place for story, place in places.items() if place < sites and sites > 2})


@dataclass(frozen=True, slots=True)
class SimulationSettings:
    """One network to simulate.

    `starts_on` is the first day of treatment and `ends_on` the last whole day of data; bookings go on for two weeks
    beyond it. `sessions` is about how many session records there will be, bookings included. `names_from` shifts the
    list of site names, so that two networks need not share them.
    """

    starts_on: date
    ends_on: date
    sites: int = 24
    sessions: int = 150_000
    zones: tuple[str, ...] = ("America/New_York", "America/Chicago", "America/Los_Angeles")
    names_from: int = 0
    stories: Stories | None = None
    courses: CourseRates = field(default_factory=CourseRates)
    visits: SessionRates = field(default_factory=SessionRates)
    side_effects: SideEffectRates = field(default_factory=SideEffectRates)
    ratings: RatingRates = field(default_factory=RatingRates)
    standing: StandingRates = field(default_factory=StandingRates)

    def __post_init__(self) -> None:
        if self.sites < 1:
            raise BadInput(f"A network needs at least one site, not {self.sites}.")
        if self.sessions < self.sites:
            raise BadInput(
                f"{self.sessions} sessions are fewer than the {self.sites} sites. Ask for more sessions or fewer sites."
            )
        if self.days < 60:
            raise BadInput(
                f"From {self.starts_on} to {self.ends_on} is too short to hold whole courses. Ask for at least 60 days."
            )
        if not self.zones:
            raise BadInput("At least one time zone is needed, such as America/New_York.")
        if unknown := [zone for zone in self.zones if zone not in zone_names()]:
            raise BadInput(f"“{unknown[0]}” is no time zone of the IANA list. Name one such as America/New_York.")

    @property
    def days(self) -> int:
        """Whole days of data."""
        return (self.ends_on - self.starts_on).days + 1

    @property
    def told(self) -> Stories:
        """The stories: those given, else the usual ones."""
        return self.stories if self.stories is not None else usual_stories(self.sites)


def last_whole_day(now: datetime, zones: Iterable[str]) -> date:
    """The latest day that is over in every one of the zones at an aware instant: the day on which data may end."""
    return min(now.astimezone(zone_named(zone)).date() for zone in zones) - timedelta(days=1)


def demo_settings(now: datetime) -> tuple[SimulationSettings, SimulationSettings]:
    """The two demo networks: 24 sites with about 150,000 sessions over three years, and 8 sites with about 8,000."""
    zones = ("America/New_York", "America/Chicago", "America/Los_Angeles")
    ends_on = last_whole_day(now, zones)
    starts_on = ends_on - timedelta(days=3 * 365)
    large = SimulationSettings(starts_on=starts_on, ends_on=ends_on, zones=zones)
    few = Stories(poor_coverage=1, suspended=2, accreditation_ending=4, licence_lapsed=6)
    small = SimulationSettings(
        starts_on=starts_on, ends_on=ends_on, zones=zones[:2], sites=8, sessions=8_000, names_from=24, stories=few
    )
    return large, small
