"""Which reports should exist: every month of every site once, at the instant its clocks say."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.due_reports import MonthlySchedule, ReportedSite, ZoneChange, due_at, due_reports
from webapp.domain.intake.local_time import zone_named
from webapp.domain.periods import month_period

SCHEDULE, SITE = UUID(int=1), UUID(int=2)
ZONES = ("America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "UTC")


def schedule(starts_on: date, **more: object) -> MonthlySchedule:
    return MonthlySchedule(SCHEDULE, 1, time(6), starts_on, **more)  # type: ignore[arg-type]  # the test's own words


def site(zone: str = "America/New_York", **more: object) -> ReportedSite:
    return ReportedSite(SITE, "RIV", "Riverside", (ZoneChange(zone, None),), **more)  # type: ignore[arg-type]  # as above


@given(st.dates(date(2000, 1, 1), date(2035, 1, 1)), st.integers(0, 400), st.integers(0, 4_000), st.sampled_from(ZONES))
def test_however_time_passes_the_same_reports_fall_due(start: date, days: int, more: int, zone: str) -> None:
    earlier = datetime(start.year, start.month, start.day, tzinfo=UTC) + timedelta(days=days)
    later = earlier + timedelta(hours=more)
    before = list(due_reports([schedule(start)], [site(zone)], earlier))
    after = list(due_reports([schedule(start)], [site(zone)], later))
    assert after[: len(before)] == before
    assert all(due.due_at <= later for due in after)
    assert [due.period.start_on for due in after] == sorted({due.period.start_on for due in after})
    for one, following in pairwise(after):
        assert one.period.end_on == following.period.start_on
        assert one.due_at < following.due_at


@pytest.mark.parametrize(
    ("month", "day", "at", "zone", "expected"),
    [
        (date(2026, 10, 1), 1, time(6), "America/New_York", datetime(2026, 11, 1, 11, tzinfo=UTC)),
        (
            date(2026, 10, 1),
            1,
            time(1, 30),
            "America/New_York",
            datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
        ),  # shown twice
        (date(2026, 2, 1), 8, time(2, 30), "America/New_York", datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),  # skipped
        (date(2028, 1, 1), 31, time(6), "UTC", datetime(2028, 2, 29, 6, tzinfo=UTC)),  # no 31st: the last day
        (date(2026, 12, 1), 1, time(6), "Asia/Kolkata", datetime(2027, 1, 1, 0, 30, tzinfo=UTC)),
    ],
)
def test_the_due_instant_follows_the_sites_clocks(
    month: date, day: int, at: time, zone: str, expected: datetime
) -> None:
    assert due_at(month_period(month), day, at, zone_named(zone)) == expected


def test_a_schedule_for_some_sites_and_until_a_day_covers_no_other() -> None:
    now = datetime(2027, 1, 1, tzinfo=UTC)
    some = schedule(date(2026, 1, 1), site_ids=frozenset({UUID(int=99)}))
    assert list(due_reports([some], [site()], now)) == []
    ended = schedule(date(2026, 1, 1), ends_on=date(2026, 3, 1))
    assert [due.period.start_on.month for due in due_reports([ended], [site()], now)] == [1, 2]


def test_only_months_in_which_the_site_was_open_are_reported() -> None:
    now = datetime(2027, 1, 1, 12, tzinfo=UTC)
    short = site(opened_on=date(2026, 3, 31), closed_on=date(2026, 5, 1))
    found = list(due_reports([schedule(date(2026, 1, 1))], [short], now))
    assert [due.period.start_on.month for due in found] == [3, 4, 5]
    assert all(short.was_open_in(due.period) for due in found)
    assert not short.was_open_in(month_period(date(2026, 2, 1)))
    assert not short.was_open_in(month_period(date(2026, 6, 1)))


def test_a_site_that_moved_keeps_the_zone_of_each_months_end() -> None:
    zones = (ZoneChange("America/New_York", None), ZoneChange("Asia/Tokyo", date(2026, 2, 15)))
    moved = ReportedSite(SITE, "RIV", "Riverside", zones)
    found = list(due_reports([schedule(date(2026, 1, 1))], [moved], datetime(2026, 3, 2, tzinfo=UTC)))
    assert [due.due_at for due in found] == [
        datetime(2026, 2, 1, 11, tzinfo=UTC),
        datetime(2026, 2, 28, 21, tzinfo=UTC),
    ]
