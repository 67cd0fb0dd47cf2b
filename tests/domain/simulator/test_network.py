"""The same settings and seed give the same records, whole or in chunks; a few more or fewer sessions than asked for."""

import hashlib
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from webapp.domain.records import RECORD_TYPES
from webapp.domain.simulator.columns import joined
from webapp.domain.simulator.csv_out import write_csv
from webapp.domain.simulator.network import SimulatedNetwork, simulate, simulate_chunks
from webapp.domain.simulator.parameters import CourseRates, RatingRates, SessionRates, SideEffectRates
from webapp.domain.simulator.settings import SimulationSettings, Stories

SMALL = SimulationSettings(starts_on=date(2025, 9, 1), ends_on=date(2026, 6, 30), sites=5, sessions=1_500)


def fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    for record in RECORD_TYPES:
        digest.update((folder / f"{record.name}.csv").read_bytes())
    return digest.hexdigest()


def test_one_seed_gives_one_network_and_another_seed_another(tmp_path: Path) -> None:
    prints = []
    for place, seed in enumerate((7, 7, 8)):
        write_csv(SMALL, seed, tmp_path / str(place))
        prints.append(fingerprint(tmp_path / str(place)))
    assert prints[0] == prints[1]
    assert prints[0] != prints[2]


def test_chunks_are_the_network_site_by_site() -> None:
    whole = simulate(SMALL, 3)
    chunks = list(simulate_chunks(SMALL, 3))
    assert len(chunks) == 1 + SMALL.sites
    sessions = joined([chunk["sessions"] for chunk in chunks[1:]])
    for name, values in whole.batches["sessions"].columns.items():
        np.testing.assert_array_equal(values, sessions.columns[name])


def test_a_further_site_leaves_the_streams_of_the_others_alone() -> None:
    first = {str(key) for key in simulate(SMALL, 3).batches["sites"].columns["key"]}
    more = {str(key) for key in simulate(replace(SMALL, sites=6), 3).batches["sites"].columns["key"]}
    assert first < more


@pytest.mark.parametrize("wanted", [1_000, 5_000, 20_000])
def test_about_as_many_sessions_as_asked_for(wanted: int) -> None:
    asked = SimulationSettings(starts_on=date(2024, 1, 1), ends_on=date(2025, 12, 31), sites=8, sessions=wanted)
    made = len(simulate(asked, 1).batches["sessions"])
    assert made == pytest.approx(wanted, rel=0.08)


def test_the_order_and_names_of_fields_are_those_of_the_format(network: SimulatedNetwork) -> None:
    assert list(network.batches) == [record.name for record in RECORD_TYPES]
    for record in RECORD_TYPES:
        columns = network.batches[record.name].columns
        assert [field.name for field in record.fields] == [
            name for name in columns if name in {f.name for f in record.fields}
        ]
        for field in record.fields:
            if field.required and field.kind != "day_or_instant":
                assert not any(value is None or value != value for value in columns[field.name].tolist()), field.name  # noqa: PLR0124  # NaN is the value that differs from itself


shares = st.floats(0.0, 1.0)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 2**32),
    sites=st.integers(1, 14),
    days=st.integers(60, 500),
    zones=st.lists(
        st.sampled_from(["America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata"]),
        min_size=1,
        max_size=3,
    ),
    left=shares,
    completed=shares,
    missed=st.floats(0.0, 0.5),
    screened=shares,
    rated=shares,
    told=st.booleans(),
)
@example(  # a site that begins courses and books none of them
    seed=4194304,
    sites=8,
    days=60,
    zones=["America/New_York"],
    left=0.0,
    completed=1.0,
    missed=0.0,
    screened=0.0,
    rated=0.0,
    told=True,
)
def test_any_rates_make_a_network(
    seed: int,
    sites: int,
    days: int,
    zones: list[str],
    left: float,
    completed: float,
    missed: float,
    screened: float,
    rated: float,
    told: bool,
) -> None:
    start = date(2024, 2, 1)
    asked = SimulationSettings(
        starts_on=start,
        ends_on=start + timedelta(days=days - 1),
        sites=sites,
        sessions=400,
        zones=tuple(zones),
        stories=None if told else Stories(),
        courses=CourseRates(left_after_first=left, completed=completed),
        visits=SessionRates(no_show=missed, cancelled=missed),
        side_effects=SideEffectRates(coverage=screened),
        ratings=RatingRates(baseline=rated, after_infusion=rated),
    )
    batches = simulate(asked, seed).batches
    sessions = batches["sessions"].columns
    assert len(np.unique(sessions["key"])) == len(sessions["key"])
    delivered = np.isin(sessions["status"], ["completed", "stopped_early"])
    assert (sessions["on_date"][delivered] <= np.datetime64(asked.ends_on)).all()
    assert set(batches["screens"].columns["session"]) <= set(sessions["key"][delivered])
