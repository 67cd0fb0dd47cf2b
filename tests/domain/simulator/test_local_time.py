"""Whole arrays of times are turned as the standard library turns each, also when the clock changes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.domain.simulator.local_time import Clocks, ZoneClock

FIRST, LAST = date(2024, 1, 1), date(2026, 12, 31)
ZONES = (
    "America/New_York",
    "America/Los_Angeles",
    "Europe/London",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "America/Phoenix",
)
CLOCKS = Clocks(ZONES, FIRST, LAST)

local_times = st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 31)).map(
    lambda time: time.replace(microsecond=0, fold=0)
)


@settings(deadline=None)
@given(time=local_times, place=st.integers(0, len(ZONES) - 1))
def test_local_to_utc_is_that_of_the_standard_library(time: datetime, place: int) -> None:
    zone = np.array([place], dtype=np.int8)
    utc = CLOCKS.to_utc(zone, np.array([time], dtype="datetime64[s]"))[0].item()
    assert utc == time.replace(tzinfo=ZoneInfo(ZONES[place])).astimezone(UTC).replace(tzinfo=None)


@settings(deadline=None)
@given(time=local_times, place=st.integers(0, len(ZONES) - 1))
def test_utc_to_local_is_that_of_the_standard_library(time: datetime, place: int) -> None:
    zone = np.array([place], dtype=np.int8)
    local = CLOCKS.to_local(zone, np.array([time], dtype="datetime64[s]"))[0].item()
    assert local == time.replace(tzinfo=UTC).astimezone(ZoneInfo(ZONES[place])).replace(tzinfo=None)


@pytest.mark.parametrize("zone", ZONES)
def test_every_quarter_hour_around_every_change(zone: str) -> None:
    clock = ZoneClock(zone, FIRST, LAST)
    day = datetime(2025, 1, 1)
    for change in ("2025-03-09", "2025-03-30", "2025-04-06", "2025-10-05", "2025-10-26", "2025-11-02"):
        begin = datetime.fromisoformat(change) - timedelta(days=1)
        times = [begin + timedelta(minutes=15 * step) for step in range(4 * 24 * 3)]
        utc = clock.to_utc(np.array(times, dtype="datetime64[s]")).tolist()
        assert utc == [time.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None) for time in times]
    assert clock.to_utc(np.array([day], dtype="datetime64[s]")).shape == (1,)


def test_no_time_stays_no_time() -> None:
    nothing = np.array(["NaT"], dtype="datetime64[s]")
    assert np.isnat(CLOCKS.to_local(np.zeros(1, dtype=np.int8), nothing)).all()
    assert np.isnat(CLOCKS.to_utc(np.zeros(1, dtype=np.int8), nothing)).all()
