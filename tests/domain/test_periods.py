"""Periods, months, damaged links, and the two hours a year in which clocks mislead."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.domain.errors import BadInput
from webapp.domain.periods import (
    Period,
    add_months,
    day_bounds,
    local_day,
    local_moment,
    month_period,
    months_between,
    parse_period,
    preset_period,
    read_day,
    to_utc,
)

TODAY = date(2026, 11, 15)
NEW_YORK = ZoneInfo("America/New_York")
CAIRO = ZoneInfo("Africa/Cairo")
DAYS = st.dates(date(1995, 1, 1), date(2150, 12, 31))


@pytest.mark.parametrize(
    ("name", "start", "last"),
    [
        ("last_7_days", date(2026, 11, 8), date(2026, 11, 14)),
        ("last_30_days", date(2026, 10, 16), date(2026, 11, 14)),
        ("last_month", date(2026, 10, 1), date(2026, 10, 31)),
        ("last_12_months", date(2025, 11, 1), date(2026, 10, 31)),
    ],
)
def test_presets_end_before_today(name: str, start: date, last: date) -> None:
    period = preset_period(name, TODAY)
    assert (period.start_on, period.last_on) == (start, last)
    assert TODAY not in period


def test_previous_and_same_period_last_year() -> None:
    october = month_period(date(2026, 10, 9))
    assert october.previous() == month_period(date(2026, 9, 1))
    assert october.year_before() == month_period(date(2025, 10, 1))
    assert month_period(date(2025, 2, 1)).year_before() == month_period(date(2024, 2, 1))
    assert Period(date(2024, 2, 10), date(2024, 3, 1)).year_before() == Period(date(2023, 2, 10), date(2023, 3, 1))
    week = Period(date(2026, 3, 5), date(2026, 3, 12))
    assert week.previous() == Period(date(2026, 2, 26), date(2026, 3, 5))


def test_an_empty_or_backward_period_is_refused() -> None:
    with pytest.raises(ValueError, match="no day"):
        Period(TODAY, TODAY)


@given(DAYS, st.integers(-600, 600))
def test_month_arithmetic(day: date, months: int) -> None:
    moved = add_months(day, months)
    assert months_between(day, moved) == months
    assert moved.day == day.day or (moved.day < day.day and (moved + timedelta(days=1)).day == 1)


@given(DAYS, st.integers(1, 900))
def test_tiers_cover_every_day_once(start: date, length: int) -> None:
    period = Period(start, start + timedelta(days=length))
    months, edges = period.tiers()
    parts = [*edges, *([months] if months else [])]
    days = sorted(part.start_on + timedelta(days=i) for part in parts for i in range(part.days))
    assert days == [start + timedelta(days=i) for i in range(length)]
    assert months is None or months.whole_months > 0
    assert all(edge.whole_months == 0 for edge in edges)
    assert [m for m in period.months()] == sorted({day.replace(day=1) for day in days})


@given(start=st.dates(date(2020, 1, 1), date(2030, 1, 1)), length=st.integers(1, 100))
def test_mondays_are_those_among_the_days(start: date, length: int) -> None:
    period = Period(start, start + timedelta(days=length))
    days = (start + timedelta(days=n) for n in range(length))
    assert period.mondays() == [day for day in days if day.weekday() == 0]


def test_custom_days_include_the_last() -> None:
    period, sentences = parse_period({"from": "2026-01-05", "to": "2026-01-05"}, TODAY)
    assert (period.days, sentences) == (1, [])


@pytest.mark.parametrize(
    "raw",
    [
        {"period": "yesterday"},
        {"period": "custom"},
        {"from": "2026-02-30", "to": "2026-03-01"},
        {"from": "2026-03-02", "to": "2026-03-01"},
        {"from": "2026-03-02"},
        {"from": "٢٠٢٦-01-01", "to": "2026-03-01"},
        {"from": "0001-01-01", "to": "9999-12-31"},
        {"from": "1995-01-01", "to": "2026-12-31"},
        {"period": "\x00<script>" * 40},
    ],
)
def test_a_damaged_link_says_so_and_shows_the_default(raw: dict[str, str]) -> None:
    period, sentences = parse_period(raw, TODAY)
    assert period == preset_period("last_month", TODAY)
    assert (
        len(sentences) == 1 and sentences[0].endswith("1 Oct 2026 to 31 Oct 2026 is shown.") and len(sentences[0]) < 250
    )


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from(["period", "from", "to"]), st.text(max_size=30)))
def test_any_text_gives_a_period(raw: dict[str, str]) -> None:
    period, sentences = parse_period(raw, TODAY)
    assert period.days > 0 and len(sentences) <= 1


@given(DAYS)
def test_a_day_reads_back(day: date) -> None:
    assert read_day(day.isoformat()) == day


def test_a_skipped_hour_is_refused_and_a_doubled_one_means_the_first() -> None:
    with pytest.raises(BadInput, match="8 Mar 2026, 02:30 does not exist"):
        to_utc(datetime(2026, 3, 8, 2, 30), NEW_YORK)
    assert to_utc(datetime(2026, 11, 1, 1, 30), NEW_YORK) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert to_utc(datetime(2026, 11, 1, 1, 30, fold=1), NEW_YORK) == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1)).map(lambda d: d.replace(tzinfo=UTC)))
def test_there_and_back(instant: datetime) -> None:
    local = local_moment(instant, NEW_YORK)
    assert to_utc(local.replace(tzinfo=None), NEW_YORK) == instant


@settings(max_examples=60, deadline=None)
@given(st.dates(date(2023, 1, 1), date(2026, 12, 31)), st.sampled_from([NEW_YORK, CAIRO]))
def test_day_bounds_hold_exactly_the_days_instants(day: date, zone: ZoneInfo) -> None:
    start, end = day_bounds(day, zone)
    assert local_day(start, zone) == local_day(end - timedelta(seconds=1), zone) == day
    assert local_day(start - timedelta(seconds=1), zone) < day < local_day(end, zone)


def test_a_day_whose_midnight_is_skipped_begins_at_one() -> None:
    start, end = day_bounds(date(2024, 4, 26), CAIRO)
    assert (start, end - start) == (datetime(2024, 4, 25, 22, tzinfo=UTC), timedelta(hours=23))
