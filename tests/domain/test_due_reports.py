"""Which reports should exist: every month of every site once, at the instant its clocks say."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.calendar_replay import replay
from webapp.domain.due_reports import RegionChange, ReportedSite, ReportSchedule, ZoneChange, due_at, due_reports
from webapp.domain.intake.local_time import zone_named
from webapp.domain.periods import month_period
from webapp.domain.report_kinds import Cadence, ReportKind, cadence_period

SCHEDULE, SITE = UUID(int=1), UUID(int=2)
ZONES = ("America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "UTC")


def schedule(starts_on: date, **more: object) -> ReportSchedule:
    return ReportSchedule(SCHEDULE, 1, time(6), starts_on, **more)  # type: ignore[arg-type]  # the test's own words


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


def test_a_site_that_moves_before_the_due_day_goes_by_the_zone_it_has_then() -> None:
    zones = (ZoneChange("America/New_York", None), ZoneChange("Asia/Tokyo", date(2026, 2, 5)))
    moved = ReportedSite(SITE, "RIV", "Riverside", zones)
    late = ReportSchedule(SCHEDULE, 20, time(6), date(2026, 1, 1))
    [due] = due_reports([late], [moved], datetime(2026, 3, 2, tzinfo=UTC))
    assert due.due_at == datetime(2026, 2, 19, 21, tzinfo=UTC)


@st.composite
def cases(draw: st.DrawFn) -> tuple[ReportSchedule, ReportedSite, datetime]:
    """Schedules of each cadence over sites that open, close and move, often around the days on which clocks change."""
    start = draw(st.dates(date(2023, 10, 1), date(2024, 5, 31)))
    cadence = draw(st.sampled_from(Cadence))
    zones = [ZoneChange(draw(st.sampled_from(ZONES)), None)]
    if draw(st.booleans()):
        zones.append(ZoneChange(draw(st.sampled_from(ZONES)), start + timedelta(days=draw(st.integers(1, 120)))))
    opened = draw(st.none() | st.dates(start - timedelta(days=40), start + timedelta(days=90)))
    closed = draw(st.none() | st.dates(start + timedelta(days=30), start + timedelta(days=200)))
    asked = ReportSchedule(
        SCHEDULE,
        draw(st.integers(1, 7 if cadence is Cadence.WEEKLY else 31)),
        time(draw(st.integers(0, 23)), draw(st.sampled_from([0, 15, 30, 45]))),
        start,
        draw(st.none() | st.dates(start, start + timedelta(days=150))),
        cadence=cadence,
    )
    there = ReportedSite(SITE, "RIV", "Riverside", tuple(zones), opened, closed)
    now = datetime(start.year, start.month, start.day, tzinfo=UTC) + timedelta(hours=draw(st.integers(0, 5_000)))
    return asked, there, now


@settings(max_examples=60)
@given(cases())
def test_what_is_due_is_what_a_walk_through_the_calendar_finds(
    case: tuple[ReportSchedule, ReportedSite, datetime],
) -> None:
    asked, there, now = case
    found = [(due.period.start_on, due.period.end_on, due.due_at) for due in due_reports([asked], [there], now)]
    assert found == [one for one in replay(asked, there, now) if one[2] <= now]


def test_the_walk_sees_leap_days_short_months_and_both_changes_of_the_clocks() -> None:
    asked = ReportSchedule(SCHEDULE, 31, time(2, 30), date(2023, 10, 1))
    found = [due.due_at.date() for due in due_reports([asked], [site()], datetime(2024, 12, 1, tzinfo=UTC))]
    assert date(2024, 2, 29) in found
    assert date(2024, 4, 30) in found
    for day, expected in (
        (10, datetime(2024, 3, 10, 7, 30, tzinfo=UTC)),
        (3, datetime(2024, 11, 3, 5, 30, tzinfo=UTC)),
    ):
        changing = ReportSchedule(SCHEDULE, day, time(2 if day == 10 else 1, 30), date(2024, expected.month - 1, 1))
        [first, *_] = due_reports([changing], [site()], expected)
        assert first.due_at == expected
        assert replay(changing, site(), expected)[0][2] == expected


def test_one_report_of_the_network_is_due_a_period_by_the_schedules_own_clocks() -> None:
    asked = ReportSchedule(
        SCHEDULE, 2, time(7), date(2026, 5, 20), kind=ReportKind.NETWORK, cadence=Cadence.QUARTERLY, zone="Asia/Kolkata"
    )
    both = [site(), ReportedSite(UUID(int=3), "NGT", "Northgate", (ZoneChange("UTC", None),), date(2026, 8, 1))]
    found = list(due_reports([asked], both, datetime(2026, 11, 1, tzinfo=UTC)))
    assert [(due.subject, due.period.start_on, due.due_at) for due in found] == [
        ("network", date(2026, 4, 1), datetime(2026, 7, 2, 1, 30, tzinfo=UTC)),
        ("network", date(2026, 7, 1), datetime(2026, 10, 2, 1, 30, tzinfo=UTC)),
    ]
    later = [ReportedSite(UUID(int=3), "NGT", "Northgate", (ZoneChange("UTC", None),), date(2026, 8, 1))]
    assert [due.period.start_on.month for due in due_reports([asked], later, datetime(2026, 11, 1, tzinfo=UTC))] == [7]


def test_a_site_that_changes_its_region_takes_no_past_report_along() -> None:
    west, east = (RegionChange("West", None), RegionChange("East", datetime(2026, 4, 15, tzinfo=UTC)))
    moved = ReportedSite(SITE, "RIV", "Riverside", (ZoneChange("UTC", None),), regions=(west, east))
    now = datetime(2026, 7, 2, tzinfo=UTC)
    months = {
        region: [
            due.period.start_on.month
            for due in due_reports([schedule(date(2026, 1, 1), regions=frozenset({region}))], [moved], now)
        ]
        for region in ("West", "East")
    }
    assert months == {"West": [1, 2, 3], "East": [4, 5, 6]}


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.sampled_from(Cadence))
def test_periods_of_a_cadence_tile_the_calendar(day: date, cadence: Cadence) -> None:
    period = cadence_period(cadence, day)
    assert day in period
    assert cadence_period(cadence, period.end_on).start_on == period.end_on
    assert cadence_period(cadence, period.last_on) == period
