"""What may be asked of the simulator, and the two demo networks."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from webapp.domain.errors import BadInput
from webapp.domain.simulator.network import simulate
from webapp.domain.simulator.settings import SimulationSettings, Stories, demo_settings, last_whole_day, usual_stories
from webapp.domain.simulator.site_names import NAMES, site_name

DAYS = {"starts_on": date(2025, 1, 1), "ends_on": date(2025, 12, 31)}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"sites": 0}, "at least one site"),
        ({"sites": 30, "sessions": 20}, "fewer than the 30 sites"),
        ({"ends_on": date(2025, 1, 20)}, "at least 60 days"),
        ({"zones": ()}, "time zone"),
        ({"zones": ("America/Newyork",)}, "America/Newyork"),
    ],
)
def test_what_cannot_be_made_is_refused_with_a_sentence(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        SimulationSettings(**{**DAYS, **wrong})


def test_the_last_whole_day_is_over_in_every_zone() -> None:
    zones = ("America/New_York", "America/Los_Angeles")
    assert last_whole_day(datetime(2026, 11, 22, 6, 0, tzinfo=UTC), zones) == date(2026, 11, 20)
    assert last_whole_day(datetime(2026, 11, 22, 9, 0, tzinfo=UTC), zones) == date(2026, 11, 21)


def test_the_demo_networks_are_of_the_promised_size() -> None:
    large, small = demo_settings(datetime(2026, 11, 22, 15, 0, tzinfo=UTC))
    assert (large.sites, large.sessions, len(large.zones)) == (24, 150_000, 3)
    assert (large.ends_on - large.starts_on).days == 3 * 365
    made = simulate(small, 1).batches
    assert len(made["sites"]) == 8
    names = {site_name(place).name for place in range(24)}
    assert not names & set(made["sites"].columns["name"])


def test_stories_wait_for_a_network_large_enough() -> None:
    assert usual_stories(2) == Stories()
    assert usual_stories(4).closed is None
    assert usual_stories(24).closed is not None


def test_site_codes_and_names_never_repeat() -> None:
    found = [site_name(place) for place in range(3 * len(NAMES))]
    assert len({site.code for site in found}) == len({site.name for site in found}) == len(found)
