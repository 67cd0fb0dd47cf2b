"""Site time to instants: with zone data of our own, both clock changes, zones that change, half hours."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.domain.intake.local_time import LocalTime, Moment, ZoneSpell, zone_named, zone_names
from webapp.domain.intake.rules import RefusedError

SITES = {
    "NY": (ZoneSpell(date.min, "America/New_York"),),
    "IN": (ZoneSpell(date.min, "Asia/Kolkata"),),
    "LH": (ZoneSpell(date.min, "Australia/Lord_Howe"),),
    "MOVED": (ZoneSpell(date(2026, 3, 1), "America/Denver"), ZoneSpell(date.min, "America/Chicago")),
}


def instant(*parts: int) -> datetime:
    """An instant in UTC."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]  # year, month, day, hour, minute


@pytest.mark.parametrize(
    ("site", "local", "wanted"),
    [
        ("NY", datetime(2026, 1, 5, 9), instant(2026, 1, 5, 14)),
        ("NY", datetime(2026, 7, 5, 9), instant(2026, 7, 5, 13)),
        ("NY", datetime(2026, 3, 8, 1, 59), instant(2026, 3, 8, 6, 59)),
        ("NY", datetime(2026, 3, 8, 3), instant(2026, 3, 8, 7)),
        ("NY", datetime(2026, 11, 1, 1, 30), instant(2026, 11, 1, 5, 30)),
        ("IN", datetime(2026, 1, 5, 0, 15), instant(2026, 1, 4, 18, 45)),
        ("MOVED", datetime(2026, 2, 28, 12), instant(2026, 2, 28, 18)),
        ("MOVED", datetime(2026, 3, 1, 12), instant(2026, 3, 1, 19)),
    ],
)
def test_local_times(site: str, local: datetime, wanted: datetime) -> None:
    assert LocalTime(SITES).moment(local, site) == Moment(local.date(), wanted)


@pytest.mark.parametrize(("site", "local"), [("NY", datetime(2026, 3, 8, 2, 30)), ("LH", datetime(2026, 10, 4, 2, 15))])
def test_a_time_that_the_clocks_skipped_is_refused(site: str, local: datetime) -> None:
    with pytest.raises(RefusedError) as caught:
        LocalTime(SITES).moment(local, site)
    assert caught.value.rule == "time_does_not_exist"


def test_a_time_with_an_offset_falls_on_the_sites_own_day() -> None:
    assert LocalTime(SITES).moment(instant(2026, 1, 6, 2), "NY") == Moment(date(2026, 1, 5), instant(2026, 1, 6, 2))


def test_a_time_written_in_another_zone() -> None:
    found = LocalTime(SITES).moment(datetime(2026, 1, 6, 2), "NY", "UTC")
    assert found == Moment(date(2026, 1, 5), instant(2026, 1, 6, 2))


def test_a_zone_learnt_on_the_way() -> None:
    times = LocalTime(SITES)
    noon = datetime(2026, 6, 1, 12)
    assert times.moment(noon, "NY").at == instant(2026, 6, 1, 16)
    times.learn("NY", "America/Los_Angeles", date(2026, 6, 1))
    assert times.moment(noon, "NY").at == instant(2026, 6, 1, 19)
    assert times.moment(noon - timedelta(days=1), "NY").at == instant(2026, 5, 31, 16)
    times.learn("NY", "Asia/Kolkata", None)
    assert times.moment(noon, "NY").at == instant(2026, 6, 1, 6, 30)


def test_hour_of_the_sites_clock() -> None:
    times = LocalTime(SITES)
    assert times.local_hour(instant(2026, 11, 1, 6, 30), date(2026, 11, 1), "NY") == 1
    assert times.local_hour(instant(2026, 1, 5, 14, 59), date(2026, 1, 5), "NY") == 9


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia"]),
    st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)),
)
def test_as_the_zone_itself_says(zone: str, local: datetime) -> None:
    times = LocalTime({"S": (ZoneSpell(date.min, zone),)})
    wanted = local.replace(tzinfo=zone_named(zone)).astimezone(UTC)
    if wanted.astimezone(zone_named(zone)).replace(tzinfo=None) != local:
        with pytest.raises(RefusedError):
            times.moment(local, "S")
    else:
        moment = times.moment(local, "S")
        assert moment == Moment(local.date(), wanted)
        assert times.local_hour(wanted, local.date(), "S") == local.hour


def test_every_listed_zone_can_be_read_and_no_other() -> None:
    assert len(zone_names()) > 400
    for name in zone_names():
        assert zone_named(name).key == name
    for name in ("Mars/Olympus", "../zones", "america/new_york", ""):
        with pytest.raises(KeyError):
            zone_named(name)
