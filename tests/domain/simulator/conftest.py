"""One simulated network of 50,000 sessions with a fixed seed, made once: nothing in it is ever changed."""

from dataclasses import replace
from datetime import date

import pytest

from webapp.domain.simulator.network import SimulatedNetwork, simulate
from webapp.domain.simulator.settings import SimulationSettings, usual_stories

SETTINGS = SimulationSettings(
    starts_on=date(2023, 11, 22),
    ends_on=date(2026, 11, 21),
    sites=12,
    sessions=50_000,
    stories=replace(usual_stories(12), record_corrected=3),
)


@pytest.fixture(scope="session")
def network() -> SimulatedNetwork:
    return simulate(SETTINGS, seed=20_261_121)
